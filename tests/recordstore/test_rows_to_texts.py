"""Rows to texts: which fields, whose, and of which day."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from compliance.recordstore.rows import RowReader


@pytest.fixture(scope="module")
def reader() -> RowReader:
    return RowReader()


def day(text: str) -> int:
    return datetime.date.fromisoformat(text).toordinal()


def test_a_chat_record(reader: RowReader) -> None:
    row = reader.row(
        {
            "id": "abc",
            "model": "gpt-4o-2024-08-06",
            "created": 1735689600,
            "messages": [
                {"role": "user", "content": "How do I bake a plain cake?"},
                {"role": "assistant", "content": "Mix  butter and\nsugar, then add the eggs."},
            ],
        }
    )
    assert [(e.field, e.text) for e in row.entries] == [
        ("messages[0].content", "How do I bake a plain cake?"),
        ("messages[1].content", "Mix butter and sugar, then add the eggs."),
    ]
    assert {e.maker.model for e in row.entries} == {"gpt-4o-2024-08-06"}
    assert {e.maker.party for e in row.entries} == {"OpenAI"}
    assert row.day == day("2025-01-01")
    assert row.short == 4  # id, model and two roles


def test_each_completion_has_its_own_model(reader: RowReader) -> None:
    row = reader.row(
        {
            "instruction": "Say something long about the sea.",
            "completions": [
                {"model": "gpt-4o", "response": "The sea is wide and deep and blue."},
                {"model": "claude-3-opus-20240229", "response": "Waves come and go with every tide."},
            ],
        }
    )
    by_field = {e.field: e.maker.model for e in row.entries}
    assert by_field["completions[0].response"] == "gpt-4o"
    assert by_field["completions[1].response"] == "claude-3-opus-20240229"
    assert by_field["instruction"] == ""


def test_messages_that_are_kept_as_text_are_read(reader: RowReader) -> None:
    inner = json.dumps([{"role": "user", "content": "a question of some length here"}])
    row = reader.row({"timestamp": "2024-05-06T00:00:00Z", "request": {"messages": inner}})
    assert [(e.field, e.text) for e in row.entries] == [
        ("request.messages[0].content", "a question of some length here")
    ]
    assert row.day == day("2024-05-06")


def test_a_plain_text_is_one_field_without_a_name(reader: RowReader) -> None:
    row = reader.row("Nobody knows who wrote this line of text.")
    assert [e.field for e in row.entries] == [""]
    assert row.entries[0].maker.party == ""
    assert row.day == 0


def test_scripts_without_spaces_are_texts(reader: RowReader) -> None:
    assert [e.text for e in reader.row({"output": "これは日本語の文章です。"}).entries] == ["これは日本語の文章です。"]


@pytest.mark.parametrize("value", [None, 7, [], {}, "", {"a": "one word"}, [[[["x"]]]], {"blob": "A" * 5000}])
def test_rows_without_a_text(reader: RowReader, value: Any) -> None:
    assert reader.row(value).entries == []


def test_a_row_of_very_many_texts_is_cut_and_counted(reader: RowReader) -> None:
    row = reader.row([f"this is the text number {n}" for n in range(2_500)])
    assert (len(row.entries), row.beyond) == (2_000, 500)
