"""Reading fields of a foreign document: what is meant is taken, what cannot be meant is noted."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.domain.errors import Invalid
from app.domain.fields import URL, DocumentNotUnderstood, Fault, Reader


def read_text(value: object, *, most: int = 200) -> tuple[str | None, list[str]]:
    reader = Reader({"name": value})
    return reader.text("name", most=most), [fault.code for fault in reader.faults]


def read_instant(value: object) -> tuple[datetime | None, list[str]]:
    reader = Reader({"at": value})
    return reader.instant("at"), [fault.code for fault in reader.faults]


def read_email(value: object) -> tuple[str | None, list[str]]:
    reader = Reader({"email": value})
    return reader.email("email"), [fault.code for fault in reader.faults]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Harbour Dental", "Harbour Dental"),
        ("  Harbour Dental \n", "Harbour Dental"),
        ("Harbour\nDental", "Harbour Dental"),
        ("Harbour \r\n\t Dental", "Harbour Dental"),
        ("Harbour\u2028Dental\x85Bay", "Harbour Dental Bay"),
        ("Zoë  & Søn", "Zoë  & Søn"),
        (482913, "482913"),
        (Decimal("149.00"), "149.00"),
        ("x" * 200, "x" * 200),
    ],
)
def test_text_is_one_trimmed_line_and_numbers_are_their_digits(value: object, text: str) -> None:
    assert read_text(value) == (text, [])


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (True, "not_text"),
        (1.5, "not_text"),
        (["a"], "not_text"),
        ({"a": "b"}, "not_text"),
        ("x" * 201, "too_long"),
        ("a\x00b", "control_characters"),
        ("a\x1bb", "control_characters"),
        ("a\x7fb", "control_characters"),
        ("a\x9fb", "control_characters"),
        ("a\ud800b", "control_characters"),
    ],
)
def test_text_that_cannot_be_meant_is_noted_as_a_fault(value: object, code: str) -> None:
    assert read_text(value) == (None, [code])


@pytest.mark.parametrize("value", [None, "", "  ", "\n"])
def test_empty_text_is_absent_and_a_fault_only_where_it_is_required(value: object) -> None:
    reader = Reader({"name": value})

    assert reader.text("name") is None
    assert reader.faults == []
    assert reader.text("name", required=True) is None
    assert reader.faults == [Fault("/name", "required", "name is required.")]


def test_an_inner_document_notes_its_faults_with_its_whole_path() -> None:
    reader = Reader({"agreement": {"total": {"amount": True}}})

    reader.inner("agreement").inner("total").text("amount")

    assert reader.faults == [
        Fault("/agreement/total/amount", "not_text", "agreement.total.amount must be text.")
    ]


@pytest.mark.parametrize("value", ["text", 3, ["list"], True])
def test_what_is_no_object_is_noted_and_reads_as_empty(value: object) -> None:
    reader = Reader({"client": value})

    inner = reader.inner("client")

    assert inner.text("name") is None
    assert [(fault.pointer, fault.code) for fault in reader.faults] == [
        ("/client", "not_an_object")
    ]


@pytest.mark.parametrize("document", [{}, {"client": None}, {"client": ""}])
def test_an_absent_object_reads_as_empty(document: dict[str, object]) -> None:
    reader = Reader(document)

    assert reader.inner("client").text("name") is None
    assert reader.faults == []


@pytest.mark.parametrize(
    "email",
    ["owner@harbourdental.example", "Owner@HarbourDental.Example", " owner@harbourdental.example "],
)
def test_an_address_is_read_in_lower_case(email: str) -> None:
    assert read_email(email) == ("owner@harbourdental.example", [])


def test_the_longest_address_that_mail_allows_is_read() -> None:
    # given: 254 characters, 64 of them before the sign
    longest = f"{'x' * 64}@{'y' * 181}.example"

    assert read_email(longest) == (longest, [])
    assert read_email(longest.replace("y.", "yy.")) == (None, ["email_invalid"])


@pytest.mark.parametrize(
    "email",
    [
        "owner",
        "owner@localhost",
        "a b@mail.example",
        "a@b@mail.example",
        "<a@mail.example>",
        "a@mail.example, b@mail.example",
        "a@mail.example\nbcc: b@mail.example",
        f"{'x' * 65}@mail.example",
        f"a@{'mail.' * 50}example",
    ],
)
def test_an_address_that_no_mail_reaches_is_noted(email: str) -> None:
    assert read_email(email) == (None, ["email_invalid"])


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-20T03:12:00Z", datetime(2026, 11, 20, 3, 12, tzinfo=UTC)),
        ("2026-11-20t03:12:00z", datetime(2026, 11, 20, 3, 12, tzinfo=UTC)),
        ("2026-11-20 13:12:00+10:00", datetime(2026, 11, 20, 3, 12, tzinfo=UTC)),
        ("2026-11-20T03:12:00.25Z", datetime(2026, 11, 20, 3, 12, 0, 250_000, tzinfo=UTC)),
        ("2026-11-20T03:12:00.123456789Z", datetime(2026, 11, 20, 3, 12, 0, 123_456, tzinfo=UTC)),
        ("1970-01-01T00:00:00+14:00", datetime(1969, 12, 31, 10, tzinfo=UTC)),
        ("2199-12-31T23:59:59-12:00", datetime(2200, 1, 1, 11, 59, 59, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_with_its_zone(text: str, instant: datetime) -> None:
    assert read_instant(text) == (instant, [])


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-20",
        "2026-11-20T03:12:00",
        "20/11/2026 03:12",
        "2026-02-30T00:00:00Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T03:12:60Z",
        "2026-11-20T03:12:00+99:99",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "٢٠٢٦-11-20T03:12:00Z",
        1796601600,
    ],
)
def test_an_instant_that_is_guesswork_or_absurd_is_noted(value: object) -> None:
    assert read_instant(value) == (None, ["instant_invalid"])


@pytest.mark.parametrize("value", [None, ""])
def test_an_absent_instant_or_address_is_no_fault(value: object) -> None:
    assert read_instant(value) == (None, [])
    assert read_email(value) == (None, [])


@pytest.mark.parametrize(
    ("text", "lawful"),
    [
        ("https://sign.example/p/1?a=b", True),
        ("http://sign.example", True),
        ("ftp://sign.example", False),
        ("javascript:alert(1)", False),
        ("https://sign.example/<script>", False),
        ("see https://sign.example", False),
    ],
)
def test_text_by_a_pattern_matches_it_whole(text: str, lawful: bool) -> None:
    reader = Reader({"url": text})

    found = reader.matching("url", URL, "url_invalid", "a web address")

    assert found == (text if lawful else None)
    assert [fault.detail for fault in reader.faults] == (
        [] if lawful else ["url must be a web address."]
    )


def test_a_rules_refusal_is_noted_under_the_rules_own_code() -> None:
    reader = Reader({})

    reader.raised("live_on", Invalid("It is past."))

    assert [(fault.pointer, fault.code) for fault in reader.faults] == [("/live_on", "invalid")]


def test_a_document_that_is_not_understood_tells_all_of_its_faults() -> None:
    faults = [
        Fault("/b", "required", "b is required."),
        Fault("/a", "not_text", "a must be text."),
        Fault("/c", "required", "c is required."),
    ]

    refusal = DocumentNotUnderstood(faults)

    assert refusal.faults == tuple(faults)
    assert refusal.detail == "b is required. a must be text. c is required."
    assert refusal.facts == {"codes": ["not_text", "required"]}
