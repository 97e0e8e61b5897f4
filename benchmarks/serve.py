"""How fast the service answers: `python benchmarks/serve.py [--seconds N] [--clients N] [--sources N] [--memory N]
[--corpus DIR [--questions N]]`.

The yardstick is a bare FastAPI application on the same server that reads the same body and echoes it: what the
framework costs. A check costs what deciding costs, so the time of deciding alone, in one process without a network,
stands beside it. No manifest is sent twice: nothing is answered from memory. Then the memory of the service is read
before and after `--memory` further checks. With `--corpus`, a folder of dated terms, questions on its providers are
asked too, one after the other, each in a conversation of its own and each answer in the ledger. All traffic stays on
the loopback interface.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.pipelines import Pipelines  # noqa: E402

ECHO = """
import sys, uvicorn
from fastapi import FastAPI, Request
from starlette.responses import Response
app = FastAPI()
@app.post("/v1/checks")
async def echo(request: Request):
    return Response(await request.body(), media_type="application/json")
@app.get("/healthz")
async def health():
    return Response(b"ok")
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
"""
SERVE = (
    "import sys; from compliance.cli import main, serve; main.COMMANDS = (serve,); sys.exit(main.main(sys.argv[1:]))"
)


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="for each line")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--sources", type=int, default=50)
    parser.add_argument("--memory", type=int, default=2000, metavar="N")
    parser.add_argument("--corpus", type=Path, metavar="DIR")
    parser.add_argument("--questions", type=int, default=200, metavar="N")
    options = parser.parse_args()
    made = manifests(options.sources)
    alone = deciding(itertools.islice(made, 40))
    print(f"{options.clients} clients, manifests of {options.sources} sources, {os.cpu_count()} cores")
    each = statistics.median(alone) * 1e3
    print(f"deciding alone, one process: {1 / statistics.mean(alone):.1f}/s, p50 {each:.0f} ms\n")
    print(f"{'':34}{'requests/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'failed':>8}")
    with tempfile.TemporaryDirectory() as name:
        with bare(Path(name)) as url:
            same = itertools.repeat(next(made))  # an echo does not care
            line("bare FastAPI, echo", load(url, "", same, options.clients, options.seconds))
        with ours(Path(name), options.corpus) as (url, key, pid):
            for what, probe in (("POST /v1/checks", False), ("/healthz meanwhile", True)):
                ready = ahead(made, options.seconds)
                line(f"clearance, {what}", load(url, key, ready, options.clients, options.seconds, probe=probe))
            if options.corpus:
                chat(url, key, options.corpus, options.questions)
            before = memory(pid)
            load(url, key, made, options.clients, 3600, most=options.memory)
            after = memory(pid)
    print(f"\nmemory of the service: {before[0]} MiB, after {options.memory:,} further checks {after[0]} MiB")
    print(f"memory of its deciding processes together: {before[1]} MiB, then {after[1]} MiB")
    return 0


ASKED = (
    "May we train a model that competes with {} on its output?",
    "Who owns the output of {}?",
    "How long does {} keep our prompts?",
    "What is the liability cap of {}?",
    "May we publish benchmarks of {}?",
    "What changed in the terms of {} since 2024?",
)


def chat(url: str, key: str, corpus: Path, count: int) -> None:
    """Ask questions and print a line: the time to the first event with words, and to the last event."""
    names = sorted(p.name.replace("-", " ") for p in corpus.iterdir() if p.is_dir())
    asked = itertools.islice(((q.format(n)) for q in itertools.cycle(ASKED) for n in names), count)
    headers = {"Authorization": f"Bearer {key}"}
    times, first, failed = [], [], 0
    with httpx.Client(base_url=url, headers=headers, timeout=600) as client:
        while client.get("/readyz").json()["questions"] == "loading":
            time.sleep(0.5)
        began = time.perf_counter()
        for question in asked:
            at = time.perf_counter()
            with client.stream("POST", "/v1/chat", json={"question": question}) as answer:
                told = ""
                for part in answer.iter_text():
                    if "event: text" not in told and "event: text" in part:
                        first.append(time.perf_counter() - at)
                    told += part
            times.append(time.perf_counter() - at)
            failed += "event: answer" not in told
        taken = time.perf_counter() - began
    ordered, words = sorted(times), sorted(first)
    p95, first95 = (t[int(len(t) * 0.95)] * 1e3 for t in (ordered, words))
    print(
        f"clearance, POST /v1/chat: {len(times) / taken:.1f}/s, p50 {statistics.median(times) * 1e3:.0f} ms, "
        f"p95 {p95:.0f} ms (first words {first95:.0f} ms), failed {failed}",
        flush=True,
    )


def manifests(size: int) -> Iterator[bytes]:
    """Manifests without end, no two alike."""
    pipelines = Pipelines()
    return (json.dumps(pipelines.manifest(size, seed)).encode() for seed in itertools.count())


def ahead(made: Iterator[bytes], seconds: float) -> Iterator[bytes]:
    """The same manifests, those of so many seconds made before: to make one takes time from those who decide."""
    return itertools.chain(list(itertools.islice(made, int(seconds * 250))), made)


def deciding(made: Iterator[bytes]) -> list[float]:
    """Seconds for each decision, without a service."""
    from api.work import decide, warm

    warm(())
    times = []
    for manifest in made:
        began = time.perf_counter()
        decide(manifest, "manifest.json", "default", (), "benchmark", True)
        times.append(time.perf_counter() - began)
    return times


Measured = tuple[list[float], float, int]
"""Seconds of each request, seconds of all, and how many were not answered as they should be."""


def load(
    url: str,
    key: str,
    made: Iterator[bytes],
    clients: int,
    seconds: float,
    *,
    most: int | None = None,
    probe: bool = False,
) -> Measured:
    """Requests by so many clients at once; with `probe`, those of one more client to /healthz while they run."""
    return asyncio.run(_load(url, key, made, clients, seconds, most, probe))


async def _load(
    url: str, key: str, made: Iterator[bytes], clients: int, seconds: float, most: int | None, probe: bool
) -> Measured:
    host, port = url.removeprefix("http://").split(":")
    head = f"Host: {host}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    checks: list[tuple[float, bool]] = []
    probes: list[tuple[float, bool]] = []
    began = time.perf_counter()
    left = itertools.count(1)

    async def client(into: list[tuple[float, bool]], line: str, bodies: Iterator[bytes], pause: float) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while time.perf_counter() < began + seconds and (most is None or next(left) <= most):
            body = next(bodies)
            at = time.perf_counter()
            writer.write(f"{line} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = re.search(rb"content-length: (\d+)", answer)
            await reader.readexactly(int(length[1]) if length else 0)
            into.append((time.perf_counter() - at, answer.startswith((b"http/1.1 200", b"http/1.1 201"))))
            if pause:
                await asyncio.sleep(pause)
        writer.close()

    running = [client(checks, "POST /v1/checks", made, 0) for _ in range(clients)]
    if probe:
        running.append(client(probes, "GET /healthz", itertools.repeat(b""), 0.02))
    await asyncio.gather(*running)
    taken = time.perf_counter() - began
    found = probes if probe else checks
    return [took for took, _ in found], taken, sum(not good for _, good in found)


def line(name: str, measured: Measured) -> None:
    """A line of the table."""
    times, taken, failed = measured
    times = sorted(times)
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    middle = statistics.median(times)
    print(f"{name:34}{len(times) / taken:>11,.1f}{middle * 1e3:>9,.1f}{p99 * 1e3:>9,.1f}{failed:>8}", flush=True)


@contextmanager
def bare(folder: Path) -> Iterator[str]:
    """The yardstick."""
    script = folder / "echo.py"
    script.write_text(ECHO)
    process = subprocess.Popen([sys.executable, str(script), "8797"], cwd=folder)
    try:
        _wait("http://127.0.0.1:8797")
        yield "http://127.0.0.1:8797"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def ours(folder: Path, corpus: Path | None = None) -> Iterator[tuple[str, str, int]]:
    """The service, with its ledger on disk and a decider a core."""
    log = folder / "log"
    more = ["--corpus", str(corpus.resolve())] if corpus else []
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, "serve", "--port", "0", "--ledger", "audit.db", *more],
            cwd=folder,
            stderr=out,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    try:
        found = None
        while found is None and process.poll() is None:
            found = re.search(r"(http://\S+)/login\?token=(\S+)", log.read_text())
            time.sleep(0.1)
        if found is None:
            raise SystemExit(log.read_text())
        _wait(found[1])
        yield found[1], found[2], process.pid
    finally:
        process.terminate()
        process.wait()


def memory(pid: int) -> tuple[int, int]:
    """MiB resident of a process, and of its children together."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return _resident(pid), sum(_resident(int(child)) for child in children)


def _resident(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) // 1024 if found else 0


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            if httpx.get(f"{url}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    sys.exit(main())
