"""Contracts of which something waits, an approval or a payment, while something else happens."""

from uuid import UUID

from sqlalchemy import select

from app.db.contracts import load
from app.db.models import AccountCredit, ContractRecord
from app.domain.contract.bills import bills
from app.domain.contract.change import ChangeKind, ChangeOrder, LineEdit, Rights, When
from app.domain.proration import Manner
from app.services.contracts.changing import EnterChange, enter_change
from app.services.contracts.creating import NewLine
from app.services.contracts.payments import note_payments
from tests.builders import TESTER
from tests.contracted import aud, percent
from tests.signed_contracts import enter, in_force, signed
from tests.world import World, day, local

SEATS = (NewLine("seats", 100, aud("10.00"), "Seats"),)


async def pay(world: World, contract_id: UUID, unpaid_from: str | None, today: str) -> None:
    unpaid = day(unpaid_from) if unpaid_from else None
    async with world.sessions.begin() as session:
        await note_payments(
            session, contract_id, unpaid, today=day(today), actor=TESTER, now=world.now
        )


async def bills_of(
    world: World, contract_id: UUID, start: str = "2026-01-01", count: int = 40
) -> list[tuple[str, ...]]:
    """The day of each bill, with its charges, its credits, the credit used and its total."""
    async with world.sessions.begin() as session:
        known = (await load(session, contract_id)).known
    accounts = known.accounts
    found = bills(
        known.standing, accounts.rows, start=day(start), count=count, account=accounts.credits
    )
    return [
        (str(b.due_on), *(str(m.amount) for m in (b.charges, b.credits, b.credit_used, b.total)))
        for b in found
    ]


async def test_a_contract_ends_although_a_change_of_it_waits_for_an_approval(plain: World) -> None:
    # Sunday 1 February - an upgrade of that day waits for the approval of its discount
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain, lines=SEATS)
    deep = LineEdit("seats", 150, discount=percent("25"), keeps_discount=False)
    await enter(plain, contract_id, ChangeKind.UPGRADE, "2026-02-01", deep)

    # Wednesday 4 February - the contract is terminated, at once
    await plain.at(local("2026-02-04 09:00"))
    await enter(plain, contract_id, ChangeKind.TERMINATION, "2026-02-04")

    assert await in_force(plain, contract_id, day("2026-02-05")) == []
    found = await bills_of(plain, contract_id)
    assert found[-1] == ("2026-02-04", "0.00", "892.86", "0.00", "0.00")


async def test_a_change_of_today_is_taken_although_another_waits_for_an_approval(
    plain: World,
) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain, lines=SEATS)
    deep = LineEdit("seats", 150, discount=percent("25"), keeps_discount=False)
    await enter(plain, contract_id, ChangeKind.UPGRADE, "2026-02-01", deep)

    await enter(plain, contract_id, ChangeKind.UPGRADE, "2026-02-01", LineEdit("seats", 160))

    assert await in_force(plain, contract_id, day("2026-02-02")) == [("seats", 160)]


async def test_a_held_credit_goes_on_after_a_renewal(plain: World) -> None:
    # given: December's bill is unpaid; 50 seats fewer from 16 December, with a held credit
    await plain.at(local("2026-11-01 09:00"))
    contract_id = await signed(plain, lines=SEATS)
    await pay(plain, contract_id, "2026-12-01", "2026-11-01")
    fewer = ChangeOrder(
        ChangeKind.DOWNGRADE,
        day("2026-11-01"),
        day("2026-12-16"),
        (LineEdit("seats", 50),),
        when=When.ON_DATE,
        manner=Manner.FULL,
    )
    await plain.only(enter_change, EnterChange(contract_id, fewer, Rights()))
    await plain.at(local("2026-12-16 09:00"))
    # when: it renews by itself, and then December's bill is paid
    await plain.at(local("2027-01-01 09:00"))
    (old,) = await plain.all(select(ContractRecord).where(ContractRecord.id == contract_id))
    await pay(plain, contract_id, None, "2027-01-10")

    # then: 516.13 go against the next bills
    assert old.successor_id is not None
    assert await bills_of(plain, old.successor_id, "2027-01-01", 3) == [
        ("2027-01-01", "500.00", "0.00", "0.00", "500.00"),
        ("2027-02-01", "500.00", "0.00", "500.00", "0.00"),
        ("2027-03-01", "500.00", "0.00", "16.13", "483.87"),
    ]


async def test_a_held_credit_stays_on_the_account_after_a_termination(plain: World) -> None:
    await plain.at(local("2026-11-01 09:00"))
    contract_id = await signed(plain, lines=SEATS)
    await pay(plain, contract_id, "2026-12-01", "2026-11-01")
    await enter(plain, contract_id, ChangeKind.TERMINATION, "2026-12-16")
    await plain.at(local("2026-12-16 09:00"))

    await pay(plain, contract_id, None, "2026-12-20")

    waiting = await plain.all(select(AccountCredit))
    assert [(each.contract_id, each.money_minor) for each in waiting] == [(None, 51613)]
