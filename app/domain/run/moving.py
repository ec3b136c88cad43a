"""A run while one action is decided: its parts are put anew, its deadlines begin and end."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.business_hours import BusinessHours
from app.domain.playbook.due import after_span, due_at
from app.domain.playbook.model import AnchorSource, Playbook, Step
from app.domain.playbook.moment import Moment
from app.domain.playbook.who import Deadline, From, Response
from app.domain.run.errors import StepUnknown
from app.domain.run.model import (
    SETTLED,
    Happening,
    Moved,
    Question,
    Run,
    RunDeadline,
    Rung,
    RunStep,
)
from app.domain.run.transitions import Action, moved

WHOLE_RUN = ""


class Moving:
    """Gathers what one action does to a run; `done` gives it as a value.

    Args:
        playbook: In the run's version.
        run: As it was before.
        now: The present instant.
        hours: Working time of where the run is.
    """

    def __init__(self, playbook: Playbook, run: Run, *, now: datetime, hours: BusinessHours):
        self.playbook, self.run, self.now, self.hours = playbook, run, now, hours
        self.steps = {step.key: step for step in playbook.steps}
        self._happenings: list[Happening] = []
        self._begun: dict[tuple[str, str], RunDeadline] = {}
        self._over: set[tuple[str, str]] = set()
        self._questions: list[Question] = []

    def done(self) -> Moved:
        """What the action came to."""
        return Moved(
            replace(self.run, running=(self.run.running - self._over) | self._begun.keys()),
            tuple(self._happenings),
            tuple(self._begun.values()),
            frozenset(self._over),
            tuple(self._questions),
        )

    def step(self, key: str) -> tuple[Step, RunStep]:
        """A step as the playbook has it, and where it stands.

        Raises:
            StepUnknown: There is none.
        """
        if key not in self.steps or key not in self.run.steps:
            raise StepUnknown("The run has no such step.")
        return self.steps[key], self.run.steps[key]

    def put(self, key: str, action: Action | None = None, **changes: Any) -> RunStep:
        """Change a step; with an action, to the state to which that leads."""
        before = self.run.steps[key]
        if action is not None:
            changes["state"] = moved(before.state, action)
        after = replace(before, **changes)
        self.run = replace(self.run, steps={**self.run.steps, key: after})
        return after

    def put_stage(self, key: str, **changes: Any) -> None:
        """Change a stage."""
        after = replace(self.run.stages[key], **changes)
        self.run = replace(self.run, stages={**self.run.stages, key: after})

    def happen(self, moment: Moment, step: str = "", detail: str = "") -> None:
        """Note a moment of the run."""
        self._happenings.append(Happening(moment, step, detail))

    def ask(self, question: Question) -> None:
        """Have a role say yes or no."""
        self._questions.append(question)

    # Time -------------------------------------------------------------------------------------

    def know_anchor(self, key: str, at: datetime) -> None:
        """An anchor's instant is known: what counts from it gets its date, deadlines begin."""
        self.run = replace(self.run, anchors={**self.run.anchors, key: at})
        for step in self.playbook.steps:
            mine = self.run.steps[step.key]
            if step.due.anchor == key and mine.state not in SETTLED:
                self.put(step.key, due_at=due_at(step.due, at, self.hours))
        self.begin_deadlines(key, at)

    def date(self, key: str) -> None:
        """A step that was settled as its anchor became known gets its date."""
        step, mine = self.step(key)
        at = self.run.anchors.get(step.due.anchor)
        if mine.due_at is None and at is not None:
            self.put(key, due_at=due_at(step.due, at, self.hours))

    def know_steps_anchors(self, step: str) -> None:
        """The anchors that are the moment at which a step was done."""
        for key in self._anchors_of(step):
            self.know_anchor(key, self.now)

    def forget_steps_anchors(self, step: str) -> None:
        """A step is to be done again: what counts from when it was done begins anew then."""
        ours = self._anchors_of(step)
        for deadline in self.playbook.deadlines:
            if deadline.counts_from in ours:
                for held in deadline.steps or (WHOLE_RUN,):
                    self.end((deadline.key, held))

    def _anchors_of(self, step: str) -> list[str]:
        return [
            each.key
            for each in self.playbook.anchors
            if each.source is AnchorSource.STEP and each.of == step
        ]

    def begin_deadlines(self, moment: str, at: datetime, only: str | None = None) -> None:
        """Begin the deadlines that count from a moment, for one step or for all that they hold for.

        Args:
            moment: An anchor, or one of `From`.
            at: The instant from which they count.
            only: The step whose moment it is; None for an anchor, and for the run's own start.
        """
        for deadline in self.playbook.deadlines:
            if deadline.counts_from != moment:
                continue
            held = deadline.steps or (WHOLE_RUN,)
            for step in held if only is None else {only} & set(held):
                begun = (deadline.key, step)
                over = step != WHOLE_RUN and self.run.steps[step].state in SETTLED
                if not over and begun not in (self.run.running - self._over):
                    self.begin(self.reckoned(deadline, step, at))

    def begin(self, begun: RunDeadline) -> None:
        """Let a deadline run."""
        self._begun[begun.key, begun.step] = begun

    def reckoned(self, deadline: Deadline, step: str, at: datetime) -> RunDeadline:
        """A deadline with all of its instants, counted from one."""
        due = after_span(at, deadline.within, self.hours)
        warn = after_span(at, deadline.warn_after, self.hours) if deadline.warn_after else None
        path = next((e.path for e in self.playbook.escalations if e.key == deadline.escalation), ())
        rungs: list[Rung] = []
        reached = due
        for rung in path:
            reached = after_span(reached, rung.after, self.hours)
            rungs.append(Rung(rung.role, reached))
        return RunDeadline(deadline.key, step, due, warn, tuple(rungs))

    def end_deadlines(
        self, step: str, *, of: Response | None = None, counts_from: Iterable[str] = ()
    ) -> None:
        """End what runs for a step, or for the run: all of it, or only of a kind and a beginning.

        Args:
            step: Its key, or `WHOLE_RUN`.
            of: Only what is kept by this; None ends every kind.
            counts_from: Only what counts from one of these moments; none of them is any.
        """
        wanted = frozenset(counts_from)
        for deadline in self.playbook.deadlines:
            if of is not None and deadline.of is not of:
                continue
            if not wanted or deadline.counts_from in wanted:
                self.end((deadline.key, step))

    def end_all_deadlines(self) -> None:
        """End everything that runs."""
        for each in self.run.running | self._begun.keys():
            self.end(each)

    def end(self, each: tuple[str, str]) -> None:
        """Let a deadline run no more, if it does."""
        if each in self._begun:
            del self._begun[each]
        if each in self.run.running:
            self._over.add(each)

    def answered(self, key: str) -> None:
        """Somebody did something with a step: its first answer is there, and the run's."""
        step = self.run.steps[key]
        if step.started_at is None:
            self.put(key, started_at=self.now)
            self.begin_deadlines(From.STARTED, self.now, key)
        self.heard(key)

    def heard(self, key: str) -> None:
        """What waits for a first answer of a step, or of the run, has it."""
        not_of_blocks = {d.counts_from for d in self.playbook.deadlines} - {From.BLOCKED}
        self.end_deadlines(key, of=Response.RESPONSE, counts_from=not_of_blocks or {""})
        self.end_deadlines(WHOLE_RUN, of=Response.RESPONSE)
