"""Upgrades of packages on the client's contract: recorded, moved, withdrawn, put in force."""

from uuid import UUID

from sqlalchemy import select, update

from app.db.contracts import line_ids
from app.db.models import Client, ContractChange, ContractLine, ContractNotice, ContractRecord, Plan
from app.domain.contract.model import RenewalTerms
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod
from app.scheduler.contract_ticks import follow_plans
from app.services.contracts.creating import NewContract, NewLine, create_contract
from app.services.contracts.plan_contracts import services_known
from app.services.endings import Because, cancel_plan
from app.services.live_dates import SetLiveDate, set_live_date
from tests.api.contracting import stored_client
from tests.world import World, day, local

TOLD = [
    {
        "service": "sms",
        "price": {"amount": "49.00", "currency": "AUD"},
        "billing_period": "week",
        "anchor": "thursday",
        "paid_through": "2026-11-25",
    }
]


async def changes(world: World) -> list[tuple[str, str]]:
    found = await world.all(select(ContractChange).order_by(ContractChange.id))
    return [(each.state, str(each.effective_on)) for each in found]


async def lines_on(world: World, on: str) -> list[tuple[str, int]]:
    found = await world.all(
        select(ContractLine)
        .where(ContractLine.days.op("@>")(day(on)))
        .order_by(ContractLine.product)
    )
    return [(each.product, each.unit_price_minor) for each in found]


def a_contract(
    client_id: UUID, starts_on: str, ends_on: str, renewal: RenewalTerms, lines: tuple[NewLine, ...]
) -> NewContract:
    return NewContract(
        client_id=client_id,
        currency="AUD",
        period=BillingPeriod.MONTH,
        anchor=Anchor(1),
        starts_on=day(starts_on),
        ends_on=day(ends_on),
        renewal=renewal,
        notice_days=0,
        basis=None,
        order_ref=None,
        lines=lines,
    )


async def goes_live(world: World) -> None:
    await world.at(local("2026-12-04 09:00"))
    await world.set_up()
    await world.confirm()
    await world.send_complete()
    await world.set_up()  # nothing is connected: the e-mail is a task
    await world.at(local("2026-12-07 00:00"))


async def test_a_plan_is_a_change_of_the_contract_that_is_made_for_it(plain: World) -> None:
    await plain.receive(client__services=TOLD)

    (contract,) = await plain.all(select(ContractRecord))
    assert (contract.renewal, str(contract.term_ends_on)) == ("none", "9999-12-31")
    assert await changes(plain) == [("scheduled", "2026-12-07")]
    (change,) = await plain.all(select(ContractChange))
    assert change.order_ref == "PROP-1042"
    assert "SMS at 49.00 AUD a week" in change.draft["before"]
    before = await lines_on(plain, "2026-12-06")
    assert ("sms", 4900) in before

    await goes_live(plain)

    assert await changes(plain) == [("in_force", "2026-12-07")]
    after = await lines_on(plain, "2026-12-07")
    assert len(after) > len(before)
    assert await lines_on(plain, "2026-12-06") == before
    # then: the credit of the cut-over is a row of the change, as the plan reckoned it
    rows = await plain.rows("SELECT product, kind, money_minor, days, of_days FROM contract_rows")
    adjusted = await plain.rows(
        "SELECT service, kind, money_minor FROM adjustments WHERE kind IN ('credit', 'charge')"
        " AND state <> 'voided'"
    )
    assert [tuple(row)[:3] for row in rows] == [tuple(row) for row in adjusted]
    assert [tuple(row)[3:] for row in rows] == [(3, 7)]


async def test_a_moved_plan_supersedes_its_change(plain: World) -> None:
    await plain.receive()
    plan = await plain.plan()

    await plain.do(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), "The client asked."))

    assert await changes(plain) == [("superseded", "2026-12-07"), ("scheduled", "2026-12-14")]
    assert len(await plain.all(select(ContractRecord))) == 1


async def test_a_cancelled_plan_takes_its_change_back(plain: World) -> None:
    await plain.receive()
    plan = await plain.plan()

    await plain.do(cancel_plan, Because(plan.id, "Not any more."))

    assert await changes(plain) == [("withdrawn", "2026-12-07")]
    assert [each for each in await lines_on(plain, "2026-12-07") if each[0] == "sms"]


async def test_a_second_upgrade_reads_from_the_contract_how_its_services_bill(
    plain: World,
) -> None:
    await plain.receive(movement={"from": "start", "to": "sprint"})
    await goes_live(plain)

    await plain.receive(
        event_id="zap-2",
        agreement__ref="PROP-2",
        agreement__live_on="2026-12-21",
        movement={"from": "sprint", "to": "scale"},
    )

    plans = await plain.plans()
    (services,) = await plain.rows(
        "SELECT services FROM agreements WHERE id = :id", id=plans[1].agreement_id
    )
    told = {one["service"]: (one["billing_period"], one["anchor"]) for one in services[0]}
    assert told["sms"] == ("week", "monday")
    assert await changes(plain) == [("in_force", "2026-12-07"), ("scheduled", "2026-12-21")]
    assert len(await plain.all(select(ContractRecord))) == 1


async def test_what_the_tables_refuse_is_stopped_and_told_and_stops_no_other(
    plain: World,
) -> None:
    # given: two upgrades of one day; the id of a line that the first is to open is taken
    await plain.receive(client__services=TOLD)
    (change,) = await plain.all(select(ContractChange))
    await plain.receive(event_id="zap-2", agreement__ref="PROP-2", client__ref="C-78")
    opened = change.order["planned"]["opens"][0]["product"]
    owner = await plain.all(
        select(ContractRecord.client_id).where(ContractRecord.id == change.contract_id)
    )
    lines = (NewLine("domain", 1, Money.of("1.00", "AUD")),)
    other = a_contract(owner[0], "2026-01-01", "2027-01-01", RenewalTerms.NONE, lines)
    await plain.only(create_contract, other)
    async with plain.sessions.begin() as session:
        domain = update(ContractLine).where(ContractLine.product == "domain")
        await session.execute(domain.values(id=line_ids(change.id)(opened)))

    # when: both are live, and the tick follows them
    async with plain.sessions.begin() as session:
        await session.execute(update(Plan).values(state="live", went_live_at=Plan.live_at))
    await follow_plans(plain.work)

    assert await changes(plain) == [("failed", "2026-12-07"), ("in_force", "2026-12-07")]
    told = [each.kind for each in await plain.all(select(ContractNotice))]
    assert told == ["change_failed"]


async def test_of_two_contracts_with_a_service_the_one_that_is_written_on_tells_its_price(
    plain: World,
) -> None:
    # given a client that has SMS on two contracts
    client_id = await stored_client(plain.sessions)
    for starts_on, price in (("2026-01-01", "49.00"), ("2026-01-15", "70.00")):
        lines = (NewLine("sms", 1, Money.of(price, "AUD")),)
        contract = a_contract(client_id, starts_on, "2027-01-01", RenewalTerms.NONE, lines)
        await plain.only(create_contract, contract)
    client = await plain.all(select(Client))

    # then its price is that of the older one, however the rows lie
    for starts_on in ("2026-01-01", "2026-01-15"):
        await plain.change(
            "UPDATE contract_lines SET title = title WHERE contract_id ="
            " (SELECT id FROM contracts WHERE starts_on = CAST(:on AS date))",
            on=day(starts_on),
        )
        async with plain.sessions() as session:
            known = await services_known(session, client[0], [], now=plain.now)
        assert [str(one.price) for one in known] == ["49.00 AUD"]


async def test_a_plan_past_the_end_of_a_contract_is_written_on_the_one_that_follows(
    plain: World,
) -> None:
    # given a year's contract that renews by itself on 1 December
    products = ("website_care", "sms", "email_marketing", "google_business")
    client_id = await stored_client(plain.sessions)
    await plain.change("UPDATE clients SET ref = 'C-77' WHERE id = :id", id=client_id)
    lines = tuple(NewLine(each, 1, Money.of("49.00", "AUD")) for each in products)
    contract = a_contract(client_id, "2025-12-01", "2026-12-01", RenewalTerms.AUTOMATIC, lines)
    await plain.only(create_contract, contract)

    # when an upgrade is live on Monday 7 December
    await plain.receive()
    await plain.at(local("2026-12-01 09:00"))
    assert [product for product, _ in await lines_on(plain, "2026-12-02")] == sorted(products)
    await goes_live(plain)
    await plain.at(local("2026-12-08 09:00"))

    # then the client has the new services once, and the old ones no more
    after = [product for product, _ in await lines_on(plain, "2026-12-08")]
    assert len(after) == len(set(after))
    assert (await changes(plain))[-1] == ("in_force", "2026-12-07")
