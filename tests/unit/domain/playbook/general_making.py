"""Procedures without code of their own that differ in one thing, for tests of the checks."""

from datetime import time

from app.domain.playbook.effect import MailEffect
from app.domain.playbook.model import (
    Anchor,
    AnchorSource,
    Playbook,
    Side,
)
from app.domain.playbook.moment import Moment
from app.domain.playbook.reminder import Span, SpanUnit
from app.domain.playbook.trigger import Every, Schedule, Trigger
from app.domain.playbook.who import (
    Deadline,
    Escalation,
    Response,
    Rung,
)
from tests.unit.domain.playbook.making import general, task

GENERAL = general()
BEGUN_ON = GENERAL.anchors[0]
TWO_HOURS = Span(2, SpanUnit.BUSINESS_HOURS)


def anchored(**changes: object) -> Playbook:
    """With a second anchor beside `begun_on`."""
    given = {"key": "close", "title": "C", "source": AnchorSource.EVENT, "side": Side.AFTER}
    return general(anchors=(BEGUN_ON, Anchor(**{**given, **changes})))  # type: ignore[arg-type]


def deadline(**changes: object) -> Deadline:
    given = {
        "key": "fast",
        "title": "Fast",
        "of": Response.COMPLETION,
        "steps": ("ask",),
        "counts_from": "ready",
        "within": TWO_HOURS,
    }
    return Deadline(**{**given, **changes})  # type: ignore[arg-type]


def timed(**changes: object) -> Playbook:
    return general(deadlines=(deadline(**changes),))


def scheduled(**changes: object) -> Playbook:
    given = {"every": Every.DAY, "at": time(9)}
    schedule = Schedule(**{**given, **changes})  # type: ignore[arg-type]
    return general(trigger=Trigger(schedules=(schedule,)), inputs=())


def asking(**changes: object) -> Playbook:
    return general(steps=(task("ask", **changes), task("answer")))


def mail(to: str, text: str = "Hello", subject: str = "Hi") -> MailEffect:
    return MailEffect(Moment.BEGUN, "", "A mail", to, subject, text)


def escalation(*rungs: tuple[str, int]) -> Escalation:
    path = (Rung(role, Span(hours, SpanUnit.BUSINESS_HOURS)) for role, hours in rungs)
    return Escalation("up", "Up", tuple(path))
