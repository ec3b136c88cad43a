"""docs/upgrade.md, which Sales and Support work by, says what the code does."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

import app.bootstrap  # noqa: F401 - so that every refusal there is has been defined
from app.domain.actor import Actor, ActorKind
from app.domain.adjustment import AdjustmentKind, AdjustmentState, BillingMode
from app.domain.billed_service import BilledService
from app.domain.cancelling import Fate
from app.domain.carrying_out import (
    AdjustmentInHand,
    Evidence,
    PlanAtHand,
    may_carry_out,
    may_waive,
    must_have_evidence,
)
from app.domain.cutover import CutOver, cut_over
from app.domain.errors import DomainError
from app.domain.live_date import live_date
from app.domain.money import Money
from app.domain.period import BillingPeriod, parse_anchor
from app.domain.plan import PlanState, Trigger, transition
from app.domain.playbook.reminder import Reminder, Span, SpanUnit
from app.domain.playbook.week import WeekTime
from app.domain.review import Choice
from app.domain.submission import PlanToRelease, may_release, must_be_automated
from app.domain.task import due_day
from app.sandbox.demo.scene import dates
from tests.builders import catalog

GUIDE = Path(__file__).parents[2] / "docs" / "upgrade.md"
TEXT = GUIDE.read_text(encoding="utf-8")
BRISBANE = ZoneInfo("Australia/Brisbane")
SIGNED = datetime(2026, 11, 20, 3, 12, tzinfo=UTC)
TUESDAY = datetime(2026, 12, 1, 1, tzinfo=UTC)
FRIDAY = datetime(2026, 12, 4, 1, tzinfo=UTC)
LIVE_AT = datetime(2026, 12, 6, 14, tzinfo=UTC)
SUE = UUID(int=1)


def table(*columns: str) -> list[list[str]]:
    """The rows of the guide's table with these columns."""
    heading = f"| {' | '.join(columns)} |"
    lines = iter(TEXT.partition(heading)[2].splitlines()[2:])
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    assert rows, f"There is no table {heading}"
    return rows


# The worked examples ----------------------------------------------------------------------------


def cut_over_of(billed: str, price: str, paid_through: str, live: str) -> CutOver:
    """The cut-over of a row, by the shipped policy."""
    how_often, on = billed.split(", ")
    period = BillingPeriod(how_often)
    amount, currency = price.split()
    service = BilledService(
        "sms",
        Money.of(amount, currency),
        period,
        parse_anchor(on.lower(), period),
        date.fromisoformat(paid_through),
        "SMS",
    )
    book = catalog().upgrade_playbook
    return cut_over(
        service,
        date.fromisoformat(live),
        prefer=book.billing.prefer,
        window_days=book.window_days,
    )


EXAMPLES = table("billed each", "price", "paid through", "live", "safe days", "left over")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda row: f"{row[0]}, live {row[3]}")
def test_a_worked_example_is_what_the_service_computes(example: list[str]) -> None:
    *given, safe_days, left_over = example

    plan = cut_over_of(*given)

    spans = [dates(str(span.start), str(span.end)) for span in plan.safe_spans]
    assert (", ".join(spans), "; ".join(row.sentence for row in plan.rows) or "nothing") == (
        safe_days,
        left_over,
    )


def test_every_bill_day_that_support_asks_about_has_an_example() -> None:
    told = {row[0] for row in EXAMPLES}
    assert told == {
        *("week, Monday", "week, Thursday", "week, Sunday"),
        *("month, 1", "month, 15", "month, 31"),
    }
    over_a_months_end = [row for row in EXAMPLES if row[3] == "2026-11-02"]
    assert len(over_a_months_end) == 1


# What it refuses --------------------------------------------------------------------------------

REFUSALS = {code.strip("`"): said for code, said, _ in table("code", "what it says", "what to do")}


def end_sms(
    now: datetime = FRIDAY,
    typed: str | None = "Harbour Dental / sms",
    seconded_by: UUID | None = None,
) -> None:
    """Sue ends SMS of Harbour Dental, which is billed on Thursdays."""
    one = AdjustmentInHand(
        AdjustmentKind.CANCEL_SERVICE,
        AdjustmentState.DUE,
        "sms",
        datetime(2026, 11, 30, 14, tzinfo=UTC),
        LIVE_AT,
        tuple(date(2026, 12, day) for day in (4, 5, 6)),
        seconded_by,
    )
    may_carry_out(
        one,
        PlanAtHand("sprint", "sprint", frozenset({"sms"})),
        client_name="Harbour Dental",
        zone=BRISBANE,
        typed=typed,
        evidence=Evidence("INV-1"),
        actor=Actor(ActorKind.KEY, "key", "Sue", "support", SUE),
        now=now,
    )


def set_live_date(day: str) -> None:
    live_date(date.fromisoformat(day), BRISBANE, now=SIGNED, window_days=6)


def release_again() -> None:
    plan = PlanToRelease(PlanState.SCHEDULED, LIVE_AT, "Sue Support", "Harbour Dental", "sprint", 9)
    may_release(plan, typed="Harbour Dental / sprint", now=SIGNED)


REFUSED: dict[str, Callable[[], Any]] = {
    "not_a_monday": lambda: set_live_date("2026-12-08"),
    "live_date_past": lambda: set_live_date("2026-11-16"),
    "not_an_upgrade": lambda: catalog().movement("scale", "sprint"),
    "due_after_live": lambda: due_day(date(2026, 12, 8), live_on=date(2026, 12, 7)),
    "outside_window": lambda: end_sms(SIGNED),
    "unsafe_day": lambda: end_sms(TUESDAY),
    "typed_names_differ": lambda: end_sms(typed="Harbour Dental/sms"),
    "needs_somebody_else": lambda: end_sms(typed=None, seconded_by=SUE),
    "evidence_missing": lambda: must_have_evidence(None),
    "waiver_refused": lambda: may_waive(
        Money.of("560.00", "AUD"), catalog().upgrade_playbook.billing.waive_up_to
    ),
    "billing_by_hand": lambda: must_be_automated(BillingMode.MANUAL),
    "released_before": release_again,
    "state_refuses": lambda: transition(PlanState.LIVE, Trigger.CANCEL),
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_is_quoted_as_it_is_said(code: str) -> None:
    with pytest.raises(DomainError) as refused:
        REFUSED[code]()

    assert (refused.value.code, refused.value.detail) == (code, REFUSALS[code])


def all_codes(of: type[DomainError] = DomainError) -> Iterator[str]:
    yield of.code
    for kind in of.__subclasses__():
        yield from all_codes(kind)


def test_every_code_of_the_guide_is_one_that_there_is() -> None:
    assert set(REFUSALS) <= set(all_codes())


# Fates, choices, figures ------------------------------------------------------------------------


def test_all_four_fates_and_all_four_choices_are_explained() -> None:
    fates = [row[0].strip("`") for row in table("fate", "what it is", "what happens")]
    choices = [row[0].strip("`") for row in table("choice", "what happens", "when it is right")]

    assert (fates, choices) == ([str(one) for one in Fate], [str(one) for one in Choice])


def test_the_amount_that_may_be_waived_and_the_hours_of_the_automation_are_the_shipped_ones() -> (
    None
):
    billing = catalog().upgrade_playbook.billing

    assert billing.waive_up_to is not None
    assert f"of up to {billing.waive_up_to.spoken()}, with a reason" in TEXT
    assert billing.answer_within.total_seconds() == 4 * 3600
    assert "where four hours after taking it on nothing was heard" in TEXT


WAITS_FOR = {
    "acknowledgement": "the acknowledgement",
    "live_date": "the live date",
    "review": "a decision",
    "missed_plan": "a missed plan",
    "overdue_tasks": "overdue tasks",
    "blocked_tasks": "blocked tasks",
}
ROLES = {"marketing": "Marketing", "lead": "the lead", "sales": "Sales", "support": "Support"}


def row_of(reminder: Reminder) -> list[str]:
    """A reminder of the playbook as the guide's table has it."""
    when, again = reminder.when, reminder.again
    if isinstance(when, WeekTime):
        first = f"Friday before, {when.time:%H:%M}"
    elif when.amount == 0:
        first = "at the next opening"
    else:
        unit = str(when.unit).replace("_", " ").removesuffix("s") + "s" * (when.amount > 1)
        first = f"after {when.amount} {unit}"
    assert again is None or again.every == Span(1, SpanUnit.BUSINESS_DAYS)
    then = f"every business day, {again.most} times at most" if again else "-"
    return [WAITS_FOR[reminder.of], first, ROLES[reminder.tell[0]], then]


def test_the_reminders_are_those_of_the_shipped_playbook() -> None:
    reminders = catalog().upgrade_playbook.reminders

    assert table("waits for", "first said", "to", "then") == [row_of(one) for one in reminders]


def test_no_link_of_the_guide_leads_nowhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)

    assert links
    assert [link for link in links if not (GUIDE.parent / link).exists()] == []
