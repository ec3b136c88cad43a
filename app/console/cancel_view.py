"""What cancelling a plan would undo, as its page explains it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.console import wording
from app.db.models import Plan
from app.domain.cancelling import CancelStep, Fate
from app.domain.plan import PlanState, TransitionRefused, Trigger, transition
from app.queries.plan_views import PlanView
from app.services.cancelling import steps_of_cancelling
from app.services.office import Office


@dataclass(frozen=True, slots=True)
class FatePart:
    """Steps to which the same happens."""

    detail: str
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FateGroup:
    """The steps of one fate."""

    title: str
    meaning: str
    parts: tuple[FatePart, ...]

    @property
    def steps(self) -> int:
        """How many there are."""
        return sum(len(part.titles) for part in self.parts)


async def cancelling_of(
    session: AsyncSession, plan: PlanView, office: Office
) -> tuple[FateGroup, ...]:
    """The steps by their fates; none where the plan cannot be cancelled.

    Args:
        session: Only read from.
        plan: As it stands.
        office: What services are called.
    """
    try:
        transition(PlanState(plan.state), Trigger.CANCEL)
    except TransitionRefused:
        return ()
    row = await session.get_one(Plan, plan.id)
    steps = await steps_of_cancelling(session, row, office=office)
    groups = (_group(fate, [one for one in steps if one.fate is fate]) for fate in Fate)
    return tuple(group for group in groups if group.parts)


def _group(fate: Fate, steps: Sequence[CancelStep]) -> FateGroup:
    title, meaning = wording.FATE_TITLES[fate]
    details = dict.fromkeys(step.detail for step in steps)
    return FateGroup(
        title,
        meaning,
        tuple(
            FatePart(detail, tuple(step.title for step in steps if step.detail == detail))
            for detail in details
        ),
    )
