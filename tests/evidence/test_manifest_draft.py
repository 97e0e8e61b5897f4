"""A drafted manifest is one that the program reads, says where each field is from, and asks for the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from evidence_making import js, jsonl
from made_files import TEXTS

from compliance.corpus.corpus import Corpus, load_corpus
from compliance.domain.manifest import Generator
from compliance.evidence.draft import draft
from compliance.evidence.places import read_placed

TRAIN = """model_name_or_path: Qwen/Qwen2.5-7B
stage: sft
finetuning_type: lora
dataset: boats,ships
teacher_model: Qwen/Qwen2.5-72B-Instruct
"""


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def project(folder: Path) -> Path:
    (folder / "data").mkdir()
    (folder / "train.yaml").write_text(TRAIN)
    (folder / "data" / "dataset_info.json").write_bytes(
        js({"boats": {"file_name": "boats.jsonl"}, "ships": {"hf_hub_url": "tatsu-lab/alpaca"}})
    )
    rows = [{"prompt": "x", "response": "y", "model": "gpt-4o", "created": f"2025-0{n}-04"} for n in (3, 5)]
    (folder / "data" / "boats.jsonl").write_bytes(jsonl(*rows))
    return folder


def test_draft_is_a_manifest(tmp_path: Path, corpus: Corpus) -> None:
    text = draft(project(tmp_path), corpus, "2025-06-15")
    (tmp_path / "clearance.yaml").write_text(text)
    manifest = read_placed(tmp_path / "clearance.yaml").manifest
    assert manifest.run.method == "distill"
    assert [b.model for b in manifest.base_models or []] == ["Qwen/Qwen2.5-7B"]
    boats, alpaca, teacher = manifest.sources
    assert (boats.name, boats.rows, boats.files) == ("data/boats.jsonl", 2, ["data/boats.jsonl"])
    assert isinstance(boats.generated_by, list)
    assert (boats.generated_by[0].model, boats.generated_by[0].when) == ("gpt-4o", "2025-03-04/2025-05-04")
    assert alpaca.name == "tatsu-lab/alpaca"
    assert (teacher.kind, teacher.role) == ("logits", "logits")


def test_every_field_says_where_it_is_from(tmp_path: Path, corpus: Corpus) -> None:
    text = draft(project(tmp_path), corpus, "2025-06-15")
    assert "- model: Qwen/Qwen2.5-7B  # from train.yaml:1" in text
    for line in text.split("\n"):
        bare = line.strip()
        if bare and not bare.startswith("#") and not bare.endswith(":") and bare != "clearance: 1":
            assert "# from" in line or "TODO" in line or "by the records" in line, line


def test_drafting_again_reads_no_draft(tmp_path: Path, corpus: Corpus) -> None:
    text = draft(project(tmp_path), corpus, "2025-06-15")
    (tmp_path / "clearance.yaml").write_text(text.replace("gpt-4o", "gpt-3.5-turbo"))
    assert draft(tmp_path, corpus, "2025-06-15") == text.replace("from 3 files", "from 3 files")


def test_rows_of_an_unnamed_model_are_asked_for(tmp_path: Path, corpus: Corpus) -> None:
    (tmp_path / "rows.jsonl").write_bytes(jsonl({"messages": [{"role": "assistant", "content": "y"}]}))
    (tmp_path / "m.yaml").write_text(draft(tmp_path, corpus, "2025-06-15"))
    source = read_placed(tmp_path / "m.yaml").manifest.sources[0]
    assert source.generated_by == Generator()


def test_an_empty_folder(tmp_path: Path, corpus: Corpus) -> None:
    (tmp_path / "m.yaml").write_text(draft(tmp_path, corpus, "2025-06-15"))
    assert read_placed(tmp_path / "m.yaml").manifest.sources == []


def test_every_made_file_together(tmp_path: Path, corpus: Corpus) -> None:
    for at, made in enumerate(TEXTS):
        (tmp_path / f"{at}").mkdir()
        (tmp_path / f"{at}" / made.name).write_bytes(made.content)
    text = draft(tmp_path, corpus, "2025-06-15")
    (tmp_path / "m.yaml").write_text(text)
    assert len(read_placed(tmp_path / "m.yaml").manifest.sources) > 40


def test_hostile_names(tmp_path: Path, corpus: Corpus) -> None:
    name = 'x"\n  evil: y # gpt-4'
    (tmp_path / "a: b #'\n.jsonl").write_bytes(
        jsonl({"prompt": "x", "response": "y", "model": "gpt-4 # evil\u2028: [x"})
    )
    (tmp_path / "b.yaml").write_bytes(js({"base_model": name, "adapter": "lora", "datasets": [{"path": "a/b: {c"}]}))
    (tmp_path / "m.yaml").write_text(draft(tmp_path, corpus, "2025-06-15"), encoding="utf-8")
    assert len(read_placed(tmp_path / "m.yaml").manifest.sources) == 2


def test_rows_carry_the_licence_of_the_card_beside_them(tmp_path: Path, corpus: Corpus) -> None:
    card = "---\nlicense: {}\ntask_categories: [text-generation]\n---\n# Rows\n"
    (tmp_path / "README.md").write_text(card.format("mit"))
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "README.md").write_text(card.format("cc-by-nc-4.0"))
    for place in ("a.jsonl", "inner/b.jsonl"):
        (tmp_path / place).write_bytes(jsonl({"instruction": "Why?", "input": "", "output": "Because."}))
    text = draft(tmp_path, corpus, "2025-06-15")
    assert "licence: mit  # from README.md:2" in text
    assert "licence: cc-by-nc-4.0  # from inner/README.md:2" in text
