"""Speed and memory of the readers: `python benchmarks/readers.py [MEGABYTES] [--samples DIR]`.

Rows are made here, written in each form, and read in a process of its own, so that the peak is that form's alone.
With `--samples`, the readers are also scored on a folder that holds `index.jsonl` and `score.py`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ONE = """
import resource, sys, time
from pathlib import Path
from compliance.corpus.corpus import load_corpus
from compliance.evidence.inspect import inspect_file
corpus = load_corpus()
begun = time.perf_counter()
report = inspect_file(Path(sys.argv[1]), corpus)
took = time.perf_counter() - begun
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
status = Path("/proc/self/status")
if status.exists():  # the other figure keeps the parent's peak on some systems
    peak = int(status.read_text().split("VmHWM:")[1].split()[0]) // 1024
print(report.records, f"{took:.3f}", peak)
"""


def rows(count: int) -> list[dict[str, object]]:
    """Rows of about 1.2 kB, from three models over a hundred days."""
    names = ("gpt-4o", "claude-3-5-sonnet-20241022", "meta-llama/Llama-3.1-70B-Instruct")
    words = "the boat leaves the harbour at seven and comes back with the tide " * 8
    return [
        {
            "messages": [{"role": "user", "content": words}, {"role": "assistant", "content": words}],
            "model": names[n % 3],
            "created": 1_735_689_600 + 86_400 * (n % 100),
        }
        for n in range(count)
    ]


def write(folder: Path, megabytes: int) -> list[Path]:
    """The same rows in each form."""
    made = rows(megabytes * 820)
    lines = "".join(json.dumps(row) + "\n" for row in made).encode()
    files = {"rows.jsonl": lines, "rows.jsonl.gz": gzip.compress(lines, 1), "rows.json": json.dumps(made).encode()}
    paths = []
    for name, content in files.items():
        (folder / name).write_bytes(content)
        paths.append(folder / name)
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        return paths
    parquet.write_table(pyarrow.Table.from_pylist(made), folder / "rows.parquet")
    return [*paths, folder / "rows.parquet"]


def main() -> int:
    """Print a line a form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("megabytes", nargs="?", type=int, default=100)
    parser.add_argument("--samples", type=Path)
    options = parser.parse_args()
    if options.samples:
        return score(options.samples)
    with tempfile.TemporaryDirectory() as held:
        for path in write(Path(held), options.megabytes):
            done = subprocess.run([sys.executable, "-c", ONE, str(path)], capture_output=True, text=True, check=True)
            count, took, peak = done.stdout.split()
            rate = options.megabytes / float(took)
            print(f"{path.name:15} {count} rows, {took} s, {rate:.0f} MB/s of JSON lines, peak {peak} MiB")
    return 0


def score(samples: Path) -> int:
    """Run the readers over a folder of labelled files, and its own scorer over what they saw."""
    from compliance.corpus.corpus import load_corpus
    from compliance.evidence.inspect import inspect

    begun = time.perf_counter()
    inspection = inspect([samples], load_corpus())
    print(f"{len(inspection.files)} files in {time.perf_counter() - begun:.2f} s")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")
    with tempfile.NamedTemporaryFile("wb", suffix=".json") as held:
        import msgspec

        held.write(msgspec.json.encode(inspection))
        held.flush()
        command = [sys.executable, str(samples / "score.py"), str(samples / "index.jsonl"), held.name, "--errors"]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
