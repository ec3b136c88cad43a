"""I4: each day is billed once, walked day by day beside the service's own reckoning."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.period import BillingPeriod, runs_of
from app.services.dropping import NO_LONGER
from tests.builders import catalog
from tests.properties.biller import DAY, Rhythm, bills_issued
from tests.properties.lives.life import Moment
from tests.properties.lives.reading import Row

MONEY = ("credit", "charge")
LONGEST = {
    BillingPeriod.WEEK: timedelta(weeks=5),
    BillingPeriod.MONTH: timedelta(days=100),
    BillingPeriod.QUARTER: timedelta(days=300),
    BillingPeriod.YEAR: timedelta(days=1200),
}
Span = tuple[str, date, date]


@dataclass(frozen=True)
class Account:
    """One old service as its biller has it, and what was added to its bills.

    Attributes:
        unpaid_from: First day that no bill pays for yet; None where only the rhythm is known.
        rows: Credits and charges: kind, and the days [from, to).
        waived: Those of which a person said that no money goes.
        negligible: So many days of its price come to less than half a cent.
    """

    rhythm: Rhythm
    unpaid_from: date | None
    live_on: date
    rows: Sequence[Span]
    waived: Sequence[Span]
    negligible: int


def i4_each_day_is_billed_once(m: Moment) -> Iterator[str]:
    """Net of credits and bridging charges, no day is billed under two packages of one plan.

    And none between the old one's start and the new one's end is billed under neither. Weekly
    billing never skips or doubles a week.
    """
    packages = catalog().packages
    for plan in m.after.plans:
        if plan.begun_at is None or plan.live_on is None or plan.state == "cancelled":
            continue
        rows = m.after.of("adjustments", plan)
        old = {part.service.key for part in packages[plan.from_package].services}
        new = {part.service.key for part in packages[plan.to_package].services}
        yield from _right_services(rows, old, new)
        for service in sorted(old):
            yield from _service(m, plan, [one for one in rows if one.service == service])


def _right_services(rows: Sequence[Row], old: set[str], new: set[str]) -> Iterator[str]:
    """Each old service is ended once, each new one started once, and no other is touched."""
    for kind, wanted in (("cancel_service", old), ("start_service", new)):
        standing = [one for one in rows if one.kind == kind and _stands(one)]
        made = {one.service for one in standing if one.state != "voided"}
        # One that was made for an earlier date stands in for one that a person dropped since.
        found = Counter(
            one.service for one in standing if one.state != "voided" or one.service not in made
        )
        if found != Counter(wanted):
            yield f"{kind} is planned for {sorted(found.elements())}, not for {sorted(wanted)}"
    for one in rows:
        if one.kind in MONEY and one.service not in old:
            yield f"a {one.kind} is planned for {one.service}, which is not in the old package"


def _stands(one: Row) -> bool:
    """Whether a row is part of the plan: not put back, and not dropped as no part of it any more.

    What a person dropped with a reason of their own stays a part of it.
    """
    return one.reversal is None and one.reason != NO_LONGER


def _service(m: Moment, plan: Row, rows: Sequence[Row]) -> Iterator[str]:
    ending = [one for one in rows if one.kind == "cancel_service" and _stands(one)]
    money = [one for one in rows if one.kind in MONEY]
    if not ending or ending[0].state == "voided" or any(map(_dropped, money)):
        return  # a person has taken it over, and said why
    cancel = ending[0]
    counted = [one for one in money if one.state != "voided"]
    waived = [one for one in money if one.waived_by]
    account = _account(m, plan, cancel, counted, waived)
    at = cancel.carried_out_at
    if at is not None:
        days = [at.astimezone(ZoneInfo(m.life.past.made_in[cancel.id, at].zone)).date()]
    else:
        today = m.now.astimezone(ZoneInfo(plan.timezone)).date()
        days = [day for day in cancel.safe_days if day >= today]
    for ended_on in days:
        wrong = wrongly_billed(account, ended_on)
        if wrong:
            yield f"{cancel.service}, ended on {ended_on}, is billed {wrong}"
    for one in counted:
        yield from _amount(m, one)


def _dropped(one: Row) -> bool:
    """Whether a person dropped a left-over amount, without waiving it."""
    return one.state == "voided" and one.reason != NO_LONGER and not one.waived_by


def _span(one: Row) -> Span:
    start, end = (date.fromisoformat(one.reckoning[edge]) for edge in ("from", "to"))
    return one.kind, start, end


def _account(
    m: Moment, plan: Row, cancel: Row, money: Sequence[Row], let_go: Sequence[Row]
) -> Account:
    rows, waived = (tuple(sorted(map(_span, some))) for some in (money, let_go))
    told = m.after.agreement(plan).services
    if not any(one["service"] == cancel.service for one in told):
        # Assumed when it was ended, it does not change any more.
        at = cancel.carried_out_at
        paid_to = m.life.past.made_in[cancel.id, at].live_on if at else plan.live_on
        return Account(Rhythm(BillingPeriod.WEEK, 0), paid_to, plan.live_on, rows, waived, 0)
    bill = next(one for one in m.life.facts.bills if one.service == cancel.service)
    rhythm, paid = bill.rhythm, bill.paid_through
    if rhythm.month is None and rhythm.period is not BillingPeriod.WEEK and paid is not None:
        rhythm = Rhythm(rhythm.period, rhythm.day, (paid + DAY).month)
    negligible = _DAYS_OF_HALF_A_CENT[rhythm.period] if bill.price == "0.10" else 0
    return Account(rhythm, paid and paid + DAY, plan.live_on, rows, waived, negligible)


_DAYS_OF_HALF_A_CENT = {
    BillingPeriod.WEEK: 0,
    BillingPeriod.MONTH: 1,
    BillingPeriod.QUARTER: 4,
    BillingPeriod.YEAR: 18,
}
"""Of ten cents a period."""


@lru_cache(maxsize=4096)
def wrongly_billed(account: Account, ended_on: date) -> str:
    """Which days are not billed once, if the service is ended on a day; empty where all are."""
    rhythm, live_on = account.rhythm, account.live_on
    unpaid_from = account.unpaid_from
    billed: Counter[date] = Counter()
    if unpaid_from is None:
        unpaid_from = rhythm.next_bill(min(live_on, ended_on) - LONGEST[rhythm.period])
        first = unpaid_from
    else:
        first = min(unpaid_from, live_on, *(start for _, start, _ in account.rows)) - 3 * DAY
        billed.update(_days(first, unpaid_from))
    billed.update(bills_issued(rhythm, unpaid_from, ended_on))
    for kind, start, end in account.rows:
        for day in _days(start, end):
            billed[day] += 1 if kind == "charge" else -1
    last = max([live_on, *billed]) + DAY
    billed.update(_days(live_on, last))
    for kind, start, end in account.waived:
        for day in _days(start, end):
            billed[day] += _towards_one(billed[day], kind)
    odd = [day for day in _days(first, last) if billed[day] != 1]
    runs = [run for run in runs_of(odd) if run.length > account.negligible]
    wrong = [f"{day} {billed[day]}x" for run in runs for day in run]
    beyond = [f"{day} {number}x" for day, number in billed.items() if day < first and number]
    return ", ".join([*wrong[:8], *beyond[:3]])


def _towards_one(billed: int, waived: str) -> int:
    """What waiving a day lets pass: paid twice and not credited, or not paid and not charged."""
    if waived == "credit":
        return -1 if billed > 1 else 0
    return 1 if billed < 1 else 0


def _days(start: date, end: date) -> Iterator[date]:
    while start < end:
        yield start
        start += DAY


def _amount(m: Moment, one: Row) -> Iterator[str]:
    """Seventy a week are ten a day."""
    bill = next((each for each in m.life.facts.bills if each.service == one.service), None)
    if bill and bill.price == "70.00" and bill.rhythm.period is BillingPeriod.WEEK:
        _, start, end = _span(one)
        if one.money_minor != 1000 * (end - start).days:
            yield f"the {one.kind} of {one.service} for {start} to {end} is {one.money_minor}"
