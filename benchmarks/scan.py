"""How fast a log is scanned, and whether anything is missed: measured on a log made here, in one run.

    python benchmarks/scan.py [--mb 1000 | --quick] [--keep FOLDER]

Compared on the same file, with the same patterns: our command from start to end with one and two workers; ripgrep
(when installed) counting the lines that match; a loop that parses every line and matches every field. Then the same
rows as Parquet and compressed, against decoding alone. The loop's hits must be ours: none missed, none extra.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from compliance.scan.confirm import Confirmer
from compliance.scan.lines import Engine, parse_line
from compliance.scan.matcher import whole_patterns
from compliance.scan.signatures import load_signatures

WORDS = [
    "the",
    "a",
    "of",
    "and",
    "to",
    "in",
    "is",
    "for",
    "with",
    "on",
    "river",
    "garden",
    "number",
    "between",
    "light",
    "after",
    "small",
    "question",
    "answer",
    "because",
    "people",
    "water",
    "music",
    "history",
    "simple",
    "model",
    "system",
    "value",
    "market",
    "paper",
    "house",
    "energy",
    "large",
    "point",
    "city",
    "north",
    "summer",
    "bread",
    "table",
    "method",
    "result",
    "sample",
    "function",
    "window",
    "letter",
    "school",
    "winter",
    "orange",
    "stone",
    "engine",
    "valley",
    "machine",
    "train",
    "bridge",
    "forest",
]
FOREIGN = [
    "año",
    "café",
    "naïve",
    "größer",
    "żółw",
    "河流",
    "花园",
    "数学",
    "река",
    "сад",
    "質問",
    "대답",
    "“quoted”",
    "it\u2019s",
    "—",
    "déjà",
]
SELF = (
    "I'm Claude, an AI assistant made by Anthropic, so I can't do that.",
    "As an AI language model developed by OpenAI, I have no opinion.",
    "我是由OpenAI训练的大型语言模型。",
    "Ich bin ein Sprachmodell, das von OpenAI entwickelt wurde.",
)
MARKS = (
    " :contentReference[oaicite:0]{index=0}",
    " citeturn0search1turn2news0",
    " [cite_start]Then it rained.[cite: 3]",
)
DECOYS = (
    "ChatGPT is a chatbot that OpenAI released in 2022.",
    "Claude Monet painted the garden; Gemini is a sign of the zodiac.",
    "The Google search for a llama farm led to Amazon.",
)
CPU: dict[str, float] = {}
# Programs start with their modules compiled, as installed ones do.
SURROUNDINGS = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
PEAK: list[int] = []
# The command by itself; it says last what its process held at most, in kilobytes (Linux alone tells that).
MEASURED = """
import os, sys
from compliance.cli.scan import alone
leave = os._exit
def tell(code):
    status = open("/proc/self/status").read() if os.path.exists("/proc/self/status") else "VmHWM: 0"
    print(status.partition("VmHWM:")[2].split()[0], file=sys.stderr, flush=True)
    leave(code)
os._exit = tell
alone()
"""
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def prose(rng: random.Random, words: int, foreign: bool) -> str:
    """Sentences of a language nobody speaks."""
    pool = WORDS + FOREIGN * 2 if foreign else WORDS
    picked = rng.choices(pool, k=words)
    return "\n".join(" ".join(picked[i : i + 14]) + "." for i in range(0, words, 14))


def chat_id(rng: random.Random) -> str:
    """An id as OpenAI's interface gives it, dated 2024 or 2025."""
    seconds, digits = rng.randrange(1_704_067_200, 1_767_225_600) - 1_576_800_000, ""
    for _ in range(5):
        seconds, digit = divmod(seconds, 62)
        digits = BASE62[digit] + digits
    return "chatcmpl-" + digits + "".join(rng.choices(BASE62, k=24))


def row(rng: random.Random, kind: str, foreign: bool) -> dict[str, Any]:
    """One training row or log record."""
    answer = prose(rng, rng.randrange(80, 380), foreign)
    record: dict[str, Any] = {
        "n": rng.randrange(10**9),
        "messages": [
            {"role": "user", "content": prose(rng, rng.randrange(10, 60), foreign)},
            {"role": "assistant", "content": answer},
        ],
        "source": "https://example.org/rows/" + str(rng.randrange(10**6)),
    }
    reply = record["messages"][1]
    if kind == "id":
        record["id"], record["model"] = chat_id(rng), rng.choice(["gpt-4o-2024-08-06", "qwen/qwen3-32b", "local-7b"])
    elif kind == "self":
        reply["content"] = rng.choice(SELF) + " " + answer
    elif kind == "mark":
        reply["content"] = answer + rng.choice(MARKS)
    elif kind == "decoy":
        reply["content"] = answer + " " + rng.choice(DECOYS)
    return record


def make_log(path: Path, megabytes: int, seed: int = 7) -> None:
    """Rows of about 1.6 kB: 5 in 100 with a mark, 2 with a decoy; a third is written with escapes."""
    rng = random.Random(seed)

    def line(kind: str) -> str:
        escaped = rng.random() < 1 / 3
        record = row(rng, kind, escaped or rng.random() < 0.3)
        text = json.dumps(record, ensure_ascii=escaped)
        return text.replace("/", "\\/") if escaped and rng.random() < 0.1 else text

    plain = [line("plain") for _ in range(6000)]
    kinds, weights = ["plain", "id", "self", "mark", "decoy"], [93, 3, 1, 1, 2]
    size = 0
    with path.open("w", encoding="utf-8") as out:
        while size < megabytes * 1_000_000:
            lines = [rng.choice(plain) if k == "plain" else line(k) for k in rng.choices(kinds, weights, k=2000)]
            text = "\n".join(lines) + "\n"
            size += out.write(text)


def timed(command: list[str], repeat: int = 3) -> tuple[float, subprocess.CompletedProcess[bytes]]:
    """The best wall time of a command in seconds, and its last result; its processor time goes to `CPU`."""
    best, result = float("inf"), None
    for _ in range(repeat):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        result = subprocess.run(command, capture_output=True, check=False, env=SURROUNDINGS)
        best = min(best, time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        key = " ".join(command[-6:])
        CPU[key] = min(used, CPU.get(key, used))
    assert result is not None
    CPU["last"] = CPU[" ".join(command[-6:])]
    return best, result


def ours(path: Path, workers: int, repeat: int = 3) -> tuple[float, dict[str, Any]]:
    """Our command on a file."""
    command = [sys.executable, "-c", MEASURED, str(path), "--format", "json"]
    seconds, result = timed([*command, "--workers", str(workers)], repeat)
    if result.returncode:
        raise SystemExit(result.stderr.decode())
    PEAK.append(int(result.stderr.split()[-1]) // 1024)
    return seconds, json.loads(result.stdout)


def loop(path: Path, engine: Engine) -> tuple[float, set[tuple[Any, ...]]]:
    """Parse every line, match every field: the meaning of a scan, without its first pass over raw bytes."""
    start, before = time.perf_counter(), time.process_time()
    found: set[tuple[Any, ...]] = set()
    with path.open("rb") as handle:
        for number, line in enumerate(handle):
            read, value = parse_line(line)
            for hit in engine.confirmer.record(value, engine.text.live) if read else ():
                found.add((number, *msgspec.structs.astuple(hit)))
    CPU["loop"] = time.process_time() - before
    return time.perf_counter() - start, found


def main() -> None:
    """Make the log, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=int, default=1000, help="size of the log in megabytes")
    parser.add_argument("--quick", action="store_true", help="100 MB: starting up weighs more than in figures to quote")
    parser.add_argument("--keep", type=Path, help="a folder for the files instead of a temporary one")
    options = parser.parse_args()
    if options.quick:
        options.mb = 100
    folder = options.keep or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    SURROUNDINGS["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    log = folder / f"log-{options.mb}.jsonl"
    if not log.exists():
        make_log(log, options.mb)
    size = log.stat().st_size / 1e6
    engine = Engine(Confirmer(load_signatures().content))
    with log.open("rb") as handle:  # into the page cache, for everybody
        while handle.read(1 << 20):
            pass

    one, said = ours(log, 1)
    cpu_one = CPU["last"]
    two, said_two = ours(log, 2)
    cpu_two = CPU["last"]
    rows = sum(f["records"] for f in said["files"])
    print(f"{size:.0f} MB, {rows} rows, {len(said['hits'])} hits")
    print(f"ours, 1 worker    {size / one:7.0f} MB/s   {cpu_one:.2f} s of processor")
    print(f"ours, 2 workers   {size / two:7.0f} MB/s   {cpu_two:.2f} s; {one / two:.2f} x one worker")
    print(f"same bytes for 1 and 2 workers: {said == said_two}")
    if shutil.which("rg"):
        patterns = folder / "patterns.txt"
        same = b"\n".join(whole_patterns(engine.confirmer))
        patterns.write_bytes(b"".join(b"\\x%02x" % c if c > 127 else bytes([c]) for c in same) + b"\n")
        seconds, result = timed(["rg", "--no-unicode", "-i", "-c", "-f", str(patterns), str(log)])
        lines = result.stdout.decode().strip() or result.stderr.decode()[:200]
        print(f"ripgrep           {size / seconds:7.0f} MB/s   {CPU['last']:.2f} s ({lines} lines)")
        print(f"  ours            {seconds / one:7.2f} x with 1 worker, {seconds / two:.2f} x with 2")
        print(
            f"  by processor    {CPU['last'] / cpu_one:7.2f} x with 1 worker (a busy machine distorts the lines above)"
        )
    seconds, found = loop(log, engine)
    mine = {(h["record"], *[h[k] for k in list(h)[2:]]) for h in said["hits"]}
    ratios = f"ours {seconds / one:.1f} x, {seconds / two:.1f} x; {CPU['loop'] / cpu_one:.1f} x by processor"
    print(f"parse-all loop    {size / seconds:7.0f} MB/s   {ratios}")
    print(f"missed {len(found - mine)}, extra {len(mine - found)}")
    formats(folder, log, size)
    endless(folder, 600)
    print(f"largest process   {max(PEAK)} MB")


def formats(folder: Path, log: Path, size: float) -> None:
    """The same rows as Parquet, gzip and Zstandard: our rate against decoding alone."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import zstandard

    table = folder / (log.name + ".parquet")
    if not table.exists():
        schema = pa.schema([("text", pa.string()), ("id", pa.string()), ("model", pa.string())])
        with pq.ParquetWriter(table, schema, compression="zstd") as writer, log.open("rb") as handle:
            while lines := handle.readlines(32 << 20):
                records = [json.loads(x) for x in lines]
                texts = [r["messages"][1]["content"] for r in records]
                ids, models = [r.get("id") for r in records], [r.get("model") for r in records]
                writer.write_table(pa.table([texts, ids, models], schema=schema), row_group_size=20_000)
    code = (
        "import sys, pyarrow.parquet as pq\nf = pq.ParquetFile(sys.argv[1])\n"
        "for b in f.iter_batches(batch_size=8192, use_threads=False): b.nbytes"
    )
    plain, _ = timed([sys.executable, "-c", code, str(table)])
    alone = CPU["last"]
    scan, said = ours(table, 1)
    held = said["files"][0]["bytes"] / 1e6
    print(
        f"parquet (zstd)    {held / scan:7.0f} MB/s   decoding alone {held / plain:.0f}: {plain / scan:.0%}",
        by_processor(alone),
    )
    zipped = folder / (log.name + ".gz")
    if not zipped.exists():
        with log.open("rb") as source, gzip.open(zipped, "wb", compresslevel=6) as target:
            shutil.copyfileobj(source, target, 1 << 20)
    code = "import sys\nfrom isal import igzip\nf = igzip.open(sys.argv[1])\nwhile f.read(1 << 20): pass"
    plain, _ = timed([sys.executable, "-c", code, str(zipped)])
    compressed("gzip", zipped, size, plain)
    packed = folder / (log.name + ".zst")
    if not packed.exists():
        with log.open("rb") as source, packed.open("wb") as target:
            zstandard.ZstdCompressor(level=3).copy_stream(source, target)
    code = (
        "import sys, zstandard\nf = zstandard.ZstdDecompressor().stream_reader(open(sys.argv[1], 'rb'))\n"
        "while f.read(1 << 20): pass"
    )
    plain, _ = timed([sys.executable, "-c", code, str(packed)])
    compressed("zstandard", packed, size, plain)


def compressed(name: str, path: Path, size: float, plain: float) -> None:
    """Our rate on a compressed file, of `size` megabytes without compression, against decompressing alone."""
    alone = CPU["last"]
    scan, _ = ours(path, 1)
    rates = f"{size / scan:7.0f} MB/s   decompressing alone {size / plain:.0f}"
    print(f"{name:<17} {rates}: {plain / scan:.0%}", by_processor(alone))


def by_processor(alone: float) -> str:
    """The same share in processor time, which a busy machine distorts less; `alone` is that of the plain reading."""
    return f"({alone / CPU['last']:.0%} by processor)"


def endless(folder: Path, megabytes: int) -> None:
    """A compressed table of one endless line: it is reported, within little memory."""
    path = folder / "endless.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(b"model,text\ngpt-4o,")
        letters = random.Random(megabytes).randbytes(500_000).hex().encode()
        for _ in range(megabytes):
            out.write(letters)
        out.write(b"\ngpt-4o,x\n")
    _, said = ours(path, 1, repeat=1)
    entry = said["files"][0]
    print(
        f"one line of {megabytes} MB: {entry['records']} records, {entry['rejected']} rejected; {entry['warnings'][0]}"
    )


if __name__ == "__main__":
    main()
