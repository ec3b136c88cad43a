"""I1, I2, I3 and I7 at the database's own edges, and where two act at once."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.domain.agreement import read_signed
from app.domain.carrying_out import Evidence
from app.domain.errors import DomainError
from app.services.adjustments import Confirm, confirm_adjustment
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.plans import make_plan
from tests.builders import signed_document
from tests.world import World, day, local, refusal, together


@pytest.mark.parametrize("wrong", ["2026-12-08", "2026-12-13", "2026-12-06"])
async def test_i1_no_way_in_takes_a_live_date_that_is_no_monday(plain: World, wrong: str) -> None:
    await plain.receive(agreement__live_on=wrong)
    plan = await plain.plan()
    assert plan.live_on is None

    moved = plain.only(set_live_date, SetLiveDate(plan.id, day(wrong), None))
    assert await refusal(moved) == "not_a_monday"

    # and the database refuses it as well
    with pytest.raises(IntegrityError, match="live_on_is_a_monday"):
        await plain.change(
            "UPDATE plans SET live_on = :day, live_at = :at, window_opens_at = :opens",
            day=day(wrong),
            at=local(f"{wrong} 00:00"),
            opens=local("2026-12-01 00:00"),
        )


async def test_i2_a_live_date_that_has_begun_is_refused_to_the_microsecond(plain: World) -> None:
    await plain.receive(agreement__live_on=...)
    plan = await plain.plan()
    command = SetLiveDate(plan.id, day("2026-12-07"), None)

    await plain.at(local("2026-12-07 00:00"))
    assert await refusal(plain.only(set_live_date, command)) == "live_date_past"

    await plain.at(local("2026-12-07 00:00") - timedelta(microseconds=1))
    await plain.only(set_live_date, command)
    assert (await plain.plan()).flags == ["compressed"]


async def test_i2_monday_is_monday_in_the_clients_zone(plain: World) -> None:
    # given a client on Kiritimati, fourteen hours ahead, where Monday begins on Sunday 10:00 UTC
    await plain.receive(client__timezone="Pacific/Kiritimati", agreement__live_on="2026-12-07")

    plan = await plain.plan()

    assert plan.live_at == local("2026-12-07 00:00", "Pacific/Kiritimati")
    await plain.at(local("2026-12-06 10:00", "UTC"))
    assert (await plain.plan()).state == "missed"


async def test_i3_the_database_refuses_an_adjustment_carried_out_outside_its_window(
    plain: World,
) -> None:
    await plain.receive()
    before, after = local("2026-11-30 23:59"), local("2026-12-07 00:00")

    for at in (before, after):
        with pytest.raises(IntegrityError, match="carried_out_in_its_window"):
            await plain.change(
                "UPDATE adjustments SET state = 'confirmed', evidence = '{}', carried_out_at = :at,"
                " carried_out_on = '2026-12-01'",
                at=at,
            )
    for state in ("confirmed", "submitted"):
        with pytest.raises(IntegrityError, match="carried_out_when"):
            await plain.change(
                "UPDATE adjustments SET evidence = '{}', state = :state", state=state
            )


@pytest.mark.parametrize("state", ["on_hold", "cancelled", "scheduled", "missed"])
async def test_i3_a_plan_that_is_not_in_its_window_has_nothing_carried_out(
    plain: World, state: str
) -> None:
    # given a plan that is somewhere else while its window is open
    await plain.receive()
    plain.clock.at = local("2026-12-02 10:00")
    await plain.change("UPDATE plans SET state = :state", state=state)
    one = (await plain.adjustments())[0]

    command = Confirm(one.id, f"Harbour Dental / {one.service}", Evidence("R-1"))

    assert await refusal(plain.only(confirm_adjustment, command)) == "plan_not_in_window"


async def test_i3_two_people_who_confirm_at_once_carry_it_out_once(plain: World) -> None:
    await plain.receive()
    await plain.at(local("2026-12-01 10:00"))
    one = (await plain.adjustments())[0]
    command = Confirm(one.id, f"Harbour Dental / {one.service}", Evidence("R-1"))

    done = await together(*[lambda: plain.only(confirm_adjustment, command)] * 3)

    refused = [result for result in done if isinstance(result, DomainError)]
    assert [error.code for error in refused] == ["adjustment_state_refuses"] * 2
    entries = [entry for entry in await plain.audit() if entry.action == "adjustment.confirmed"]
    assert len(entries) == 1


async def test_i7_second_agreements_at_once_leave_one_open_plan(plain: World) -> None:
    # given five agreements of one client, two of which do not even name it in the same way
    plain.at_once = True
    for number in range(5):
        await plain.store_event(
            signed_document(
                agreement__ref=f"PROP-{number}",
                client__ref="C-77" if number % 2 else None,
            )
        )

    await plain.run_until_idle()

    plans = await plain.plans()
    assert sorted(plan.state for plan in plans) == ["needs_review"] * 4 + ["scheduled"]
    waiting = [plan for plan in plans if plan.state == "needs_review"]
    (open_plan,) = (plan for plan in plans if plan.state == "scheduled")
    reasons = {plan.review_reason for plan in waiting}
    assert reasons == {f"The client has the open plan {open_plan.ref} already."}
    assert len(await plain.rows("SELECT 1 FROM clients")) == 1


async def test_i7_the_database_refuses_a_second_open_plan(plain: World) -> None:
    await plain.receive()
    await plain.receive(agreement__ref="PROP-2", event_id="zap-2")

    with pytest.raises(IntegrityError, match="uq_plans_one_open_a_client"):
        await plain.change("UPDATE plans SET state = 'awaiting_live_date'")


async def test_i7_a_request_and_an_event_of_one_agreement_make_one_plan(plain: World) -> None:
    # given the agreement entered by hand and brought by an event at the same moment
    await plain.store_event(signed_document())
    signed = read_signed(signed_document())

    await together(lambda: plain.only(make_plan, signed), plain.run_jobs)

    assert len(await plain.plans()) == 1


async def test_i7_the_same_number_of_another_client_is_no_repeat(plain: World) -> None:
    await plain.receive()
    event = await plain.receive(event_id="zap-2", client__ref="C-78")

    quarantined = await plain.event(event)
    assert quarantined.status == "quarantined"
    assert (quarantined.reason or "").startswith("agreement_ref_taken")


async def test_work_goes_to_the_next_in_turn_also_at_the_same_moment(plain: World) -> None:
    # given a second Support Specialist
    await plain.change(
        "INSERT INTO staff (id, name, email, role, active, refs, version)"
        " VALUES (gen_random_uuid(), 'Sid', 'sid@agency.example', 'support', true, '{}', 1)"
    )
    plain.at_once = True
    for number in range(2):
        await plain.store_event(
            signed_document(
                agreement__ref=f"P-{number}",
                client__ref=f"C-{number}",
                client__email=f"c{number}@client.example",
            )
        )

    await plain.run_until_idle()

    counted = await plain.rows("SELECT count(*) FROM plans GROUP BY support_id")
    assert [row[0] for row in counted] == [1, 1]
