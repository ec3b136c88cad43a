"""What later events say of an agreement: read field by field, older ones told from newer ones."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.domain.agreement import AgreementTerms
from app.domain.amendment import (
    AmendedAgreement,
    Named,
    amendment_options,
    is_older,
    occurred_at,
    read_amended,
    read_named,
)
from app.domain.billed_service import BilledService
from app.domain.errors import NotAnUpgrade
from app.domain.fields import DocumentNotUnderstood
from app.domain.money import Money
from app.domain.period import BillingPeriod, parse_anchor
from app.domain.plan import PlanState
from app.domain.review import OpenPlan
from app.domain.terms import Terms

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
SIGNED_AT = datetime(2026, 11, 20, 3, 11, 58, tzinfo=UTC)
OPEN = OpenPlan("UPG-1", PlanState.SCHEDULED, Terms("sprint", "scale"), carried_out=0)


def lawful(_from: str, _to: str) -> object:
    return object()


def unlawful(from_: str, to: str) -> object:
    raise NotAnUpgrade(f"{from_} to {to} is no upgrade.")


def test_a_whole_amendment_is_read_whole() -> None:
    document = {
        "event": "agreement.amended",
        "occurred_at": "2026-11-24T09:00:00Z",
        "agreement": {
            "ref": "PROP-1042",
            "title": "Scale upgrade, amended",
            "live_on": "2026-12-14",
            "document_url": "https://sign.example/p/1042/2",
            "total": "1,290.00",
            "currency": "AUD",
        },
        "client": {
            "ref": "C-77",
            "services": [
                {"service": "SMS", "anchor": "thursday", "paid_through": "2026-12-09"},
            ],
        },
        "movement": {"from": "Sprint", "to": "SCALE"},
        "staff": {"support": "sue@agency.example"},
    }

    assert read_amended(document) == AmendedAgreement(
        AgreementTerms(
            ref="PROP-1042",
            provider=None,
            kind="upgrade",
            title="Scale upgrade, amended",
            signed_at=None,
            live_on="2026-12-14",
            document_url="https://sign.example/p/1042/2",
            total=Money.of("1290.00", "AUD"),
        ),
        client_ref="C-77",
        from_package="sprint",
        to_package="scale",
        services=(
            BilledService(
                "sms",
                None,
                BillingPeriod.WEEK,
                parse_anchor("thursday", BillingPeriod.WEEK),
                date(2026, 12, 9),
            ),
        ),
        staff={"support": "sue@agency.example"},
        occurred_at=AT,
    )


def test_an_amendment_need_say_no_more_than_which_agreement_it_is() -> None:
    amended = read_amended({"event": "agreement.amended", "agreement": {"ref": "PROP-1042"}})

    assert (amended.from_package, amended.to_package, amended.client_ref) == (None, None, None)
    assert (amended.services, amended.staff, amended.occurred_at) == ((), {}, None)
    assert amended.agreement.live_on is None


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        ({}, [("/agreement/ref", "required")]),
        ({"agreement": "PROP"}, [("/agreement", "not_an_object"), ("/agreement/ref", "required")]),
        ({"agreement": {"ref": "P"}, "movement": {"to": 7.5}}, [("/movement/to", "not_text")]),
        ({"agreement": {"ref": "P"}, "staff": {"sales": "x"}}, [("/staff/sales", "email_invalid")]),
        (
            {"agreement": {"ref": "P"}, "client": {"services": {}}},
            [("/client/services", "not_a_list")],
        ),
        (
            {"agreement": {"ref": "P"}, "occurred_at": "yesterday"},
            [("/occurred_at", "instant_invalid")],
        ),
    ],
)
def test_an_amendment_that_cannot_be_meant_names_every_fault(
    document: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    with pytest.raises(DocumentNotUnderstood) as refused:
        read_amended(document)

    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == faults


def test_an_event_names_its_agreement_and_when_it_happened() -> None:
    document = {"agreement": {"ref": 1042}, "occurred_at": "2026-11-24T10:00:00+01:00"}

    assert read_named(document) == Named("1042", AT)
    assert read_named({"agreement": {"ref": "P"}}) == Named("P", None)


@pytest.mark.parametrize("document", [{}, {"agreement": {"ref": "P"}, "occurred_at": "2026-11-24"}])
def test_an_event_that_names_none_or_no_instant_is_not_understood(
    document: dict[str, Any],
) -> None:
    with pytest.raises(DocumentNotUnderstood):
        read_named(document)


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ("2026-11-24T09:00:00Z", AT),
        ("2199-01-01T00:00:00Z", datetime(2026, 11, 25, tzinfo=UTC)),
        ("yesterday", None),
        (None, None),
    ],
)
def test_an_event_happened_when_it_says_and_never_after_it_came(
    said: str | None, counts: datetime | None
) -> None:
    received = datetime(2026, 11, 25, tzinfo=UTC)

    assert occurred_at({"occurred_at": said}, received_at=received) == counts


def test_only_what_happened_before_the_signature_is_older() -> None:
    assert is_older(datetime(2026, 11, 20, 3, tzinfo=UTC), SIGNED_AT)
    assert not is_older(SIGNED_AT, SIGNED_AT)
    assert not is_older(AT, SIGNED_AT)
    assert not is_older(None, SIGNED_AT)


@pytest.mark.parametrize("amended", [Terms(to_package="scale"), Terms(), Terms("sprint")])
def test_amended_terms_are_taken_or_dropped(amended: Terms) -> None:
    options = amendment_options(OPEN, amended, lawful)

    assert [(str(one.choice), one.refused) for one in options] == [
        ("merge", None),
        ("reject", None),
    ]


@pytest.mark.parametrize(
    ("amended", "refused"),
    [
        (
            Terms(from_package="start"),
            "The amended agreement leaves 'start', but UPG-1 leaves 'sprint', "
            "which the client has.",
        ),
        (
            Terms(to_package="start"),
            "UPG-1 cannot take these terms: sprint to start is no upgrade.",
        ),
        (Terms(), "UPG-1 cannot take these terms: sprint to scale is no upgrade."),
    ],
)
def test_amended_terms_that_the_plan_cannot_have_are_not_taken(
    amended: Terms, refused: str
) -> None:
    merge, reject = amendment_options(OPEN, amended, unlawful)

    assert merge.refused == refused
    assert reject.refused is None
