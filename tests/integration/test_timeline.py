"""A plan's timeline: what happened and what will, in order and in words."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.db.ids import new_id
from app.db.models import InboundEvent
from app.domain.delivery import DeliveryKind, DeliveryState
from app.queries.happenings import (
    EFFECTS,
    FAILED,
    OUTCOMES,
    SENTENCES,
    TOLD_BY_DELIVERIES,
    outcome_words,
)
from app.queries.plans import plan_whole
from app.queries.timeline import timeline_of
from app.services.endings import Because, acknowledge_plan, hold_plan
from tests.builders import TESTER, FixedClock, Sessions, office, stored_plan, stored_staff

BOOK = office().playbook
SERVICES = Path(__file__).parents[2] / "app" / "services"


async def test_a_fresh_plan_tells_its_past_and_its_future_in_order(sessions: Sessions) -> None:
    # given
    await stored_staff(sessions)
    plan = await stored_plan(sessions)

    # when
    async with sessions() as session:
        told = await timeline_of(session, plan.id, book=BOOK, now=FixedClock().at)

    # then
    past = [entry for entry in told.entries if entry.kind == "past"]
    future = [entry for entry in told.entries if entry.kind == "future"]
    assert list(told.entries) == [*past, *future]
    for part in (past, future):
        assert [entry.at for entry in part] == sorted(entry.at for entry in part)
    sentences = [entry.what for entry in past]
    assert sentences[0] == "Agreement PROP-1042 was signed"
    assert f"Plan {plan.ref} was made: sprint to scale" in sentences
    assert "The live date was set: Monday 7 December 2026" in sentences
    assert "The Upgrade Begun e-mail waits to go out" in sentences
    coming = {entry.what: entry for entry in future}
    opens = coming["The pre-live window opens: the changes in billing fall due"]
    assert (opens.at, opens.on.isoformat()) == (
        datetime(2026, 11, 30, 14, tzinfo=UTC),
        "2026-12-01",
    )
    live = coming["The new services go live"]
    assert (live.at, live.on.isoformat()) == (datetime(2026, 12, 6, 14, tzinfo=UTC), "2026-12-07")
    assert coming["Marketing is reminded to acknowledge the plan"].on.isoformat() == "2026-12-04"
    due = coming["Task 'Register the SMS sender number' is due"]
    assert due.by == "Sue Support"


async def test_what_people_do_is_told_by_their_names(sessions: Sessions) -> None:
    # given
    plan = await stored_plan(sessions)
    now = FixedClock().at + timedelta(hours=1)

    # when
    async with sessions() as session, session.begin():
        await acknowledge_plan(session, plan.id, office=office(), actor=TESTER, now=now)
        because = Because(plan.id, "The client is away.")
        await hold_plan(session, because, office=office(), actor=TESTER, now=now)
    async with sessions() as session:
        told = await timeline_of(session, plan.id, book=BOOK, now=now)

    # then
    by_what = {entry.what: entry for entry in told.entries}
    assert by_what["Marketing acknowledged the plan"].by == "Tester"
    assert by_what["The plan was put on hold"].detail == "The client is away."
    assert "The new services go live" not in by_what
    assert "Marketing is reminded to acknowledge the plan" not in by_what


async def test_events_of_one_instant_stand_in_the_order_in_which_they_came(
    sessions: Sessions,
) -> None:
    plan = await stored_plan(sessions)
    names = ["one", "two", "three"]
    came = [
        InboundEvent(
            id=new_id(),
            source="agreement",
            event_id=name,
            status="quarantined",
            reason="Nobody knows it.",
            document={"event": name},
            body_hash=name,
            agreement_ref="PROP-1042",
            received_at=FixedClock().at,
        )
        for name in names
    ]
    for event in reversed(came):  # as a table may hold them
        async with sessions.begin() as session:
            session.add(event)

    async with sessions() as session:
        told = await timeline_of(session, plan.id, book=BOOK, now=FixedClock().at)

    read = [entry.what for entry in told.entries if entry.what.startswith("The event")]
    assert read == [f"The event {name} came in and was quarantined" for name in names]


async def test_the_whole_plan_says_what_blocks_it(sessions: Sessions) -> None:
    # given
    people = await stored_staff(sessions)
    plan = await stored_plan(sessions)

    # when
    async with sessions() as session:
        whole = await plan_whole(session, plan.id, office().catalog.movement)

    # then
    assert whole.client.name == "Harbour Dental"
    assert (whole.movement.from_, whole.movement.to) == ("sprint", "scale")
    assert whole.staff.support is not None
    assert whole.staff.support.id == people["support"]
    assert not whole.readiness.ready
    assert len(whole.readiness.blocking) == plan.blockers
    ended = [one for one in whole.adjustments if one.kind == "cancel_service"]
    assert {one.service for one in ended} == {
        "website_care",
        "sms",
        "email_marketing",
        "google_business",
    }
    sms = next(one for one in ended if one.service == "sms")
    assert sms.to_type == "Harbour Dental / sms"
    assert str(sms.money) == "49.00 AUD"
    assert sms.window is not None
    assert (sms.window.from_.isoformat(), sms.window.to.isoformat()) == (
        "2026-12-01",
        "2026-12-07",
    )


def test_every_action_of_a_plan_has_its_sentence() -> None:
    # given
    written = "\n".join(path.read_text() for path in SERVICES.glob("*.py"))
    literal = set(
        re.findall(r'"((?:plan|task|adjustment|complete_email|board|delivery)\.[a-z_]+)"', written)
    )

    # then
    assert literal - set(SENTENCES) - TOLD_BY_DELIVERIES - {FAILED} == set()
    assert len(literal) > 15


def test_every_effect_and_every_outcome_has_its_words() -> None:
    assert set(EFFECTS) == set(DeliveryKind)
    assert set(OUTCOMES) == set(DeliveryState)


@pytest.mark.parametrize(
    ("kind", "state", "words"),
    [
        ("board.create", "delivered", "The upgrade board was made"),
        ("board.create", "pending", "The upgrade board waits its turn"),
        ("board.create", "failed", "The upgrade board failed"),
        ("board.archive_group", "delivered", "The board's group 'SMS' was removed"),
        ("board.archive_group", "sending", "Removing the board's group 'SMS' is under way"),
        ("board.add_item", "delivered", "'a task' was added to the board"),
        ("email.withdraw", "delivered", "An e-mail was taken back"),
        ("email.begun", "delivered", "The Upgrade Begun e-mail went out"),
        ("chat.post", "pending", "A message to the room '?' waits to go out"),
    ],
)
def test_only_messages_go_out(kind: str, state: str, words: str) -> None:
    assert outcome_words(kind, {"subject": "SMS"}, state) == words
