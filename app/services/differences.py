"""What a change of a plan changed, value by value: looked at before and after, and compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Delivery, Plan
from app.domain.actor import Actor
from app.domain.delivery import CLIENT_EMAILS
from app.domain.period import runs_of
from app.domain.wording import counted
from app.services.at_hand import money_of
from app.services.audit import record

TASK = "task: "
"""Begins the name of a task among what moved."""

Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Moved:
    """One value that a change changed: what it belongs to, and both values in words.

    What a change made has no value before, and no id here: a dry run would give it another one.
    """

    subject: str
    field: str
    before: str | None
    after: str | None
    subject_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a plan stands: the values of everything that belongs to it, in order."""

    names: Mapping[UUID, str]
    values: Mapping[UUID, Values]


async def standing_of_plan(session: AsyncSession, plan: Plan) -> Standing:
    """Look at a plan, its tasks, its adjustments and its client's e-mails."""
    await session.flush()
    names: dict[UUID, str] = {plan.id: "plan"}
    values: dict[UUID, Values] = {plan.id: _of_plan(plan)}
    for task in await plans.tasks_of(session, plan):
        names[task.id] = f"{TASK}{task.title}"
        values[task.id] = {"due_on": _day(task.due_on), "state": str(task.state)}
    for one in await plans.adjustments_of(session, plan):
        names[one.id] = f"adjustment: {one.kind.replace('_', ' ')} {one.service}"
        values[one.id] = _of_adjustment(one)
    mails = await session.scalars(
        select(Delivery)
        .where(Delivery.plan_id == plan.id, Delivery.kind.in_([str(k) for k in CLIENT_EMAILS]))
        .order_by(Delivery.created_at, Delivery.id)
    )
    for mail in mails:
        names[mail.id] = f"e-mail: {mail.subject}"
        values[mail.id] = {"state": str(mail.state)}
    return Standing(names, values)


def differences(before: Standing, after: Standing) -> tuple[Moved, ...]:
    """What differs between two looks at a plan; what is new differs from nothing."""
    moved = []
    for subject_id, name in after.names.items():
        then, now = before.values.get(subject_id, {}), after.values[subject_id]
        known = subject_id if then else None
        moved += [
            Moved(name, field, then.get(field), value, known)
            for field, value in now.items()
            if then.get(field) != value
        ]
    return tuple(moved)


def new_work(moved: tuple[Moved, ...]) -> list[str]:
    """The titles of the tasks that a change gave to people: what could not follow by itself."""
    return [
        each.subject.removeprefix(TASK)
        for each in moved
        if each.subject.startswith(TASK) and (each.field, each.before) == ("state", None)
    ]


def record_moved(
    session: AsyncSession, plan: Plan, moved: tuple[Moved, ...], *, actor: Actor, now: datetime
) -> None:
    """Keep in the audit every value that followed from a change, with what it was.

    Source: docs/domain/upgrade.md, I9.
    """
    if not moved:
        return
    record(
        session,
        actor=actor,
        action="plan.refitted",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={
            "changes": [
                {
                    "subject": each.subject,
                    "subject_id": str(each.subject_id) if each.subject_id else None,
                    "field": each.field,
                    "before": each.before,
                    "after": each.after,
                }
                for each in moved
            ]
        },
    )


def _of_plan(plan: Plan) -> Values:
    return {
        "state": str(plan.state),
        "live_on": _day(plan.live_on),
        "live_at": _instant(plan.live_at),
        "window_opens_at": _instant(plan.window_opens_at),
        "movement": f"{plan.from_package} to {plan.to_package}",
        "complete_email": plan.complete_email,
        "board": plan.board_state,
    }


def _of_adjustment(one: Adjustment) -> Values:
    money = money_of(one)
    return {
        "state": str(one.state),
        "effective_on": _day(one.effective_on),
        "safe_days": _span(one.safe_days),
        "money": str(money) if money else None,
        "reckoning": one.reckoning["sentence"] if one.reckoning else None,
        "reversal": one.reversal,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _instant(instant: datetime | None) -> str | None:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None


def _span(days: list[date]) -> str:
    if not days:
        return "none"
    runs = (
        f"{run.start} to {run.last}" if run.length > 1 else str(run.start) for run in runs_of(days)
    )
    return ", ".join([*runs, counted(len(days), "day")])
