"""E-mails are seen as sent, also where others never will be."""

from datetime import timedelta

from app.services.endings import Because, acknowledge_plan, hold_plan
from tests.builders import signed_document
from tests.world import World, local


async def test_a_mail_that_is_never_seen_as_sent_does_not_hide_the_newer_ones(
    world: World,
) -> None:
    # Given two e-mails that the helpdesk took; the older one's draft cannot be read any more
    await world.receive()
    first = (await world.deliveries("email.begun"))[0]
    await world.change("UPDATE deliveries SET published_at = NULL WHERE id = :id", id=first.id)
    await world.change(
        """UPDATE deliveries SET result = result || '{"conversation_ref": "999999"}'"""
        " WHERE id = :id",
        id=first.id,
    )
    world.clock.at = local("2026-11-20 14:00")
    await world.store_event(
        signed_document(
            agreement__ref="PROP-2043",
            client__ref="C-78",
            client__name="Corner Bakery",
            client__email="owner@cornerbakery.example",
        )
    )
    await world.run_until_idle()
    world.clock.at = local("2026-11-20 15:00")
    await world.tell_vendors_the_time()

    # When there is time for one of them at each look
    seen = await world.work.mail_reader.check_sent(now=world.now, limit=1)

    # Then the newer one is seen
    assert seen == 1
    second = next(one for one in await world.deliveries("email.begun") if one.id != first.id)
    assert second.published_at is not None


async def test_a_mail_that_left_unseen_before_it_could_be_taken_back_is_seen_as_sent(
    world: World,
) -> None:
    # Given an e-mail of which nobody knows that the helpdesk was asked to send it, and a hold
    world.fault("helpscout", "threads.schedule", "drop_after_effect")
    await world.store_event(signed_document())
    await world.run_jobs()
    (mail,) = await world.deliveries("email.begun")
    await world.work.courier.deliver(mail.id)
    (mail,) = await world.deliveries("email.begun")
    assert (mail.state, mail.result) == ("uncertain", None)
    await world.only(hold_plan, Because((await world.plan()).id, "The client called."))

    # When the helpdesk has sent it before it is asked to take it back
    world.clock.at += timedelta(minutes=5)
    await world.tell_vendors_the_time()
    await world.run_until_idle()

    # Then it counts as sent, and is seen so
    (mail,) = await world.deliveries("email.begun")
    assert (mail.state, mail.reason) == ("delivered", "It could not be taken back.")
    assert mail.published_at is not None


async def test_a_plan_is_not_completed_before_its_last_mail_is_settled(world: World) -> None:
    # Given a plan with everything done but a Begun e-mail: it never left, which nobody knows yet
    await world.receive()
    (begun,) = await world.deliveries("email.begun")
    await world.change(
        "UPDATE deliveries SET state = 'uncertain', settled_at = NULL, result = NULL,"
        """ progress = '{}', payload = payload || '{"marker": "upg-another"}' WHERE id = :id""",
        id=begun.id,
    )
    await world.set_up()
    await world.at(local("2026-12-01 00:00"))
    await world.confirm()
    await world.send_complete()
    await world.only(acknowledge_plan, (await world.plan()).id)

    # When it goes live, and the e-mail is looked after only then
    await world.at(local("2026-12-07 00:00"))
    assert (await world.plan()).state == "live"
    await world.work.courier.deliver(begun.id)
    await world.run_until_idle()

    # Then it came too late, people were told, and the plan is completed
    assert (await world.deliveries("email.begun"))[0].state == "expired"
    assert any("mail_expired" in one.subject for one in await world.deliveries("chat.post"))
    assert (await world.plan()).state == "completed"
