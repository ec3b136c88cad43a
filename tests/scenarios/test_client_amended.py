"""Diaries of a client's new address or name: what has not left is written anew."""

from typing import Any
from uuid import UUID

from app.services.client_edits import amend_client
from app.services.client_mail import send_complete_email
from tests.world import World, local

NEW = "reception@harbourdental.example"


async def amend(world: World, **changes: Any) -> None:
    ((found,),) = await world.rows("SELECT id FROM clients")
    await world.do(amend_client, UUID(str(found)), changes)


async def test_an_address_put_right_within_minutes_gets_the_only_mail(world: World) -> None:
    # Friday 20 November, 13:12 - signed; the helpdesk is to mail at 13:14
    await world.at(local("2026-11-20 13:12"))
    await world.receive()

    # 13:13 - the address was wrong
    await world.at(local("2026-11-20 13:13"))
    await amend(world, email=NEW)

    # 13:30 - one e-mail has left, to the right one
    await world.at(local("2026-11-20 13:30"))
    (begun,) = world.mails()
    assert NEW in str(begun["to"])
    assert [(one.state, one.kind) for one in await world.deliveries() if "mail" in one.kind] == [
        ("cancelled", "email.begun"),
        ("delivered", "email.withdraw"),
        ("delivered", "email.begun"),
    ]


async def test_what_was_sent_stays_sent_and_what_comes_goes_to_the_new_address(
    world: World,
) -> None:
    # Friday - the Begun e-mail has left
    await world.receive()
    await world.at(local("2026-11-20 15:00"))
    assert len(world.mails()) == 1

    await amend(world, email=NEW)
    await world.at(local("2026-11-20 16:00"))
    assert len(world.mails()) == 1

    # Wednesday 2 December - the Complete e-mail goes to the new one
    await world.at(local("2026-12-02 10:00"))
    await world.set_up()
    await world.confirm()
    await world.send_complete()
    await world.at(local("2026-12-02 11:00"))
    assert NEW in str(world.mails()[-1]["to"])


async def test_a_complete_mail_on_its_way_is_taken_back_and_asked_for_again(
    world: World,
) -> None:
    # Wednesday 2 December, 10:00 - the Complete e-mail is to leave at 10:02
    await world.receive()
    await world.at(local("2026-12-02 10:00"))
    await world.set_up()
    await world.confirm()
    await world.send_complete()

    # 10:01 - the address changes; the helpdesk may hold the e-mail, so nobody sends a second one
    await world.at(local("2026-12-02 10:01"))
    await amend(world, email=NEW)
    plan = await world.plan()
    assert plan.complete_email == "not_sent"
    titles = [task.title for task in await world.tasks() if task.state == "open"]
    assert titles == ["Ask for the Upgrade Complete e-mail again"]

    # 10:05 - Support asks for it again, and one leaves, to the new address
    await world.at(local("2026-12-02 10:05"))
    await world.send_complete()
    await world.at(local("2026-12-02 10:30"))
    complete = [mail for mail in world.mails() if "Complete" in mail["subject"]]
    assert [NEW in str(mail["to"]) for mail in complete] == [True]


async def test_a_complete_mail_that_waits_here_is_written_anew_at_once(world: World) -> None:
    # Wednesday 2 December, 10:00 - the Complete e-mail waits for a worker
    await world.receive()
    await world.at(local("2026-12-02 10:00"))
    await world.set_up()
    await world.confirm()
    plan = await world.plan()
    await world.only(send_complete_email, plan.id)

    await amend(world, email=NEW, language="de")

    await world.at(local("2026-12-02 10:30"))
    complete = [mail for mail in world.mails() if "Complete" in mail["subject"]]
    assert [NEW in str(mail["to"]) for mail in complete] == [True]
    assert "7. Dezember 2026" in complete[0]["text"]
    assert (await world.plan()).complete_email == "delivered"


async def test_a_new_name_is_the_one_that_is_typed_and_the_board_is_called(world: World) -> None:
    # given a plan with its board, and one service that was ended
    await world.receive()
    await world.at(local("2026-12-01 09:00"))
    await world.confirm(("cancel_service", "sms"))

    # when the client calls itself something else
    await amend(world, name="Bay Dental")

    # then the open steps ask for the new name, and what is done is left as it was
    tasks = {task.title: task.instructions for task in await world.tasks()}
    assert "Type: Bay Dental / email_marketing" in tasks["End Email Marketing of the old package"]
    assert "for Bay Dental." in tasks["End Email Marketing of the old package"]
    assert "Type: Harbour Dental / sms" in tasks["End SMS of the old package"]
    assert (await world.board()).name.startswith("Bay Dental: Sprint to Scale")
    await world.confirm()
    assert {one.state for one in await world.adjustments()} == {"confirmed"}


async def test_without_a_helpdesk_the_task_says_the_new_address(quiet_world: World) -> None:
    # given a plan whose Begun e-mail a person is to send
    await quiet_world.receive()

    # when the address changes
    await amend(quiet_world, email=NEW)

    # then the task is another one
    mails = [task for task in await quiet_world.tasks() if "Upgrade Begun" in task.title]
    assert [task.state for task in mails] == ["skipped", "open"]
    assert mails[1].instructions.startswith(f"To: {NEW}\n")


async def test_a_change_that_changes_nothing_leaves_no_trace(world: World) -> None:
    await world.receive()
    before, entries = await world.plan(), len(await world.audit())

    await amend(world, name="Harbour Dental", email="OWNER@harbourdental.example")

    assert (await world.plan()).version == before.version
    assert len(await world.audit()) == entries
