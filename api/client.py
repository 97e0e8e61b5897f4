"""`gate`: a training script that goes on only where the service cleared the run.

    from compliance import gate

    with gate("clearance.yaml", url="https://clearance.example.org", key=os.environ["CLEARANCE_KEY"]) as decision:
        train()

It fails closed: whatever is not a clear answer (no connection, an error, a verdict that it does not know) raises, and
the block is not entered.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import msgspec

from compliance.errors import ClearanceError, InputError, UnreadableFile, UsageError
from compliance.reading.structured import read_bytes

URL_VARIABLE = "CLEARANCE_URL"
KEY_VARIABLE = "CLEARANCE_KEY"
SECONDS = 150.0
TRIES = 3
EXIT = {"block": 1, "review": 2}
UNANSWERED = 69
"""The exit code where the service did not answer."""
PAUSE = 1.0
"""Seconds before a request that was not answered is sent again."""
OFFLINE_VARIABLE = "CLEARANCE_OFFLINE_LOG"
OFFLINE_LOG = "clearance-offline.jsonl"
PERMITS = frozenset({"allow", "allow-with-obligations"})


@contextmanager
def gate(
    manifest: str | Path | Mapping[str, Any],
    *,
    url: str | None = None,
    key: str | None = None,
    profile: str = "default",
    evidence: Sequence[str | Path] = (),
    obligations: bool = True,
    allow_offline: bool = False,
    seconds: float = SECONDS,
) -> Iterator[dict[str, Any]]:
    """Enter the block with the decision where the run is cleared; else raise a `ClearanceError`.

    `manifest` is a path, or the manifest as plain values; `evidence` are files to hold against it. `url` and `key`
    default to `$CLEARANCE_URL` and `$CLEARANCE_KEY`. With `obligations=False` a run that owes duties is not cleared
    either. With `allow_offline` a service that does not answer is stood in for by this program, which decides by what
    it knows itself; that is said loudly, and logged. The error's `exit_code` is that of the command line.
    """
    yield cleared(
        manifest,
        url=url,
        key=key,
        profile=profile,
        evidence=evidence,
        obligations=obligations,
        allow_offline=allow_offline,
        seconds=seconds,
    )


def cleared(
    manifest: str | Path | Mapping[str, Any],
    *,
    obligations: bool = True,
    allow_offline: bool = False,
    profile: str = "default",
    evidence: Sequence[str | Path] = (),
    **where: Any,
) -> dict[str, Any]:
    """The decision on a run that may start; an error for every other. The arguments are those of `gate`."""
    try:
        decision = ask(manifest, profile=profile, evidence=evidence, **where)
    except ClearanceError as error:
        if not allow_offline or error.exit_code != UNANSWERED:
            raise
        decision = offline(manifest, profile, evidence, error)
    _refuse(decision, obligations)
    return decision


def ask(
    manifest: str | Path | Mapping[str, Any],
    *,
    url: str | None = None,
    key: str | None = None,
    profile: str = "default",
    evidence: Sequence[str | Path] = (),
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """The service's decision, whatever its verdict; a request that is cut off is sent again, and recorded once.

    With a verdict that stops the run, `gate` says whether it may start all the same, under waivers of two people.
    """
    url, key = url or os.environ.get(URL_VARIABLE), key or os.environ.get(KEY_VARIABLE)
    if not url or not key:
        raise UsageError("no service or no key is named", remedy=f"set {URL_VARIABLE} and {KEY_VARIABLE}")
    if isinstance(manifest, Mapping):
        kind, name, body = "application/json", "manifest.json", msgspec.json.encode(manifest)
    else:
        path = Path(manifest)
        kind = "application/json" if path.suffix == ".json" else "application/yaml"
        name, body = path.name, read_bytes(path)
    headers = {"Content-Type": kind, "Idempotency-Key": _once(body)}
    asked: dict[str, Any] = {"profile": profile, "name": name}
    until = time.monotonic() + seconds
    with httpx.Client(base_url=url, timeout=seconds, headers={"Authorization": f"Bearer {key}"}) as client:
        if evidence:
            asked["evidence"] = _upload(client, until, [Path(path) for path in evidence])
        answer = _sent(client, until, "POST", "/v1/checks", params=asked, content=body, headers=headers)
        made = _followed(client, until, _document(answer)) if answer.status_code == 202 else _decision(answer, 201)
        if made["verdict"] not in PERMITS:
            told = _sent(client, until, "GET", f"/v1/checks/{made.get('id')}/gate")
            made["gate"] = _document(told) if told.status_code == 200 else {}
        return made


def _followed(client: httpx.Client, until: float, job: dict[str, Any]) -> dict[str, Any]:
    """The decision that a job comes to."""
    place = f"/v1/jobs/{job.get('id')}"
    while job.get("state") in ("waiting", "running"):
        if time.monotonic() > until:
            raise _unanswered("the job did not end in time")
        answer = _sent(client, until, "GET", place, params={"wait": 10})
        job = _document(answer)
        if answer.status_code != 200:
            raise _fault(job, f"the service answered {answer.status_code}")
    if job.get("state") == "done":
        return _decision(_sent(client, until, "GET", f"{place}/result"), 200)
    problem = job.get("problem")
    raise _fault(problem if isinstance(problem, dict) else {}, "the job failed")


def _once(body: bytes) -> str:
    """The request's name: one for all processes of a distributed launch, so that the ledger has one entry."""
    launch = os.environ.get("TORCHELASTIC_RUN_ID", "")
    if launch and launch != "none":
        restarts = os.environ.get("TORCHELASTIC_RESTART_COUNT", "")
        return hashlib.sha256(f"{launch} {restarts} ".encode() + body).hexdigest()
    return hashlib.sha256(os.urandom(32)).hexdigest()


def _sent(client: httpx.Client, until: float, method: str, place: str, **what: Any) -> httpx.Response:
    """An answer; what was turned away as too often is sent again when it may, what was cut off a few times."""
    failure, cut_off = "", 0
    while True:
        try:
            answer = client.request(method, place, **what)
            if answer.status_code == 429:
                wait = answer.headers.get("retry-after", "")
                pause = max(PAUSE, float(wait)) if wait.isdecimal() else PAUSE
                if time.monotonic() + pause > until:
                    raise _unanswered("it says that this key asks too often")
                time.sleep(pause)
                continue
            if answer.status_code != 503:
                return answer
            failure = f"status {answer.status_code}"
        except httpx.HTTPError as error:
            failure = f"{type(error).__name__}: {error}"
        cut_off += 1
        if cut_off >= TRIES or time.monotonic() > until:
            raise _unanswered(failure)
        time.sleep(PAUSE)


def _upload(client: httpx.Client, until: float, paths: list[Path]) -> str:
    with ExitStack() as opened:
        try:
            files = [("file", (path.name, opened.enter_context(path.open("rb")))) for path in paths]
        except OSError as error:
            raise UnreadableFile("the evidence cannot be read", file=str(error.filename)) from None
        answer = _sent(client, until, "POST", "/v1/evidence", files=files)
    document = _document(answer)
    if answer.status_code != 201:
        raise _fault(document, f"the service answered {answer.status_code}")
    return str(document.get("id"))


def offline(
    manifest: str | Path | Mapping[str, Any], profile: str, evidence: Sequence[str | Path], error: ClearanceError
) -> dict[str, Any]:
    """This program's own decision in place of the service's: loud, logged, and in no ledger."""
    from compliance.check import Checker
    from compliance.report.json_form import pieces

    with TemporaryDirectory() as folder:
        path = Path(folder, "manifest.json")
        if isinstance(manifest, Mapping):
            path.write_bytes(msgspec.json.encode(manifest))
        else:
            path = Path(manifest)
        decided = Checker(profile).file(path, [Path(one) for one in evidence]).decision()
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "offline": error.message,
        "decision": decided.id,
        "verdict": decided.verdict,
        "manifest_sha256": decided.inputs[0].sha256,
    }
    log = Path(os.environ.get(OFFLINE_VARIABLE) or OFFLINE_LOG)
    try:
        with log.open("ab") as out:
            out.write(msgspec.json.encode(line) + b"\n")
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        raise UnreadableFile(f"going on offline cannot be logged: {reason}", file=str(log)) from None
    loud = (
        f"CLEARANCE IS OFFLINE: {error.message}. This program decided by itself ({decided.verdict}); "
        f"no ledger holds it. Logged in {log}; check the run again when the service is back."
    )
    logging.getLogger("clearance").warning(loud)
    bar = "!" * 100
    print(f"{bar}\n{loud}\n{bar}", file=sys.stderr, flush=True)
    return {**json.loads("".join(pieces(decided))), "offline": error.message}


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ClearanceError(f"the service answered {answer.status_code} and no document", remedy="check its address")
    return document


def _decision(answer: httpx.Response, status: int) -> dict[str, Any]:
    document = _document(answer)
    if answer.status_code == status and isinstance(document.get("verdict"), str):
        return document
    raise _fault(document, f"the service answered {answer.status_code}")


def _unanswered(failure: str) -> ClearanceError:
    error = ClearanceError(f"no answer from the service, so the run is not cleared ({failure})", remedy="try it later")
    error.exit_code = UNANSWERED
    return error


def _fault(problem: Mapping[str, Any], otherwise: str) -> InputError:
    said = ": ".join(str(problem[k]) for k in ("title", "detail") if problem.get(k))
    line = problem.get("line")
    return InputError(
        said or otherwise,
        file=str(problem.get("file", "")),
        line=line if isinstance(line, int) else None,
        field=str(problem.get("field", "")),
        remedy=str(problem.get("remedy", "")),
    )


def _refuse(decision: Mapping[str, Any], obligations: bool) -> None:
    verdict = decision["verdict"]
    if verdict == "allow" or (verdict in PERMITS and obligations):
        return
    gate = decision.get("gate")
    if isinstance(gate, dict) and gate.get("may_start") is True and gate.get("decision") == decision.get("id"):
        return
    sources = decision.get("sources")
    told = [
        f"{s.get('source')}: {s.get('reason')}"
        for s in (sources if isinstance(sources, list) else [])
        if isinstance(s, dict) and s.get("verdict") == verdict
    ]
    error = ClearanceError(
        f"the run is not cleared: {verdict}" + (f" ({'; '.join(told[:3])})" if told else ""),
        remedy=f"see check {decision.get('id')}",
    )
    error.exit_code = EXIT.get(verdict, 3 if verdict in PERMITS else 70)
    raise error
