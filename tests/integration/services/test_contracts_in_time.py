"""What time does to contracts: due changes, renewals ahead, renewals at the end."""

from uuid import UUID

from sqlalchemy import select, update

from app.db.contracts import line_ids
from app.db.models import (
    AuditEntry,
    ContractLine,
    ContractNotice,
    ContractRecord,
    Task,
)
from app.domain.contract.change import ChangeKind, LineEdit, Rights
from app.domain.contract.line import LineKind
from app.domain.contract.model import RenewalTerms
from app.domain.period import BillingPeriod
from app.services.contracts.carrying_out import Retry, retry_change
from app.services.contracts.creating import NewContract, NewLine, create_contract
from app.services.contracts.undoing import Undo, withdraw_change
from tests.contracted import aud, percent
from tests.signed_contracts import enter, in_force, said, signed, states
from tests.world import World, day, local, refusal


async def test_a_change_is_carried_out_at_midnight_where_the_client_is(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)
    await enter(plain, contract_id, ChangeKind.UPGRADE, "2026-03-01", LineEdit("seats", 150))

    await plain.at(local("2026-02-28 23:59"))
    before = await states(plain)
    await plain.at(local("2026-03-01 00:00"))

    assert before == [("upgrade", "scheduled")]
    assert await states(plain) == [("upgrade", "in_force")]
    assert ("seats", 150) in await in_force(plain, contract_id, day("2026-03-01"))
    assert ("seats", 100) in await in_force(plain, contract_id, day("2026-02-28"))


async def test_a_late_clock_carries_a_change_out_as_if_it_were_in_time(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)
    await enter(plain, contract_id, ChangeKind.UPGRADE, "2026-03-16", LineEdit("seats", 150))

    await plain.at(local("2026-03-19 09:00"))

    rows = await plain.rows("SELECT kind, money_minor, due_on FROM contract_rows ORDER BY position")
    assert [tuple(row) for row in rows] == [
        ("credit", 51613, day("2026-03-16")),
        ("charge", 77419, day("2026-03-16")),
    ]


async def test_a_change_whose_base_has_gone_is_stopped_and_told_at_once(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)
    late = await enter(plain, contract_id, ChangeKind.UPGRADE, "2026-05-01", LineEdit("seats", 150))
    await enter(plain, contract_id, ChangeKind.UPGRADE, "2026-03-01", LineEdit("seats", 120))

    await plain.at(local("2026-03-01 00:00"))

    assert await states(plain) == [("upgrade", "conflicted"), ("upgrade", "in_force")]
    (notice,) = await plain.all(select(ContractNotice))
    assert (notice.kind, notice.change_id, notice.role) == ("change_conflicted", late, "sales")
    assert notice.said.startswith("The upgrade of Friday 1 May 2026 was stopped: An earlier change")

    # when it is tried again on purpose, its base is taken anew
    await plain.only(retry_change, Retry(late, Rights()))
    await plain.at(local("2026-05-01 00:00"))
    assert ("seats", 150) in await in_force(plain, contract_id, day("2026-05-01"))


async def test_a_change_that_nobody_approved_in_time_fails_and_can_be_retried(
    plain: World,
) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)
    deep = LineEdit("seats", 150, discount=percent("25"), keeps_discount=False)
    change_id = await enter(plain, contract_id, ChangeKind.UPGRADE, "2026-03-01", deep)

    await plain.at(local("2026-03-01 00:00"))
    assert await states(plain) == [("upgrade", "failed")]
    assert await said(plain) == [("change_failed", f"{change_id}/2")]

    # then: today it may still be retried, and waits for its approval again
    await plain.only(retry_change, Retry(change_id, Rights()))
    assert await states(plain) == [("upgrade", "awaiting_approval")]
    await plain.only(withdraw_change_of, change_id)
    assert await states(plain) == [("upgrade", "withdrawn")]


async def withdraw_change_of(session, change_id, *, office, actor, now):  # type: ignore[no-untyped-def]
    command = Undo(change_id, "Not wanted.")
    await withdraw_change(session, command, office=office, actor=actor, now=now)


async def test_a_change_for_today_waits_for_its_approval(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)
    deep = LineEdit("seats", 150, discount=percent("25"), keeps_discount=False)
    await enter(plain, contract_id, ChangeKind.UPGRADE, "2026-02-01", deep)

    await plain.at(local("2026-02-03 09:00"))

    assert await states(plain) == [("upgrade", "awaiting_approval")]
    assert await said(plain) == []


async def test_what_the_tables_refuse_is_stopped_and_told(plain: World) -> None:
    # given: the id of the line that the change is to open is taken
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)
    change_id = await enter(
        plain, contract_id, ChangeKind.UPGRADE, "2026-03-01", LineEdit("seats", 150)
    )
    async with plain.sessions.begin() as session:
        first = await session.get_one(ContractRecord, contract_id)
    other = NewContract(
        client_id=first.client_id,
        currency="AUD",
        period=BillingPeriod.MONTH,
        anchor=None,
        starts_on=day("2026-01-01"),
        ends_on=day("2027-01-01"),
        renewal=RenewalTerms.NONE,
        notice_days=0,
        basis=None,
        order_ref=None,
        lines=(NewLine("domain", 1, aud("1.00")),),
    )
    await plain.only(create_contract, other)
    async with plain.sessions.begin() as session:
        domain = update(ContractLine).where(ContractLine.product == "domain")
        await session.execute(domain.values(id=line_ids(change_id)("seats")))

    await plain.at(local("2026-03-01 00:00"))

    assert await states(plain) == [("upgrade", "failed")]
    assert await said(plain) == [("change_failed", f"{change_id}/2")]
    assert ("seats", 100) in await in_force(plain, contract_id, day("2026-03-01"))


async def test_what_builds_on_a_withdrawn_change_is_stopped_and_told(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)
    first = await enter(
        plain, contract_id, ChangeKind.UPGRADE, "2026-03-01", LineEdit("seats", 120)
    )
    second = await enter(
        plain, contract_id, ChangeKind.UPGRADE, "2026-05-01", LineEdit("seats", 150)
    )

    await plain.only(withdraw_change_of, first)

    assert await states(plain) == [("upgrade", "withdrawn"), ("upgrade", "conflicted")]
    (notice,) = await plain.all(select(ContractNotice))
    assert (notice.kind, notice.change_id) == ("change_conflicted", second)

    # and: nobody has to see to it once that is withdrawn too
    await plain.only(withdraw_change_of, second)
    (notice,) = await plain.all(select(ContractNotice))
    assert notice.done_at is not None


async def test_a_retry_after_its_day_is_a_managers(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)
    deep = LineEdit("seats", 150, discount=percent("25"), keeps_discount=False)
    change_id = await enter(plain, contract_id, ChangeKind.UPGRADE, "2026-03-01", deep)
    await plain.at(local("2026-03-10 00:00"))

    code = await refusal(plain.only(retry_change, Retry(change_id, Rights())))

    assert code == "effective_in_past"
    assert await states(plain) == [("upgrade", "failed")]


async def test_renewals_are_announced_ninety_sixty_and_thirty_days_before(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    await signed(plain)
    for on in ("2026-10-02", "2026-10-03", "2026-10-04", "2026-11-02", "2026-12-02", "2026-12-03"):
        await plain.at(local(f"{on} 09:00"))

    # then: 1 January less 90, 60 and 30 days
    assert await said(plain) == [
        ("renewal_ahead", "2027-01-01/90"),
        ("renewal_ahead", "2027-01-01/60"),
        ("renewal_ahead", "2027-01-01/30"),
    ]
    (first, *_) = await plain.all(select(ContractNotice).order_by(ContractNotice.created_at))
    assert first.created_at == local("2026-10-03 09:00")
    assert first.said.startswith("The contract of Harbour Dental renews by itself in 90 days")
    actions = await plain.all(select(AuditEntry.action))
    assert actions.count("contract.renewal_ahead") == 3


async def test_an_announcement_that_fails_holds_up_no_other(plain: World) -> None:
    # given three contracts that end together, and something wrong with the second
    await plain.at(local("2026-02-01 09:00"))
    first, faulty, third = [await signed(plain, ref) for ref in ("C-1", "C-2", "C-3")]
    await plain.change(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN IF NEW.contract_id = '{faulty}' THEN"
        " RAISE EXCEPTION 'no' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$"
    )
    await plain.change(
        "CREATE TRIGGER refuse BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION refuse()"
    )

    # when the day comes on which they are announced
    await plain.at(local("2026-10-03 09:00"))

    # then the others are, with all that follows
    assert await announced(plain) == {first, third}
    prepared = await plain.all(select(Task).where(Task.kind == "setup"))
    assert {task.contract_id for task in prepared} == {first, third}

    # and the second once nothing is wrong with it any more
    await plain.change("DROP TRIGGER refuse ON tasks")
    await plain.at(local("2026-10-03 09:05"))
    assert await announced(plain) == {first, faulty, third}


async def announced(world: World) -> set[UUID]:
    found = await world.all(select(ContractNotice))
    return {each.contract_id for each in found}


async def test_an_automatic_contract_renews_at_midnight_as_it_stands(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)
    await enter(plain, contract_id, ChangeKind.UPGRADE, "2026-06-01", LineEdit("seats", 130))

    await plain.at(local("2026-12-31 23:59"))
    assert len(await plain.all(select(ContractRecord))) == 1
    await plain.at(local("2027-01-01 00:00"))

    old, new = await plain.all(select(ContractRecord).order_by(ContractRecord.starts_on))
    assert (old.successor_id, new.predecessor_id) == (new.id, old.id)
    assert (new.starts_on, new.term_ends_on) == (day("2027-01-01"), day("2028-01-01"))
    assert await in_force(plain, new.id, day("2027-01-01")) == [("seats", 130), ("sms", 1)]
    discounts = await plain.rows(
        "SELECT discount_percent FROM contract_lines WHERE contract_id = :id", id=new.id
    )
    assert [row[0] for row in discounts] == [None, None]
    assert ("renewed", "2027-01-01") in await said(plain)


async def test_a_signed_change_overrides_the_automatic_renewal(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)
    hours = LineEdit("hours", 100, unit_price=aud("2.00"), kind=LineKind.ONE_TIME)
    await enter(plain, contract_id, ChangeKind.RENEWAL, None, LineEdit("seats", add=50), hours)

    await plain.at(local("2027-01-01 00:00"))

    _, new = await plain.all(select(ContractRecord).order_by(ContractRecord.starts_on))
    assert await in_force(plain, new.id, day("2027-01-01")) == [
        ("hours", 100),
        ("seats", 150),
        ("sms", 1),
    ]
    assert await states(plain) == [("renewal", "in_force")]


async def test_a_terminated_contract_renews_nothing(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    contract_id = await signed(plain)
    await enter(plain, contract_id, ChangeKind.TERMINATION, None)

    await plain.at(local("2026-12-05 00:00"))
    assert await said(plain) == []
    await plain.at(local("2027-01-01 00:00"))

    (one,) = await plain.all(select(ContractRecord))
    assert one.is_terminated
    assert await states(plain) == [("termination", "in_force")]


async def test_a_manual_contract_is_only_announced(plain: World) -> None:
    await plain.at(local("2026-02-01 09:00"))
    await signed(plain, renewal=RenewalTerms.MANUAL)

    await plain.at(local("2026-12-20 09:00"))
    await plain.at(local("2027-01-05 09:00"))

    assert await said(plain) == [("renewal_ahead", "2027-01-01/30")]
    assert len(await plain.all(select(ContractRecord))) == 1


async def test_a_renewal_that_cannot_be_is_told_once_and_waits_for_a_person(
    plain: World,
) -> None:
    # given: only what was bought once is left
    await plain.at(local("2026-02-01 09:00"))
    hours = NewLine("hours", 20, aud("1.00"), "Hours", LineKind.ONE_TIME)
    await signed(plain, lines=(hours,))

    await plain.at(local("2027-01-01 00:00"))
    await plain.at(local("2027-01-02 00:00"))

    told = [each for each in await said(plain) if each[0] == "renewal_stopped"]
    assert told == [("renewal_stopped", "2027-01-01")]
    (one,) = await plain.all(select(ContractRecord))
    assert one.successor_id is None
