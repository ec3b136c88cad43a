"""How a client's services are billed, read from an event's `client.services`."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from app.domain.billed_service import BilledService
from app.domain.errors import DomainError
from app.domain.fields import Reader
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod, parse_anchor

MOST_SERVICES = 100
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONG = (BillingPeriod.QUARTER, BillingPeriod.YEAR)


def read_services(reader: Reader) -> tuple[BilledService, ...]:
    """Read `services` of a client; every fault is noted with the reader, none raised.

    Source: docs/api.md, "Intake".
    """
    value = reader.value("services")
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or len(value) > MOST_SERVICES:
        reader.fault("services", "not_a_list", f"must be a list of at most {MOST_SERVICES}.")
        return ()
    services: list[BilledService] = []
    for index, entry in enumerate(value):
        pointer = f"{reader.pointer}/services/{index}"
        if not isinstance(entry, Mapping):
            reader.fault(f"services/{index}", "not_an_object", "must be an object.")
            continue
        service = _billed_service(Reader(entry, pointer, reader.faults))
        if service is not None:
            services.append(service)
    if len({one.service for one in services}) < len(services):
        reader.fault("services", "service_twice", "must not name a service twice.")
    return tuple(services)


def _billed_service(reader: Reader) -> BilledService | None:
    """How one service is billed; without `paid_through` its regular bills are all that is known."""
    key = reader.text("service", most=64, required=True)
    price = _price(reader)
    period, anchor = _period(reader)
    paid_through = _day(reader, "paid_through")
    if key is None or period is None or anchor is None:
        return None
    if paid_through is None and period in _LONG and anchor.month is None:
        reader.fault("anchor", "month_missing", "must name a month, such as 02-15, or a paid day.")
        return None
    return BilledService(key.lower(), price, period, anchor, paid_through)


def _period(reader: Reader) -> tuple[BillingPeriod | None, Anchor | None]:
    name = reader.text("billing_period", most=16)
    anchor = reader.text("anchor", most=16)
    try:
        period = BillingPeriod((name or "week").lower())
    except ValueError:
        reader.fault("billing_period", "period_unknown", "must be week, month, quarter or year.")
        return None, None
    if anchor is None:
        if period is BillingPeriod.WEEK:
            return period, parse_anchor("monday", period)
        reader.fault("anchor", "required", "is required: the day on which the service is billed.")
        return None, None
    try:
        return period, parse_anchor(anchor.lower(), period)
    except DomainError as refusal:
        reader.raised("anchor", refusal)
        return None, None


def _day(reader: Reader, key: str) -> date | None:
    """A day and nothing more precise: whose midnight an instant meant would be a guess."""
    text = reader.matching(key, ISO_DAY, "day_not_understood", "a day such as 2026-12-06")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        reader.fault(key, "day_not_understood", "is no day that exists.")
        return None


def _price(reader: Reader) -> Money | None:
    if reader.value("price") is None:
        return None
    money = reader.inner("price")
    amount = money.text("amount", most=32, required=True)
    currency = money.text("currency", most=3, required=True)
    if amount is None or currency is None:
        return None
    try:
        price = Money.of(amount, currency.upper())
    except DomainError as refusal:
        money.raised("amount", refusal)
        return None
    if price.amount < Decimal(0):
        money.fault("amount", "amount_negative", "must not be negative.")
        return None
    return price
