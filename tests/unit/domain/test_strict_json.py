"""The strict JSON reader takes what is plain and refuses what readers disagree about."""

import json
import time
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import DomainError
from app.domain.strict_json import MalformedJson, parse


def test_a_plain_document_is_read_with_exact_numbers() -> None:
    body = '{"name": "Praxis Süd 🦷", "amount": 149.10, "days": [1, -2], "none": null, "ok": true}'

    value = parse(body.encode())

    assert value == {
        "name": "Praxis Süd 🦷",
        "amount": Decimal("149.10"),
        "days": [1, -2],
        "none": None,
        "ok": True,
    }


def test_a_number_with_an_exponent_becomes_a_decimal() -> None:
    assert parse(b"[1e3, -2.5E-4]") == [Decimal("1E+3"), Decimal("-0.00025")]


def test_a_pair_of_surrogate_escapes_is_one_character() -> None:
    assert parse(b'{"tooth": "\\ud83e\\uddb7"}') == {"tooth": "🦷"}


def test_a_backslash_before_u0000_is_ordinary_text() -> None:
    assert parse(b'["\\\\u0000"]') == ["\\u0000"]


def test_escapes_are_looked_at_in_every_place_of_a_document() -> None:
    assert parse(b'{"a\\u0062": [{"c": "\\u0064"}, 1]}') == {"ab": [{"c": "d"}, 1]}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"", "json_malformed", id="nothing"),
        pytest.param(b"   ", "json_malformed", id="blanks"),
        pytest.param(b"{", "json_malformed", id="cut"),
        pytest.param(b'{"a": "b', "json_malformed", id="cut in a string"),
        pytest.param(b'{"a": "b\\', "json_malformed", id="cut in an escape"),
        pytest.param(b"{} {}", "json_malformed", id="two values"),
        pytest.param(b"{'a': 1}", "json_malformed", id="single quotes"),
        pytest.param(b"[01]", "json_malformed", id="leading zero"),
        pytest.param(b'["a\nb"]', "json_malformed", id="raw line break in a string"),
        pytest.param(b'["a\x00b"]', "json_malformed", id="raw NUL"),
        pytest.param(b"\xef\xbb\xbf{}", "json_not_utf8", id="byte order mark"),
        pytest.param('{"ü": 1}'.encode("latin-1"), "json_not_utf8", id="latin-1"),
        pytest.param('{"a": 1}'.encode("utf-16"), "json_not_utf8", id="UTF-16"),
        pytest.param(b'["\xed\xa0\x80"]', "json_not_utf8", id="encoded surrogate"),
        pytest.param('{"a": 1}'.encode("utf-16-le"), "json_malformed", id="UTF-16 unmarked"),
        pytest.param(b'{"a": 1, "a": 1}', "json_duplicate_key", id="duplicate"),
        pytest.param(b'{"a": 1, "\\u0061": 2}', "json_duplicate_key", id="escaped duplicate"),
        pytest.param(b"[NaN]", "json_number_not_finite", id="NaN"),
        pytest.param(b"[-Infinity]", "json_number_not_finite", id="minus infinity"),
        pytest.param(b"[" + b"1" * 41 + b"]", "json_number_too_long", id="41 digits"),
        pytest.param(b"[0." + b"1" * 40 + b"]", "json_number_too_long", id="41 digits, fraction"),
        pytest.param(b"[" + b"1" * 9000 + b"]", "json_number_too_long", id="9000 digits"),
        pytest.param(b"[1e41]", "json_number_too_long", id="power of ten"),
        pytest.param(b"[1e-9999999999999999999]", "json_number_too_long", id="tiny power of ten"),
        pytest.param(b'["\\u0000"]', "json_character_refused", id="NUL"),
        pytest.param(b'{"\\ud800": 1}', "json_character_refused", id="high surrogate in a key"),
        pytest.param(b'[["\\udc00x"]]', "json_character_refused", id="low surrogate"),
    ],
)
def test_what_readers_disagree_about_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(MalformedJson) as caught:
        parse(body)

    assert caught.value.code == code


def test_forty_digits_are_read() -> None:
    assert parse(b"[" + b"9" * 40 + b"]") == [10**40 - 1]


@pytest.mark.parametrize("pair", [(b"[", b"]"), (b'{"a":', b"}")])
def test_thirty_two_levels_are_read_and_thirty_three_refused(pair: tuple[bytes, bytes]) -> None:
    opened, closed = pair
    inside = b"1"

    parse(opened * 32 + inside + closed * 32)
    with pytest.raises(MalformedJson) as caught:
        parse(opened * 33 + inside + closed * 33)

    assert caught.value.code == "json_too_deep"


def test_the_depth_can_be_set() -> None:
    with pytest.raises(MalformedJson):
        parse(b"[[1]]", max_depth=1)


def test_brackets_in_strings_and_neighbours_do_not_count_as_depth() -> None:
    body = b'["' + b"[" * 100 + b'\\"' + b"{" * 100 + b'"' + b",[]" * 100 + b"]"

    assert len(parse(body)) == 101  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [b"[" * 1_000_000, b'"' + b'\\"' * 500_000, b'"' * 999_999])
def test_a_hostile_megabyte_is_refused_quickly(body: bytes) -> None:
    started = time.perf_counter()

    with pytest.raises(MalformedJson):
        parse(body)

    assert time.perf_counter() - started < 2.0


def test_a_refusal_never_repeats_the_input() -> None:
    for body in (b'{"SECRET": 1, "SECRET": 2}', b"[SECRET]", b'["SECRET', b'["SECRET\\u0000"]'):
        with pytest.raises(DomainError) as caught:
            parse(body)

        assert "SECRET" not in caught.value.detail
        assert "SECRET" not in str(caught.value)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
            children,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(PLAIN, st.booleans())
def test_what_json_writes_is_read_back_unchanged(value: object, ascii_only: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only).encode(), max_depth=64) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_never_broken(body: bytes) -> None:
    with suppress(MalformedJson):
        parse(body)
