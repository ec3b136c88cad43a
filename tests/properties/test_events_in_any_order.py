"""I7: the events of an agreement in any order make one plan, and the same one."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.plan import OPEN_STATES
from tests.builders import SIGNED_AT, signed_document
from tests.lending import Lender
from tests.stories import ASKED_FOR_MORE, few, in_a_world
from tests.world import World

AT = {
    "sent": "2026-11-19T00:00:00Z",
    "declined before": "2026-11-19T12:00:00Z",
    "signed": "2026-11-20T03:12:00Z",
    "amended": "2026-11-20T03:12:10Z",
    "dated": "2026-11-20T03:12:20Z",
    "declined": "2026-11-20T03:12:30Z",
    "voided": "2026-11-20T03:12:40Z",
}
"""When each event happened, whenever it comes."""

AN_HOUR_LATER = SIGNED_AT + timedelta(hours=1)

EVENTS = {
    "sent": "agreement.sent",
    "declined before": "agreement.declined",
    "amended": "agreement.amended",
    "dated": "live_date.set",
    "declined": "agreement.declined",
    "voided": "agreement.voided",
}


def event(name: str, number: int, agreement: str = "PROP") -> dict[str, Any]:
    """An event about an agreement of a client of its own, numbered."""
    ref = f"{agreement}-{number}"
    if name == "signed":
        return signed_document(
            agreement__ref=ref,
            agreement__signed_at=AT[name],
            client__ref=f"C-{number}",
            client__email=f"owner-{number}@client.example",
            movement__from="start",
            movement__to="sprint",
        )
    told: dict[str, Any] = {
        "event": EVENTS[name],
        "occurred_at": AT[name],
        "agreement": {"ref": ref},
    }
    if name == "amended":
        told["movement"] = {"to": "scale"}
    if name == "dated":
        told["agreement"]["live_on"] = "2026-12-14"
    return told


async def come(world: World, order: Sequence[str], number: int) -> None:
    """The events come one after the other, each worked off before the next."""
    for name in order:
        await world.store_event(event(name, number))
        while await world.run_jobs():
            pass


async def outcome(world: World, number: int) -> Sequence[Mapping[str, Any]]:
    """What became of an agreement: its plans, less what does not matter of one that is over."""
    rows = await world.rows(
        "SELECT p.state, p.live_on::text, p.to_package, p.amendment->>'to' AS amended,"
        " p.begun_at IS NOT NULL AS begun"
        " FROM plans p JOIN agreements a ON a.id = p.agreement_id WHERE a.ref = :ref",
        ref=f"PROP-{number}",
    )
    plans = [dict(row._mapping) for row in rows]
    return [{"state": "cancelled"} if p["state"] == "cancelled" else p for p in plans]


def expected(names: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    """The same, from what the procedure says of the events, in whatever order they came."""
    if "signed" not in names:
        return []
    if {"declined", "voided"} & set(names):
        return [{"state": "cancelled"}]
    plan = {
        "state": "scheduled",
        "live_on": "2026-12-14" if "dated" in names else "2026-12-07",
        "to_package": "sprint",
        "amended": "scale" if "amended" in names else None,
        "begun": True,
    }
    return [plan]


ALL = ("sent", "signed", "amended", "declined", "voided", "dated")
GOING_ON = ("declined before", "signed", "amended", "dated")


@pytest.mark.parametrize(
    ("names", "every"),
    [
        pytest.param(GOING_ON, 1, id="a plan that goes on"),
        pytest.param(ALL, 1 if ASKED_FOR_MORE else 24, id="one that is taken back"),
    ],
)
async def test_i7_every_order_of_an_agreements_events_comes_to_the_same(
    plain: World, names: Sequence[str], every: int
) -> None:
    # given every order of the events (here and there one, where they are many), each of a client
    orders = list(enumerate(permutations(names)))[::every]
    plain.clock.at = AN_HOUR_LATER

    for number, order in orders:
        # when they come
        await come(plain, order, number)

        # then the plan is the one that the procedure says
        assert await outcome(plain, number) == expected(names), order

    left = await plain.rows(
        "SELECT reason FROM inbound_events WHERE status IN ('quarantined', 'received')"
    )
    assert left == []


@few(3)
@given(
    names=st.lists(st.sampled_from([*ALL, *GOING_ON]), min_size=3, max_size=8, unique=True),
    at_once=st.booleans(),
    second=st.integers(0, 8),
)
def test_i7_any_events_in_any_order_and_at_once_leave_one_open_plan(
    lender: Lender, names: Sequence[str], at_once: bool, second: int
) -> None:
    async def tell(world: World) -> None:
        # given any of the events in any order, and somewhere among them another agreement
        world.at_once, world.clock.at = at_once, AN_HOUR_LATER
        documents = [event(name, 1) for name in names]
        documents.insert(min(second, len(names)), event("signed", 1, agreement="OTHER"))
        for document in documents:
            await world.store_event(document)

        # when they are worked off
        await world.run_until_idle()

        # then an agreement has one plan, a client one open plan, and no event is left in the air
        plans = await world.plans()
        assert len(plans) == len({plan.agreement_id for plan in plans}) <= 2
        assert sum(plan.state in OPEN_STATES for plan in plans) <= 1
        waiting = await world.rows("SELECT 1 FROM inbound_events WHERE status = 'received'")
        assert waiting == []
        unknown = await world.rows(
            "SELECT 1 FROM inbound_events WHERE reason LIKE 'agreement_unknown:%'"
        )
        assert not unknown or "signed" not in names

    in_a_world(lender, tell)
