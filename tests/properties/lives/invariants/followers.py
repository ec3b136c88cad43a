"""I10: what follows from a plan and its live date goes and moves with them."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from app.domain.calendar import spoken
from app.domain.delivery import CLIENT_EMAILS
from tests.properties.lives.invariants.mails import is_taken_back, mails_left, plan_of
from tests.properties.lives.life import Moment
from tests.properties.lives.reading import Row

UNSENT = ("pending", "retrying", "uncertain")
TO_BE_DONE = ("scheduled", "due", "failed")
DATED = ("scheduled", "in_window", "missed", "on_hold")
MADE = ("submitted", "confirmed", "uncertain")
WORK = ("tasks", "overdue", "blocked", "review")
REMINDED = {
    "needs_review": ("review",),
    "awaiting_live_date": ("live_date", "review"),
    "scheduled": (*WORK, "acknowledgement"),
    "in_window": (*WORK, "acknowledgement"),
    "missed": (*WORK, "acknowledgement", "missed"),
    "on_hold": ("review",),
    "live": WORK,
    "cancelled": ("tasks", "overdue", "blocked", "revers"),
}
"""Of what people are reminded in which state; in any other, of nothing."""
STAYS = ("effect", "follow_up", "reversal")
"""Tasks of a cancelled plan that a person has still to do: what cannot be undone here."""


def i10_a_cancelled_plan_leaves_nothing_behind(m: Moment) -> Iterator[str]:
    """Cancelling a plan undoes everything that follows from it, in the same transaction.

    Adjustments not yet carried out, due dates, scheduled transitions, e-mails not yet sent; what
    was already carried out is listed for a person to reverse.
    """
    for plan in m.after.plans:
        if plan.state == "cancelled":
            yield from _put_back(m, plan)
            for task in m.after.of("tasks", plan):
                if task.state in ("open", "blocked") and task.kind not in STAYS:
                    yield f"'{task.title}' is still {task.state}"
            yield from _no_mail(m, plan)


def _put_back(m: Moment, plan: Row) -> Iterator[str]:
    asked = {task.reverses_id for task in m.after.of("tasks", plan)}
    for one in m.after.of("adjustments", plan):
        named = f"the {one.kind} of {one.service}"
        if one.state in TO_BE_DONE:
            yield f"{named} is still {one.state}"
        if one.state in MADE and one.reversal is None:
            yield f"{named} was made, and nobody puts it back"
        if one.reversal == "wanted" and one.id not in asked:
            yield f"no task asks to put {named} back"


def i10_a_held_plan_sends_nothing(m: Moment) -> Iterator[str]:
    """What a plan has scheduled is undone while it is held."""
    for plan in m.after.plans:
        if plan.state in ("on_hold", "awaiting_live_date", "needs_review"):
            yield from _no_mail(m, plan)


def i10_only_what_is_awaited_is_reminded_of(m: Moment) -> Iterator[str]:
    """Cancelling, holding or moving a plan moves its reminders with it."""
    for plan in m.after.plans:
        for timer in m.after.of("timers", plan):
            if timer.state != "waiting":
                continue
            if not timer.moment.startswith(REMINDED.get(plan.state, ())):
                yield f"{timer.moment} waits for {timer.fires_at}; the plan is {plan.state}"
            if timer.moment.startswith("acknowledgement") and plan.live_on is not None:
                yield from _of_this_date(m, plan, timer)


def _of_this_date(m: Moment, plan: Row, timer: Row) -> Iterator[str]:
    """On the Friday before the live date, or as soon as somebody is there to be told."""
    day = timer.fires_at.astimezone(ZoneInfo(m.life.facts.office_zone)).date()
    late = timer.fires_at <= m.now + timedelta(days=6)
    if day < plan.live_on - timedelta(days=3) or (day > plan.live_on and not late):
        yield f"{timer.moment} waits for {timer.fires_at}, the live date being {plan.live_on}"


def _no_mail(m: Moment, plan: Row) -> Iterator[str]:
    for one in m.after.of("deliveries", plan):
        sending = one.state in UNSENT or (one.state == "sending" and not one.withdraw)
        if one.kind in CLIENT_EMAILS and sending:
            yield f"{one.kind} is still {one.state}; the plan is {plan.state}"
    for draft in m.life.helpdesk.drafts.values():
        marker = draft.message.marker
        is_ours = plan_of(m.after, marker).id == plan.id
        if is_ours and draft.state == "scheduled" and not is_taken_back(m.after, marker):
            yield f"{draft.kind} is still to leave at {draft.leaves_at}"


def i10_everything_follows_the_live_date(m: Moment) -> Iterator[str]:
    """Moving a live date moves everything that follows from it, in the same transaction.

    Adjustments not yet carried out, due dates, scheduled transitions, e-mails not yet sent.
    """
    for plan in m.after.plans:
        if plan.state in DATED and plan.live_on is not None:
            for one in m.after.of("adjustments", plan):
                if one.state in TO_BE_DONE:
                    yield from _change_follows(one, plan)
                started = one.state in MADE and one.kind == "start_service"
                if started and one.effective_on != plan.live_on and one.reversal is None:
                    yield f"{one.service} was started for {one.effective_on}; nobody takes it back"
            yield from _dates_follow(m, plan)


def _dates_follow(m: Moment, plan: Row) -> Iterator[str]:
    for task in m.after.of("tasks", plan):
        if task.state in ("open", "blocked") and task.due_on and task.due_on > plan.live_on:
            yield f"'{task.title}' is due on {task.due_on}, after {plan.live_on}"
    for one in m.after.of("deliveries", plan):
        unsent = one.state in UNSENT and one.kind in CLIENT_EMAILS
        is_to_leave = plan.state in ("scheduled", "in_window")
        if unsent and is_to_leave and one.not_after != plan.live_at:
            yield f"{one.kind} may leave up to {one.not_after}, not {plan.live_at}"


def _change_follows(one: Row, plan: Row) -> Iterator[str]:
    named = f"the {one.kind} of {one.service}"
    if (one.opens_at, one.closes_at) != (plan.window_opens_at, plan.live_at):
        yield f"{named} keeps the window {one.opens_at} to {one.closes_at}"
    if one.effective_on != plan.live_on:
        yield f"{named} keeps {one.effective_on} as its day"
    first = plan.live_on - timedelta(days=6)
    if any(not first <= day < plan.live_on for day in one.safe_days):
        yield f"{named} has safe days outside its window: {one.safe_days}"


def i10_a_letter_names_the_date_that_holds(m: Moment) -> Iterator[str]:
    """Moving a live date moves the e-mails that were not sent yet: none leaves with the old one."""
    for effect, plan in mails_left(m):
        live_on = m.life.past.window(plan, effect.at).live_on
        named = live_on is not None and any(
            spoken(live_on, language) in effect.text for language in ("en", "de")
        )
        if not named and not is_taken_back(m.before, effect.about):
            yield f"{effect.kind} left without naming {live_on}"
