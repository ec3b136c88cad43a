"""What an agreement's event says, field by field, and what is wrong with one that says it badly."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.domain.agreement import (
    AgreementTerms,
    ClientFacts,
    EventType,
    LiveDateSet,
    SignedAgreement,
    agreement_ref,
    event_type,
    read_live_date_set,
    read_signed,
    read_task_completed,
)
from app.domain.fields import DocumentNotUnderstood
from app.domain.money import Money

WHOLE: dict[str, Any] = {
    "event": "agreement.signed",
    "event_id": "zap-81723",
    "occurred_at": "2026-11-20T03:12:00Z",
    "agreement": {
        "ref": "PROP-1042",
        "provider": "ignition",
        "title": "Scale upgrade",
        "signed_at": "2026-11-20T03:11:58Z",
        "live_on": "2026-12-07",
        "document_url": "https://sign.example/p/1042",
        "total": "$1,490.00",
        "currency": "aud",
    },
    "client": {
        "ref": "C-77",
        "name": "Harbour Dental",
        "email": "Owner@HarbourDental.example",
        "timezone": "Australia/Brisbane",
        "country": "au",
        "region": "QLD",
        "language": "en",
    },
    "movement": {"from": "Sprint", "to": "SCALE"},
    "staff": {"sales": "sam@agency.example", "support": None, "marketing": ""},
}


def with_field(path: str, value: object) -> dict[str, Any]:
    """The whole document with one field changed, or taken out where the value is `...`."""
    document = deepcopy(WHOLE)
    *above, key = path.split(".")
    inner = document
    for name in above:
        inner = inner[name]
    if value is ...:
        del inner[key]
    else:
        inner[key] = value
    return document


def faults_of(document: Mapping[str, object]) -> list[tuple[str, str]]:
    with pytest.raises(DocumentNotUnderstood) as refused:
        read_signed(document)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def test_a_whole_document_is_read_whole() -> None:
    assert read_signed(WHOLE) == SignedAgreement(
        agreement=AgreementTerms(
            ref="PROP-1042",
            provider="ignition",
            kind="upgrade",
            title="Scale upgrade",
            signed_at=datetime(2026, 11, 20, 3, 11, 58, tzinfo=UTC),
            live_on="2026-12-07",
            document_url="https://sign.example/p/1042",
            total=Money.of("1490.00", "AUD"),
        ),
        client=ClientFacts(
            ref="C-77",
            name="Harbour Dental",
            email="owner@harbourdental.example",
            timezone="Australia/Brisbane",
            country="AU",
            region="QLD",
            language="en",
            services=(),
        ),
        from_package="sprint",
        to_package="scale",
        staff={"sales": "sam@agency.example"},
        occurred_at=datetime(2026, 11, 20, 3, 12, tzinfo=UTC),
    )


def test_the_least_that_an_event_must_say_is_enough() -> None:
    least = {
        "event": "agreement.signed",
        "agreement": {"ref": 1042},
        "client": {"email": "owner@harbourdental.example"},
        "movement": {"to": "scale"},
    }

    signed = read_signed(least)

    assert signed.agreement == AgreementTerms("1042", None, "upgrade", None, None, None, None, None)
    assert signed.client.email == "owner@harbourdental.example"
    assert signed.from_package is None
    assert signed.staff == {}
    assert signed.occurred_at is None


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("agreement", ..., ("/agreement/ref", "required")),
        ("agreement", "PROP-1042", ("/agreement", "not_an_object")),
        ("agreement.ref", ..., ("/agreement/ref", "required")),
        ("agreement.ref", "  ", ("/agreement/ref", "required")),
        ("agreement.ref", True, ("/agreement/ref", "not_text")),
        ("agreement.title", "x" * 301, ("/agreement/title", "too_long")),
        ("agreement.signed_at", "yesterday", ("/agreement/signed_at", "instant_invalid")),
        ("agreement.document_url", "javascript:1", ("/agreement/document_url", "url_invalid")),
        ("agreement.total", "a lot", ("/agreement/total", "amount_invalid")),
        ("agreement.total", "1.490,00", ("/agreement/total", "amount_invalid")),
        ("agreement.total", "1,49", ("/agreement/total", "amount_invalid")),
        ("agreement.total", "12,34,567.00", ("/agreement/total", "amount_invalid")),
        ("agreement.total", "149.000", ("/agreement/total", "amount_invalid")),
        ("agreement.currency", "DEM", ("/agreement/total", "currency_unknown")),
        ("client.email", "owner", ("/client/email", "email_invalid")),
        ("client.timezone", "Brisbane", ("/client/timezone", "zone_unknown")),
        ("client.timezone", "AEST", ("/client/timezone", "zone_unknown")),
        ("client.country", "x" * 65, ("/client/country", "too_long")),
        ("movement", ..., ("/movement/to", "required")),
        ("movement.to", None, ("/movement/to", "required")),
        ("movement.to", ["scale"], ("/movement/to", "not_text")),
        ("staff.sales", "Sam", ("/staff/sales", "email_invalid")),
        ("occurred_at", "2026-11-20", ("/occurred_at", "instant_invalid")),
    ],
)
def test_a_field_that_cannot_be_meant_is_the_documents_fault(
    path: str, value: object, fault: tuple[str, str]
) -> None:
    assert fault in faults_of(with_field(path, value))


def test_every_fault_of_a_document_is_told_at_once() -> None:
    assert faults_of({"event": "agreement.signed", "staff": "Sam"}) == [
        ("/agreement/ref", "required"),
        ("/client/ref", "client_unnamed"),
        ("/movement/to", "required"),
        ("/staff", "not_an_object"),
    ]


def test_a_client_is_named_by_its_ref_or_by_its_address() -> None:
    by_ref = read_signed(with_field("client.email", ...))
    by_email = read_signed(with_field("client.ref", ...))

    assert (by_ref.client.ref, by_ref.client.email) == ("C-77", None)
    assert (by_email.client.ref, by_email.client.email) == (None, "owner@harbourdental.example")


def test_an_address_that_is_none_does_not_count_as_a_client_without_a_name() -> None:
    document = with_field("client.ref", ...)
    document["client"]["email"] = "owner"

    assert faults_of(document) == [("/client/email", "email_invalid")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-12-08", "2026-12-08"),
        (" next Monday ", "next Monday"),
        ("x" * 500, "x" * 100),
        (1796601600, "not text"),
        (["2026-12-07"], "not text"),
        ("", None),
        (None, None),
    ],
)
def test_whatever_the_live_date_says_it_is_a_question_and_never_a_fault(
    written: object, read: str | None
) -> None:
    assert read_signed(with_field("agreement.live_on", written)).agreement.live_on == read


@pytest.mark.parametrize(
    ("total", "money"),
    [
        ("1490", "1490.00 AUD"),
        ("1,490", "1490.00 AUD"),
        ("$65,000.00", "65000.00 AUD"),
        ("1,234,567.8", "1234567.80 AUD"),
        (149, "149.00 AUD"),
    ],
)
def test_a_total_is_read_with_commas_between_its_thousands(total: object, money: str) -> None:
    assert str(read_signed(with_field("agreement.total", total)).agreement.total) == money


@pytest.mark.parametrize("missing", ["agreement.total", "agreement.currency"])
def test_a_total_without_its_currency_is_no_total(missing: str) -> None:
    assert read_signed(with_field(missing, ...)).agreement.total is None


@pytest.mark.parametrize("kind", list(EventType))
def test_an_event_that_we_listen_to_is_known_by_its_name(kind: EventType) -> None:
    assert event_type({"event": str(kind)}) is kind


@pytest.mark.parametrize(
    "name", ["Agreement.Signed", "AGREEMENT.SIGNED", "  agreement.signed ", "Agreement.signed\n"]
)
def test_an_event_s_name_is_known_however_somebody_typed_it(name: str) -> None:
    assert event_type({"event": name}) is EventType.SIGNED


def test_an_event_that_nobody_listens_to_has_no_type() -> None:
    assert event_type({"event": "agreement.viewed"}) is None


@pytest.mark.parametrize("event", [None, "", 3.5, ["agreement.signed"], "x" * 300])
def test_a_document_must_name_its_event(event: object) -> None:
    with pytest.raises(DocumentNotUnderstood) as refused:
        event_type({"event": event})

    assert [fault.pointer for fault in refused.value.faults] == ["/event"]


@pytest.mark.parametrize(
    ("document", "ref"),
    [
        (WHOLE, "PROP-1042"),
        ({"agreement": {"ref": 7}}, "7"),
        ({"agreement": "PROP-1042"}, None),
        ({"agreement": {"ref": ["PROP-1042"]}}, None),
        ({}, None),
    ],
)
def test_the_ref_is_found_wherever_it_can_be_read(
    document: Mapping[str, object], ref: str | None
) -> None:
    assert agreement_ref(document) == ref


def test_a_live_date_set_outside_names_its_agreement_and_its_day() -> None:
    document = {"agreement": {"ref": "PROP-1042", "live_on": " 2026-12-14 "}}

    assert read_live_date_set(document) == LiveDateSet("PROP-1042", "2026-12-14")


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({}, ["/agreement/ref", "/agreement/live_on"]),
        ({"agreement": {"ref": "PROP-1042"}}, ["/agreement/live_on"]),
        ({"agreement": {"live_on": "2026-12-14"}}, ["/agreement/ref"]),
    ],
)
def test_a_live_date_set_outside_without_either_is_not_understood(
    document: Mapping[str, object], pointers: list[str]
) -> None:
    with pytest.raises(DocumentNotUnderstood) as refused:
        read_live_date_set(document)

    assert [fault.pointer for fault in refused.value.faults] == pointers


def test_a_completed_task_is_named_by_its_id() -> None:
    task_id = UUID("019ab1de-7c11-7000-8000-0000000000aa")

    assert read_task_completed({"task_id": str(task_id)}) == task_id


@pytest.mark.parametrize(
    ("task_id", "code"), [(None, "required"), ("42", "id_invalid"), (True, "not_text")]
)
def test_a_completed_task_without_an_id_is_not_understood(task_id: object, code: str) -> None:
    with pytest.raises(DocumentNotUnderstood) as refused:
        read_task_completed({"task_id": task_id})

    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/task_id", code)]
