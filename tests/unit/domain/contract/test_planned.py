"""Upgrades of packages as changes of a contract."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.billed_service import BilledService
from app.domain.contract.change import ChangeKind, ChangeOrder, Rights
from app.domain.contract.errors import ContractEnded
from app.domain.contract.line import LineKind
from app.domain.contract.model import OPEN_END, Contract
from app.domain.contract.planned import (
    billed_by_contract,
    first_lines,
    planned_draft,
    planned_lines,
)
from app.domain.contract.succession import Accounts
from app.domain.contract.timeline import Signed, entitlements, projected
from app.domain.money import Money
from app.domain.movement import Package, PackageService, Service
from app.domain.period import MONDAYS, Anchor, BillingPeriod, Days
from tests.contracted import ON_DATE, aud, contract, day, ids, line, standing

WEEK, QUARTER = BillingPeriod.WEEK, BillingPeriod.QUARTER


def package(key: str, *services: tuple[str, str]) -> Package:
    parts = tuple(
        PackageService(Service(name, name.upper()), aud(price)) for name, price in services
    )
    return Package(key, key.title(), 1, "weekly", parts)


SPRINT = package("sprint", ("sms", "49.00"), ("care", "20.00"))
SCALE = package("scale", ("sms", "59.00"), ("mail", "30.00"))
PLANNED = planned_lines(SPRINT, SCALE, WEEK)


def open_contract() -> Contract:
    return contract(term=Days(day("2026-01-01"), OPEN_END), period=WEEK, anchor=MONDAYS)


def test_a_package_ends_and_another_begins_beside_what_stays() -> None:
    term = open_contract().term
    now = standing(
        line("sms", 1, "49.00", span=term), line("extra", 3, "1.00", span=term), of=open_contract()
    )
    change = Signed(
        UUID(int=9),
        ChangeOrder(ChangeKind.UPGRADE, day("2026-02-01"), day("2026-03-02")),
        ON_DATE,
        day("2026-02-01"),
        Rights(),
        {},
        ids(9),
        PLANNED,
    )

    later = projected(now, Accounts(), [change]).standing

    assert entitlements(later.lines, day("2026-03-01")) == {"sms": 1, "extra": 3}
    assert entitlements(later.lines, day("2026-03-02")) == {"sms": 1, "mail": 1, "extra": 3}
    (sms,) = [each for each in later.on(day("2026-03-02")) if each.product == "sms"]
    assert (sms.title, sms.price, sms.anchor) == ("SMS", aud("59.00"), MONDAYS)


@pytest.mark.parametrize("on", ["2025-12-31", "2027-01-01"])
def test_a_contract_that_does_not_run_then_is_not_upgraded(on: str) -> None:
    with pytest.raises(ContractEnded):
        planned_draft(standing(), PLANNED, day(on), ids())


def test_a_contract_begins_with_what_is_known() -> None:
    billed = [
        BilledService("sms", aud("49.00"), WEEK, Anchor(3), day("2026-01-07"), "SMS"),
        BilledService("care", None, WEEK, MONDAYS, day("2025-12-31")),
        BilledService("seo", Money.of("9.00", "USD"), QUARTER, Anchor(15), None),
    ]

    sms, care, seo = first_lines(open_contract(), billed, ids())

    assert (sms.price, sms.billed_from, sms.title) == (aud("49.00"), day("2026-01-08"), "SMS")
    assert (care.price, care.billed_from, care.title) == (aud("0.00"), day("2026-01-01"), "care")
    assert (seo.price, seo.anchor) == (aud("0.00"), Anchor(15, 1))


def test_what_was_told_counts_more_than_the_contract() -> None:
    told = BilledService("sms", aud("1.00"), WEEK, MONDAYS, None)
    lines = [
        line("sms", 1, "49.00"),
        line("care", 2, "10.00"),
        line("free", 1, "0.00"),
        line("hours", 1, "5.00", kind=LineKind.ONE_TIME),
    ]

    found = billed_by_contract(lines, [told])

    assert found == [
        told,
        BilledService("care", aud("20.00"), BillingPeriod.MONTH, Anchor(1), None, "Care"),
    ]
    assert replace(found[1], renews=False) != found[1]
