"""What the upgrade's own code reads beside the steps: its days, its e-mail, its billing policy."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.domain.cutover import Preference
from app.domain.money import Money
from app.domain.playbook.contradiction import Contradiction, Path
from app.domain.playbook.model import Playbook, Stage
from app.domain.playbook.reminder import Reminder, Span, SpanUnit
from app.domain.playbook.trigger import Event
from app.domain.playbook.week import Weekday

SIGNED = "signed"
LIVE = "live"
LONGEST_WINDOW_DAYS = 6
SHORTEST_ANSWER, LONGEST_ANSWER = timedelta(hours=1), timedelta(days=7)


class Sender(StrEnum):
    """Who sends the Complete e-mail."""

    PERSON = "person"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class CompleteEmail:
    """The e-mail that closes the preparation; `cc` is on every one of them."""

    template: str
    title: str
    cc: tuple[str, ...]
    sent_by: Sender


@dataclass(frozen=True, slots=True)
class BillingPolicy:
    """How left-over paid days are settled, and up to which amount that may be waived.

    `answer_within` is how long an automation that took a change on may be silent about it.
    """

    prefer: Preference
    waive_up_to: Money | None
    answer_within: timedelta = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradePlaybook(Playbook):
    """The playbook of the upgrade: what every playbook says, and its section `procedure`.

    `window_days` is the length of the pre-live window in days before the live date;
    `lead_role` is told beside the plan's own people when something slips.
    """

    window_days: int
    live_weekday: Weekday
    lead_role: str
    setup_role: str
    complete_email: CompleteEmail
    billing: BillingPolicy


def procedure_faults(playbook: UpgradePlaybook) -> Iterator[Contradiction]:
    """The figures of the section `procedure` can be kept, and what its code needs is there."""
    at: Path = ("procedure",)
    if playbook.live_weekday is not Weekday.MONDAY:
        message = "expected monday: the billing cycle starts then"
        yield Contradiction((*at, "live_weekday"), message)
    if not 1 <= playbook.window_days <= LONGEST_WINDOW_DAYS:
        yield Contradiction(
            (*at, "window_days"),
            f"expected 1 to {LONGEST_WINDOW_DAYS} days, so that no bill day lies in the window",
        )
    if not playbook.complete_email.cc:
        yield Contradiction((*at, "complete_email", "cc"), "expected at least one address")
    if not SHORTEST_ANSWER <= playbook.billing.answer_within <= LONGEST_ANSWER:
        message = "expected 1 to 168 hours"
        yield Contradiction((*at, "billing", "answer_within", "hours"), message)
    anchors = {anchor.key for anchor in playbook.anchors}
    for wanted in (SIGNED, LIVE):
        if wanted not in anchors:
            yield Contradiction(("anchors",), f"the upgrade counts from {wanted!r} as well")
    if Event.AGREEMENT_SIGNED not in playbook.trigger.events:
        message = "expected agreement.signed among them: a signature starts the upgrade"
        yield Contradiction(("trigger", "events"), message)
    yield from _not_kept_by_plans(playbook)
    yield from _stages_undated(playbook.stages)
    for index, reminder in enumerate(playbook.reminders):
        yield from _not_in_business_time(("reminders", index), reminder)


def _not_kept_by_plans(playbook: UpgradePlaybook) -> Iterator[Contradiction]:
    """A plan has reminders and moments of its own, and nobody fills a form before it begins."""
    for part in ("inputs", "deadlines"):
        if getattr(playbook, part):
            yield Contradiction((part,), "plans have none; expected to be left out")
    for index, step in enumerate(playbook.steps):
        if step.effects:
            message = "plans tell their own moments; expected an effect of the playbook"
            yield Contradiction(("steps", index, "effects"), message)


def _not_in_business_time(path: Path, reminder: Reminder) -> Iterator[Contradiction]:
    spans = {
        "after": reminder.when if isinstance(reminder.when, Span) else None,
        "every": reminder.again.every if reminder.again else None,
    }
    for part, span in spans.items():
        if span is not None and span.unit not in _BUSINESS_TIME:
            message = "expected business_hours or business_days: the upgrade is reminded in these"
            yield Contradiction((*path, part), message)


def _stages_undated(stages: tuple[Stage, ...]) -> Iterator[Contradiction]:
    for index, stage in enumerate(stages):
        if stage.due is None:
            message = "is missing; a board holds items that stand in a group without a step"
            yield Contradiction(("stages", index, "due"), message)


_BUSINESS_TIME = frozenset({SpanUnit.BUSINESS_HOURS, SpanUnit.BUSINESS_DAYS})
