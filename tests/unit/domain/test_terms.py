"""What differs between two versions of an upgrade's terms, and how it is said."""

from typing import Any

import pytest

from app.domain.calendar import zone_of
from app.domain.terms import Difference, Terms, day_as_meant, differences, services_in_words

HELD = Terms(
    from_package="sprint",
    to_package="scale",
    live_on="2026-12-07",
    title="Scale upgrade",
    document_url="https://sign.example/p/1",
    total="1490.00 AUD",
    services={"sms": "49.00 AUD a week, on monday"},
    staff={"sales": "sam@agency.example"},
)


def test_terms_that_say_nothing_differ_in_nothing() -> None:
    assert differences(HELD, Terms()) == ()


def test_terms_that_say_the_same_differ_in_nothing() -> None:
    assert differences(HELD, HELD) == ()


def test_every_term_that_is_said_differently_is_named() -> None:
    told = Terms(
        from_package="start",
        to_package="sprint",
        live_on="2026-12-14",
        title="Sprint upgrade",
        document_url="https://sign.example/p/2",
        total="990.00 AUD",
        services={"sms": "59.00 AUD a week, on monday"},
        staff={"sales": "sue@agency.example", "marketing": "mia@agency.example"},
    )

    assert differences(HELD, told) == (
        Difference("movement.from", "sprint", "start"),
        Difference("movement.to", "scale", "sprint"),
        Difference("live_on", "2026-12-07", "2026-12-14"),
        Difference("agreement.title", "Scale upgrade", "Sprint upgrade"),
        Difference(
            "agreement.document_url", "https://sign.example/p/1", "https://sign.example/p/2"
        ),
        Difference("agreement.total", "1490.00 AUD", "990.00 AUD"),
        Difference("staff.marketing", None, "mia@agency.example"),
        Difference("staff.sales", "sam@agency.example", "sue@agency.example"),
        Difference(
            "client.services.sms", "49.00 AUD a week, on monday", "59.00 AUD a week, on monday"
        ),
    )


def test_services_that_are_told_of_are_all_that_there_are() -> None:
    told = Terms(services={"google_business": "by the week, on monday"})

    assert differences(HELD, told) == (
        Difference("client.services.google_business", None, "by the week, on monday"),
        Difference("client.services.sms", "49.00 AUD a week, on monday", None),
    )


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (
            Difference("movement.to", "sprint", "scale"),
            "The package taken: 'scale' instead of 'sprint'.",
        ),
        (
            Difference("live_on", "2026-12-07", None),
            "The live date: nothing instead of '2026-12-07'.",
        ),
        (Difference("live_on", None, "2026-12-07"), "The live date: '2026-12-07'."),
        (Difference("staff.support", None, "a@b.example"), "The person of Support: 'a@b.example'."),
        (
            Difference("client.services.sms", "by the week, on monday", None),
            "The billing of 'sms': nothing instead of 'by the week, on monday'.",
        ),
    ],
)
def test_a_difference_is_a_sentence(difference: Difference, sentence: str) -> None:
    assert difference.sentence == sentence


def test_billed_services_are_said_in_words() -> None:
    rows: list[dict[str, Any]] = [
        {
            "service": "sms",
            "price": {"amount": "49.00", "currency": "AUD"},
            "billing_period": "week",
            "anchor": "thursday",
            "paid_through": "2026-12-09",
        },
        {
            "service": "website_care",
            "price": None,
            "billing_period": "month",
            "anchor": "15",
            "paid_through": None,
        },
    ]

    assert services_in_words(rows) == {
        "sms": "49.00 AUD a week, on thursday, paid through 2026-12-09",
        "website_care": "by the month, on 15",
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-12-07", "2026-12-07"),
        ("2026-12-06T14:00:00Z", "2026-12-07"),
        ("next Monday", "next Monday"),
        (None, None),
    ],
)
def test_a_written_live_date_is_the_day_that_it_means_or_stays_as_it_is(
    written: str | None, meant: str | None
) -> None:
    assert day_as_meant(written, zone_of("Australia/Brisbane")) == meant
