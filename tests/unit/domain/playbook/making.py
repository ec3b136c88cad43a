"""Playbooks with lawful defaults, for tests."""

from dataclasses import replace
from datetime import time
from fractions import Fraction

from app.domain.cutover import Preference
from app.domain.playbook.effect import BoardEffect, ChatEffect, MailEffect
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.governance import ReviewCycle
from app.domain.playbook.model import (
    Anchor,
    AnchorSource,
    Blocks,
    Offset,
    OffsetUnit,
    Playbook,
    Role,
    Side,
    Stage,
    Step,
    Subject,
)
from app.domain.playbook.moment import Moment
from app.domain.playbook.reminder import Awaited, Reminder, Span, SpanUnit
from app.domain.playbook.trigger import Trigger
from app.domain.playbook.upgrade import (
    LIVE,
    SIGNED,
    BillingPolicy,
    CompleteEmail,
    Sender,
    UpgradePlaybook,
)
from app.domain.playbook.week import Weekday, WeekTime


def before_live(days: int, unit: OffsetUnit = OffsetUnit.CALENDAR_DAYS) -> Offset:
    return Offset(-days, LIVE, unit)


def after_signing(days: int, unit: OffsetUnit = OffsetUnit.CALENDAR_DAYS) -> Offset:
    return Offset(days, SIGNED, unit)


def stage(key: str, **changes: object) -> Stage:
    return replace(Stage(key, key.title(), None, before_live(5)), **changes)  # type: ignore[arg-type]


def step(key: str, **changes: object) -> Step:
    lawful = Step(
        key=key,
        title=f"Do {key}",
        role="support",
        stage="sms",
        due=before_live(5),
        blocks=frozenset({Blocks.READY}),
    )
    return replace(lawful, **changes)  # type: ignore[arg-type]


def business_hours(amount: int) -> Span:
    return Span(amount, SpanUnit.BUSINESS_HOURS)


def business_days(amount: int) -> Span:
    return Span(amount, SpanUnit.BUSINESS_DAYS)


def reminder(key: str = "asked_again", **changes: object) -> Reminder:
    lawful = Reminder(
        key=key,
        title="Asked again",
        of=Awaited.LIVE_DATE,
        when=business_days(1),
        tell=("support",),
        template="live_date_unanswered",
    )
    return replace(lawful, **changes)  # type: ignore[arg-type]


def acknowledgement(key: str, at: time, tell: str = "support") -> Reminder:
    friday = WeekTime(Weekday.FRIDAY, at)
    return reminder(key, of=Awaited.ACKNOWLEDGEMENT, when=friday, tell=(tell,))


def playbook(**changes: object) -> UpgradePlaybook:
    lawful = UpgradePlaybook(
        key="client-upgrade",
        version=1,
        title="Upgrade",
        purpose="Sample",
        owner="lead",
        review_cycle=ReviewCycle.QUARTERLY,
        sources=(),
        trigger=Trigger(("agreement.signed",)),
        subject=Subject.PLAN,
        window_days=6,
        live_weekday=Weekday.MONDAY,
        roles=(
            Role("support", "Support", "Works.", in_turn=True),
            Role("lead", "Lead", "Decides.", in_turn=False),
        ),
        lead_role="lead",
        setup_role="support",
        anchors=(
            Anchor("signed", "Signed", AnchorSource.EVENT, Side.AFTER),
            Anchor("live", "Live", AnchorSource.PROCEDURE, Side.BEFORE),
        ),
        stages=(stage("sms"), stage("google")),
        steps=(step("register"), step("claim", stage="google")),
        effects=(
            ChatEffect(Moment.BEGUN, "support", "upgrade_signed"),
            MailEffect(Moment.BEGUN, "upgrade_begun", "Upgrade Begun"),
            BoardEffect(Moment.BEGUN),
        ),
        complete_email=CompleteEmail(
            "upgrade_complete", "Upgrade Complete", ("cc@agency.example",), Sender.PERSON
        ),
        reminders=(
            acknowledgement("acknowledgement_due", time(9)),
            acknowledgement("acknowledgement_overdue", time(15), "lead"),
        ),
        billing=BillingPolicy(Preference.CREDIT, None),
    )
    return replace(lawful, **changes)  # type: ignore[arg-type]


def task(key: str, **changes: object) -> Step:
    """A step of a procedure that has no code of its own."""
    due = Offset(5, "begun_on")
    return step(key, **{"role": "rep", "stage": None, "due": due, "blocks": frozenset(), **changes})


def general(**changes: object) -> Playbook:
    """A procedure that has no code of its own: about a deal, with one of everything asked for."""
    lawful = Playbook(
        key="deal-desk",
        version=1,
        title="Deal desk",
        purpose="Sample",
        owner="boss",
        review_cycle=ReviewCycle.QUARTERLY,
        sources=(),
        trigger=Trigger(by_hand=True),
        subject=Subject.DEAL,
        roles=(
            Role("rep", "Rep", "Sells.", in_turn=True),
            Role("boss", "Boss", "Decides.", in_turn=False),
        ),
        anchors=(Anchor("begun_on", "The run begins", AnchorSource.START, Side.AFTER),),
        steps=(task("ask"), task("answer")),
        inputs=(
            Field("amount", "Amount", FieldKind.NUMBER, minimum=Fraction(0)),
            Field("region", "Region", FieldKind.CHOICE, values=("eu", "uk")),
            Field("email", "E-mail", FieldKind.EMAIL),
            Field("closes_on", "Closes on", FieldKind.DAY),
            Field("asked", "Asked", FieldKind.YES_NO),
        ),
    )
    return replace(lawful, **changes)  # type: ignore[arg-type]
