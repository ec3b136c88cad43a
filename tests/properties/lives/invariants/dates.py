"""I1 to I3: which days are live dates, when they are set, and when billing is changed."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.delivery import DeliveryKind
from tests.properties.lives.life import Moment
from tests.properties.lives.outside import Effect
from tests.properties.lives.past import Window
from tests.properties.lives.reading import Row

OVER = ("live", "completed", "cancelled")
CARRIED_OUT = ("submitted", "confirmed")
OUT_OF_WINDOW = ("needs_review", "awaiting_live_date", "on_hold", "missed", "cancelled")


def i1_a_live_date_is_a_monday(m: Moment) -> Iterator[str]:
    """A live date is a Monday in the client's time zone.

    Any other day is refused, with the Monday before and after it in the error.
    """
    for plan in m.after.plans:
        if plan.live_on is not None and plan.live_on.isoweekday() != 1:
            yield f"the live date {plan.live_on} is a {plan.live_on:%A}"
        window = m.life.past.window(plan, m.now)
        if (plan.window_opens_at, plan.live_at) != (window.opens_at, window.live_at):
            yield (
                f"the window of {plan.live_on} is {plan.window_opens_at} to {plan.live_at}; in "
                f"{plan.timezone} it is {window.opens_at} to {window.live_at}"
            )
        client = next(one for one in m.after.clients if one.id == plan.client_id)
        kept = "zone_kept" in plan.flags or plan.state in OVER
        if plan.timezone != client.timezone and not kept:
            yield f"the plan counts its days in {plan.timezone}, the client is in {client.timezone}"
    if m.refused is not None and m.refused.code == "not_a_monday":
        around = [m.refused.facts[name] for name in ("monday_before", "monday_after")]
        before, after = (date.fromisoformat(str(day)) for day in around)
        if before.isoweekday() != 1 or after - before != timedelta(days=7):
            yield f"refused with {before} and {after} as the Mondays around"


def i2_a_live_date_is_in_the_future_when_it_is_set(m: Moment) -> Iterator[str]:
    """A live date must be in the future when it is set.

    Signed with the window already open: accepted, flagged `compressed`, and Support is told so.
    Signed with the live date past, or without one: the plan waits in `awaiting_live_date` and
    Sales is asked in chat.
    """
    for plan in m.dated:
        window = m.life.past.window(plan, m.now)
        assert window.live_at is not None
        assert window.opens_at is not None
        if m.now >= window.live_at:
            yield f"{plan.live_on} was set at {m.now}, when it had begun"
        is_open = window.opens_at <= m.now
        if is_open != ("compressed" in plan.flags):
            yield f"the flags are {plan.flags} though the window is {'' if is_open else 'not '}open"
        if is_open and plan.id in m.new_plans and not _told(m, plan, "compressed", "support"):
            yield "Support was not told that the window is open already"
    for plan in m.after.plans:
        asked = plan.id not in m.new_plans or _told(m, plan, "live_date_needed", "sales")
        if plan.state == "awaiting_live_date" and not asked:
            yield "nobody asks Sales for a live date"


def _told(m: Moment, plan: Row, moment: str, room: str) -> bool:
    """Whether a room is told of a moment of a plan, or a person is asked to tell it."""
    by_chat = any(
        one.subject.startswith(f"{moment}/{room}") for one in m.after.of("deliveries", plan)
    )
    key = f"effect:chat.post:{moment}/{room}"
    return by_chat or any(task.key.startswith(key) for task in m.after.of("tasks", plan))


def i3_nothing_is_carried_out_outside_its_window(m: Moment) -> Iterator[str]:
    """No adjustment of an upgrade is carried out before its window opens or after its live instant.

    Carried out is submitted or confirmed; creating and voiding are free.
    """
    was = {one.id: one.carried_out_at for one in m.before.adjustments}
    for one in m.after.adjustments:
        if one.state in CARRIED_OUT and one.carried_out_at is None:
            yield f"{_named(one)} is {one.state}, nobody knows since when"
        if one.carried_out_at is None or was.get(one.id) == one.carried_out_at:
            continue
        plan, at = m.after.plan(one.plan_id), one.carried_out_at
        if not m.since <= at <= m.now and one.id not in asked_of_the_hook(m):
            yield f"{_named(one)} is said to have been carried out at {at}"
        if plan.state in OUT_OF_WINDOW and one.id not in asked_of_the_hook(m):
            yield f"{_named(one)} was carried out while the plan is {plan.state}"
        window = m.life.past.made_in[one.id, at]
        assert window.opens_at is not None
        assert window.live_at is not None
        if not window.opens_at <= at < max(window.live_at, plan.went_live_at or window.live_at):
            yield f"{_named(one)} was carried out at {at}, outside {window}"
        if not one.opens_at <= at < one.closes_at:
            yield f"{_named(one)} was carried out outside its own window"
        if at.astimezone(ZoneInfo(window.zone)).date() not in one.safe_days:
            yield f"{_named(one)} was carried out at {at}, which is no safe day of {one.safe_days}"


def i3_the_automation_is_asked_in_the_window(m: Moment) -> Iterator[str]:
    """No adjustment is submitted before its window opens or after its live instant.

    Nor before a person has released the plan, nor on a day that is not safe.
    """
    for effect in m.new_effects:
        if effect.kind is not DeliveryKind.BILLING_SUBMIT:
            continue
        one = next(row for row in m.before.adjustments if str(row.id) == effect.about)
        plan = m.before.plan(one.plan_id)
        # As it was before: while the request was out, the plan may have moved.
        window = Window.of(plan.live_on, plan.timezone, m.since)
        assert window.opens_at is not None
        assert window.live_at is not None
        if not window.opens_at <= effect.at < window.live_at:
            yield f"{_named(one)} was asked for at {effect.at}, outside {window}"
        if effect.at.astimezone(ZoneInfo(window.zone)).date() not in one.safe_days:
            yield f"{_named(one)} was asked for at {effect.at}, not on {one.safe_days}"
        if plan.state != "in_window" or plan.released_at is None:
            yield f"{_named(one)} was asked for; the plan is {plan.state}, {plan.released_at}"


def asked_of_the_hook(m: Moment) -> set[UUID]:
    """What the automation was asked for: its call back may come at any time."""
    return {UUID(effect.about) for effect in m.life.outside.ledger if _is_billing(effect)}


def _is_billing(effect: Effect) -> bool:
    return effect.kind is DeliveryKind.BILLING_SUBMIT


def _named(one: Row) -> str:
    return f"the {one.kind} of {one.service}"
