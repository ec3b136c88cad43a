"""Signed agreements that change a contract: once, the right one, taken back when voided."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.models import ContractChange, ContractRecord, InboundEvent
from tests.signed_contracts import in_force, signed
from tests.world import World, day, local

SEATS = {"product": "seats", "quantity": 150}


async def comes(
    world: World, *lines: dict[str, Any], event: str = "agreement.signed", **agreement: Any
) -> InboundEvent:
    """A signed change of the only client's contract comes, and is worked off."""
    document = {
        "event": event,
        "agreement": {"ref": "PROP-2", "kind": "upgrade", "lines": list(lines), **agreement},
        "client": {"ref": "C-77"},
    }
    event_id: UUID = await world.store_event(document)
    await world.run_until_idle()
    return await world.event(event_id)


async def changes(world: World) -> list[tuple[str, str, str]]:
    found = await world.all(select(ContractChange).order_by(ContractChange.id))
    return [(each.kind, each.state, str(each.effective_on)) for each in found]


async def test_a_signed_change_is_made_once(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)

    first = await comes(plain, SEATS, effective_on="2026-03-01")
    again = await comes(plain, SEATS, effective_on="2026-03-01")

    assert (first.status, first.reason) == (
        "processed",
        "The upgrade of Sunday 1 March 2026 is scheduled.",
    )
    assert (again.status, again.reason) == (
        "processed",
        "The agreement has its change already.",
    )
    assert await changes(plain) == [("upgrade", "scheduled", "2026-03-01")]
    await plain.at(local("2026-03-01 00:00"))
    assert ("seats", 150) in await in_force(plain, contract_id, day("2026-03-01"))


async def test_every_kind_comes_from_an_agreement(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    await signed(plain)

    await comes(plain, {"product": "seats", "quantity": 50}, kind="downgrade", ref="A-1")
    await comes(plain, SEATS, kind="recast", ref="A-2", effective_on="2026-06-01")
    await comes(plain, kind="termination", ref="A-3", effective_on="2026-05-01")
    await comes(plain, {"product": "sms", "quantity": 2}, kind="renewal", ref="A-4")

    assert await changes(plain) == [
        ("downgrade", "scheduled", "2026-03-01"),
        ("recast", "scheduled", "2026-06-01"),
        ("termination", "scheduled", "2026-05-01"),
    ]
    # then: the contract ends before it could be renewed
    (last,) = await plain.all(select(InboundEvent).where(InboundEvent.agreement_ref == "A-4"))
    assert (last.status, (last.reason or "").split(":")[0]) == ("quarantined", "contract_ended")


async def test_an_upgrade_that_moves_the_end_waits_for_a_person(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    await signed(plain)

    event = await comes(plain, SEATS, ends_on="2027-06-01")

    assert event.status == "quarantined"
    assert (event.reason or "").startswith("kind_mismatch: An upgrade leaves the contract's end")


async def test_a_voided_agreement_takes_its_change_back(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    await signed(plain)
    await comes(plain, SEATS, effective_on="2026-03-01")

    voided = await comes(plain, event="agreement.voided")

    assert (voided.status, voided.reason) == ("processed", "The change was withdrawn.")
    assert await changes(plain) == [("upgrade", "withdrawn", "2026-03-01")]


async def test_an_agreement_voided_too_late_changes_nothing(plain: World) -> None:
    await plain.at(local("2026-03-01 09:00"))
    await signed(plain)
    await comes(plain, SEATS)

    voided = await comes(plain, event="agreement.voided")

    assert voided.reason == "The change is in force: a new change supersedes it."
    assert await changes(plain) == [("upgrade", "in_force", "2026-03-01")]


async def test_of_several_contracts_the_one_is_named(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    first = await signed(plain)
    client_id = (await plain.all(select(ContractRecord.client_id)))[0]
    await plain.change(
        "INSERT INTO contracts SELECT (jsonb_populate_record(c, jsonb_build_object("
        "'id', gen_random_uuid(), 'order_ref', 'PROP-9'))).* FROM contracts c"
    )
    assert client_id is not None

    unnamed = await comes(plain, SEATS)
    document = {
        "event": "agreement.signed",
        "agreement": {"ref": "PROP-3", "lines": [SEATS]},
        "client": {"ref": "C-77"},
        "contract": {"order_ref": "PROP-1"},
    }
    named_id = await plain.store_event(document)
    await plain.run_until_idle()

    assert (unnamed.reason or "").startswith("contract_ambiguous:")
    assert (await plain.event(named_id)).status == "processed"
    assert ("seats", 150) in await in_force(plain, first, day("2026-02-01"))


async def test_a_client_without_a_contract_waits_for_one(plain: World) -> None:
    event = await comes(plain, SEATS)

    assert event.status == "quarantined"
    assert (event.reason or "").startswith("client_unnamed:")
