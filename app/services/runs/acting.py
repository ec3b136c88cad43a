"""What people do with a run, and what is decided about its steps."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Approval, PlaybookRun, Task
from app.db.runs import hold_run, run_of, running_of, steps_of
from app.domain.actor import Actor
from app.domain.approval import ApprovalNotFound, ApprovalState, ApprovalSubject
from app.domain.run.judging import decided
from app.domain.run.model import Asked
from app.domain.run.moving import Moving
from app.services.approvals import decide_approval, hold_approval
from app.services.office import Office
from app.services.plan_steps import act_on_plan
from app.services.runs.kept import playbook_kept
from app.services.runs.people import acting_person
from app.services.runs.saving import Decide, Done, Held, save
from app.services.runs.starting import start_others


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done with a run.

    Attributes:
        run_id: Which.
        done: What.
        decide: The rule that decides it.
        check: Refuses another version of the run than the caller means.
    """

    run_id: UUID
    done: Done
    decide: Decide
    check: Callable[[int], object] = field(default=lambda _: None)


async def act(
    session: AsyncSession, command: Act, *, office: Office, actor: Actor, now: datetime
) -> PlaybookRun:
    """Act on a run: its rows are held, the rule decides, and what follows is written down.

    Args:
        session: The caller commits.
        command: What is done.
        office: The installation.
        actor: Who does it.
        now: The present instant.

    Raises:
        RunNotFound: There is none.
        StaleVersion: The caller means another version.
        Everything that the rule refuses.
    """
    row, plan = await hold_run(session, command.run_id)
    command.check(row.version)
    if plan is not None:
        done, decide = command.done, command.decide
        await act_on_plan(session, plan, done, decide, office=office, actor=actor, now=now)
        return row
    playbook = await playbook_kept(session, row)
    steps = await steps_of(session, row.id)
    before = run_of(playbook, row, steps, await running_of(session, row.id))
    by = await acting_person(session, actor)
    moving = Moving(playbook, before, now=now, hours=office.hours(now))
    moved = command.decide(moving, by)
    held = Held(playbook, row, steps, office.timezone, before)
    scene = await save(session, held, moved, command.done, office=office, actor=actor, now=now)
    await start_others(session, scene, moved.happenings, (), office=office, actor=actor, now=now)
    return row


async def decide_on_run(
    session: AsyncSession,
    approval_id: UUID,
    state: ApprovalState,
    reason: str | None,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Approval:
    """Approve or refuse what is asked about a step of a run, and let the run go on.

    Raises:
        ApprovalNotFound, DecidedBefore, NotTheApprover: see `decide_approval`.
    """
    known = await session.execute(
        select(Approval.subject_kind, Task.run_id, Task.step)
        .join(Task, Task.id == Approval.subject_id)
        .where(Approval.id == approval_id)
    )
    found = known.one_or_none()
    if found is None:
        raise ApprovalNotFound("There is no approval with this id.")
    kind, run_id, step = found
    assert run_id is not None  # such an approval is of a step
    assert step is not None
    # The run before the approval: the order of all locks.
    await hold_run(session, run_id)
    approval = await hold_approval(session, approval_id)
    await decide_approval(session, approval, state, reason, actor=actor, now=now)
    about = Asked.DEVIATION if kind == ApprovalSubject.RUN_DEVIATION else Asked.STEP
    what = "deviation" if about is Asked.DEVIATION else "step"
    done = Done(f"run.{what}_{state}", step, reason, is_decision=True)
    command = Act(run_id, done, lambda moving, _: decided(moving, step, about, state, reason))
    await act(session, command, office=office, actor=actor, now=now)
    return approval
