"""I5 and I6: the instant of sending, the database's edge, and where many act at once."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from app.domain.delivery import MAIL_LEAD, TooLate, sending_time
from app.domain.errors import DomainError
from app.services.client_mail import send_complete_email
from app.services.endings import Because, hold_plan, resume_plan
from app.services.tasks import reopen_task
from tests.world import World, local, refusal, together


@settings(deadline=None)
@given(
    live_at=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
    ahead=st.timedeltas(timedelta(days=-3), timedelta(days=3)),
)
def test_i5_no_instant_of_sending_lies_at_or_after_the_live_instant(
    live_at: datetime, ahead: timedelta
) -> None:
    live = local(live_at.isoformat(), "UTC")
    at = sending_time(live - ahead, not_after=live)
    assert isinstance(at, TooLate) == (ahead <= MAIL_LEAD)
    if not isinstance(at, TooLate):
        assert at < live


async def ready(world: World) -> None:
    """A plan of which only the Complete e-mail is missing."""
    await world.receive()
    await world.set_up()
    await world.at(local("2026-12-01 10:00"))
    await world.confirm()


async def test_i6_many_who_send_at_once_send_one_complete_e_mail(world: World) -> None:
    await ready(world)
    plan = await world.plan()

    done = await together(*[lambda: world.only(send_complete_email, plan.id)] * 5)
    await world.run_until_idle()
    await world.at(local("2026-12-01 11:00"))

    refused = [result.code for result in done if isinstance(result, DomainError)]
    assert refused == ["complete_email_sent_before"] * 4
    complete = [mail for mail in world.mails() if "Complete" in mail["subject"]]
    assert [mail["cc"] for mail in complete] == [["marketing@agency.example"]]


async def test_i6_the_database_refuses_a_second_complete_e_mail(world: World) -> None:
    await ready(world)
    await world.send_complete()

    with pytest.raises(IntegrityError, match="uq_deliveries_one_complete_email"):
        await world.change(
            "INSERT INTO deliveries (id, plan_id, kind, system, subject, key, generation, state,"
            " payload, progress, not_after, attempts, withdraw, created_at, version)"
            " SELECT gen_random_uuid(), plan_id, kind, system, subject, key || 'x', 1, 'pending',"
            " payload, '{}', not_after, 0, false, created_at, 1"
            " FROM deliveries WHERE kind = 'email.complete'"
        )


async def test_i6_anything_open_blocks_the_complete_e_mail(plain: World) -> None:
    world = plain
    await world.receive()
    plan = await world.plan()
    send = send_complete_email
    assert await refusal(world.only(send, plan.id)) == "complete_email_blocked"
    await world.set_up()
    await world.at(local("2026-12-01 10:00"))
    first, *rest = [(one.kind, one.service) for one in await world.adjustments()]
    await world.confirm(*rest)
    assert await refusal(world.only(send, plan.id)) == "complete_email_blocked"
    await world.confirm(first)
    task = next(task for task in await world.tasks() if task.blocks_ready)
    await world.do(reopen_task, task.id)
    assert await refusal(world.only(send, plan.id)) == "complete_email_blocked"


async def test_i6_a_complete_e_mail_that_has_left_unseen_is_not_sent_again_after_a_hold(
    world: World,
) -> None:
    # given a Complete e-mail that the helpdesk has sent, which nobody here has seen yet
    await ready(world)
    await world.send_complete()
    world.clock.at = local("2026-12-01 10:03")
    await world.tell_vendors_the_time()
    plan = await world.plan()

    # when the plan is held, and goes on
    await world.only(hold_plan, Because(plan.id, "Wait."))
    await world.only(resume_plan, plan.id)
    again = world.only(send_complete_email, plan.id)
    code = await refusal(again)
    await world.run_until_idle()

    # then the e-mail counts as sent, a person is told, and no second one can leave
    assert code in ("complete_email_sent_before", "complete_email_too_late")
    plan = await world.plan()
    assert (plan.state, plan.complete_email) == ("in_window", "delivered")
    assert await refusal(world.only(send_complete_email, plan.id)) == "complete_email_sent_before"
    assert "could not be taken back" in (await world.tasks())[-1].title
    await world.at(local("2026-12-02 10:00"))
    assert len([mail for mail in world.mails() if "Complete" in mail["subject"]]) == 1


async def test_i6_a_complete_e_mail_taken_back_in_time_leaves_once_later(world: World) -> None:
    await ready(world)
    await world.send_complete()
    plan = await world.plan()

    await world.do(hold_plan, Because(plan.id, "Wait."))
    assert (await world.plan()).complete_email == "not_sent"
    await world.at(local("2026-12-02 10:00"))
    await world.do(resume_plan, plan.id)
    await world.send_complete()
    await world.at(local("2026-12-02 11:00"))

    complete = [mail for mail in world.mails() if "Complete" in mail["subject"]]
    assert [mail["time"] for mail in complete] == ["2026-12-02T00:02:00Z"]
