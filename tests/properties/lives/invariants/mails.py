"""I5 and I6: when e-mails to the client leave, and which."""

from collections.abc import Iterator

from app.domain.delivery import CLIENT_EMAILS, DeliveryKind
from tests.properties.lives.life import Moment
from tests.properties.lives.outside import Effect
from tests.properties.lives.reading import Row, Seen

BY_HAND = f"effect:{DeliveryKind.EMAIL_COMPLETE}"
"""Begins the keys of the tasks to send it, where no helpdesk is connected."""
SETTLED_TASK = ("done", "skipped")
SETTLED_CHANGE = ("confirmed", "voided")


def mails_left(m: Moment) -> Iterator[tuple[Effect, Row]]:
    """The client e-mails that have left since the last look, with their plans."""
    for effect in m.new_effects:
        if effect.kind in CLIENT_EMAILS:
            yield effect, plan_of(m.after, effect.about)


def plan_of(seen: Seen, marker: str) -> Row:
    """The plan that an e-mail's marker names."""
    return next(plan for plan in seen.plans if marker.startswith(f"{plan.ref.lower()}-"))


def is_taken_back(seen: Seen, marker: str) -> bool:
    """Whether taking an e-mail back is under way, or a person knows that it could not be.

    The helpdesk may be faster; nobody can help that.
    """
    for mail in seen.deliveries:
        if mail.payload.get("marker") == marker:
            if mail.state == "sending" and mail.withdraw:
                return True
            for one in seen.deliveries:
                if one.payload.get("delivery_id") == str(mail.id) and one.state != "delivered":
                    return True
    return False


def i5_no_client_email_leaves_at_or_after_the_live_instant(m: Moment) -> Iterator[str]:
    """No client e-mail leaves at or after the live instant.

    The rule holds at the moment of sending, so a retry that comes too late is dropped as
    `expired`, and a person is told.
    """
    for effect, plan in mails_left(m):
        live_at = m.life.past.window(plan, effect.at).live_at
        if (live_at is None or effect.at >= live_at) and not is_taken_back(m.before, effect.about):
            yield f"{effect.kind} left at {effect.at}, the live instant being {live_at}"
    was = {one.id: one.state for one in m.before.deliveries}
    for one in m.after.deliveries:
        if one.kind not in CLIENT_EMAILS or was.get(one.id) == one.state:
            continue
        if one.state == "done_by_hand" and m.since >= one.not_after:
            yield f"{one.kind} counts as sent by hand after the live instant"
        if one.state == "expired" and not _somebody_is_told(m, one):
            yield f"{one.kind} expired, and nobody is told"


def _somebody_is_told(m: Moment, mail: Row) -> bool:
    occasion = f"mail_expired/support/{mail.id}"
    return any(one.subject == occasion for one in m.after.deliveries) or any(
        occasion in task.key for task in m.after.tasks
    )


def i6_the_complete_email_leaves_once_with_nothing_in_its_way(m: Moment) -> Iterator[str]:
    """The Complete e-mail leaves at most once, only when nothing blocks it, only with the CC."""
    for effect, plan in mails_left(m):
        if effect.kind is not DeliveryKind.EMAIL_COMPLETE:
            continue
        if effect.cc != m.life.office.complete_email_cc or not effect.cc:
            yield f"it left with {effect.cc} in copy"
        if in_the_way(m.before, plan) and not is_taken_back(m.before, effect.about):
            yield f"it left at {effect.at} though there is in its way: {in_the_way(m.before, plan)}"
        left = [
            one
            for one in m.life.outside.ledger
            if one.kind is effect.kind and plan_of(m.after, one.about).id == plan.id
        ]
        if len(left) > 1:
            yield f"it left {len(left)} times: at {', '.join(str(one.at) for one in left)}"
    known = {one.id for one in (*m.before.deliveries, *m.before.tasks)}
    asked = [one for one in m.after.deliveries if one.kind == DeliveryKind.EMAIL_COMPLETE]
    asked += [task for task in m.after.tasks if task.key.startswith(BY_HAND)]
    for one in asked:
        if one.id not in known:
            blocking = in_the_way(m.after, m.after.plan(one.plan_id))
            if blocking:
                yield f"it was asked for though there is in its way: {blocking}"


def i6_a_plan_goes_live_by_itself_only_when_it_is_ready(m: Moment) -> Iterator[str]:
    """The Complete e-mail leaves only when nothing blocks it, and a plan goes live only after it.

    Ready: blocking tasks done or skipped, adjustments confirmed or voided, the Complete e-mail
    delivered or done by hand.
    """
    was = {plan.id: plan.state for plan in m.before.plans}
    for plan in m.after.plans:
        if plan.went_live_at is None or was.get(plan.id) in ("live", "completed"):
            continue
        if plan.went_live_at < plan.live_at:
            yield f"it went live at {plan.went_live_at}, before {plan.live_at}"
        missing = in_the_way(m.before, plan)
        if plan.complete_email not in ("delivered", "done_by_hand"):
            missing.append("the Complete e-mail")
        if missing and "forced_live" not in plan.flags:
            yield f"it went live by itself, without {missing}"


def in_the_way(seen: Seen, plan: Row) -> list[str]:
    """What is in the way of the Complete e-mail, reckoned here."""
    tasks = [task for task in seen.of("tasks", plan) if task.blocks_ready]
    changes = seen.of("adjustments", plan)
    return [
        *(f"'{task.title}'" for task in tasks if task.state not in SETTLED_TASK),
        *(f"{one.kind} {one.service}" for one in changes if one.state not in SETTLED_CHANGE),
    ]
