"""What becomes of the steps of an open run under a new version of its playbook, in words too."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.calendar import spoken_instant
from app.domain.playbook.model import Step
from app.domain.run.model import SETTLED, Moved, RunStep, StepState
from app.domain.wording import counted


class StepFate(StrEnum):
    """What becomes of a step.

    Attributes:
        STAYS_DONE: It is settled, and stays as it is.
        DROPPED: The new version has it no more, and it was not settled.
        COMES_NEW: The new version adds it, or decides anew whether it belongs to the run.
        CHANGES: Something about it is otherwise.
        SAME: Nothing about it is.
    """

    STAYS_DONE = "stays_done"
    DROPPED = "dropped"
    COMES_NEW = "comes_new"
    CHANGES = "changes"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class FateOfStep:
    """What becomes of one step.

    Attributes:
        key: Of the step.
        title: As the new version has it; as the old one had it where it is gone.
        fate: What becomes of it.
        state: Where it stands afterwards.
        due_from: Until when it was due.
        due_to: Until when it is due.
        role_from: Who did it.
        role_to: Who does it.
        items_added: What is checked from now on.
        items_gone: What is checked no more.
        ticks_kept: How many items stay ticked.
        again: Whether it was executed, and is to be executed again under the new version.
    """

    key: str
    title: str
    fate: StepFate
    state: StepState
    due_from: datetime | None = None
    due_to: datetime | None = None
    role_from: str = ""
    role_to: str = ""
    items_added: tuple[str, ...] = ()
    items_gone: tuple[str, ...] = ()
    ticks_kept: int = 0
    again: bool = False

    def in_words(self, zone: ZoneInfo) -> str:
        """The same as a sentence.

        Args:
            zone: In which times of day are told.
        """
        match self.fate:
            case StepFate.STAYS_DONE:
                return f"{self.title}: stays {str(self.state).replace('_', ' ')}."
            case StepFate.DROPPED:
                return f"{self.title}: is dropped."
            case StepFate.COMES_NEW:
                return f"{self.title}: comes new, {_due(self.due_to, zone)}."
            case StepFate.SAME:
                return f"{self.title}: stays as it is."
        return f"{self.title}: {'; '.join(self._changes(zone)) or 'is worded anew'}."

    def _changes(self, zone: ZoneInfo) -> Iterator[str]:
        if self.due_from != self.due_to:
            yield f"{_due(self.due_from, zone)}, now {_due(self.due_to, zone)}"
        if self.role_from != self.role_to:
            yield f"is done by {self.role_to}, not {self.role_from}"
        yield from (f"is checked as well: {text}" for text in self.items_added)
        yield from (f"is checked no more: {text}" for text in self.items_gone)
        if (self.items_added or self.items_gone) and self.ticks_kept:
            yield f"{counted(self.ticks_kept, 'tick stays', 'ticks stay')}"
        if self.again:
            yield "is executed again"


def _due(at: datetime | None, zone: ZoneInfo) -> str:
    if at is None:
        return "due at a time not known yet"
    return f"due by {spoken_instant(at, zone)}"


@dataclass(frozen=True, slots=True)
class Following:
    """What a new version means for an open run.

    Attributes:
        steps: What becomes of each, in the order of the new version, those that are gone last.
        lacking: Why the run cannot move, by input: it lacks what the new version requires.
        inputs_gone: Inputs that nobody asks any more.
        moved: The run under the new version; None where it cannot move.
        unreadable: Why nobody can say, where the text that the run keeps cannot be read.
    """

    steps: tuple[FateOfStep, ...]
    lacking: Mapping[str, str]
    inputs_gone: tuple[str, ...] = ()
    moved: Moved | None = None
    unreadable: str = ""

    def in_words(self, zone: ZoneInfo) -> tuple[str, ...]:
        """What changes for the run, as sentences; what stays as it is is not told.

        Args:
            zone: In which times of day are told.
        """
        if self.unreadable:
            return (f"The run cannot move. {self.unreadable}",)
        if self.lacking:
            why = "; ".join(f"{key} {wrong}" for key, wrong in self.lacking.items())
            return (f"The run cannot move, and finishes on the old version: {why}.",)
        quiet = {StepFate.STAYS_DONE, StepFate.SAME}
        told = tuple(each.in_words(zone) for each in self.steps if each.fate not in quiet)
        gone = tuple(f"{key}: is asked no more." for key in self.inputs_gone)
        return (*told, *gone) or ("Nothing changes for the run.",)


def fate_of(old: Step | None, new: Step, before: RunStep | None, after: RunStep) -> FateOfStep:
    """What becomes of a step that the new version has.

    Args:
        old: As the old version has it, if it does.
        new: As the new version has it.
        before: Where it stood.
        after: Where it stands.
    """
    anew = before is not None and before.state in SETTLED and before.state is not after.state
    if old is None or before is None or anew:
        return FateOfStep(new.key, new.title, StepFate.COMES_NEW, after.state, due_to=after.due_at)
    if before.state in SETTLED:
        return FateOfStep(new.key, new.title, StepFate.STAYS_DONE, after.state)
    was, now = ([item.text for item in step.checklist] for step in (old, new))
    executed = {StepState.AWAITING_APPROVAL, StepState.IN_REVIEW}
    same = old == new and before.due_at == after.due_at
    return FateOfStep(
        key=new.key,
        title=new.title,
        fate=StepFate.SAME if same else StepFate.CHANGES,
        state=after.state,
        due_from=before.due_at,
        due_to=after.due_at,
        role_from=old.role,
        role_to=new.role,
        items_added=tuple(text for text in now if text not in was),
        items_gone=tuple(text for text in was if text not in now),
        ticks_kept=len(after.ticks),
        again=before.state in executed and after.state not in executed,
    )


def fate_of_gone(old: Step, before: RunStep) -> FateOfStep:
    """What becomes of a step that the new version has no more."""
    if before.state in SETTLED:
        return FateOfStep(old.key, old.title, StepFate.STAYS_DONE, before.state)
    return FateOfStep(
        old.key, old.title, StepFate.DROPPED, StepState.LEFT_OUT, before.due_at, role_from=old.role
    )
