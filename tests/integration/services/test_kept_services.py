"""An old service whose ending is dropped goes on: no money for it is left, and people know it."""

from app.domain.carrying_out import Evidence
from app.services.adjustments import void_adjustment
from app.services.client_mail import preview_complete_email
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.tasks import Complete, complete_task
from tests.builders import THURSDAYS
from tests.world import World, day, local


async def of_sms(world: World) -> dict[str, str]:
    """The states of what the plan does with the old SMS."""
    return {
        one.kind: one.state
        for one in await world.adjustments()
        if one.service == "sms" and one.kind != "start_service"
    }


async def drop_ending(world: World) -> None:
    """Billing drops the ending of SMS."""
    (ending,) = [
        one
        for one in await world.adjustments()
        if (one.kind, one.service) == ("cancel_service", "sms")
    ]
    await world.do(void_adjustment, ending.id, "They keep it.")


async def test_a_service_that_goes_on_leaves_no_credit_and_the_client_is_promised_none(
    world: World,
) -> None:
    # given a service of which three paid days would be credited
    await world.receive(client__services=[THURSDAYS])
    plan = await world.plan()
    assert await of_sms(world) == {"cancel_service": "scheduled", "credit": "scheduled"}
    world.said()

    # when its ending is dropped
    await drop_ending(world)

    # then the credit is dropped with it, and Support hears that the service goes on
    assert await of_sms(world) == {"cancel_service": "voided", "credit": "voided"}
    (credit,) = [one for one in await world.adjustments() if one.kind == "credit"]
    assert (credit.reason, credit.waived_by) == (
        "The ending of its service was dropped: nothing is left over of it.",
        None,
    )
    (task,) = [task for task in await world.tasks() if task.adjustment_id == credit.id]
    assert task.state == "skipped"
    entries = [one for one in await world.audit() if one.action == "adjustment.voided"]
    assert [(one.after or {})["kind"] for one in entries] == ["cancel_service", "credit"]
    ((room, line),) = world.said()
    assert room == "support"
    assert "*A service goes on: Harbour Dental*" in line
    text = world.effects("google_chat")[-1]["text"]
    assert "SMS is not ended: it goes on, and is billed as before" in text
    assert "Tester dropped its ending: They keep it." in text

    # and the Complete e-mail promises no credit
    async with world.sessions() as session:
        _, preview = await preview_complete_email(session, plan.id, office=world.office)
    assert "credit" not in preview.letter.text

    # and a move asks for nothing of it
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), "later"))
    assert await of_sms(world) == {"cancel_service": "voided", "credit": "voided"}
    assert [one.kind for one in await world.adjustments() if one.service == "sms"].count(
        "credit"
    ) == 1


async def test_a_credit_that_was_made_for_a_service_that_goes_on_is_taken_back(
    world: World,
) -> None:
    # given a credit that was made before the service was ended
    await world.receive(client__services=[THURSDAYS])
    await world.at(local("2026-12-04 09:00"))
    await world.confirm(("credit", "sms"))

    # when the ending is dropped
    await drop_ending(world)

    # then a person takes the credit back, and the plan does not go live before that
    assert await of_sms(world) == {"cancel_service": "voided", "credit": "confirmed"}
    (task,) = [task for task in await world.tasks() if task.kind == "reversal"]
    assert (task.title, task.state, task.blocks_ready) == (
        "Take back the credit for SMS",
        "open",
        True,
    )
    assert "The ending of its service was dropped" in task.instructions
    await world.do(complete_task, Complete(task.id, evidence=Evidence("IGN-9")))
    (credit,) = [one for one in await world.adjustments() if one.kind == "credit"]
    assert credit.reversal == "done"
