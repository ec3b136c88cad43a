"""Events about agreements, one kind at a time: what each does in each state of the plan."""

from typing import Any
from uuid import UUID

from app.db.models import InboundEvent, Plan
from app.domain.review import Choice
from app.services.resolving import Resolve, resolve_plan
from tests.world import World, day, local

SECOND = {"agreement__ref": "PROP-2", "movement__from": "start"}
FIRST = {"movement__from": "start", "movement__to": "sprint"}


async def comes(world: World, kind: str, ref: str = "PROP-1042", **more: Any) -> InboundEvent:
    """An event about an agreement comes and is worked off; answers with what became of it."""
    agreement = {"ref": ref, **more.pop("agreement", {})}
    event_id: UUID = await world.store_event({"event": kind, "agreement": agreement, **more})
    await world.run_until_idle()
    return await world.event(event_id)


async def first(world: World) -> Plan:
    return (await world.plans())[0]


async def last_said(world: World, moment: str = "review_needed") -> str:
    """What Support was last told at a moment: a task, since no chat is connected."""
    key = f"effect:chat.post:{moment}/support"
    tasks = [task for task in await world.tasks() if task.key.startswith(key)]
    return max(tasks, key=lambda task: task.id).instructions


async def forced_live(world: World) -> None:
    """The plan is live; how it came to that does not matter here."""
    await world.change(
        "UPDATE plans SET state = 'live', went_live_at = live_at WHERE state = 'scheduled'"
    )
    world.clock.at = local("2026-12-07 09:00")


# Sent ----------------------------------------------------------------------------------------


async def test_an_agreement_that_is_sent_makes_no_plan(plain: World) -> None:
    sent = await comes(plain, "agreement.sent", client={"ref": "C-77"})

    assert (sent.status, sent.plan_id, sent.agreement_ref) == ("processed", None, "PROP-1042")
    assert await plain.plans() == []
    assert await plain.rows("SELECT 1 FROM clients") == []


async def test_one_that_is_sent_again_after_it_was_signed_belongs_to_its_plan(plain: World) -> None:
    await plain.receive()

    sent = await comes(plain, "agreement.sent")

    assert (sent.status, sent.plan_id) == ("processed", (await plain.plan()).id)


# Before its agreement ------------------------------------------------------------------------


async def test_events_that_come_too_early_wait_and_are_understood_in_their_order(
    plain: World,
) -> None:
    # given a date, a second date and an amendment for an agreement that nobody has signed yet
    plain.clock.at = local("2026-11-24 10:00")
    later = await comes(
        plain,
        "live_date.set",
        occurred_at="2026-11-23T00:00:00Z",
        agreement={"live_on": "2026-12-21"},
    )
    earlier = await comes(
        plain,
        "live_date.set",
        occurred_at="2026-11-22T00:00:00Z",
        agreement={"live_on": "2026-12-14"},
    )
    amended = await comes(
        plain, "agreement.amended", occurred_at="2026-11-23T09:00:00Z", movement={"to": "scale"}
    )
    for event in (later, earlier, amended):
        assert event.status == "quarantined"
        assert (event.reason or "").startswith("agreement_unknown:")

    # when its signature comes
    await plain.receive(**FIRST)

    # then they are understood by themselves, as they happened
    plan = await plain.plan()
    assert plan.live_on == day("2026-12-21")
    assert plan.amendment is not None
    assert plan.amendment["to"] == "scale"
    for event in (later, earlier, amended):
        now = await plain.event(event.id)
        assert (now.status, now.plan_id) == ("processed", plan.id)
    woken = [one for one in await plain.audit() if one.action == "inbound_event.replayed"]
    assert [one.subject_id for one in woken] == [earlier.id, later.id, amended.id]
    assert {one.actor_name for one in woken} == {"intake"}


async def test_one_that_is_refused_does_not_keep_the_others_waiting(plain: World) -> None:
    wrong = await comes(
        plain,
        "live_date.set",
        occurred_at="2026-11-20T03:12:00Z",
        agreement={"live_on": "2026-12-08"},
    )
    right = await comes(plain, "live_date.set", agreement={"live_on": "2026-12-14"})

    await plain.receive()

    assert ((await plain.event(wrong.id)).reason or "").startswith("not_a_monday:")
    assert (await plain.event(right.id)).status == "processed"
    assert (await plain.plan()).live_on == day("2026-12-14")


async def test_what_is_older_than_the_signature_does_not_count(plain: World) -> None:
    # given
    old = "2026-11-19T00:00:00Z"
    declined = await comes(plain, "agreement.declined", occurred_at=old)
    await plain.receive(**FIRST)

    # when
    amended = await comes(plain, "agreement.amended", occurred_at=old, movement={"to": "scale"})
    dated = await comes(
        plain, "live_date.set", occurred_at=old, agreement={"live_on": "2026-12-14"}
    )

    # then
    for event in (await plain.event(declined.id), amended, dated):
        assert event.status == "ignored"
        assert event.reason == "It is older than the signature: what was signed counts."
    plan = await plain.plan()
    assert (plan.state, plan.live_on, plan.amendment) == ("scheduled", day("2026-12-07"), None)


async def test_an_old_date_counts_where_the_signed_agreement_names_none(plain: World) -> None:
    await comes(
        plain,
        "live_date.set",
        occurred_at="2026-11-19T00:00:00Z",
        agreement={"live_on": "2026-12-14"},
    )

    await plain.receive(agreement__live_on=None)

    assert (await plain.plan()).live_on == day("2026-12-14")


# Amended -------------------------------------------------------------------------------------


async def test_a_later_amendment_takes_the_place_of_an_earlier_one(plain: World) -> None:
    # given
    plain.clock.at = local("2026-11-26 10:00")
    await plain.receive(**FIRST)
    await comes(
        plain, "agreement.amended", occurred_at="2026-11-24T00:00:00Z", movement={"to": "scale"}
    )

    # when a newer one comes, and then one that was overtaken
    newer = await comes(
        plain,
        "agreement.amended",
        occurred_at="2026-11-25T00:00:00Z",
        agreement={"live_on": "2026-12-14"},
    )
    overtaken = await comes(
        plain,
        "agreement.amended",
        occurred_at="2026-11-24T12:00:00Z",
        agreement={"live_on": "2026-12-21"},
    )

    # then
    plan = await plain.plan()
    assert plan.amendment is not None
    assert (plan.amendment["to"], plan.amendment["live_on"]) == (None, "2026-12-14")
    assert (newer.status, overtaken.status) == ("processed", "ignored")
    entries = [one for one in await plain.audit() if one.action == "plan.agreement_amended"]
    assert [(one.before or {}).get("to") for one in entries] == [None, "scale"]
    assert "The live date: '2026-12-14' instead of '2026-12-07'." in await last_said(
        plain, "agreement_amended"
    )


async def test_an_amendment_that_changes_nothing_clears_nothing(plain: World) -> None:
    await plain.receive(**FIRST)
    await comes(plain, "agreement.amended", movement={"to": "scale"})

    same = await comes(plain, "agreement.amended", agreement={"live_on": "2026-12-07"})

    assert same.status == "ignored"
    plan = await plain.plan()
    assert plan.amendment is not None
    assert "agreement_amended" in plan.flags


async def test_an_amendment_of_an_agreement_under_review_changes_its_own_terms(
    plain: World,
) -> None:
    # given
    await plain.receive(**FIRST)
    await plain.receive(**SECOND)

    # when
    amended = await comes(
        plain,
        "agreement.amended",
        "PROP-2",
        agreement={"live_on": "2026-12-21", "title": "Scale at last"},
        staff={"support": "lea@agency.example"},
    )

    # then
    assert (amended.status, amended.reason) == (
        "processed",
        "The plan is under review; its own terms were amended.",
    )
    _, second = await plain.plans()
    assert (second.state, second.amendment) == ("needs_review", None)
    said = await last_said(plain)
    assert "Its agreement was amended." in said
    assert "The live date: '2026-12-21' instead of '2026-12-07'." in said

    # and it begins with them
    await plain.do(resolve_plan, Resolve(second.id, Choice.SUPERSEDE, "It is right."))
    assert (await plain.plans())[1].live_on == day("2026-12-21")


async def test_an_amendment_under_review_that_changes_nothing_is_ignored(plain: World) -> None:
    await plain.receive(**FIRST)
    await plain.receive(**SECOND)

    same = await comes(plain, "agreement.amended", "PROP-2", movement={"to": "scale"})

    assert same.status == "ignored"


async def test_an_amendment_to_what_is_no_upgrade_is_quarantined_under_review(
    plain: World,
) -> None:
    await plain.receive(**FIRST)
    await plain.receive(**SECOND)

    down = await comes(plain, "agreement.amended", "PROP-2", movement={"to": "start"})

    assert (down.status, (down.reason or "")[:14]) == ("quarantined", "not_an_upgrade")
    assert (await plain.plans())[1].to_package == "scale"


async def test_an_amendment_of_another_kind_or_client_is_quarantined(plain: World) -> None:
    await plain.receive()

    kind = await comes(plain, "agreement.amended", agreement={"kind": "renewal"})
    client = await comes(plain, "agreement.amended", client={"ref": "C-78"})

    assert (kind.reason or "").startswith("agreement_kind_not_handled:")
    assert (client.reason or "").startswith("agreement_ref_taken:")


async def test_amended_people_and_bills_are_taken_over(plain: World) -> None:
    # given
    await plain.receive()
    await comes(
        plain,
        "agreement.amended",
        client={"services": [{"service": "sms", "anchor": "thursday"}]},
        staff={"support": "lea@agency.example", "marketing": "nobody@agency.example"},
        agreement={"total": "990.00", "currency": "AUD"},
    )

    # when
    plan = await plain.plan()
    await plain.do(resolve_plan, Resolve(plan.id, Choice.MERGE, "Agreed."))

    # then
    plan = await plain.plan()
    assert plan.staff_named == {"marketing": "nobody@agency.example"}
    assert "staff_unknown" in plan.flags
    ((support,),) = await plain.rows(
        "SELECT s.name FROM plans p JOIN staff s ON s.id = p.support_id"
    )
    assert support == "Lea Lead"
    ((total, services),) = await plain.rows("SELECT total_minor, services FROM agreements")
    assert (total, services[0]["anchor"]) == (99000, "thursday")
    sms = [one for one in await plain.adjustments() if one.service == "sms"]
    assert "credit" in {one.kind for one in sms}


# Of a plan that is over ----------------------------------------------------------------------


async def test_what_comes_after_going_live_is_told_to_people_and_changes_nothing(
    plain: World,
) -> None:
    await plain.receive()
    await forced_live(plain)

    for kind in ("agreement.declined", "agreement.voided", "agreement.amended"):
        event = await comes(plain, kind, movement={"to": "scale"})
        assert (event.status, event.reason) == (
            "ignored",
            "The plan is live already; people were told.",
        )
        said = await last_said(plain)
        assert f"The agreement's system says: {kind}. The plan is live already." in said
        assert "a matter of the contract" in said
    dated = await comes(plain, "live_date.set", agreement={"live_on": "2026-12-14"})
    assert (dated.status, dated.reason) == ("ignored", "The plan is live already.")
    assert (await plain.plan()).state == "live"


async def test_a_cancelled_plan_is_told_of_by_nobody(plain: World) -> None:
    await plain.receive()
    await comes(plain, "agreement.declined")

    again = await comes(plain, "agreement.voided")

    assert (again.status, again.reason) == ("ignored", "The plan is cancelled already.")


# Under review, and merged --------------------------------------------------------------------


async def test_a_date_set_under_review_is_the_one_that_the_plan_begins_with(plain: World) -> None:
    await plain.receive(**FIRST)
    await plain.receive(**SECOND)

    dated = await comes(plain, "live_date.set", "PROP-2", agreement={"live_on": "2026-12-21"})
    tuesday = await comes(plain, "live_date.set", "PROP-2", agreement={"live_on": "2026-12-22"})

    assert dated.status == "processed"
    assert (tuesday.reason or "").startswith("not_a_monday:")
    _, second = await plain.plans()
    assert (second.state, second.live_on) == ("needs_review", None)
    await plain.do(resolve_plan, Resolve(second.id, Choice.SUPERSEDE, "It is right."))
    assert (await plain.plans())[1].live_on == day("2026-12-21")


async def test_later_events_of_a_merged_agreement_concern_the_plan_that_took_its_terms(
    plain: World,
) -> None:
    # given
    await plain.receive(**FIRST)
    await plain.receive(**SECOND)
    _, second = await plain.plans()
    await plain.do(resolve_plan, Resolve(second.id, Choice.MERGE, "One upgrade."))

    # when
    dated = await comes(plain, "live_date.set", "PROP-2", agreement={"live_on": "2026-12-21"})
    amended = await comes(plain, "agreement.amended", "PROP-2", agreement={"title": "Scale, two"})

    # then
    plan = await first(plain)
    assert {dated.plan_id, amended.plan_id} == {plan.id}
    assert plan.live_on == day("2026-12-21")
    assert plan.amendment is not None
    await plain.do(resolve_plan, Resolve(plan.id, Choice.MERGE, "Agreed."))
    titles = await plain.rows("SELECT ref, title FROM agreements ORDER BY ref")
    assert titles == [("PROP-1042", "Scale upgrade"), ("PROP-2", "Scale, two")]
