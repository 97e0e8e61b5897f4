"""Tokens of an identity provider: really signed, with keys from a real server; whatever does not fit is nobody's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import HTTPException
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from running import Running, check, run

from api.jwks import Keys
from api.keys import Provider
from api.oidc import open_provider
from api.roles import Role
from compliance.errors import ClearanceError, InputError

ISSUER, AUDIENCE = "https://id.example.org/", "clearance"
RSA = {kid: rsa.generate_private_key(65537, 2048) for kid in ("one", "two")}
EC, ED = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
WEAK = rsa.generate_private_key(65537, 1024)


def public(kid: str, key: Any, **more: str) -> dict[str, Any]:
    kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm if key is EC else OKPAlgorithm
    return {**json.loads(kind.to_jwk(key.public_key())), "kid": kid, **more}


class Provided(ThreadingHTTPServer):
    """A provider's keys on a port of this machine; `body` is what it answers, `asked` how often it did."""

    def __init__(self) -> None:
        self.asked, self.status, self.body = 0, 200, b""
        super().__init__(("127.0.0.1", 0), Answers)
        self.hold(public("one", RSA["one"]), public("ec", EC), public("ed", ED, alg="EdDSA"))
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def hold(self, *keys: dict[str, Any]) -> None:
        self.body = json.dumps({"keys": keys}).encode()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/keys"


class Answers(BaseHTTPRequestHandler):
    server: Provided

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(self.server.status)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/other")
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def provided() -> Iterator[Provided]:
    server = Provided()
    yield server
    server.shutdown()
    server.server_close()


def config(folder: Path, jwks: str, **more: Any) -> Path:
    """The operator's file."""
    told = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "jwks": jwks,
        "algorithms": ["RS256", "ES256", "EdDSA"],
        "roles": {"claim": "realm.groups", "map": {"counsel": "legal", "ml": "engineer"}},
        "tenants": {"claim": "https://example.org/org", "map": {"acme corp": "acme", "rival": "rival"}},
        "name": "email",
        "pause": 1,
        **more,
    }
    path = folder / "oidc.json"
    path.write_text(json.dumps(told))
    return path


def claims(**more: Any) -> dict[str, Any]:
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "u-17",
        "exp": int(time.time()) + 600,
        "email": "ada@example.org",
        "realm": {"groups": ["staff", "ml"]},
        "https://example.org/org": "acme corp",
        **more,
    }


def token(
    kid: str = "one", algorithm: str = "RS256", key: Any = None, header: dict[str, Any] | None = None, **more: Any
) -> str:
    said = {k: v for k, v in claims(**more).items() if v is not None}
    held = key if key is not None else {"ec": EC, "ed": ED}.get(kid) or RSA[kid]
    return jwt.encode(said, held, algorithm, headers={"kid": kid, **(header or {})})


def raw(header: dict[str, Any], body: bytes, sign: Any = lambda _: b"") -> str:
    """A token whose parts no library would write."""
    parts = [base64.urlsafe_b64encode(p).rstrip(b"=") for p in (json.dumps(header).encode(), body)]
    signed = b".".join(parts)
    return b".".join([signed, base64.urlsafe_b64encode(sign(signed)).rstrip(b"=")]).decode()


@pytest.fixture
def provider(provided: Provided, tmp_path: Path) -> Provider:
    return open_provider(config(tmp_path, provided.url))


@pytest.mark.parametrize(("kid", "algorithm"), [("one", "RS256"), ("ec", "ES256"), ("ed", "EdDSA")])
def test_a_token_speaks_for_its_subject_with_mapped_role_and_tenant(
    kid: str, algorithm: str, provider: Provider
) -> None:
    found = provider(token(kid, algorithm))
    assert found is not None
    assert (found.name, found.role, found.tenant) == ("ada@example.org", Role.ENGINEER, "acme")
    assert found.signature == f"ada@example.org (subject {found.id})"
    again, other = provider(token(kid, algorithm, email="x (key 123)")), provider(token(kid, algorithm, sub="u-18"))
    assert again is not None and other is not None
    assert (again.id, again.name) == (found.id, "x _key 123_"), "a name cannot pass for another's signature"
    assert other.id != found.id
    several = provider(token(kid, algorithm, realm={"groups": ["ml", "counsel"]}, aud=["other", AUDIENCE]))
    assert several is not None and several.role is Role.LEGAL, "the first of the file"


PEM = RSA["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
REFUSED = {
    "another issuer": lambda: token(iss="https://id.example.org"),
    "another audience": lambda: token(aud="other"),
    "no audience": lambda: token(aud=None),
    "no issuer": lambda: token(iss=None),
    "no end": lambda: token(exp=None),
    "no subject": lambda: token(sub=None),
    "over": lambda: token(exp=int(time.time()) - 60),
    "not yet": lambda: token(nbf=int(time.time()) + 600),
    "an end that is no number": lambda: token(exp="soon"),
    "an end beyond numbers": lambda: raw(
        {"alg": "RS256", "kid": "one"}, json.dumps(claims(exp=0)).replace('"exp": 0', '"exp": 1e999').encode(), RSA_SIGN
    ),
    "an unknown key": lambda: token("two"),
    "no key named": lambda: raw({"alg": "RS256"}, json.dumps(claims()).encode(), RSA_SIGN),
    "another's signature": lambda: token("one", key=RSA["two"]),
    "an algorithm that is not set": lambda: token(algorithm="PS256"),
    "an algorithm of another kind of key": lambda: token("ec", algorithm="RS256", key=RSA["one"]),
    "no signature": lambda: raw({"alg": "none", "kid": "one"}, json.dumps(claims()).encode()),
    "no algorithm": lambda: raw({"kid": "one"}, json.dumps(claims()).encode()),
    "the public key as a shared secret": lambda: raw(
        {"alg": "HS256", "kid": "one"},
        json.dumps(claims()).encode(),
        lambda m: hmac.new(PEM, m, hashlib.sha256).digest(),
    ),
    "a header that must be understood": lambda: token(header={"crit": ["b64"], "b64": True}),
    "no role that is known": lambda: token(realm={"groups": ["staff"]}),
    "roles of another shape": lambda: token(realm="ml"),
    "no tenant that is known": lambda: token(**{"https://example.org/org": "elsewhere"}),
    "two tenants": lambda: token(**{"https://example.org/org": ["acme corp", "rival"]}),
    "a cut token": lambda: token()[:-4],
    "changed words": lambda: ".".join([(t := token().split("."))[0], token(sub="u-99").split(".")[1], t[2]]),
    "a deep header": lambda: raw({"alg": "RS256"}, b"[" * 6000) + "." + "x",
    "a deep body": lambda: raw({"alg": "RS256", "kid": "one"}, b"[" * 6000, RSA_SIGN),
    "a long token": lambda: token(more="x" * 20000),
    "words": lambda: "a.b.c",
    "nothing": lambda: "..",
}


def RSA_SIGN(message: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return RSA["one"].sign(message, PKCS1v15(), SHA256())


@pytest.mark.parametrize("what", REFUSED)
def test_whatever_does_not_fit_is_nobodys(what: str, provider: Provider) -> None:
    assert provider(REFUSED[what]()) is None
    assert provider(token()) is not None


def test_no_address_of_a_token_is_asked(provided: Provided, provider: Provider) -> None:
    other = Provided()
    try:
        other.hold(public("two", RSA["two"]))
        header = {"jku": other.url, "x5u": other.url, "jwk": public("two", RSA["two"])}
        assert provider(token("two", header=header)) is None
        assert other.asked == 0
    finally:
        other.shutdown()
        other.server_close()


def test_new_keys_are_found_old_ones_end_and_nobody_makes_us_ask_often(provided: Provided, tmp_path: Path) -> None:
    slow, keys = (Keys(provided.url, fresh=3600, kept=7200, pause=pause) for pause in (3600, 0.01))
    for n in range(50):
        assert slow.find("one") is not None
        assert slow.find(f"made up {n}") is None
    assert provided.asked == 1
    assert keys.find("one") is not None
    provided.hold(public("two", RSA["two"]))
    time.sleep(0.02)
    assert keys.find("two") is not None
    assert provided.asked == 3
    assert keys.find("one") is None
    assert slow.find("two") is None
    stale = Keys(provided.url, fresh=0.01, kept=3600, pause=0.01)
    assert stale.find("two") is not None
    for status, body in ((500, b""), (302, provided.body), (200, b"[]"), (200, b"x" * 300_000), (200, b'{"keys": []}')):
        provided.status, provided.body = status, body
        time.sleep(0.02)
        assert stale.find("two") is not None, "what is held is believed for a while"
        ended = Keys(provided.url, kept=3600)
        with pytest.raises(InputError):
            ended.find("two")
    over = Keys(provided.url, fresh=0.01, kept=0.01, pause=0.01)
    provided.status = 200
    provided.hold(public("two", RSA["two"]))
    assert over.find("two") is not None
    provided.status = 500
    time.sleep(0.02)
    with pytest.raises(InputError):
        over.find("two")


def test_keys_that_check_no_signature_are_left_out(provided: Provided) -> None:
    secret = {"kty": "oct", "kid": "oct", "k": "AAAA"}
    provided.hold(
        public("one", RSA["one"]),
        public("enc", RSA["two"], use="enc"),
        public("weak", WEAK),
        public("bound", RSA["two"], alg="RS512"),
        {**public("broken", RSA["two"]), "n": "!"},
        {k: v for k, v in public("x", RSA["two"]).items() if k != "kid"},
        secret,
        {},
    )
    keys = Keys(provided.url)
    found = {kid: keys.find(kid) for kid in ("one", "enc", "weak", "bound", "broken", "oct")}
    assert {kid for kid, key in found.items() if key is not None} == {"one", "bound"}
    assert found["bound"] is not None and found["bound"].algorithms == ("RS512",)


def test_a_provider_that_is_away_is_no_refusal(tmp_path: Path) -> None:
    provider = open_provider(config(tmp_path, "http://127.0.0.1:9/keys"))
    with pytest.raises(HTTPException) as told:
        provider(token())
    assert told.value.status_code == 503


@pytest.mark.parametrize(
    "more",
    [
        {"jwks": "http://id.example.org/keys"},
        {"jwks": "file:///etc/passwd"},
        {"jwks": "missing.json"},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"algorithms": []},
        {"roles": {"claim": "groups", "map": {"ml": "root"}}},
        {"roles": {"claim": "groups", "map": {}}},
        {"issuer": ""},
        {"other": 1},
    ],
)
def test_a_file_that_is_wrong_is_told_at_the_start(more: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ClearanceError):
        open_provider(config(tmp_path, **{"jwks": "https://id.example.org/keys", **more}))


def test_the_service_takes_tokens_beside_keys(provided: Provided, tmp_path: Path) -> None:
    service = Running(tmp_path, "--oidc", str(config(tmp_path, provided.url, leeway=300)))
    try:
        assert run("keys", "add-tenant", "acme", "--ledger", service.ledger, folder=tmp_path).returncode == 0
        held = token("ec", "ES256", realm={"groups": ["counsel"]})
        with service.as_(held) as client:
            made = check(client)
            assert made.status_code == 201
            assert client.get("/metrics").status_code == 403
            entry = client.get(f"/v1/ledger/{made.headers['clearance-entry']}").json()
            assert entry["fields"]["by"].startswith("ada@example.org (subject oidc-")
        with service.as_(service.token) as own:
            assert own.get(made.headers["location"]).status_code == 404, "the token is of a tenant"
        for other in (token("two"), token(**{"https://example.org/org": "rival"}), held + "x"):
            with service.as_(other) as client:
                assert client.get("/v1/checks").status_code in (401, 403)
        short = token(exp=int(time.time()) - 60)  # over, but clocks may differ by more
        with httpx.Client(base_url=service.url, timeout=60) as browser:
            origin = {"Origin": service.url}
            assert browser.post("/login", data={"token": held}, headers=origin).status_code == 303
            assert browser.get("/", headers={"Accept": "text/html"}).status_code == 200
            assert browser.post("/login", data={"token": short}, headers=origin).status_code == 303
            assert browser.get("/", headers={"Accept": "text/html"}).status_code == 303, "a session ends with its token"
        log = service.log.read_text()
        assert held not in log and held.split(".")[2] not in log
    finally:
        service.stop()
