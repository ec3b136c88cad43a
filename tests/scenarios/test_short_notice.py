"""A diary of an agreement that is signed when its window is open already."""

from tests.world import World, local


async def test_a_plan_signed_in_its_window_starts_in_it_and_says_so(world: World) -> None:
    # Friday 4 December, 16:00 - signed for Monday the 7th
    await world.at(local("2026-12-04 16:00"))
    await world.receive(
        agreement__signed_at="2026-12-04T05:59:00Z", occurred_at="2026-12-04T05:59:30Z"
    )

    plan = await world.plan()
    assert (plan.state, plan.flags) == ("in_window", ["compressed"])
    said = [(room, line.split(":")[1]) for room, line in world.said()]
    assert said[:2] == [("support", " *Upgrade signed"), ("support", " *Short notice")]
    assert said[2:] == [("marketing", " *Please acknowledge"), ("support", " *Not acknowledged")]
    assert {one.state for one in await world.adjustments()} == {"due"}
    due = {str(task.due_on) for task in await world.tasks()}
    assert min(due) == "2026-12-04"  # nothing is due before it was signed
    assert max(due) <= "2026-12-07"

    # Saturday - everything is done, and the Complete e-mail leaves the next minute
    await world.at(local("2026-12-05 09:00"))
    await world.set_up()
    await world.confirm()
    await world.send_complete()
    await world.at(local("2026-12-05 09:30"))
    assert [mail["time"] for mail in world.mails()] == [
        "2026-12-04T06:02:00Z",
        "2026-12-04T23:02:00Z",
    ]

    # Monday 7 December - live, though not acknowledged, so not completed
    await world.at(local("2026-12-07 00:00"))
    assert (await world.plan()).state == "live"


async def test_a_plan_signed_a_minute_before_it_is_live_mails_nobody(world: World) -> None:
    # Sunday 6 December, 23:59 - the helpdesk needs two minutes, which are not left
    await world.at(local("2026-12-06 23:59"))
    await world.receive(agreement__signed_at=..., occurred_at=...)

    (begun,) = await world.deliveries("email.begun")
    assert begun.state == "expired"
    assert ("support", " *E-mail not sent") in [
        (room, line.split(":")[1]) for room, line in world.said()
    ]

    # Monday - it is missed, and never a mail left
    await world.at(local("2026-12-07 00:00"))
    await world.at(local("2026-12-07 12:00"))
    assert (await world.plan()).state == "missed"
    assert world.mails() == []
    assert "conversations.create" not in world.operations("helpscout")
