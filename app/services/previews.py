"""What a plan that was just made sets off: the messages, the board, the bills, now and later.

Whoever asks makes the plan in a rehearsal, so a preview and the change itself cannot differ.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan
from app.db.plans import agreement_of
from app.domain.billed_service import BilledService
from app.domain.calendar import day_of, spoken, zone_of
from app.domain.cutover_plan import ServiceCutOver, cut_over_plan, services_beside
from app.domain.delivery import CLIENT_EMAILS, DeliveryKind, System, TooLate, sending_time
from app.domain.plan import PlanState
from app.domain.playbook.moment import Moment
from app.domain.playbook.reminder import Awaited
from app.domain.playbook.schedule import stages_left
from app.domain.playbook.upgrade import Sender
from app.domain.readiness import COMPLETE_EMAIL_OPEN, Blocker
from app.domain.three_bills import ThreeBills, three_bills
from app.services.billed import services_from_json
from app.services.client_mail import complete_email_of
from app.services.effects import Told, chats_on
from app.services.foreseen import BoardForeseen, ChatForeseen, Foreseen, MailForeseen
from app.services.intents import Intended, Intent
from app.services.office import Office
from app.services.reminding import reminders_to_come


async def foresee(
    session: AsyncSession,
    plan: Plan,
    intended: Sequence[Intended],
    blockers: Sequence[Blocker],
    *,
    office: Office,
    now: datetime,
) -> Foreseen:
    """Say everything that a plan which was just made sets off, now and later.

    Args:
        session: The session in which it was made; the caller takes all of it back.
        plan: The plan, as it was made.
        intended: What was intended while it was made (`intents.noting`).
        blockers: What blocks it from going live.
        office: The installation.
        now: The present instant.

    Source: docs/domain/upgrade.md, "Running ahead".
    """
    billed = services_from_json((await agreement_of(session, plan)).services)
    ending = _ending(plan, billed, office, now=now)
    packages = office.catalog.packages
    coming = await _chats_to_come(session, plan, blockers, office=office, now=now)
    return Foreseen(
        board=_board(plan, intended, office),
        mails=(*_mails_now(intended), *await _complete_mail(session, plan, blockers, office)),
        chats=(*_chats_now(intended), *coming),
        cut_over=ending,
        beside=services_beside(packages[plan.from_package], billed),
        bills=_bills(plan, ending, office),
    )


async def bills_of(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> ThreeBills | None:
    """The three bills of a plan as its terms are, or None without a live date.

    Args:
        session: Only read from.
        plan: The plan.
        office: The installation.
        now: The present instant; only what is left of the window counts.
    """
    agreement = await agreement_of(session, plan)
    ending = _ending(plan, services_from_json(agreement.services), office, now=now)
    return _bills(plan, ending, office)


def _bills(plan: Plan, ending: Sequence[ServiceCutOver], office: Office) -> ThreeBills | None:
    if plan.live_on is None:
        return None
    return three_bills(office.catalog.packages[plan.to_package], ending, plan.live_on)


def _ending(
    plan: Plan, billed: Sequence[BilledService], office: Office, *, now: datetime
) -> tuple[ServiceCutOver, ...]:
    if plan.live_on is None:
        return ()
    book = office.playbook
    today = day_of(now, zone_of(plan.timezone))
    return cut_over_plan(
        office.catalog.packages[plan.from_package],
        billed,
        plan.live_on,
        prefer=book.billing.prefer,
        window_days=min(book.window_days, (plan.live_on - today).days),
    )


def _mails_now(intended: Sequence[Intended]) -> Iterator[MailForeseen]:
    for each in intended:
        if each.intent.kind not in CLIENT_EMAILS:
            continue
        at = sending_time(each.at, not_after=each.intent.not_after)
        if each.by_hand:
            sends_at, note = None, "At once, by a person: no helpdesk is connected."
        elif isinstance(at, TooLate):
            sends_at, note = None, f"Not at all, and Support is told. {at.detail}"
        else:
            sends_at, note = at, "At once."
        payload = each.intent.payload
        yield MailForeseen(
            each.intent.kind,
            sends_at,
            note,
            payload["to_email"],
            tuple(payload["cc"]),
            payload["subject"],
            payload["text"],
            payload["html"],
            each.by_hand,
        )


async def _complete_mail(
    session: AsyncSession, plan: Plan, blockers: Sequence[Blocker], office: Office
) -> Sequence[MailForeseen]:
    if plan.live_on is None:
        return ()
    mail = await complete_email_of(session, plan, office)
    by_hand = System.MAIL not in office.connected
    by_itself = office.playbook.complete_email.sent_by is Sender.SERVICE and not by_hand
    sender = "By itself" if by_itself else "By Support"
    open_things = sum(blocker.code != COMPLETE_EMAIL_OPEN for blocker in blockers)
    things = "1 thing is" if open_things == 1 else f"{open_things} things are"
    return [
        MailForeseen(
            DeliveryKind.EMAIL_COMPLETE,
            None,
            f"{sender}, once nothing is in its way ({things} now), and before "
            f"{spoken(plan.live_on)} begins.",
            mail.to,
            mail.cc,
            mail.letter.subject,
            mail.letter.text,
            mail.letter.html,
            by_hand,
        )
    ]


def _chats_now(intended: Sequence[Intended]) -> Iterator[ChatForeseen]:
    for each in intended:
        if each.intent.kind is DeliveryKind.CHAT_POST:
            yield _chat(each.intent, each.at, None, by_hand=each.by_hand)


def _chat(intent: Intent, at: datetime, only_if: str | None, *, by_hand: bool) -> ChatForeseen:
    occasion = intent.occasion.split("/")[0]
    room, text = intent.payload["room"], intent.payload["text"]
    return ChatForeseen(occasion, room, at, only_if, text, by_hand)


async def _chats_to_come(
    session: AsyncSession,
    plan: Plan,
    blockers: Sequence[Blocker],
    *,
    office: Office,
    now: datetime,
) -> Sequence[ChatForeseen]:
    by_hand = System.CHAT not in office.connected
    missing = [blocker.detail for blocker in blockers]
    chats = [
        _chat(intent, at, only_if, by_hand=by_hand)
        for moment, at, told, only_if in _moments_to_come(plan, missing)
        for intent in await chats_on(session, plan, moment, told, office=office)
    ]
    reminded = await reminders_to_come(session, plan, office=office, now=now)
    chats += [_chat(one, at, _IF[reminder.of], by_hand=by_hand) for reminder, at, one in reminded]
    return sorted(chats, key=lambda chat: chat.at)


_IF = {
    Awaited.ACKNOWLEDGEMENT: "Marketing has not acknowledged the plan by then.",
    Awaited.LIVE_DATE: "No live date is set by then.",
    Awaited.REVIEW: "Nobody has decided by then.",
    Awaited.MISSED_PLAN: "The plan is still missed then.",
    Awaited.OVERDUE_TASKS: "These tasks are still open then.",
    Awaited.BLOCKED_TASKS: "These tasks are still blocked then.",
}


def _moments_to_come(
    plan: Plan, missing: Sequence[str]
) -> Iterator[tuple[Moment, datetime, Told, str | None]]:
    """What the clock brings, if nobody moves the plan."""
    if plan.window_opens_at is None or plan.live_at is None:
        return
    if plan.state == PlanState.SCHEDULED:
        yield Moment.WINDOW_OPENED, plan.window_opens_at, Told(), None
    yield Moment.LIVE, plan.live_at, Told(), "Nothing blocks it any more by then."
    yield Moment.MISSED, plan.live_at, Told(missing), "Something blocks it still."


def _board(plan: Plan, intended: Sequence[Intended], office: Office) -> BoardForeseen | None:
    if plan.begun_at is None:
        return None
    movement = office.catalog.movement(plan.from_package, plan.to_package)
    made = [each.intent for each in intended if each.intent.kind is DeliveryKind.BOARD_CREATE]
    return BoardForeseen(
        str(made[0].payload["name"]) if made else None,
        tuple(stage.title for stage in stages_left(office.playbook, movement)),
        movement.removed_groups,
    )
