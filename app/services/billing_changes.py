"""The changes of a client's bill: as the plan intends them, as rows, and as tasks for a person."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import Adjustment, Client, Plan
from app.db.plans import adjustments_of, agreement_of, client_of, window_of
from app.domain.adjustment import (
    CARRIED_OUT,
    IRREVERSIBLE,
    AdjustmentKind,
    AdjustmentState,
    BillingMode,
    IntendedAdjustment,
    Made,
    adjustments_of_upgrade,
    is_kept,
)
from app.domain.calendar import day_of, zone_of
from app.domain.period import Days, runs_of
from app.domain.plan import PlanState
from app.domain.submission import MADE_BY_THE_AUTOMATION
from app.domain.task import TaskKind
from app.domain.wording import counted
from app.services.billed import money_as_json, services_from_json
from app.services.new_tasks import NewTask, add_tasks
from app.services.office import Office

BILLING_GROUP = "Billing"
"""Board group of the tasks that change the client's bill."""


async def intended_adjustments(
    session: AsyncSession, plan: Plan, live_on: date, *, office: Office, now: datetime
) -> tuple[IntendedAdjustment, ...]:
    """The changes of the client's bill that an upgrade on this live date still needs.

    Where the window is open already, only what is left of it counts; what was carried out or
    waived before is not intended again, nor anything of a service whose ending was dropped.
    """
    today = day_of(now, zone_of(plan.timezone))
    agreement = await agreement_of(session, plan)
    packages = office.catalog.packages
    rows = await adjustments_of(session, plan)
    return adjustments_of_upgrade(
        packages[plan.from_package],
        packages[plan.to_package],
        services_from_json(agreement.services),
        live_on,
        prefer=office.playbook.billing.prefer,
        window_days=min(office.playbook.window_days, (live_on - today).days),
        made=[made for _, made in made_of(rows)],
        kept={row.service for row in rows if is_kept(row.kind, row.state, row.note)},
    )


def made_of(rows: Iterable[Adjustment]) -> Iterator[tuple[Adjustment, Made]]:
    """What was carried out or waived, as the rules see it; what was put back counts no more."""
    for row in rows:
        carried = row.state in CARRIED_OUT and row.reversal != "done"
        if not carried and row.waived_by is None:
            continue
        told = row.reckoning
        yield (
            row,
            Made(
                AdjustmentKind(row.kind),
                row.service,
                row.effective_on,
                row.carried_out_on,
                Days(date.fromisoformat(told["from"]), date.fromisoformat(told["to"]))
                if told
                else None,
            ),
        )


async def add_adjustment(
    session: AsyncSession, plan: Plan, one: IntendedAdjustment, *, office: Office, now: datetime
) -> Adjustment:
    """Write an adjustment down, with the task in which a person makes it."""
    (row,), tasks = await write_adjustments(session, plan, [one], office=office, now=now)
    await add_tasks(session, plan, tasks, now=now)
    return row


async def write_adjustments(
    session: AsyncSession,
    plan: Plan,
    intended: Sequence[IntendedAdjustment],
    *,
    office: Office,
    now: datetime,
) -> tuple[list[Adjustment], list[NewTask]]:
    """Write adjustments down in their order.

    Returns:
        The rows, and for each the task in which a person makes it, which the caller adds.
    """
    if not intended:
        return [], []
    last = await session.scalar(
        select(func.max(Adjustment.position)).where(Adjustment.plan_id == plan.id)
    )
    rows = []
    for position, one in enumerate(intended, start=(last or 0) + 1):
        row = Adjustment(
            id=new_id(),
            plan_id=plan.id,
            kind=str(one.kind),
            service=one.service,
            position=position,
            mode=str(office.billing_mode),
        )
        fill_adjustment(row, plan, one)
        rows.append(row)
    session.add_all(rows)
    await session.flush()  # the tasks refer to them
    client = await client_of(session, plan)
    tasks = [
        _task_of(row, one, plan, office, client, now=now)
        for row, one in zip(rows, intended, strict=True)
    ]
    return rows, tasks


def _task_of(
    row: Adjustment,
    one: IntendedAdjustment,
    plan: Plan,
    office: Office,
    client: Client,
    *,
    now: datetime,
) -> NewTask:
    return NewTask(
        key=f"adjustment:{row.id}",
        kind=TaskKind.ADJUSTMENT,
        title=adjustment_title(one, office),
        instructions=adjustment_instructions(one, office, client.name),
        role=office.playbook.setup_role,
        due_on=adjustment_due_on(one, plan, now=now),
        board_group=BILLING_GROUP,
        service=one.service,
        adjustment_id=row.id,
    )


def fill_adjustment(row: Adjustment, plan: Plan, one: IntendedAdjustment) -> None:
    """Write on a row what an intended adjustment says for the plan's present live date."""
    opens_at, closes_at = window_of(plan)
    in_window = plan.state == PlanState.IN_WINDOW
    row.state = str(AdjustmentState.DUE if in_window else AdjustmentState.SCHEDULED)
    row.effective_on = one.effective_on
    row.opens_at, row.closes_at = opens_at, closes_at
    row.safe_days = list(one.safe_days)
    row.money_minor = one.money.minor if one.money else None
    row.currency = one.money.currency if one.money else None
    row.note = one.note
    row.reason = None
    row.seconded_at, row.seconded_by_id, row.waived_by = None, None, None
    row.reckoning = None
    if one.reckoning is not None:
        row.reckoning = {
            "sentence": one.reckoning.sentence,
            "days": one.reckoning.days,
            "of_days": one.reckoning.of_days,
            "price": money_as_json(one.reckoning.price),
            "from": one.reckoning.span.start.isoformat(),
            "to": one.reckoning.span.end.isoformat(),
        }


def adjustment_due_on(one: IntendedAdjustment, plan: Plan, *, now: datetime) -> date:
    """The first safe day that is not past; the live date's eve where none is left."""
    today = day_of(now, zone_of(plan.timezone))
    left = [day for day in one.safe_days if day >= today]
    return left[0] if left else one.effective_on - timedelta(days=1)


_TITLES = {
    AdjustmentKind.CANCEL_SERVICE: "End {} of {}",
    AdjustmentKind.START_SERVICE: "Start {} of {}",
    AdjustmentKind.CHARGE: "Charge the gap of {}",
    AdjustmentKind.CREDIT: "Credit the overlap of {}",
}


def adjustment_title(one: IntendedAdjustment, office: Office) -> str:
    """What the task of an adjustment is called, on the plan and on the board."""
    service = office.catalog.services[one.service].title
    package = "the new package" if one.kind is AdjustmentKind.START_SERVICE else "the old package"
    return _TITLES[one.kind].format(service, package)


def adjustment_instructions(one: IntendedAdjustment, office: Office, client_name: str) -> str:
    """Exactly what to change in the billing system, when, and what is asked for afterwards."""
    service = office.catalog.services[one.service].title
    amount = f" ({one.money.spoken()})" if one.money else ""
    lines = [MADE_BY_THE_AUTOMATION] if office.billing_mode is BillingMode.HOOK else []
    lines += [f"{one.kind.replace('_', ' ').capitalize()}: {service}{amount} for {client_name}."]
    if one.safe_days:
        runs = ", ".join(run.spoken() for run in runs_of(one.safe_days))
        lines.append(f"Safe days: {runs} ({counted(len(one.safe_days), 'day')}).")
    if one.reckoning is not None:
        lines.append(f"{one.reckoning.sentence}.")
    if one.note:
        lines.append(one.note)
    if one.kind in IRREVERSIBLE:
        lines.append(
            "Ending a service takes effect at once and cannot be undone. End this one only: what "
            f"the client buys beside the package stays. Type: {client_name} / {one.service}"
        )
    lines.append("Afterwards, say where the change can be seen (reference, link, note).")
    return "\n".join(lines)


def renamed_in(instructions: str, before: str, after: str) -> str:
    """Those instructions with the client's new name, where it is named and where it is typed."""
    typed = instructions.replace(f"Type: {before} / ", f"Type: {after} / ")
    return typed.replace(f" for {before}.", f" for {after}.")
