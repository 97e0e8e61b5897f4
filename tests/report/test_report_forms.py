"""What each form says of a run with every feature, of an empty one, and of one with many sources."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import msgspec
import pytest
import report_sample as sample

from compliance.decision.model import Decision, Exposure, Finding, Remedy, SourceAnswer, Step
from compliance.errors import UsageError
from compliance.report import FORMS, render, view, words
from compliance.report.labels import LABELS
from compliance.ruleset.load import load_ruleset

FULL = sample.full()


@pytest.mark.parametrize("form", FORMS)
def test_same_decision_same_bytes(form: str) -> None:
    hostile = sample.full(sample.HOSTILE)
    first = render(hostile, form)
    assert first == render(sample.full(sample.HOSTILE), form)
    assert first.endswith("\n") and not first.endswith("\n\n")
    first.encode()


@pytest.mark.parametrize("form", FORMS)
def test_the_environment_does_not_show(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = render(FULL, form), render(FULL, form, colour=True)
    for name, value in (("NO_COLOR", "1"), ("COLUMNS", "33"), ("FORCE_COLOR", "1"), ("TERM", "dumb"), ("LINES", "3")):
        monkeypatch.setenv(name, value)
    assert (render(FULL, form), render(FULL, form, colour=True)) == before


def test_order_of_plain_mappings_does_not_matter() -> None:
    turned = msgspec.structs.replace(FULL, proofs=dict(reversed(FULL.proofs.items())))
    assert render(turned, "json") == render(FULL, "json")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_verdict_sources_and_rules(form: str) -> None:
    report = render(FULL, form, width=200)
    for answer in FULL.sources:
        if form != "sarif" or answer.verdict != "allow":
            assert answer.source in report
            assert answer.rule in report
    assert "support-assistant-v3" in report


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_forms_for_people_hold_all_that_a_reader_needs(form: str) -> None:
    report = " ".join(render(FULL, form, width=400).split())
    for needed in (
        "Business Terms", "2025-05-31", "3.3(e)", "Customers may not use output", "a1da2dc", "9f86d081884c",
        "if the outputs came from open weights under the MIT licence", "licence-permits",
        "the team that ran the support desk", "between allow and block", "rewritten by Qwen2.5-72B",
        "60,000 rows", "79%", "Remove data/paraphrased/", "Start the model", "written permission",
        "55.3%", "42,000", "stricter reading", "helpdesk-xl", "1,412 records", "39 rules", "clearance.yaml",
        "39.5%", "data/sft/part-000.jsonl:12", "field response.model", words.NOT_ADVICE,
    ):  # fmt: skip
        assert needed.lower() in report.lower(), needed


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_blocked_sources_come_first(form: str) -> None:
    report = render(FULL, form, width=200)
    places = [report.index(answer.source) for answer in view.ranked(FULL.sources)]
    assert places == sorted(places)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_checked_is_said(form: str) -> None:
    report = render(sample.simple("review", ()), form)
    assert "review" in report.lower()
    if form != "json":
        assert "no source was checked" in report


@pytest.mark.parametrize(
    ("verdict", "says"),
    [("allow", "The run may start: nothing"), ("allow-with-obligations", "1 of 1 source brings obligations")],
)
def test_headline_of_runs_that_may_start(verdict: str, says: str) -> None:
    assert says in render(sample.simple(verdict), "text", width=200)


def test_headline_when_no_source_explains_the_verdict() -> None:
    decision = msgspec.structs.replace(sample.simple("allow"), verdict="review")
    assert "the findings say why" in render(decision, "text", width=200)


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_what_is_not_shown_of_many_sources_is_counted(form: str) -> None:
    report = " ".join(re.sub("</?bdi>|`", "", render(sample.many(3000), form, width=300)).split())
    assert "60 sources: shard-002950" in report
    assert "of 3,000 are not named here" in report
    assert "--format json" in report
    assert len(report) < 120_000


def test_the_sources_named_and_not_named_add_up() -> None:
    report = " ".join(render(sample.many(3000), "text", width=300).split("WHY")[0].split())
    assert f"{3000 - report.count('shard-'):,} of 3,000 are not named here" in report


def test_up_to_sixty_sources_stand_alone() -> None:
    report = render(sample.many(60), "text")
    assert all(f"shard-{i:06d}" in report for i in range(60))


def test_markdown_fits_into_a_comment() -> None:
    answers = [
        SourceAnswer(source=f"set {i}", verdict="review", rule="privity-gap", reason=f"reason {i} " * 20)
        for i in range(59)
    ]
    findings = tuple(Finding(kind="note", source="x", says=f"finding {i}") for i in range(900))
    decision = msgspec.structs.replace(sample.simple("review", tuple(answers)), findings=findings)
    report = render(decision, "markdown")
    assert len(report) < 65_536
    assert "44 further sources in 44 groups not explained here" in report
    assert "885 more not shown" in report


def test_equal_sources_are_explained_once() -> None:
    answers = tuple(
        SourceAnswer(source=f"set {i}", verdict="block", rule="extraction", reason="the same reason", rows=i)
        for i in range(9)
    )
    report = render(sample.simple("block", answers), "text")
    assert report.count("The same reason.") == 1
    assert "8 sources in the same position: set 7, set 6, set 5, set 4, set 3 and 3 more" in report


# --- text


def test_plain_text_is_ascii_and_without_escapes() -> None:
    report = render(sample.full(sample.HOSTILE), "text")
    assert report.isascii()
    assert report.replace("\n", "").isprintable()


@pytest.mark.parametrize("width", [20, 40, 60, 80, 87, 88, 100, 160])
def test_text_keeps_to_the_width(width: int) -> None:
    for explain in (None, "gpt-4o answers"):
        report = render(sample.full(sample.HOSTILE), "text", width=width, explain=explain)
        assert max(map(len, report.splitlines())) <= max(width, 40)
        assert not any(line != line.rstrip() for line in report.splitlines())


def test_colour_says_the_same_as_plain_text() -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", render(FULL, "text", colour=True))
    assert "\x1b" in render(FULL, "text", colour=True)
    assert "\x1b" not in plain
    for word in ("block", "review", "allow-with-obligations", "✖", "◆", "●", "✔"):
        assert word in plain


def test_a_clause_is_quoted_once_and_then_numbered() -> None:
    report = " ".join(render(FULL, "text", width=300).split())
    assert report.count("Customers may not use output") == 1
    assert report.count("(as above)") == 2


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_explain_draws_the_proof_of_one_source(form: str) -> None:
    report = render(FULL, form, explain="gpt-4o answers")
    assert "a written permission covers the run" in report
    assert all(word in report for word in ("holds", "fails", "unknown"))
    assert "UltraFeedback" not in report


def test_explain_draws_a_tree() -> None:
    report = render(FULL, "text", explain="gpt-4o answers")
    assert "  +-- [+] holds  acme-7b competes with OpenAI" in report
    assert "  |   `-- [+] holds  commercial use is intended" in report
    assert "      `-- [?] unknown  the outputs came from a free preview" in report


def test_explain_knows_base_models_and_names_the_nearest_source() -> None:
    assert "a naming duty arises" in render(FULL, "text", explain="meta-llama/Llama-3.1-8B")
    with pytest.raises(UsageError, match="no source") as caught:
        render(FULL, "text", explain="gpt-4 answers")
    assert "gpt-4o answers" in caught.value.one_line()


def test_explain_without_a_proof_says_so() -> None:
    assert "no proof tree" in render(FULL, "text", explain="support chat logs")
    assert "no proof tree" in render(FULL, "markdown", explain="support chat logs")
    assert json.loads(render(FULL, "json", explain="support chat logs"))["proof"] is None


def test_explain_of_an_empty_run_fails_with_a_message() -> None:
    with pytest.raises(UsageError, match="no source is called 'x'"):
        render(sample.simple("review", ()), "text", explain="x")


@pytest.mark.parametrize("form", FORMS)
def test_deep_proofs_are_cut_and_never_crash(form: str) -> None:
    step = Step(claim="leaf", holds="holds")
    for level in range(300):
        step = Step(claim=f"level {level}", holds="holds", steps=(step,))
    deep = msgspec.structs.replace(FULL, proofs={"p1": step})
    explain = None if form in ("html", "sarif") else "gpt-4o answers"
    report = render(deep, form, explain=explain)
    if form in ("text", "markdown"):
        assert "deeper claims" in report


# --- JSON


def test_json_is_the_decision() -> None:
    assert msgspec.json.decode(render(FULL, "json"), type=Decision) == FULL
    hostile = sample.full(sample.HOSTILE)
    assert msgspec.json.decode(render(hostile, "json"), type=Decision) == hostile


def test_json_keys_are_stable() -> None:
    document = json.loads(render(FULL, "json"))
    assert list(document) == [
        "id", "verdict", "run", "date", "trainer", "trainee", "sources", "findings", "obligations", "missing_facts",
        "remediation", "exposure", "proofs", "nodes", "edges", "profile", "corpora", "rules", "inputs",
    ]  # fmt: skip
    assert list(document["sources"][0]) == [
        "source", "verdict", "rule", "reason", "clauses", "evidence", "path", "rows", "share", "duties", "missing",
        "flips", "proof",
    ]  # fmt: skip


def test_json_is_indented_until_nobody_reads_it() -> None:
    assert render(FULL, "json").startswith('{\n  "id"')
    assert "\n" not in render(sample.many(2001), "json").rstrip("\n")


def test_json_explains_one_source() -> None:
    document = json.loads(render(FULL, "json", explain="gpt-4o answers"))
    assert document["source"]["rule"] == "competing-output"
    assert document["proof"]["steps"][2]["holds"] == "fails"


def test_json_survives_half_characters() -> None:
    answer = SourceAnswer(source="half \ud800", verdict="review", rule="terms-unseen", reason="\udfff")
    document = json.loads(render(sample.simple("review", (answer,)), "json"))
    assert document["sources"][0]["source"] == "half \ufffd"


def test_forms_import_only_what_they_need() -> None:
    code = (
        "import sys, report_sample as s; from compliance.report import render; "
        "render(s.full(), 'json'); render(s.full(), 'sarif'); render(s.full(), 'markdown'); "
        "assert not {'rich', 'jinja2'} & set(sys.modules); "
        "render(s.full(), 'html'); assert 'rich' not in sys.modules"
    )
    paths = [p for p in sys.path if p]
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; {code}"], check=True)


# --- the door


def test_unknown_forms_are_refused() -> None:
    with pytest.raises(UsageError, match="pdf"):
        render(FULL, "pdf")


@pytest.mark.parametrize("form", ["html", "sarif"])
def test_forms_that_cannot_explain_refuse(form: str) -> None:
    with pytest.raises(UsageError, match="does not explain"):
        render(FULL, form, explain="gpt-4o answers")


# --- the order of things


def test_the_smallest_change_is_the_cut_that_clears_with_the_fewest_rows() -> None:
    def remedy(change: str, kind: str, verdict: str, rows: int) -> Remedy:
        return msgspec.convert(
            {"change": change, "kind": kind, "verdict": verdict, "rows_removed": rows}, type=Remedy, strict=True
        )

    tried = (
        remedy("ask", "permission", "allow", 0),
        remedy("drop much", "drop", "allow", 9),
        remedy("drop little", "drop", "allow-with-obligations", 3),
        remedy("drop less, in vain", "drop", "review", 1),
    )
    decision = msgspec.structs.replace(sample.simple("block"), remediation=tried)
    smallest, others = view.remedies(decision)
    assert smallest is not None and smallest.change == "drop little"
    assert [other.change for other in others] == ["ask", "drop much", "drop less, in vain"]
    assert view.remedies(msgspec.structs.replace(decision, remediation=tried[:1]))[0] == tried[0]
    none = msgspec.structs.replace(decision, remediation=tried[3:])
    assert "None of the changes that were tried clears" in render(none, "text")
    assert "None of the changes that were tried clears" in render(none, "html")


def test_missing_facts_that_touch_most_rows_come_first() -> None:
    assert [fact.rows for fact in view.facts(FULL)] == [18_000, 0]


def test_a_share_is_never_rounded_to_nothing_or_all() -> None:
    shares = [0.0, 0.00001, 0.5, 0.79, 0.99999, 1.0, None]
    assert [words.percent(share) for share in shares] == ["0%", "<0.1%", "50%", "79%", ">99.9%", "100%", ""]


def test_rows_of_none_are_not_zero() -> None:
    assert (words.rows(None), words.rows(0), words.rows(1)) == ("rows not stated", "0 rows", "1 row")


def test_the_least_share_still_shows_in_a_bar() -> None:
    tiny = (Exposure(verdict="block", sources=1, rows=1, share=0.000001),)
    decision = msgspec.structs.replace(sample.simple("block"), exposure=tiny)
    assert "#......" in render(decision, "text")


def test_every_label_has_words() -> None:
    assert set(LABELS) == set(load_ruleset().rules)
    assert all(label.title and label.says.endswith(".") for label in LABELS.values())


def test_a_document_in_pieces_is_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    from compliance.report import json_form

    decision = sample.many(70)
    monkeypatch.setattr(json_form, "INDENT_UP_TO", 10)
    monkeypatch.setattr(json_form, "BATCH", 7)
    assert "".join(json_form.pieces(decision)) == json_form.render(decision)
