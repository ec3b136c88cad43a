"""What follows changes of contracts and renewals ahead: rooms, subscribers, tasks; once."""

from sqlalchemy import select

from app.db.models import Delivery, Task
from app.domain.contract.change import ChangeKind, LineEdit
from app.services.contracts.undoing import Undo, withdraw_change
from app.services.tasks import Complete, complete_task
from tests.signed_contracts import enter, signed
from tests.world import World, day, local


async def tasks(world: World) -> list[tuple[str, str, str, str]]:
    of_contracts = select(Task).where(Task.playbook_version_id.is_(None)).order_by(Task.id)
    found = await world.all(of_contracts)
    return [(one.title, one.role, str(one.due_on), one.state) for one in found]


async def told(world: World) -> list[tuple[str, str]]:
    found = await world.all(
        select(Delivery).where(Delivery.kind == "chat.post").order_by(Delivery.id)
    )
    return [(one.payload["room"], one.payload["text"].split("*")[1]) for one in found]


async def test_an_upgrade_tells_support_and_has_its_tasks(world: World) -> None:
    await world.at(local("2026-02-01 09:00"))
    contract_id = await signed(world)

    change_id = await enter(
        world, contract_id, ChangeKind.UPGRADE, "2026-03-01", LineEdit("seats", 150)
    )

    first = await tasks(world)
    await world.at(local("2026-03-01 00:00"))
    assert first == [
        (
            "Harbour Dental: Prepare what was added or altered",
            "support",
            "2026-02-28",
            "open",
        )
    ]
    (row, *_) = await world.all(select(Task).order_by(Task.id))
    assert (row.contract_id, row.change_id) == (contract_id, change_id)
    assert [each[0] for each in await tasks(world)] == [
        "Harbour Dental: Prepare what was added or altered",
        "Harbour Dental: Provide what the contract has from today",
        "Harbour Dental: Enter the change and its money in billing",
    ]
    assert await told(world) == [
        ("support", "Signed: Harbour Dental"),
        ("support", "In force: Harbour Dental"),
    ]


async def test_a_change_taken_back_takes_its_tasks_along(world: World) -> None:
    await world.at(local("2026-02-01 09:00"))
    contract_id = await signed(world)
    change_id = await enter(
        world, contract_id, ChangeKind.UPGRADE, "2026-03-01", LineEdit("seats", 150)
    )

    await world.only(withdraw_change, Undo(change_id, "The client asked for it."))

    (one,) = await world.all(select(Task))
    assert one.state == "skipped"
    assert one.reason == "The upgrade was taken back: The client asked for it."


async def test_a_renewal_is_announced_three_times_to_a_room_and_a_person(world: World) -> None:
    await world.at(local("2026-02-01 09:00"))
    contract_id = await signed(world)

    for on in ("2026-10-03", "2026-10-04", "2026-11-02", "2026-11-03", "2026-12-02", "2026-12-03"):
        await world.at(local(f"{on} 09:00"))

    assert await tasks(world) == [
        (
            "Harbour Dental: Ask the client how to go on after the contract's last day",
            "sales",
            "2026-11-01",
            "open",
        ),
        ("Harbour Dental: Offer the renewal's terms", "sales", "2026-11-16", "open"),
        (
            "Harbour Dental: Have the renewal signed or the end confirmed",
            "sales",
            "2026-12-24",
            "open",
        ),
    ]
    assert await told(world) == [("sales", "Renewal ahead: Harbour Dental")] * 3

    # and when a renewal is signed, what prepared it is no more to be done
    await enter(world, contract_id, ChangeKind.RENEWAL, None, LineEdit("seats", add=50))
    assert {state for *_, state in await tasks(world)} == {"skipped"}


async def test_a_task_of_a_contract_is_ticked_like_any_other(world: World) -> None:
    await world.at(local("2026-02-01 09:00"))
    contract_id = await signed(world)
    await enter(world, contract_id, ChangeKind.TERMINATION, "2026-06-01")
    (one,) = await world.all(select(Task))

    await world.only(complete_task, Complete(one.id))

    (done,) = await world.all(select(Task))
    assert (done.state, done.due_on) == ("done", day("2026-05-25"))


async def test_where_no_chat_is_connected_a_person_tells_the_room(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)

    await enter(plain, contract_id, ChangeKind.UPGRADE, "2026-03-01", LineEdit("seats", 150))

    say, prepare = await plain.all(select(Task).order_by(Task.kind))
    assert (say.kind, say.title, say.role, say.state) == (
        "effect",
        "Harbour Dental: Tell support: upgrade, Sunday 1 March 2026",
        "support",
        "open",
    )
    assert "After: 150 x" in say.instructions, say.instructions
    assert prepare.kind == "setup"
    assert await told(plain) == []
