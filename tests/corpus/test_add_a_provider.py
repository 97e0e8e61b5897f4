"""The page on adding a provider is true: its records load beside the real ones and lead to the verdicts it promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compliance.cli.main import main
from compliance.corpus.check import check_corpora
from compliance.corpus.corpus import Corpus, load_corpus
from compliance.decision.decide import Decider
from compliance.errors import CorpusError
from compliance.evidence.places import read_placed
from compliance.ruleset.load import load_ruleset

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "add-a-provider.md").read_text(encoding="utf-8")
RECORDS, MANIFEST = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("my-terms")
    (folder / "example-labs.yaml").write_text(RECORDS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def corpus(overlay: Path) -> Corpus:
    return load_corpus(extra=[overlay], cache=False)


def test_its_records_are_added_to_those_on_board(corpus: Corpus) -> None:
    assert corpus.party("Example Labs Ltd") == corpus.parties["example-labs"]
    assert corpus.party("OpenAI") is not None


def test_its_records_pass_the_check_with_a_warning_for_the_missing_pin(overlay: Path) -> None:
    checked = check_corpora([overlay])
    assert checked.of("error") == ()
    assert [f.sort for f in checked.of("warning")] == ["unpinned"]
    assert checked.counts["party"] == 1 and checked.files == 1


@pytest.mark.parametrize(
    ("when", "verdict", "rule"),
    [
        ("2025-04-10", *re.findall(r"The verdict is `(\S+)`, rule `(\S+)`", PAGE)[0]),
        ("2025-02-10", *re.findall(r"`when: 2025-02-10`\) is `(\S+)`, rule `(\S+)`", PAGE)[0]),
    ],
)
def test_the_verdicts_that_it_promises(corpus: Corpus, tmp_path: Path, when: str, verdict: str, rule: str) -> None:
    path = tmp_path / "clearance.yaml"
    path.write_text(MANIFEST.replace("2025-04-10", when), encoding="utf-8")
    answer = Decider(corpus, load_ruleset()).decide(read_placed(path).manifest).answers[0]
    assert (answer.verdict.text, answer.rule) == (verdict, rule)


def test_its_commands_on_the_records_run(overlay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands = re.findall(r"^    clearance (corpora .*)$", PAGE, re.MULTILINE)
    assert len(commands) == 2
    for line in commands:
        assert main([str(overlay) if word == "my-terms" else word for word in line.split()]) == 0
    assert "example-labs/terms-of-service" in capsys.readouterr().out


def test_an_id_on_board_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(RECORDS.replace("id: example-labs\n", "id: openai\n"), encoding="utf-8")
    with pytest.raises(CorpusError, match="the id 'openai' is taken") as caught:
        load_corpus(extra=[tmp_path], cache=False)
    assert caught.value.line == 2
    assert any("same id" in f.message for f in check_corpora([tmp_path]).findings)


def test_the_order_of_folders_does_not_change_the_records(overlay: Path, tmp_path: Path) -> None:
    other = RECORDS.replace("example-", "sample-").replace("Example", "Sample")
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    first = load_corpus(extra=[overlay, tmp_path], cache=False)
    second = load_corpus(extra=[tmp_path, overlay], cache=False)
    assert first.parties == second.parties and first.documents == second.documents
    assert first.sha256 != load_corpus(cache=False).sha256
