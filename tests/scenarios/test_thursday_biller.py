"""Diary of a client whose old service is billed on Thursdays, and goes live on a Monday."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.carrying_out import Evidence, UnsafeDay
from app.domain.cutover import Preference
from app.services.adjustments import Confirm, confirm_adjustment
from app.services.endings import acknowledge_plan
from tests.world import World, day, local, refusal

ON_THURSDAYS = {
    "service": "website_care",
    "price": {"amount": "49.00", "currency": "AUD"},
    "billing_period": "week",
    "anchor": "thursday",
    "paid_through": "2026-11-25",
}


async def sign(world: World) -> None:
    """Friday 20 November: Start to Sprint, live on Monday 7 December."""
    await world.receive(movement__from="start", client__services=[ON_THURSDAYS])


async def billed(world: World, bills: list[date]) -> Counter[date]:
    """How often each day of Website Care is billed, from the biller's weeks and our rows.

    Args:
        world: With the plan's credits and charges, all confirmed.
        bills: The days on which the old service was billed, a week in advance each.
    """
    days: Counter[date] = Counter()
    for bill in bills:
        days.update(bill + timedelta(days=n) for n in range(7))
    for one in await world.adjustments():
        if one.reckoning is not None:
            assert one.state == "confirmed"
            first, end = day(one.reckoning["from"]), day(one.reckoning["to"])
            sign_of = 1 if one.kind == "charge" else -1
            for n in range((end - first).days):
                days[first + timedelta(days=n)] += sign_of
    days.update(day("2026-12-07") + timedelta(days=n) for n in range(7))  # the new package
    return days


async def to_live(world: World) -> None:
    """What is left is done, and the Monday comes."""
    await world.set_up()
    await world.confirm()
    await world.send_complete()
    await world.do(acknowledge_plan, (await world.plan()).id)
    await world.at(local("2026-12-07 00:00"))
    assert (await world.plan()).state == "completed"


async def test_it_is_ended_after_its_last_bill_and_the_overlap_is_credited(world: World) -> None:
    # Friday 20 November - signed: the days are known at once
    await sign(world)
    ending, credit, *_ = await world.adjustments()
    assert [str(one) for one in ending.safe_days] == ["2026-12-04", "2026-12-05", "2026-12-06"]
    assert ending.note.startswith("End it after its bill of Thursday 3 December 2026")
    assert (credit.kind, credit.money_minor) == ("credit", 2100)

    # Tuesday 1 December - the window is open; ended today, four days would be billed to nobody
    await world.at(local("2026-12-01 09:30"))
    meant = Confirm(ending.id, "Harbour Dental / website_care", Evidence("IGN-1"))
    with pytest.raises(UnsafeDay) as refused:
        await world.only(confirm_adjustment, meant)
    assert refused.value.detail == (
        "Today, 2026-12-01, is not a safe day for 'website_care': a day would be billed twice or "
        "not at all. Safe days: 2026-12-04, 2026-12-05, 2026-12-06."
    )

    # Thursday 3 December, 23:59 - its bill day: nobody knows the biller's hour
    await world.at(local("2026-12-03 23:59"))
    assert await refusal(world.only(confirm_adjustment, meant)) == "unsafe_day"

    # Friday 4 December, 00:00 - the first safe day; neither without names nor without evidence
    await world.at(local("2026-12-04 00:00"))
    for command, code in (
        (replace(meant, typed=None), "typed_names_differ"),
        (replace(meant, typed="Harbour Dental/website_care"), "typed_names_differ"),
        (replace(meant, evidence=None), "evidence_missing"),
        (replace(meant, evidence=Evidence("  ")), "evidence_missing"),
    ):
        assert await refusal(world.only(confirm_adjustment, command)) == code
    await world.do(confirm_adjustment, meant)

    # Monday 7 December - live; every day is billed once
    await to_live(world)
    days = await billed(world, [day("2026-11-26"), day("2026-12-03")])
    assert set(days.values()) == {1}


async def test_where_bridging_is_preferred_it_is_ended_before_its_last_bill(world: World) -> None:
    # given an installation that would rather charge a gap than credit an overlap
    book = world.office.playbook
    bridging = replace(book, billing=replace(book.billing, prefer=Preference.BRIDGE))
    catalog = replace(world.office.catalog, playbooks={book.key: bridging})
    world.work = replace(world.work, office=replace(world.office, catalog=catalog))

    # Friday 20 November - signed: before Thursday's bill now
    await sign(world)
    ending, charge, *_ = await world.adjustments()
    assert [str(one) for one in ending.safe_days] == ["2026-12-01", "2026-12-02"]
    assert (charge.kind, charge.money_minor) == ("charge", 2800)

    # Wednesday 2 December - ended and charged; Monday 7 December - live, every day billed once
    await world.at(local("2026-12-02 10:00"))
    await to_live(world)
    days = await billed(world, [day("2026-11-26")])
    assert set(days.values()) == {1}
