"""Files that are broken, hostile or strange: a warning that says so, what can be read is read, and nothing crashes."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import zipfile
from pathlib import Path

import msgspec
import pytest
from evidence_making import completion, js, jsonl, tar_of

from compliance.corpus.corpus import Corpus, load_corpus
from compliance.errors import UnreadableFile
from compliance.evidence.claims import FileReport
from compliance.evidence.inspect import inspect, inspect_file
from compliance.evidence.readers import limits


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def look(folder: Path, name: str, content: bytes, corpus: Corpus) -> FileReport:
    path = folder / name
    path.write_bytes(content)
    return inspect_file(path, corpus)


def kinds(report: FileReport) -> set[str]:
    return {w.kind for w in report.warnings}


ROW = {"prompt": "Hi", "completion": "Hello", "model": "gpt-4o"}
ROWS = jsonl(ROW, ROW, ROW)


def test_last_line_cut_off(tmp_path: Path, corpus: Corpus) -> None:
    report = look(tmp_path, "a.jsonl", ROWS[:-20], corpus)
    assert (report.records, report.rejected, report.models) == (3, 1, ["gpt-4o"])
    warning = next(w for w in report.warnings if w.kind == "truncated")
    assert (warning.record, warning.line) == (2, 3)


def test_a_log_that_begins_in_mid_row(tmp_path: Path, corpus: Corpus) -> None:
    """Wherever the turning over of a log cut its first row, the rows after it are read, and the cut is said."""
    said = [{"role": "user", "content": 'a [list] of {2}: - "yes"'}, {"role": "assistant", "content": "#1\tno"}]
    row = json.dumps({"messages": said, "tags": [[1], {"k": [{}]}], "model": "gpt-4o-2024-08-06", "n": 12})
    for name in ("turned.log", "turned.jsonl"):
        for cut in range(1, len(row), 2):
            report = look(tmp_path, name, f"{row[cut:]}\n{row}\n{row}\n".encode(), corpus)
            assert report.models == ["gpt-4o-2024-08-06"] and report.warnings, row[cut:]
            assert report.records - report.rejected >= 2, row[cut:]
    report = look(tmp_path, "turned.jsonl", f"{row[9:]}\n{row}\n".encode(), corpus)
    assert [w.says for w in report.warnings] == ["the first line is cut off"]


def test_broken_line_in_the_middle(tmp_path: Path, corpus: Corpus) -> None:
    lines = ROWS.split(b"\n")
    lines[1] = b'{"prompt": oops}'
    report = look(tmp_path, "a.jsonl", b"\n".join(lines), corpus)
    assert (report.records, report.rejected) == (3, 1)
    assert next(w for w in report.warnings if w.kind == "malformed").line == 2
    assert report.claims[0].records == 2


def test_array_cut_off_keeps_whole_rows(tmp_path: Path, corpus: Corpus) -> None:
    report = look(tmp_path, "a.json", js([ROW, ROW, ROW])[:-30], corpus)
    assert (report.records, report.rejected, report.models) == (3, 1, ["gpt-4o"])
    assert "truncated" in kinds(report)


def test_array_with_a_broken_row_goes_on(tmp_path: Path, corpus: Corpus) -> None:
    text = (
        b"["
        + b",".join([json.dumps(ROW).encode(), b'{"model": oops}', json.dumps({**ROW, "model": "gpt-4"}).encode()])
        + b"]"
    )
    report = look(tmp_path, "a.json", text, corpus)
    assert report.models == ["gpt-4o", "gpt-4"]
    assert report.rejected == 1


def test_document_cut_off_is_read_as_far_as_it_goes(tmp_path: Path, corpus: Corpus) -> None:
    whole = js(completion("gpt-4.1", "x"))
    report = look(tmp_path, "a.json", whole[: whole.index(b'"usage"')], corpus)
    assert report.models == ["gpt-4.1"]
    assert "truncated" in kinds(report)


def test_trailing_comma_is_said(tmp_path: Path, corpus: Corpus) -> None:
    report = look(
        tmp_path, "a.json", b'{"peft_type": "LORA",\n"base_model_name_or_path": "google/gemma-2b",\n}', corpus
    )
    assert report.base_models == ["google/gemma-2b"]
    assert "malformed" in kinds(report)


def test_pretty_objects_one_after_another(tmp_path: Path, corpus: Corpus) -> None:
    report = look(tmp_path, "a.jsonl", js(ROW) + b"\n" + js({**ROW, "model": "gpt-4"}), corpus)
    assert (report.records, report.models) == (2, ["gpt-4o", "gpt-4"])


def test_mixed_formats_are_said(tmp_path: Path, corpus: Corpus) -> None:
    report = look(tmp_path, "a.jsonl", jsonl(ROW, completion("gpt-4", "y"), ROW), corpus)
    assert report.models == ["gpt-4o", "gpt-4"]
    assert "mixed" in kinds(report)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(encoding: str, tmp_path: Path, corpus: Corpus) -> None:
    report = look(tmp_path, "a.json", js(completion("gpt-4o", "x")).decode().encode(encoding), corpus)
    assert report.models == ["gpt-4o"]
    assert ("encoding" in kinds(report)) == (encoding != "utf-8-sig")


def test_latin_1_card(tmp_path: Path, corpus: Corpus) -> None:
    report = look(
        tmp_path,
        "README.md",
        "---\nlicense: mit\nbase_model: google/gemma-2b\n---\n# Modèle\n".encode("latin-1"),
        corpus,
    )
    assert (report.base_models, report.licences) == (["google/gemma-2b"], ["mit"])
    assert "encoding" in kinds(report)


def test_bytes_that_break_late(tmp_path: Path, corpus: Corpus) -> None:
    report = look(tmp_path, "a.jsonl", ROWS * 8000 + b'{"model": "gpt-4", "prompt": "\xff"}\n', corpus)
    assert report.models == ["gpt-4o", "gpt-4"]
    assert "encoding" in kinds(report)


def test_crlf_and_blank_lines(tmp_path: Path, corpus: Corpus) -> None:
    report = look(tmp_path, "a.jsonl", ROWS.replace(b"\n", b"\r\n\r\n"), corpus)
    assert (report.records, report.rejected, report.warnings) == (3, 0, [])


def test_line_separators_inside_strings(tmp_path: Path, corpus: Corpus) -> None:
    row = json.dumps({**ROW, "prompt": "a\u2028b\u0085c"}, ensure_ascii=False).encode() + b"\n"
    report = look(tmp_path, "a.jsonl", row * 3, corpus)
    assert (report.records, report.rejected) == (3, 0)


def test_nul_bytes(tmp_path: Path, corpus: Corpus) -> None:
    report = look(tmp_path, "a.json", b"\0" * 5000, corpus)
    assert (report.format, report.unknown) == ("corrupt_nul_json", ["content"])


def test_lfs_pointer(tmp_path: Path, corpus: Corpus) -> None:
    words = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 12\n"
    report = look(tmp_path, "data.parquet", words, corpus)
    assert report.format == "git_lfs_pointer"
    assert "a" * 64 in report.warnings[0].says


def test_empty(tmp_path: Path, corpus: Corpus) -> None:
    assert kinds(look(tmp_path, "a.jsonl", b"", corpus)) == {"empty"}


def test_duplicate_keys_and_constants(tmp_path: Path, corpus: Corpus) -> None:
    report = look(
        tmp_path, "a.jsonl", b'{"model": "gpt-4", "prompt": "x", "completion": NaN, "model": "gpt-4o"}\n', corpus
    )
    assert {"duplicate-key", "not-a-number"} <= kinds(report)
    assert report.models == ["gpt-4o"]


def test_duplicate_yaml_keys(tmp_path: Path, corpus: Corpus) -> None:
    report = look(
        tmp_path, "a.yaml", b"base_model: google/gemma-2b\nadapter: lora\nbase_model: google/gemma-7b\n", corpus
    )
    warning = next(w for w in report.warnings if w.kind == "duplicate-key")
    assert warning.line == 3


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.yaml"])
def test_deep_nesting(name: str, tmp_path: Path, corpus: Corpus) -> None:
    text = b'{"a":' * 100_000 if name != "a.yaml" else b"a: " + b"[" * 5_000
    report = look(tmp_path, name, text, corpus)
    assert "too-deep" in kinds(report)


def test_deep_nesting_in_an_array(tmp_path: Path, corpus: Corpus) -> None:
    report = look(tmp_path, "a.json", b"[" * 200_000, corpus)
    assert "too-deep" in kinds(report)


def test_huge_number(tmp_path: Path, corpus: Corpus) -> None:
    report = look(tmp_path, "a.jsonl", b'{"n": ' + b"9" * 10_000 + b"}\n" + ROWS, corpus)
    assert (report.rejected, report.models) == (1, ["gpt-4o"])


def test_huge_line_is_passed_over(tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINE", 1000)
    report = look(tmp_path, "a.jsonl", jsonl(ROW) + b'{"prompt": "' + b"x" * 5000 + b'"}\n' + ROWS, corpus)
    assert "too-large" in kinds(report)
    assert report.claims[0].records == 4


def test_yaml_alias_bomb(tmp_path: Path, corpus: Corpus) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    report = look(tmp_path, "a.yaml", "\n".join(lines).encode(), corpus)
    assert "bomb" in kinds(report)


def test_unknown_yaml_tags_are_text(tmp_path: Path, corpus: Corpus) -> None:
    text = b"base_model: !!python/object/apply:os.system [x]\nadapter: lora\ndatasets: [{path: !mine acme/boats}]\n"
    report = look(tmp_path, "a.yaml", text, corpus)
    assert report.datasets == ["acme/boats"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed(pack: object, tmp_path: Path, corpus: Corpus) -> None:
    report = look(tmp_path, "a.jsonl.gz", pack(ROWS), corpus)  # type: ignore[operator]
    assert (report.records, report.models, report.warnings) == (3, ["gpt-4o"], [])


def test_zstd(tmp_path: Path, corpus: Corpus) -> None:
    zstandard = pytest.importorskip("zstandard")
    report = look(tmp_path, "a.jsonl.zst", zstandard.compress(ROWS), corpus)
    assert (report.records, report.models) == (3, ["gpt-4o"])


def test_damaged_gzip(tmp_path: Path, corpus: Corpus) -> None:
    packed = gzip.compress(os.urandom(0) + ROWS * 500)
    report = look(tmp_path, "a.gz", packed[: len(packed) // 2], corpus)
    assert "corrupt" in kinds(report)
    assert report.models == ["gpt-4o"]


def test_gzip_bomb(tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RATIO_FREE", 1024 * 1024)
    monkeypatch.setattr(limits, "RATIO", 10)
    report = look(tmp_path, "a.gz", gzip.compress(b'{"x": "' + b"a" * 30_000_000 + b'"}\n'), corpus)
    assert "bomb" in kinds(report)


def test_archives_in_archives(tmp_path: Path, corpus: Corpus) -> None:
    data = ROWS
    for _ in range(limits.LAYERS + 2):
        data = gzip.compress(data)
    assert "bomb" in kinds(look(tmp_path, "a.gz", data, corpus))


def test_zip(tmp_path: Path, corpus: Corpus) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../etc/rows.jsonl", ROWS)
    report = look(tmp_path, "a.zip", held.getvalue(), corpus)
    assert (report.format, report.models) == ("zip", ["gpt-4o"])
    assert report.claims[0].field.startswith("../../etc/rows.jsonl!")
    assert list(tmp_path.parent.glob("**/etc")) == []


def test_damaged_zip(tmp_path: Path, corpus: Corpus) -> None:
    assert "corrupt" in kinds(look(tmp_path, "a.zip", b"PK\x03\x04" + b"x" * 400, corpus))


def test_tar_members_and_their_places(tmp_path: Path, corpus: Corpus) -> None:
    data = tar_of(
        {
            "0001.json": js(ROW),
            "0001.txt": b"a picture of a boat",
            "0002.json.gz": gzip.compress(js({**ROW, "model": "gpt-4"})),
        }
    )
    report = look(tmp_path, "a.tar", data, corpus)
    assert (report.format, report.models) == ("webdataset_tar", ["gpt-4o", "gpt-4"])
    assert report.claims[0].field == "0001.json!model"


def test_damaged_tar(tmp_path: Path, corpus: Corpus) -> None:
    data = tar_of({"0001.json": js(ROW), "0002.json": js(ROW) * 200})
    assert "corrupt" in kinds(look(tmp_path, "a.tar", data[:2000], corpus))


def test_binary_is_said(tmp_path: Path, corpus: Corpus) -> None:
    report = look(tmp_path, "model.bin", b"\x80\x02}q\x00(X\x05\x00\x00\x00modelq\x01" + bytes(range(256)), corpus)
    assert kinds(report) == {"not-read"}


def test_links_that_circle(tmp_path: Path, corpus: Corpus) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "rows.jsonl").write_bytes(ROWS)
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "self").symlink_to(tmp_path / "a" / "self")
    (tmp_path / "a" / "same.jsonl").symlink_to(tmp_path / "a" / "rows.jsonl")
    inspection = inspect([tmp_path], corpus)
    assert len(inspection.files) == 1
    assert len([w for w in inspection.skipped if w.kind == "symlink"]) == 2


def test_a_pipe_is_not_opened(tmp_path: Path, corpus: Corpus) -> None:
    os.mkfifo(tmp_path / "pipe")
    inspection = inspect([tmp_path], corpus)
    assert [w.kind for w in inspection.skipped] == ["not-read"]


def test_unreadable_file(tmp_path: Path, corpus: Corpus) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(ROWS)
    path.unlink()
    report = inspect_file(path, corpus)
    assert (report.format, kinds(report)) == ("unreadable", {"unreadable"})


def test_path_that_does_not_exist(tmp_path: Path, corpus: Corpus) -> None:
    with pytest.raises(UnreadableFile):
        inspect([tmp_path / "nothing"], corpus)


def test_file_that_changes(tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    import compliance.evidence.readers.content as content

    path = tmp_path / "a.jsonl"
    path.write_bytes(ROWS)
    plain = content.read_content

    def grow(*given: object) -> str:
        path.write_bytes(ROWS * 2)
        return plain(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(content, "read_content", grow)
    assert "changed" in kinds(inspect_file(path, corpus))


def test_records_in_are_records_out(tmp_path: Path, corpus: Corpus) -> None:
    good, bad = json.dumps(ROW).encode(), b'{"model": '
    report = look(tmp_path, "a.jsonl", b"\n".join([good, bad, good, bad, bad, good]) + b"\n", corpus)
    assert (report.records, report.rejected, report.claims[0].records) == (6, 3, 3)


def test_names_and_values_that_are_no_unicode(tmp_path: Path, corpus: Corpus) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.jsonl"
    Path(os.fsdecode(path)).write_bytes(b'{"prompt": "x", "response": "y", "model": "gpt-4\\ud800"}\n')
    inspection = inspect([tmp_path], corpus)
    assert b"gpt-4" in msgspec.json.encode(inspection)
    assert inspection.files[0].file.endswith("\\udcff.jsonl")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "# x\n" + "GPT-4" * 100_000),
        ("a.md", "# x\n" + "generated a " * 50_000),
        ("a.md", "---\n" * 50_000),
        ("a.md", "# x\n" + "w-" * 100_000 + "/Qwen"),
        ("a.json", '{"a": 1' + "," * 200_000 + "}"),
        ("a.json", '{"a": 1,' + "x" * 300_000),
        ("a.json", '[{"a": 1}' + " " * 300_000 + "x"),
        ("a.txt", "a-" * 100_000),
        ("a.sh", "#!/bin/sh\n" + "".join(f"V{n}=$V{n - 1}$V{n - 1}\n" for n in range(1, 40)) + "echo --x $V39\n"),
    ],
)
def test_texts_that_make_searches_slow(name: str, text: str, tmp_path: Path, corpus: Corpus) -> None:
    assert look(tmp_path, name, text.encode(), corpus).format


def test_each_of_many_broken_elements_is_counted() -> None:
    from test_readers_fuzz import report_of

    report = report_of("a.json", b"[" + b'{"model": "gpt-4o"}, {"a" 1}, ' * 20_000 + b"{}]")
    assert (report.records, report.rejected, report.models) == (40_001, 20_000, ["gpt-4o"])


def test_a_file_that_calls_itself_json_and_is_none_does_not_pass_as_prose(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("{" * 50_000, encoding="utf-8")
    (report,) = inspect([path], load_corpus()).files
    assert "malformed" in {w.kind for w in report.warnings}
