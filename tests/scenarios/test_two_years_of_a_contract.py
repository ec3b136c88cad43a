"""A diary of two years of one client's contract, with every bill to the cent."""

from uuid import UUID

from sqlalchemy import select

from app.db.models import AccountCredit, ContractChange, ContractRecord
from app.domain.contract.change import ChangeKind, ChangeOrder, LineEdit, Rights
from app.domain.contract.line import LineKind
from app.domain.contract.model import RenewalTerms
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod, months_after
from app.queries.contracts import next_bills, story_of
from app.queries.entitlements import entitlements_on
from app.services.contracts.changing import EnterChange, enter_change, policy_for
from app.services.contracts.creating import NewContract, NewLine, create_contract
from app.services.contracts.undoing import Undo, reinstate
from tests.api.contracting import stored_client
from tests.contracted import percent
from tests.world import World, day, local

ONCE = LineKind.ONE_TIME


def aud(amount: str) -> Money:
    return Money.of(amount, "AUD")


async def enter(
    world: World, contract_id: UUID, kind: ChangeKind, on: str | None, *edits: LineEdit
) -> UUID:
    order = ChangeOrder(kind, world.now.date(), day(on) if on else None, edits)
    command = EnterChange(contract_id, order, Rights())
    return UUID(str((await world.do(enter_change, command)).id))


async def bills(world: World, contract_id: UUID) -> list[tuple[str, str]]:
    """Every bill of a contract, from its first day on."""
    async with world.sessions() as session:
        contract = await session.get_one(ContractRecord, contract_id)
        found = await next_bills(
            session,
            contract_id,
            start=contract.starts_on,
            count=100,
            without=(),
            only_in_force=True,
            policy=policy_for(world.office, ChangeKind.RENEWAL),
            now=world.now,
        )
    return [(str(bill.due_on), str(bill.total.amount)) for bill in found]


async def has(world: World, client_id: UUID, on: str) -> dict[str, int]:
    async with world.sessions() as session:
        found = await entitlements_on(
            session,
            client_id,
            day(on),
            policy=policy_for(world.office, ChangeKind.RENEWAL),
        )
    return {each.product: each.quantity for each in found}


async def newest(world: World) -> ContractRecord:
    records = await world.all(select(ContractRecord).order_by(ContractRecord.starts_on))
    found: ContractRecord = records[-1]
    return found


def monthly(first: str, last: str, amount: str) -> list[tuple[str, str]]:
    """The same bill on the same day of every month."""
    months, on = [], day(first)
    while on <= day(last):
        months.append((str(on), amount))
        on = months_after(on, 1)
    return months


async def test_two_years_of_one_client_to_the_cent(quiet_world: World) -> None:
    world = quiet_world
    client_id = await stored_client(world.sessions, "Corner Bakery (sample)")

    # Monday 12 January 2026 - signed, from Thursday 15 January on, billed on the first
    await world.at(local("2026-01-12 10:00"))
    seats = NewLine("seats", 100, aud("10.00"), "Seats", discount=percent("10", once=True))
    made = await world.do(
        create_contract,
        NewContract(
            client_id=client_id,
            currency="AUD",
            period=BillingPeriod.MONTH,
            anchor=Anchor(1),
            starts_on=day("2026-01-15"),
            ends_on=day("2027-01-15"),
            renewal=RenewalTerms.MANUAL,
            notice_days=0,
            basis=None,
            order_ref="PROP-90",
            lines=(
                NewLine("growth", 1, aud("500.00"), "Growth plan"),
                seats,
                NewLine("onboarding", 1, aud("1000.00"), "Onboarding", ONCE),
            ),
        ),
    )
    first = made.id
    assert await has(world, client_id, "2026-01-14") == {}
    assert await has(world, client_id, "2026-01-15") == {
        "growth": 1,
        "onboarding": 1,
        "seats": 100,
    }

    # Monday 11 May - the next block of 50 seats, from Saturday 16 May on; the end stays
    await world.at(local("2026-05-11 10:00"))
    await enter(world, first, ChangeKind.UPGRADE, "2026-05-16", LineEdit("seats", 150))
    assert (await has(world, client_id, "2026-05-15"))["seats"] == 100
    assert (await has(world, client_id, "2026-05-16"))["seats"] == 150
    await world.at(local("2026-05-16 00:00"))

    # Thursday 10 December - a renewal with 50 more seats and 100 hours, from 15 January 2027 on
    await world.at(local("2026-12-10 10:00"))
    hours = LineEdit("hours", 100, unit_price=aud("2.00"), title="Service hours", kind=ONCE)
    await enter(world, first, ChangeKind.RENEWAL, None, LineEdit("seats", add=50), hours)
    await world.at(local("2027-01-14 23:59"))
    assert len(await world.all(select(ContractRecord))) == 1
    await world.at(local("2027-01-15 00:00"))
    second = (await newest(world)).id

    assert await bills(world, first) == [
        # 17 of 31 days: 274.19 + 548.39, less 10 % of the seats (54.84), and 1000.00 once
        ("2026-01-15", "1767.74"),
        *monthly("2026-02-01", "2026-05-01", "1500.00"),
        ("2026-05-16", "258.06"),  # 1500.00 x 16 / 31 less 1000.00 x 16 / 31
        *monthly("2026-06-01", "2026-12-01", "2000.00"),
        ("2027-01-01", "903.23"),  # 14 of 31 days: 225.81 + 677.42
    ]
    assert await has(world, client_id, "2027-01-15") == {"growth": 1, "hours": 100, "seats": 200}

    # Saturday 5 June - from the growth to the enterprise plan, twelve months from 16 June on
    await world.at(local("2027-06-05 10:00"))
    bigger = LineEdit("enterprise", 1, unit_price=aud("900.00"), title="Enterprise plan")
    await enter(world, second, ChangeKind.RECAST, "2027-06-16", LineEdit("growth", 0), bigger)
    await world.at(local("2027-06-16 00:00"))
    third = await newest(world)
    old = await world.all(select(ContractRecord).where(ContractRecord.id == second))

    assert (third.predecessor_id, old[0].successor_id) == (second, third.id)
    assert (str(third.starts_on), str(third.term_ends_on)) == ("2027-06-16", "2028-06-16")
    assert await bills(world, second) == [
        ("2027-01-15", "1570.96"),  # 17 of 31 days: 274.19 + 1096.77, and 200.00 once
        *monthly("2027-02-01", "2027-06-01", "2500.00"),
    ]
    assert await has(world, client_id, "2027-06-16") == {
        "enterprise": 1,
        "hours": 100,  # bought once, and not billed again
        "seats": 200,
    }

    # Wednesday 1 September - they want to leave on 30 November; on 20 September they stay
    await world.at(local("2027-09-01 10:00"))
    leaving = await enter(world, third.id, ChangeKind.TERMINATION, "2027-11-30")
    assert await has(world, client_id, "2027-11-30") == {}
    await world.at(local("2027-09-20 10:00"))

    async def stay(session, *, office, actor, now):  # type: ignore[no-untyped-def]
        await reinstate(session, Undo(leaving, "They stay."), office=office, actor=actor, now=now)

    await world.do(stay)
    assert (await has(world, client_id, "2027-11-30"))["seats"] == 200
    await world.at(local("2027-11-30 09:00"))
    assert (await has(world, client_id, "2027-11-30"))["seats"] == 200

    # Wednesday 1 December - they leave after all: 25 December is the first day without
    await world.at(local("2027-12-01 10:00"))
    await enter(world, third.id, ChangeKind.TERMINATION, "2027-12-25")
    await world.at(local("2027-12-25 00:00"))

    assert await bills(world, third.id) == [
        # 2900.00 less what of June is paid and not used: 250.00 + 1000.00, 15 of 30 days
        ("2027-06-16", "1650.00"),
        *monthly("2027-07-16", "2027-12-16", "2900.00"),
        ("2027-12-25", "0.00"),
    ]
    assert await has(world, client_id, "2027-12-25") == {}
    # then: 22 of 31 days, 638.71 + 1419.35, stay on the account; nobody pays them out
    (left,) = await world.all(select(AccountCredit).where(AccountCredit.contract_id.is_(None)))
    assert left.money_minor == 205806
    await world.at(local("2028-06-16 00:00"))
    assert len(await world.all(select(ContractRecord))) == 3

    # and: the third contract tells its story
    async with world.sessions() as session:
        told = await story_of(session, third.id)
    states = await world.all(select(ContractChange.state).order_by(ContractChange.id))
    assert states == ["in_force", "in_force", "in_force", "withdrawn", "in_force"]
    assert [str(entry.on) for entry in told] == [
        "2027-06-16",
        "2027-11-30",
        "2027-12-25",
        "2027-12-25",
    ]
    assert "withdrawn, They stay." in told[1].text
    assert told[3].text == "The contract ends; its last day is Friday 24 December 2027."
