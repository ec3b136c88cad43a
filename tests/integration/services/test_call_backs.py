"""Call backs of the automation: they confirm what was asked for, and contradict in the open."""

from typing import Any
from uuid import uuid4

import pytest

from app.domain.carrying_out import Evidence
from app.services.adjustments import Confirm, confirm_adjustment, fail_adjustment, void_adjustment
from tests.automated import Automated
from tests.world import local

WINDOW = local("2026-12-01 09:00")


async def taken_on(automated: Automated) -> None:
    """Released and submitted; the automation has taken everything on and is silent."""
    world = automated.world
    await world.receive()
    await automated.release()
    world.fault("automation", "billing.call_back", "timeout", times=9)
    await world.at(WINDOW)
    await automated.settle()
    assert await automated.states() == {"submitted": 9}
    world.said()


async def test_a_call_back_confirms_with_its_evidence_and_ticks_the_task(
    automated: Automated,
) -> None:
    world = automated.world
    await taken_on(automated)
    one = await automated.one()

    event = await automated.call_back(one, agreement={"ref": "PROP-1042"}, client={"ref": "C-77"})

    assert (event.status, event.reason) == ("processed", "Cancel service 'sms': confirmed.")
    assert event.plan_id == (await world.plan()).id
    one = await automated.one()
    assert one.evidence == {"reference": "IGN-77", "note": None}
    assert one.carried_out_at == WINDOW
    (task,) = [task for task in await world.tasks() if task.adjustment_id == one.id]
    assert (task.state, task.done_by) == ("done", "agreement")
    assert automated.told() == []


async def test_the_same_call_back_again_changes_nothing(automated: Automated) -> None:
    await taken_on(automated)
    one = await automated.one()
    await automated.call_back(one)
    before = (await automated.world.plan()).version

    again = await automated.call_back(one, evidence={"reference": "another"})

    assert (again.status, again.reason) == ("ignored", "The adjustment is confirmed already.")
    assert (await automated.world.plan()).version == before
    assert (await automated.one()).evidence == {"reference": "IGN-77", "note": None}


async def test_money_is_called_back_in_words_of_its_own(automated: Automated) -> None:
    world = automated.world
    service = {
        "service": "sms",
        "price": {"amount": "49.00", "currency": "AUD"},
        "billing_period": "week",
        "anchor": "thursday",
        "paid_through": "2026-12-02",
    }
    await world.receive(client__services=[service])
    await automated.release()
    await world.at(WINDOW)
    await automated.settle()

    credit = await automated.one("credit", "sms")
    assert credit.state == "confirmed"
    (asked,) = [each for each in automated.asked() if each["kind"] == "credit"]
    assert asked["money"] == {"amount": "21.00", "currency": "AUD"}
    assert asked["call_back"]["event"] == "billing.credited"
    assert "21.00" in asked["reckoning"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"event": "billing.service_started"}, "call_back_of_another_kind"),
        ({"event": "billing.charged"}, "call_back_of_another_kind"),
        ({"agreement": {"ref": "PROP-9"}}, "call_back_for_another_plan"),
        ({"plan": {"ref": "UPG-9"}}, "call_back_for_another_plan"),
        ({"client": {"ref": "C-9"}}, "call_back_for_another_client"),
        ({"client": {"email": "bob@bakery.example"}}, "call_back_for_another_client"),
        ({"evidence": {}}, "evidence_missing"),
        ({"evidence": None}, "evidence_missing"),
    ],
)
async def test_a_contradiction_is_kept_told_and_changes_nothing(
    automated: Automated, changes: dict[str, Any], code: str
) -> None:
    await taken_on(automated)
    one = await automated.one()

    event = await automated.call_back(one, **changes)

    assert event.status == "quarantined"
    assert event.reason is not None
    assert event.reason.startswith(f"{code}: ")
    assert event.plan_id == (await automated.world.plan()).id
    assert (await automated.one()).state == "submitted"
    assert automated.told() == ["Look in billing"]


async def test_what_was_never_submitted_is_not_believed(automated: Automated) -> None:
    world = automated.world
    await world.receive()
    one = await automated.one()

    early = await automated.call_back(one)
    await world.at(WINDOW)
    due = await automated.call_back(one)
    await world.do(fail_adjustment, one.id, "No access.")
    failed = await automated.call_back(one)

    reasons = [event.reason or "" for event in (early, due, failed)]
    assert [reason.partition(":")[0] for reason in reasons] == ["call_back_not_asked_for"] * 3
    assert (await automated.one()).state == "failed"


async def test_a_voided_one_and_one_made_by_hand_are_looked_at_by_people(
    automated: Automated,
) -> None:
    world = automated.world
    await taken_on(automated)
    by_hand, voided = (await world.adjustments())[:2]
    for one in (by_hand, voided):
        await world.do(fail_adjustment, one.id, "It is not in billing.")
    command = Confirm(by_hand.id, f"Harbour Dental / {by_hand.service}", Evidence("IGN-1"))
    await world.do(confirm_adjustment, command)
    await world.do(void_adjustment, voided.id, "Not wanted.")
    world.said()

    twice = await automated.call_back(by_hand)
    unwanted = await automated.call_back(voided)

    reasons = [event.reason or "" for event in (twice, unwanted)]
    assert [reason.partition(":")[0] for reason in reasons] == [
        "call_back_for_made_by_hand",
        "call_back_for_voided",
    ]
    assert automated.told() == ["Look in billing"] * 2


async def test_what_was_called_failed_was_made_after_all(automated: Automated) -> None:
    world = automated.world
    await taken_on(automated)
    one = await automated.one()
    await world.do(fail_adjustment, one.id, "It is not in billing.")
    await world.at(local("2026-12-08 09:00"))

    event = await automated.call_back(one)

    assert event.status == "processed"
    one = await automated.one()
    assert (one.state, one.carried_out_at, one.carried_out_by) == (
        "confirmed",
        WINDOW,
        "agreement (by the billing hook)",
    )


async def test_a_request_for_an_earlier_date_does_not_confirm_the_new_one(
    automated: Automated,
) -> None:
    world = automated.world
    await taken_on(automated)
    one = await automated.one()
    await world.do(fail_adjustment, one.id, "It is not in billing.")
    await automated.move("2026-12-14")
    await world.at(local("2026-12-08 09:00"))
    await world.do(fail_adjustment, one.id, "No access.")

    event = await automated.call_back(one)

    assert (event.reason or "").startswith("call_back_not_asked_for: ")


@pytest.mark.parametrize(
    ("document", "code", "told"),
    [
        ({}, "not_understood", False),
        ({"adjustment_id": "sms"}, "not_understood", False),
        ({"adjustment_id": str(uuid4())}, "adjustment_not_found", False),
        ({"adjustment_id": str(uuid4()), "agreement": {"ref": "PROP-9"}}, None, False),
        ({"adjustment_id": "sms", "agreement": {"ref": "PROP-1042"}}, "not_understood", True),
        (
            {"adjustment_id": str(uuid4()), "agreement": {"ref": "PROP-1042"}},
            "adjustment_not_found",
            True,
        ),
        ({"adjustment_id": ["x"], "agreement": "PROP-1042"}, "not_understood", False),
    ],
)
async def test_a_call_back_about_nothing_is_told_where_it_names_a_plan(
    automated: Automated, document: dict[str, Any], code: str | None, told: bool
) -> None:
    await taken_on(automated)

    event = await automated.hear({"event": "billing.service_cancelled", **document})

    assert event.status == "quarantined"
    assert (event.reason or "").startswith(f"{code or 'adjustment_not_found'}: ")
    assert (event.plan_id is not None) is told
    assert automated.told() == ["Look in billing"] * told
    assert await automated.states() == {"submitted": 9}
