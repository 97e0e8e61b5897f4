"""Coverage-guided fuzzing of the readers: `python tests/evidence/atheris_readers.py [options of libFuzzer] [folder]`.

The first byte of an input chooses a name's ending, the rest is the file. Inputs start from the small files of the
tests. Whatever the bytes, a report comes back that goes through JSON unchanged, and rows are counted as they come.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-not-found, unused-ignore]
import msgspec

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

with atheris.instrument_imports(include=["compliance.evidence", "compliance.fingerprint.rows"]):
    from compliance.evidence.readers.collector import Collector
    from compliance.evidence.readers.content import read_content
    from compliance.fingerprint.rows import read_rows

from made_files import TEXTS  # noqa: E402

from compliance.corpus.corpus import load_corpus  # noqa: E402
from compliance.evidence.claims import FileReport  # noqa: E402

CORPUS = load_corpus()
PLACE = Path(tempfile.mkdtemp(prefix="readers-"))
NAMES = ["a", "a.json", "a.jsonl", "a.yaml", "a.csv", "a.tsv", "README.md", "a.py", "a.sh", "a.log", "a.toml", "a.txt"]
NAMES += [
    "dataset_info.json",
    "adapter_config.json",
    "a.har",
    "a.dvc",
    "a.parquet",
    "a.arrow",
    "a.tar",
    "a.zip",
    "a.gz",
]


def seeds() -> list[bytes]:
    """The small files, each behind the byte for its name."""
    found = []
    for made in TEXTS:
        name = made.name if made.name in NAMES else "a" + Path(made.name).suffix
        found.append(bytes([NAMES.index(name) if name in NAMES else 0]) + made.content)
    return found


def read(content: bytes) -> None:
    """One input through the readers and through the rows; an exception is a find."""
    name, content = NAMES[content[0] % len(NAMES)] if content else "a", content[1:]
    out = Collector(name, CORPUS)
    label = read_content(io.BytesIO(content), name, out)  # type: ignore[arg-type]
    report = out.report(label, "", len(content))
    assert label
    assert report.rejected <= report.records
    assert msgspec.json.decode(msgspec.json.encode(report), type=FileReport) == report
    path = PLACE / name
    path.write_bytes(content)
    numbers: list[int] = []
    rows = read_rows(path, lambda _row, number: numbers.append(number))
    assert numbers == sorted(set(numbers))
    assert len(numbers) + rows.rejected <= rows.rows


def words() -> set[str]:
    """The keys and names that the small files are made of."""
    return {w for made in TEXTS for w in re.findall(r"[A-Za-z][\w.-]{2,30}", made.content.decode("utf-8", "replace"))}


def main(options: list[str]) -> None:
    """Fuzz as the options say."""
    start, told = PLACE / "seeds", PLACE / "words"
    start.mkdir()
    for number, content in enumerate(seeds()):
        (start / str(number)).write_bytes(content)
    told.write_text("".join(f'"{word}"\n' for word in sorted(words()) if word.isascii()), encoding="ascii")
    bounds = ["-timeout=20", "-rss_limit_mb=6000", "-max_len=8000", f"-dict={told}"]
    atheris.Setup([sys.argv[0], *bounds, *options, str(start)], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
