"""The reference pages are those that rules, records and parser make, and hostile names do not break them."""

from __future__ import annotations

import re
from pathlib import Path

from compliance.corpus.corpus import Corpus
from compliance.corpus.dossier import dossier
from compliance.corpus.records import Clause, CorpusFile, Document, Family, Party, Source, Version
from compliance.docs_pages import MADE, pages, slug, write
from compliance.docs_providers import provider_page

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
AGAIN = "renew the pages with `python -m compliance.docs_pages docs/reference`"


def test_the_committed_pages_are_fresh() -> None:
    made = pages()
    texts = {path.relative_to(REFERENCE).as_posix(): path.read_text("utf-8") for path in REFERENCE.rglob("*.md")}
    committed = {name for name, text in texts.items() if text.startswith(MADE)}
    assert committed == made.keys(), AGAIN
    stale = [name for name, text in made.items() if (REFERENCE / name).read_text(encoding="utf-8") != text]
    assert stale == [], AGAIN


def test_every_link_leads_to_a_page() -> None:
    made = pages()
    for name in ("README.md", "rules/README.md", "providers/README.md"):
        targets = re.findall(r"\]\(([^)]+\.md)\)", made[name])
        assert targets
        for target in targets:
            path = (Path(name).parent / target).as_posix()
            assert path in made, (name, target)


def test_pages_that_are_no_longer_made_go(tmp_path: Path) -> None:
    old = tmp_path / "providers" / "gone.md"
    old.parent.mkdir()
    old.write_text("old", encoding="utf-8")
    assert write(tmp_path) == len(list(tmp_path.rglob("*.md")))
    assert not old.exists()


def test_a_hostile_record_stays_text() -> None:
    bad = "<script>x</script> | [a](javascript:b) `c` *d*\n# e @team #1 <!-- f"
    source = Source(ref=bad)
    party = Party(id="a", name=bad, kind="lab", note=bad, source=source)
    family = Family(id="f", maker="a", name=bad, kind="other", patterns=(bad,), source=source)
    clause = Clause(
        id="c",
        category="distill",
        effect="prohibit",
        object=("output",),
        paraphrase=bad,
        section=bad,
        test="any",
        bound="anyone",
    )
    version = Version(id="1", since="2024-01-01", note=bad, source=source)
    document = Document(id="a/d", party="a", title=bad, note=bad, source=source, versions=(version,), clauses=(clause,))
    content = CorpusFile(parties=(party,), families=(family,), documents=(document,))
    page = provider_page(dossier(Corpus(content, ""), party))
    assert "<script" not in page and "<!--" not in page and "\n# e" not in page
    assert not re.search(r"(?<!\\)\]\(javascript", page)
    rows = [line for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {5, 6}


def test_file_names_are_plain() -> None:
    assert slug("../../etc/Passwd") == "etc-passwd"
    assert all(re.fullmatch(r"(rules/|providers/)?[A-Za-z0-9.-]+\.md", name) for name in pages())
