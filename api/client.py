"""`gate`: a training script that goes on only where the service cleared the run.

    from api.client import gate

    with gate("clearance.yaml", url="https://clearance.example.org", key=os.environ["CLEARANCE_KEY"]) as decision:
        train()

It fails closed: whatever is not a clear answer (no connection, an error, a verdict that it does not know) raises, and
the block is not entered.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from compliance.errors import ClearanceError, InputError, UsageError
from compliance.reading.structured import read_bytes

URL_VARIABLE = "CLEARANCE_URL"
KEY_VARIABLE = "CLEARANCE_KEY"
SECONDS = 150.0
TRIES = 3
EXIT = {"block": 1, "review": 2}
PERMITS = frozenset({"allow", "allow-with-obligations"})


@contextmanager
def gate(
    manifest: str | Path | Mapping[str, Any],
    *,
    url: str | None = None,
    key: str | None = None,
    profile: str = "default",
    obligations: bool = True,
    seconds: float = SECONDS,
) -> Iterator[dict[str, Any]]:
    """Enter the block with the decision where the run is cleared; else raise a `ClearanceError`.

    `manifest` is a path, or the manifest as plain values. `url` and `key` default to `$CLEARANCE_URL` and
    `$CLEARANCE_KEY`. With `obligations=False` a run that owes duties is not cleared either. The error's `exit_code` is
    1 for `block`, 2 for `review`, 3 for duties, and that of the error's kind otherwise.
    """
    decision = ask(manifest, url=url, key=key, profile=profile, seconds=seconds)
    _refuse(decision, obligations)
    yield decision


def ask(
    manifest: str | Path | Mapping[str, Any],
    *,
    url: str | None = None,
    key: str | None = None,
    profile: str = "default",
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """The service's decision, whatever its verdict; a request that is cut off is sent again, and recorded once."""
    url, key = url or os.environ.get(URL_VARIABLE), key or os.environ.get(KEY_VARIABLE)
    if not url or not key:
        raise UsageError("no service or no key is named", remedy=f"set {URL_VARIABLE} and {KEY_VARIABLE}")
    if isinstance(manifest, Mapping):
        kind, name, body = "application/json", "manifest.json", msgspec.json.encode(manifest)
    else:
        path = Path(manifest)
        kind = "application/json" if path.suffix == ".json" else "application/yaml"
        name, body = path.name, read_bytes(path)
    once = hashlib.sha256(os.urandom(32)).hexdigest()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": kind, "Idempotency-Key": once}
    asked = {"profile": profile, "name": name}
    failure = ""
    with httpx.Client(base_url=url, timeout=seconds) as client:
        for _ in range(TRIES):
            try:
                answer = client.post("/v1/checks", params=asked, content=body, headers=headers)
            except httpx.HTTPError as error:
                failure = f"{type(error).__name__}: {error}"
                continue
            if answer.status_code not in (409, 503):
                return _decision(answer)
            failure = f"status {answer.status_code}"
    raise ClearanceError(f"no answer from the service, so the run is not cleared ({failure})", remedy="try again later")


def _decision(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ClearanceError(f"the service answered {answer.status_code} and no document", remedy="check its address")
    if answer.status_code == 201 and isinstance(document.get("verdict"), str):
        return document
    said = ": ".join(str(document[k]) for k in ("title", "detail") if document.get(k))
    line = document.get("line")
    raise InputError(
        said or f"the service answered {answer.status_code}",
        file=str(document.get("file", "")),
        line=line if isinstance(line, int) else None,
        field=str(document.get("field", "")),
        remedy=str(document.get("remedy", "")),
    )


def _refuse(decision: Mapping[str, Any], obligations: bool) -> None:
    verdict = decision["verdict"]
    if verdict == "allow" or (verdict in PERMITS and obligations):
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
