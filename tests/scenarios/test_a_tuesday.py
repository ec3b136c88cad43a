"""A diary of an agreement that names a Tuesday: it waits, Sales is asked, and dates it."""

from app.domain.errors import DomainError
from app.services.live_dates import SetLiveDate, set_live_date
from tests.builders import changed
from tests.world import World, day, local


async def test_an_agreement_on_a_tuesday_waits_until_sales_has_dated_it(world: World) -> None:
    # Friday 20 November, 13:12 - signed for Tuesday 8 December
    await world.at(local("2026-11-20 13:12"))
    event = await world.receive(agreement__live_on="2026-12-08")

    assert (await world.event(event)).status == "processed"
    plan = await world.plan()
    assert (plan.state, plan.live_on) == ("awaiting_live_date", None)
    assert plan.flags == ["live_date_not_monday"]
    question = world.effects("google_chat")[-1]
    assert question["space"] == "SALES"
    assert "Tuesday 8 December 2026" in question["text"]
    assert "Monday 7 December 2026 or Monday 14 December 2026" in question["text"]
    assert len(world.said()) == 1
    assert (world.mails(), world.operations("monday"), await world.tasks()) == ([], [], [])

    # Saturday 21 November - a Tuesday again is refused, with the Mondays
    await world.at(local("2026-11-21 10:00"))
    try:
        await world.only(set_live_date, SetLiveDate(plan.id, day("2026-12-08"), None))
    except DomainError as refused:
        code, facts = refused.code, refused.facts
    assert code == "not_a_monday"
    assert facts == {"monday_before": "2026-12-07", "monday_after": "2026-12-14"}

    # Saturday, 10:05 - Sales sets Monday 14 December through the agreement's system
    await world.at(local("2026-11-21 10:05"))
    dated = {"event": "live_date.set", "event_id": "zap-2", "agreement": {"ref": "PROP-1042"}}
    await world.store_event(changed(dated, {"agreement__live_on": "2026-12-14"}))
    await world.run_until_idle()

    plan = await world.plan()
    assert (plan.state, plan.live_on, plan.flags) == ("scheduled", day("2026-12-14"), [])
    assert plan.begun_at == local("2026-11-21 10:05")
    ((room, line),) = world.said()
    assert room == "support"
    assert "live Monday 14 December 2026" in line
    board = await world.board()
    assert "live 2026-12-14" in board.name
    due = {item.title: item.due_on for item in board.items}
    assert due["Register the SMS sender number"] == "2026-12-01"
    await world.at(local("2026-11-21 10:30"))
    (begun,) = world.mails()
    assert begun["time"] == "2026-11-21T00:07:00Z"


async def test_an_agreement_with_a_past_date_or_none_waits_as_well(world: World) -> None:
    await world.receive(agreement__live_on="2026-11-16", event_id="zap-1")
    await world.receive(
        agreement__live_on=...,
        agreement__ref="PROP-2",
        client__ref="C-2",
        client__email="b@b.example",
    )

    past, none = await world.plans()
    assert (past.state, past.flags) == ("awaiting_live_date", ["live_date_past"])
    assert (none.state, none.flags) == ("awaiting_live_date", ["live_date_missing"])
    assert [room for room, _ in world.said()] == ["sales", "sales"]
