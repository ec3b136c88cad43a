"""Everything that a plan's page shows, gathered and ordered before a template sees it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.console import billing_view, wording
from app.console.cancel_view import FateGroup, cancelling_of
from app.console.plan_list import package_title
from app.console.review_view import Decision, decision_of
from app.console.sent import Sent, sent_of_plan
from app.console.week import Week, week_of
from app.console.when import When
from app.console.wording import Label
from app.domain.calendar import zone_of
from app.domain.delivery import CLIENT_EMAILS, DeliveryState
from app.domain.plan import PlanFlag, PlanState, in_words
from app.domain.readiness import Blocker, CompleteEmailState
from app.domain.run.model import StepState
from app.domain.task import SETTLED, TaskKind, TaskState
from app.queries.coming import CLOCK
from app.queries.happenings import effect_words
from app.queries.people import PersonView
from app.queries.plan_views import PlanView
from app.queries.plans import plan_whole
from app.queries.tasks import TaskView
from app.queries.timeline import DELIVERY, timeline_of
from app.queries.timeline_views import TimelineEntry
from app.services.office import Office

_BLOCKABLE: Final = frozenset(
    {PlanState.SCHEDULED, PlanState.IN_WINDOW, PlanState.MISSED, PlanState.ON_HOLD}
)
_ACKNOWLEDGEABLE: Final = frozenset(
    {PlanState.SCHEDULED, PlanState.IN_WINDOW, PlanState.MISSED, PlanState.LIVE}
)


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task with its label; `late` where it is open after its day."""

    task: TaskView
    label: Label
    late: bool
    role_title: str


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """The tasks of one group of the board."""

    title: str
    lines: tuple[TaskLine, ...]

    @property
    def settled(self) -> int:
        """How many are done or skipped."""
        return sum(TaskState(line.task.state) in SETTLED for line in self.lines)


@dataclass(frozen=True, slots=True)
class BlockerGroup:
    """What blocks of one kind, under one sentence."""

    headline: str
    items: tuple[Blocker, ...]
    place: str


@dataclass(frozen=True, slots=True)
class SentLine:
    """An outside effect with what it is called."""

    sent: Sent
    name: str
    label: Label


@dataclass(frozen=True, slots=True)
class StoryDay:
    """The entries of one day of the timeline."""

    label: str
    away: str
    entries: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the plan; `stranger` is an e-mail of the agreement that nobody here has."""

    role_title: str
    person: PersonView | None
    stranger: str | None


@dataclass(frozen=True, slots=True)
class PlanPage:
    """What the template of a plan's page prints."""

    plan: PlanView
    when: When
    label: Label
    sentence: str
    from_title: str
    to_title: str
    warnings: tuple[str, ...]
    week: Week | None
    blockers: tuple[BlockerGroup, ...] | None
    tasks: tuple[TaskGroup, ...]
    bills: tuple[billing_view.BillGroup, ...]
    release: billing_view.Release | None
    review: Decision | None
    amendment: Decision | None
    cancelling: tuple[FateGroup, ...]
    people: tuple[Person, ...]
    mails: tuple[SentLine, ...]
    chats: tuple[SentLine, ...]
    board_effects: tuple[SentLine, ...]
    board_sentence: str
    complete_sentence: str
    past: tuple[StoryDay, ...]
    future: tuple[StoryDay, ...]
    acknowledgeable: bool
    why_not_acknowledged: str
    role_titles: dict[str, str]

    def doer(self, name: str | None) -> str:
        """Who did something, as people say it."""
        known = {CLOCK: "the clock", DELIVERY: "the service"}
        return known.get(name or "", self.role_titles.get(name or "", name or ""))


async def view_of(
    session: AsyncSession, plan_id: UUID, *, office: Office, now: datetime
) -> PlanPage:
    """Gather a plan's page.

    Args:
        session: Only read from.
        plan_id: Which plan.
        office: What packages, services and roles are called.
        now: The present instant.

    Raises:
        PlanNotFound: there is no such plan.
    """
    plan = await plan_whole(session, plan_id, office.catalog.movement)
    story = (await timeline_of(session, plan_id, book=office.playbook, now=now)).entries
    sent = await sent_of_plan(session, plan_id, office=office)
    when = When(now, zone_of(plan.client.timezone))
    state = PlanState(plan.state)
    roles = {role.key: role.title for role in office.playbook.roles}
    return PlanPage(
        plan=plan,
        when=when,
        label=wording.PLAN_LABELS[state],
        sentence=_sentence(plan, state),
        from_title=package_title(office, plan.movement.from_),
        to_title=package_title(office, plan.movement.to),
        warnings=tuple(_warnings(plan)),
        week=_week(plan, when),
        blockers=_blockers(plan) if state in _BLOCKABLE else None,
        tasks=_task_groups(plan.tasks, when, roles),
        bills=billing_view.bill_groups(plan, office),
        release=billing_view.release_of(plan),
        review=decision_of(plan.review, office, when) if plan.review else None,
        amendment=decision_of(plan.amendment, office, when) if plan.amendment else None,
        cancelling=await cancelling_of(session, plan, office),
        people=tuple(_people(plan, roles)),
        mails=_lines(sent, "email."),
        chats=_lines(sent, "chat."),
        board_effects=_lines(sent, "board."),
        board_sentence=wording.BOARD_SENTENCES[plan.board.state],
        complete_sentence=_complete_sentence(plan),
        past=_days(story, "past", when),
        future=_days(story, "future", when),
        acknowledgeable=plan.acknowledged_at is None and state in _ACKNOWLEDGEABLE,
        why_not_acknowledged=in_words(state),
        role_titles=roles,
    )


def _sentence(plan: PlanView, state: PlanState) -> str:
    if plan.review is not None and plan.review.queued_after is not None:
        return wording.QUEUED_SENTENCE
    left = any(TaskState(task.state) not in SETTLED for task in plan.tasks)
    if state is PlanState.CANCELLED and left:
        return wording.WORK_LEFT_SENTENCE
    return wording.PLAN_SENTENCES[state]


def _warnings(plan: PlanView) -> Iterable[str]:
    for flag in plan.flags:
        yield wording.FLAG_SENTENCES.get(PlanFlag(flag), flag)
    yield from (warning.detail for warning in plan.warnings)


def _week(plan: PlanView, when: When) -> Week | None:
    if plan.live_on is None or plan.window_opens_at is None:
        return None
    return week_of(plan.live_on, plan.window_opens_at, when)


def _complete_sentence(plan: PlanView) -> str:
    return wording.COMPLETE_EMAIL_SENTENCES[CompleteEmailState(plan.complete_email)]


def _blockers(plan: PlanView) -> tuple[BlockerGroup, ...]:
    by_code: dict[str, list[Blocker]] = {}
    for blocker in plan.readiness.blocking:
        by_code.setdefault(blocker.code, []).append(blocker)
    return tuple(
        BlockerGroup(_headline(code, len(items), plan), tuple(items), _PLACES.get(code, ""))
        for code, items in by_code.items()
    )


_PLACES: Final = {"task_open": "task", "adjustment_open": "bill"}


def _headline(code: str, number: int, plan: PlanView) -> str:
    if code == "task_open":
        return "1 task is open" if number == 1 else f"{number} tasks are open"
    if code == "adjustment_open":
        what = "change in billing is" if number == 1 else "changes in billing are"
        return f"{number} {what} not confirmed"
    return _complete_sentence(plan)


def _task_groups(
    tasks: Sequence[TaskView], when: When, roles: dict[str, str]
) -> tuple[TaskGroup, ...]:
    """By group in the plan's order; the tasks of billing are shown with what they change."""
    groups: dict[str, list[TaskLine]] = {}
    for task in tasks:
        if task.kind == TaskKind.ADJUSTMENT:
            continue
        state = TaskState(task.state)
        late = task.due_on is not None and task.due_on < when.today and state not in SETTLED
        waits = task.step_state == StepState.WAITING
        label = wording.STEP_WAITS if waits else wording.TASK_LABELS[state]
        line = TaskLine(task, label, late, roles.get(task.role, task.role))
        groups.setdefault(task.group, []).append(line)
    return tuple(TaskGroup(title, tuple(lines)) for title, lines in groups.items())


def _people(plan: PlanView, roles: dict[str, str]) -> Iterable[Person]:
    for key, person in (
        ("sales", plan.staff.sales),
        ("support", plan.staff.support),
        ("marketing", plan.staff.marketing),
    ):
        yield Person(roles.get(key, key), person, plan.staff_named.get(key))


def _lines(sent: Sequence[Sent], kind: str) -> tuple[SentLine, ...]:
    return tuple(
        SentLine(
            one,
            effect_words(
                one.delivery.kind,
                {"subject": one.delivery.subject, "title": one.title, "room": one.room},
            ),
            _sent_label(one),
        )
        for one in sent
        if one.delivery.kind.startswith(kind)
    )


def _sent_label(one: Sent) -> Label:
    state = DeliveryState(one.delivery.state)
    if one.delivery.kind in CLIENT_EMAILS and state is DeliveryState.DELIVERED:
        return wording.LEFT_THE_HELPDESK if one.published_at else wording.AT_THE_HELPDESK
    return wording.DELIVERY_LABELS[state]


def _days(entries: Iterable[TimelineEntry], kind: str, when: When) -> tuple[StoryDay, ...]:
    of_kind = [entry for entry in entries if entry.kind == kind]
    return tuple(
        StoryDay(when.day(day), when.away(day), tuple(of_day))
        for day, of_day in groupby(of_kind, key=lambda entry: entry.on)
    )
