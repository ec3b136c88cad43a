"""A document ready to be kept: one form and one hash, and nothing in it that no database keeps."""

import json
from collections import OrderedDict
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from app.ports.inbound import CallNotParseable
from app.webhooks.storing import Arrived, content_type_of


def test_the_same_document_has_one_hash_however_its_keys_are_ordered() -> None:
    one = Arrived("a", {"client": {"ref": "C-77", "name": "Café"}, "event": "x"})
    same = Arrived("a", OrderedDict(event="x", client={"name": "Café", "ref": "C-77"}))
    other = Arrived("a", {"client": {"ref": "C-77", "name": "Cafe"}, "event": "x"})

    assert one.text == same.text
    assert one.hash == same.hash != other.hash
    assert one.row_id != same.row_id


def test_a_number_with_a_fraction_is_kept_as_it_was_written() -> None:
    document = {"total": Decimal("1490.10"), "small": Decimal("1E-7"), "whole": 10**30}
    kept = json.loads(Arrived("a", document).text)
    assert kept == {"total": "1490.10", "small": "0.0000001", "whole": 10**30}


@pytest.mark.parametrize("text", ["😀", "\\u0000", "\\ud800", "ÿ", "", "\u2028"])
def test_text_that_only_looks_odd_is_kept(text: str) -> None:
    assert json.loads(Arrived(text, {"a": [text], text: 1}).text) == {"a": [text], text: 1}


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "😀\udc00"])
@pytest.mark.parametrize(
    "place",
    [
        lambda text: ("a", {"a": text}),
        lambda text: ("a", {text: 1}),
        lambda text: ("a", {"a": [{"b": (text,)}]}),
        lambda text: ("a", {"a": MappingProxyType({"b": text})}),
        lambda text: (text, {}),
    ],
)
def test_what_no_database_keeps_is_refused_wherever_it_stands(place: Any, text: str) -> None:
    with pytest.raises(CallNotParseable):
        Arrived(*place(text))


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, float("nan"), float("inf"), object()])
def test_what_json_has_no_word_for_is_refused(value: object) -> None:
    with pytest.raises(CallNotParseable):
        Arrived("a", {"a": value})


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ("application/json; charset=utf-8", "application/json"),
        (" Application/JSON ", "application/json"),
        ("", None),
        ("é", None),
        ("a" * 201, None),
        ("a\x00", None),
    ],
)
def test_of_the_content_type_the_plain_name_is_kept(header: str, kept: str | None) -> None:
    assert content_type_of({"content-type": header}) == kept
