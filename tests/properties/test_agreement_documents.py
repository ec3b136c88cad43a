"""The strangest document does no more than not be understood; a lawful one is read whole."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.agreement import (
    agreement_ref,
    event_type,
    read_live_date_set,
    read_signed,
    read_task_completed,
)
from app.domain.billed_service import BilledService
from app.domain.fields import DocumentNotUnderstood
from app.domain.money import Money
from app.domain.period import BillingPeriod, parse_anchor

# What the strict reader of JSON can hand on: no floats, numbers of at most forty digits.
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40) + 1, 10**40 - 1)
    | st.decimals(allow_nan=False, allow_infinity=False).filter(lambda d: abs(d.adjusted()) < 40)
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["", " ", "\x00", "\ud800", "x" * 3000, "2026-12-07", "0001-01-01T00:00:00Z"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
WHOLE: dict[str, Any] = {
    "event": "agreement.signed",
    "occurred_at": "2026-11-20T03:12:00Z",
    "task_id": "019ab1de-7c11-7000-8000-0000000000aa",
    "agreement": {
        "ref": "PROP-1042",
        "provider": "ignition",
        "kind": "upgrade",
        "title": "Scale upgrade",
        "signed_at": "2026-11-20T03:11:58Z",
        "live_on": "2026-12-07",
        "document_url": "https://sign.example/p/1042",
        "total": "1,490.00",
        "currency": "AUD",
    },
    "client": {
        "ref": "C-77",
        "name": "Harbour Dental",
        "email": "owner@harbourdental.example",
        "timezone": "Australia/Brisbane",
        "country": "AU",
        "region": "QLD",
        "language": "en",
        "services": [
            {
                "service": "sms",
                "price": {"amount": "49.00", "currency": "AUD"},
                "billing_period": "week",
                "anchor": "thursday",
                "paid_through": "2026-12-02",
            }
        ],
    },
    "movement": {"from": "sprint", "to": "scale"},
    "staff": {"sales": "sam@agency.example"},
}


def paths_of(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place of a document, the inner ones included."""
    held: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        held = list(value.items())
    elif isinstance(value, list):
        held = list(enumerate(value))
    below = [one for key, inner in held for one in paths_of(inner, (*path, key))]
    return [path, *below] if path else below


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """A lawful document of which up to three places hold something else, or nothing."""
    document = deepcopy(WHOLE)
    for path in draw(st.lists(st.sampled_from(paths_of(WHOLE)), min_size=1, max_size=3)):
        inner: Any = document
        with suppress(KeyError, IndexError, TypeError):
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = draw(VALUES)
    return document


def refusal_of(
    read: Callable[[Mapping[str, object]], object], document: Mapping[str, object]
) -> DocumentNotUnderstood | None:
    """How a reader refuses a document; whatever else it raises fails the test."""
    try:
        read(document)
    except DocumentNotUnderstood as refusal:
        return refusal
    return None


@settings(deadline=None)
@given(document=spoilt() | st.dictionaries(st.sampled_from([*WHOLE]) | st.text(max_size=8), VALUES))
def test_a_strange_document_is_read_or_not_understood_and_nothing_else(
    document: Mapping[str, object],
) -> None:
    refusals = [
        refusal
        for read in (read_signed, read_live_date_set, read_task_completed, event_type)
        if (refusal := refusal_of(read, document)) is not None
    ]
    ref = agreement_ref(document)

    # then: each refusal has its faults, and each fault says where, what and in words
    for refusal in refusals:
        assert refusal.faults
        assert all(one.pointer.startswith("/") for one in refusal.faults)
        assert all(one.code and one.detail for one in refusal.faults)
    assert ref is None or ref.strip()


@settings(deadline=None)
@given(document=spoilt())
def test_what_is_understood_of_a_strange_document_can_be_kept(
    document: Mapping[str, object],
) -> None:
    try:
        signed = read_signed(document)
    except DocumentNotUnderstood:
        return

    # then: one line each, storable, and of a year that the calendar can count in
    terms, client = signed.agreement, signed.client
    texts = [terms.ref, terms.provider, terms.kind, terms.title, client.ref, client.name]
    for text in filter(None, texts):
        assert len(text.splitlines()) == 1
        text.encode()
    for instant in filter(None, (terms.signed_at, signed.occurred_at)):
        assert instant.tzinfo is UTC
        assert 1969 <= instant.year <= 2200


NAMES = st.text("abcdefghij ÄÖüßé-&'", min_size=1, max_size=40).filter(str.strip)
KEYS = st.text("abcdefghij_", min_size=1, max_size=20)
MONEY = st.integers(0, 10**9).map(lambda minor: Money.from_minor(minor, "AUD"))
INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ANCHORS = {
    BillingPeriod.WEEK: ["monday", "thursday", "Sunday"],
    BillingPeriod.MONTH: ["1", "15", "31"],
    BillingPeriod.QUARTER: ["02-15", "12-31"],
    BillingPeriod.YEAR: ["02-28", "2026-07-01"],
}


@st.composite
def billed(draw: st.DrawFn) -> tuple[dict[str, Any], BilledService]:
    """A service as an event tells it, and as it is to be read."""
    key, price = draw(KEYS), draw(st.none() | MONEY)
    period = draw(st.sampled_from(BillingPeriod))
    anchor = draw(st.sampled_from(ANCHORS[period]))
    paid_through = draw(st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)))
    told = {
        "service": key,
        "price": {"amount": f"{price.amount}", "currency": price.currency} if price else None,
        "billing_period": str(period),
        "anchor": anchor,
        "paid_through": paid_through.isoformat() if paid_through else "",
    }
    read = BilledService(key, price, period, parse_anchor(anchor, period), paid_through)
    return told, read


@settings(deadline=None)
@given(
    ref=NAMES | st.integers(0, 10**12),
    name=NAMES,
    signed_at=INSTANTS,
    live_on=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    total=MONEY,
    services=st.lists(billed(), max_size=4, unique_by=lambda pair: pair[1].service),
    packages=st.tuples(KEYS, KEYS),
)
def test_a_lawful_document_is_read_back_as_it_was_meant(
    ref: str | int,
    name: str,
    signed_at: datetime,
    live_on: date,
    total: Money,
    services: list[tuple[dict[str, Any], BilledService]],
    packages: tuple[str, str],
) -> None:
    document = deepcopy(WHOLE)
    document["agreement"] |= {
        "ref": ref,
        "signed_at": signed_at.isoformat(),
        "live_on": live_on.isoformat(),
        "total": f"{total.amount:,}",
    }
    document["client"] |= {"name": f" {name} ", "services": [told for told, _ in services]}
    document["movement"] = {"from": packages[0].upper(), "to": f"{packages[1]} "}

    signed = read_signed(document)

    assert signed.agreement.ref == str(ref).strip()
    assert signed.agreement.signed_at == signed_at
    assert signed.agreement.live_on == live_on.isoformat()
    assert signed.agreement.total == total
    assert signed.client.name == name.strip()
    assert signed.client.services == tuple(read for _, read in services)
    assert (signed.from_package, signed.to_package) == packages


@given(amount=st.decimals(0, 10**9, places=2))
def test_a_total_means_the_same_with_commas_and_without(amount: Decimal) -> None:
    documents = [deepcopy(WHOLE), deepcopy(WHOLE)]
    for document, written in zip(documents, (f"{amount:f}", f"${amount:,f}"), strict=True):
        document["agreement"]["total"] = written

    plain, set_apart = (read_signed(document).agreement.total for document in documents)

    assert plain == set_apart == Money.of(amount, "AUD")
