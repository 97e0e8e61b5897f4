"""Bad input to the real command line: one line that names file, line and remedy, exit code 64 or 65, bounded cost."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from other_user import as_somebody

MEGABYTE = 1024 * 1024
MEMORY = 3 * 1024 * MEGABYTE
SECONDS = 120

HEAD = "run: {date: 2025-06-15}\ntrainer: {name: A}\ntrainee: {kind: vlm}\n"
GOOD = HEAD + "sources: []\n"


def cli(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, with bounds on memory and time that it must keep."""
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-m", "compliance", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )


def refused(path: Path, *says: str, line: int | None = None, code: int = 65) -> None:
    """Check `path` and see that the refusal is one line with these words."""
    run = cli("check", path)
    assert run.returncode == code, run.stderr
    assert run.stdout == ""
    assert run.stderr.count("\n") == 1 and len(run.stderr) < 1000, run.stderr[:3000]
    place = f"{path}:{line}: " if line else f"{path}: "
    assert run.stderr.startswith(f"clearance: {place}"), run.stderr
    assert all(word in run.stderr for word in says), run.stderr
    assert run.stderr.rstrip().endswith(")"), "no remedy"


def sources(*rows: str) -> str:
    return HEAD + "sources:\n" + "".join(f"- {row}\n" for row in rows)


def as_json(**changed: object) -> str:
    whole = {"run": {"date": "2025-06-15"}, "trainer": {"name": "A"}, "trainee": {"kind": "vlm"}, "sources": []}
    return json.dumps({**whole, **changed}, indent=1)


# What is wrong with the text of a YAML manifest: the text, the line, and words of the answer.
YAML = {
    "malformed": (HEAD + "sources: [\n", 5, ["not YAML"]),
    "tab": (HEAD + "sources:\n\t- name: a\n", 5, ["not YAML"]),
    "duplicate-key": (GOOD + "run: {date: 2025-06-15}\n", 5, ["'run' stands twice", "keep one"]),
    "duplicate-key-inside": (sources("name: a\n  rows: 1\n  rows: 2"), 7, ["'rows' stands twice"]),
    "unknown-key": (GOOD + "zzzz: 1\n", 5, ["unknown key 'zzzz'", "known here: agreements"]),
    "misspelt-key": (sources("name: a\n  lisence: MIT"), 6, ["sources[0].lisence", "did you mean 'licence'?"]),
    "long-key": (GOOD + "? " + "k" * 100_000 + "\n: 1\n", 5, ["unknown key"]),
    "missing-key": (HEAD, 1, ["'sources' is missing", "add it"]),
    "missing-key-inside": (sources("name: a", "kind: dataset"), 6, ["sources[1]", "'name' is missing"]),
    "text-for-a-number": (sources("name: a\n  rows: many"), 6, ["sources[0].rows", "whole number", "found text"]),
    "number-for-a-list": (HEAD + "sources: 5\n", 4, ["sources", "expected a list"]),
    "a-list-for-a-name": (sources("name: [a]"), 5, ["expected text, found a list"]),
    "unknown-value": (GOOD.replace("vlm", "vlmm"), 3, ["trainee.kind", "did you mean 'vlm'?"]),
    "unknown-channel": (sources("name: a\n  generated_by: {channel: phone}"), 6, ["form", "first-party-api"]),
    "blank-name": (sources("name: '  '"), 5, ["may not be blank"]),
    "blank-licence": (sources("name: a\n  licence: '  '"), 6, ["sources[0].licence", "blank"]),
    "negative": (sources("name: a\n  rows: -1"), 6, ["sources[0].rows", ">= 0"]),
    "long-name": (sources("name: " + "n" * 1_000_000), 5, ["2000"]),
    "many-digits": (sources("name: a\n  rows: " + "9" * 5000), 6, ["not a number that can be read", "18 digits"]),
    "infinite": (sources("name: a\n  generated_by: {share: 1e999}"), 6, ["not a number that can be read"]),
    "impossible-day": (GOOD.replace("06-15", "02-30"), 1, ["run.date", "2025-02-30", "dates are"]),
    "impossible-month": (GOOD.replace("06-15", "13-01"), 1, ["run.date", "a day is"]),
    "impossible-day-of-use": (
        sources("name: a\n  generated_by:\n  - {when: 2025-01}\n  - {when: 2025-02-30}"),
        8,
        ["sources[0].generated_by[1].when", "dates are"],
    ),
    "backwards": (sources("name: a\n  generated_by: {when: 2025-06/2025-01}"), 6, ["ends before it begins"]),
    "impossible-day-of-an-agreement": (
        GOOD + "agreements:\n- party: B\n  form: written\n  from: 2025-02-30\n",
        8,
        ["agreements[0].from"],
    ),
    "cycle": (
        sources(
            "name: a\n  derived_from: [b]", "name: b\n  derived_from:\n  - x\n  - C", "name: c\n  derived_from: [a]"
        ),
        12,
        ["sources[2].derived_from[0]", "'a' is made from itself (a from b from c from a)", "break the cycle"],
    ),
    "two-sources-of-one-name": (
        sources("name: my data", "name: b", "name: My_Data"),
        7,
        ["sources[2].name", "two sources are called 'My_Data'", "a name of its own"],
    ),
    "a-list": ("# a comment\n- run\n", 2, ["expected a mapping, found a list"]),
    "a-word": ("word\n", 1, ["expected a mapping, found text"]),
    "only-comments": ("# nothing\n", 1, ["empty"]),
    "empty": ("", 1, ["empty", "docs/manifest.md"]),
    "blank": (" \n\n", 1, ["empty"]),
    "nul": (HEAD + "sources: \0[]\n", 4, ["NUL byte", "UTF-8"]),
    "control-character": (HEAD + "sources: \x07[]\n", 4, ["cannot stand in YAML"]),
    "terminal-escape": (GOOD + '"\\e[31mred": 1\n', 5, ["unknown key"]),
    "tag": (HEAD + "sources: !!python/object:os.system x\n", 4, ["tag", "remove"]),
    "second-document": (GOOD + "---\na: 1\n", 5, ["second document", "one document a file"]),
    "alias-before-anchor": (HEAD + "sources: *a\n", 4, ["*a"]),
    "alias-inside-itself": (HEAD + "sources: &a\n- *a\n", 5, ["*a", "write the value out"]),
    "alias-bomb": (
        "a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)),
        6,
        ["aliases multiply", "write the values out"],
    ),
    "aliases-that-nest": (
        "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60)),
        40,
        ["nested deeper than 40", "flatten"],
    ),
}

# The same of a JSON manifest.
JSON = {
    "malformed": ('{"run": {"date": "2025-06-15"},\n "trainer": }', 2, ["not JSON"]),
    "cut-short": (as_json()[:-10], 11, ["not JSON"]),
    "duplicate-key": (
        '{"run": {"date": "2025-06-15"},\n"trainer": {"name": "A"},\n"trainee": {"kind": "vlm"},\n"sources": ['
        '{"name": "a", "rows": 1},\n{"name": "b", "rows": 1,\n"rows": 2}]}',
        6,
        ["'rows' stands twice", "keep one"],
    ),
    "misspelt-key": (as_json(sources=[{"name": "a"}, {"name": "b", "row": 1}]), 17, ["sources[1].row", "'rows'?"]),
    "tabs": (as_json(sources=[{"name": 1}]).replace("\n ", "\n\t"), 13, ["sources[0].name", "expected text"]),
    "not-a-number": ('{"run": 1,\n"sources": NaN}', 2, ["NaN", "not a number"]),
    "infinite": (as_json(sources=[{"name": "a", "rows": 1}]).replace(": 1", ": 1e999"), 14, ["not a number"]),
    "many-digits": ('{"run": 1,\n"sources": ' + "9" * 5000 + "}", 2, ["not a number", "18 digits"]),
    "half-a-character": (as_json(sources=[{"name": "x"}]).replace('"x"', '"\\ud83dx"'), 13, ["half a character"]),
    "a-list": ("\n[1]", 2, ["expected a mapping, found a list"]),
    "cycle": (
        as_json(sources=[{"name": "a", "derived_from": ["b"]}, {"name": "b", "derived_from": ["a"]}]),
        21,
        ["sources[1].derived_from[0]", "break the cycle"],
    ),
    "two-sources-of-one-name": (as_json(sources=[{"name": "a"}, {"name": "A"}]), 16, ["two sources"]),
}


@pytest.mark.parametrize("case", YAML)
def test_yaml(case: str, tmp_path: Path) -> None:
    text, line, says = YAML[case]
    path = tmp_path / "m.yaml"
    path.write_text(text, "utf-8", newline="")
    refused(path, *says, line=line)


@pytest.mark.parametrize("case", JSON)
def test_json(case: str, tmp_path: Path) -> None:
    text, line, says = JSON[case]
    path = tmp_path / "m.json"
    path.write_text(text, "utf-8", newline="")
    refused(path, *says, line=line)


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (GOOD.encode("utf-16"), 1, "UTF-16"),
        (GOOD.encode("utf-32"), 1, "UTF-16"),
        (GOOD.encode("utf-16-le"), 1, "NUL"),
        (HEAD.encode() + b"sources: \xe9\n", 4, "byte 0xe9 is not UTF-8"),
        (b"\x93\xf8" * 1000, 1, "not UTF-8"),
    ],
)
def test_other_encodings(data: bytes, line: int, says: str, tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes(data)
    refused(path, says, "save", line=line)


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n").encode()])
def test_a_byte_order_mark_and_crlf_are_read(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "clearance.yaml").write_bytes(data)
    run = cli("check", tmp_path)
    assert (run.returncode, run.stderr) == (2, "")


@pytest.mark.parametrize(
    ("unit", "name", "line"),
    [
        ("[", "deep.json", 1),
        ("[", "deep.yaml", 1),
        ('{"a":', "deep.json", 1),
        ("[\n", "deep.json", 41),
        ("{a: ", "deep.yaml", 1),
        ("- ", "deep.yaml", 1),
    ],
)
def test_a_hundred_megabytes_of_nesting(unit: str, name: str, line: int, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(unit * (100 * MEGABYTE // len(unit)))
    refused(path, "nested deeper than 40", "flatten", line=line)


@pytest.mark.parametrize(
    ("text", "name"), [("[" + "1," * (50 * MEGABYTE) + "1]", "wide.json"), ("- 1\n" * 6_000_000, "wide.yaml")]
)
def test_more_values_than_memory_should_hold(text: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    refused(path, "values", "split it", line=5_000_000 if name == "wide.yaml" else None)


def test_a_file_larger_than_any_manifest(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    with path.open("wb") as file:
        file.truncate(200 * MEGABYTE)
    refused(path, "larger than 128 MiB", "split it")


def test_files_that_are_not_there_or_no_files(tmp_path: Path) -> None:
    refused(tmp_path / "absent.yaml", "no such file", "check the path")
    refused(tmp_path, "no manifest in this folder", "clearance.yaml")
    (tmp_path / "file").write_text(GOOD)
    refused(tmp_path / "file" / "m.yaml", "cannot be read: Not a directory")
    refused(tmp_path / ("n" * 300), "cannot be read: File name too long")
    loop = tmp_path / "loop.yaml"
    loop.symlink_to(loop)
    refused(loop, "symbolic links")
    dangling = tmp_path / "dangling.yaml"
    dangling.symlink_to(tmp_path / "absent")
    refused(dangling, "no such file")
    (tmp_path / "clearance.yaml").mkdir()
    refused(tmp_path, "no manifest in this folder")


def test_pipes_and_devices_do_not_hang(tmp_path: Path) -> None:
    pipe = tmp_path / "m.yaml"
    os.mkfifo(pipe)
    refused(pipe, "not a regular file", "save its content")
    refused(Path("/dev/zero"), "not a regular file")
    refused(Path("/dev/null"), "not a regular file")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
def test_a_file_that_opens_and_cannot_be_read() -> None:
    refused(Path("/proc/self/mem"), "cannot be read")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(GOOD)
    path.chmod(0)
    refused(path, "cannot be read: Permission denied", "permissions")


def test_a_folder_that_may_not_be_entered(tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0)
    command = [sys.executable, "-m", "compliance", "terms", "list", "--db", str(shut / "terms.sqlite")]
    done = subprocess.run(as_somebody(command, tmp_path), capture_output=True, text=True)
    assert done.returncode == 65 and done.stderr.count("\n") == 1
    assert "Permission denied" in done.stderr and str(shut) in done.stderr and "defect" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "required"),
        (["chekc"], "invalid choice"),
        (["check"], "name one manifest"),
        (["check", "a.yaml", "--batch", "b.jsonl"], "name one manifest"),
        (["check", "a.yaml", "--fromat", "json"], "--fromat"),
        (["check", "a.yaml", "--profile", "strickt"], "strict"),
    ],
)
def test_usage_is_64_and_ends_with_the_fault(arguments: list[str], says: str) -> None:
    run = cli(*arguments)
    assert run.returncode == 64
    assert run.stdout == ""
    assert says in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr
