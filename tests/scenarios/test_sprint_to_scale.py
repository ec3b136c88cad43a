"""The procedure as a diary: Harbour Dental of Brisbane goes from Sprint to Scale."""

from app.domain.carrying_out import Evidence
from app.services.adjustments import Confirm, confirm_adjustment
from app.services.client_mail import preview_complete_email, send_complete_email
from app.services.endings import acknowledge_plan
from app.services.tasks import Amend, amend_task
from tests.world import World, day, local, refusal

SMS_ON_THURSDAYS = {
    "service": "sms",
    "price": {"amount": "49.00", "currency": "AUD"},
    "billing_period": "week",
    "anchor": "thursday",
    "paid_through": "2026-11-25",
}
SETUP = [
    ("SMS", "Register the SMS sender number", "2026-11-24"),
    ("SMS", "Import the client's SMS contacts", "2026-11-26"),
    ("SMS", "Build the SMS automations", "2026-11-30"),
    ("Email Marketing", "Connect the sending domain", "2026-11-24"),
    ("Email Marketing", "Import the e-mail audience", "2026-11-26"),
    ("Email Marketing", "Build the welcome series", "2026-12-01"),
    ("Handover", "Brief Marketing on the new services", "2026-12-02"),
]
BILLING = [
    ("Billing", "End Website Care of the old package", "2026-12-01"),
    ("Billing", "End SMS of the old package", "2026-12-04"),
    ("Billing", "Credit the overlap of SMS", "2026-12-01"),
    ("Billing", "End Email Marketing of the old package", "2026-12-01"),
    ("Billing", "End Google Business of the old package", "2026-12-01"),
    ("Billing", "Start Website Care of the new package", "2026-12-01"),
    ("Billing", "Start SMS of the new package", "2026-12-01"),
    ("Billing", "Start Email Marketing of the new package", "2026-12-01"),
    ("Billing", "Start Google Business of the new package", "2026-12-01"),
    ("Billing", "Start Priority Support of the new package", "2026-12-01"),
]
ADJUSTMENTS = [
    # what, service, minor units, first and last safe day
    ("cancel_service", "website_care", 4900, "2026-12-01", "2026-12-06"),
    ("cancel_service", "sms", 4900, "2026-12-04", "2026-12-06"),
    ("credit", "sms", 2100, "2026-12-01", "2026-12-06"),
    ("cancel_service", "email_marketing", 5900, "2026-12-01", "2026-12-06"),
    ("cancel_service", "google_business", 3900, "2026-12-01", "2026-12-06"),
    ("start_service", "website_care", 5900, "2026-12-01", "2026-12-06"),
    ("start_service", "sms", 7900, "2026-12-01", "2026-12-06"),
    ("start_service", "email_marketing", 9900, "2026-12-01", "2026-12-06"),
    ("start_service", "google_business", 5900, "2026-12-01", "2026-12-06"),
    ("start_service", "priority_support", 9900, "2026-12-01", "2026-12-06"),
]


async def test_a_client_goes_from_sprint_to_scale(world: World) -> None:
    await friday_20_november_signed(world)
    await tuesday_24_november_set_up(world)
    await tuesday_1_december_the_window_opens(world)
    await friday_4_december_the_last_changes(world)
    await monday_7_december_live(world)


async def friday_20_november_signed(world: World) -> None:
    # 13:12 - the client signs; the same event comes twice more
    await world.at(local("2026-11-20 13:12"))
    for _ in range(3):
        await world.receive(client__services=[SMS_ON_THURSDAYS])

    plan = await world.plan()
    assert (plan.state, plan.live_on, plan.flags) == ("scheduled", day("2026-12-07"), [])
    assert plan.window_opens_at == local("2026-12-01 00:00")
    assert plan.live_at == local("2026-12-07 00:00")
    tasks = [(task.board_group, task.title, str(task.due_on)) for task in await world.tasks()]
    assert sorted(tasks) == sorted(SETUP + BILLING)
    assert [
        (one.kind, one.service, one.money_minor, str(one.safe_days[0]), str(one.safe_days[-1]))
        for one in await world.adjustments()
    ] == ADJUSTMENTS
    credit = (await world.adjustments())[2]
    assert credit.reckoning is not None
    assert credit.reckoning["sentence"] == (
        "3 of 7 days (7 to 9 December 2026) of SMS at 49.00 AUD a week were paid but are not "
        "used: credit 21.00 AUD"
    )
    assert world.said() == [
        (
            "support",
            "Sue Support: *Upgrade signed: Harbour Dental*, Sprint to Scale, live Monday "
            "7 December 2026. Please proceed: the e-mail to the client is on its way, and the "
            "tasks are dated.",
        )
    ]
    await the_board_is_fitted(world)

    # 13:14 - the Begun e-mail leaves
    assert world.mails() == []
    await world.at(local("2026-11-20 13:15"))
    (begun,) = world.mails()
    assert begun["to"] == ["owner@harbourdental.example"]
    assert begun["cc"] == []
    assert begun["subject"] == "Upgrade Begun: Harbour Dental moves to Scale"
    assert begun["time"] == "2026-11-20T03:14:00Z"
    assert "Monday 7 December 2026" in begun["text"]


async def the_board_is_fitted(world: World) -> None:
    board = await world.board()
    plan = await world.plan()
    assert board.name == f"Harbour Dental: Sprint to Scale, live 2026-12-07 · {plan.ref}"
    assert sorted(board.groups) == ["Billing", "Email Marketing", "Handover", "SMS"]
    seen = [(item.group, item.title, item.due_on) for item in board.items]
    assert sorted(seen) == sorted(SETUP + BILLING)
    assert {item.person for item in board.items} == {"Sue Sample"}
    assert not [item for item in board.items if item.status == "Done"]


async def tuesday_24_november_set_up(world: World) -> None:
    # 15:00 - Support has set everything up
    await world.at(local("2026-11-24 15:00"))
    await world.set_up()

    board = await world.board()
    done = {item.title for item in board.items if item.status == "Done"}
    assert done == {title for _, title, _ in SETUP}

    # Monday 30 November, 23:59 - nothing may be ended yet
    await world.at(local("2026-11-30 23:59"))
    website = (await world.adjustments())[0]
    early = Confirm(website.id, "Harbour Dental / website_care", Evidence("IGN-1"))
    assert await refusal(world.only(confirm_adjustment, early)) == "outside_window"
    assert world.said() == []


async def tuesday_1_december_the_window_opens(world: World) -> None:
    # 00:00 - the window opens
    await world.at(local("2026-12-01 00:00"))
    assert (await world.plan()).state == "in_window"
    assert {one.state for one in await world.adjustments()} == {"due"}
    assert [room for room, _ in world.said()] == ["support"]

    # 09:30 - everything but SMS, which is billed on Thursday, is ended and started
    await world.at(local("2026-12-01 09:30"))
    sms = (await world.adjustments())[1]
    order = Confirm(sms.id, "Harbour Dental / sms", Evidence("IGN-2"))
    assert await refusal(world.only(confirm_adjustment, order)) == "unsafe_day"
    later = {("cancel_service", "sms"), ("credit", "sms")}
    now = [(kind, service) for kind, service, *_ in ADJUSTMENTS if (kind, service) not in later]
    await world.confirm(*now)
    assert [one.service for one in await world.adjustments() if one.state == "due"] == [
        "sms",
        "sms",
    ]
    send = world.only(send_complete_email, (await world.plan()).id)
    assert await refusal(send) == "complete_email_blocked"

    # 09:35 - the credit is to wait for the end of SMS: so its task is not overdue before
    credit = next(task for task in await world.tasks() if task.title.startswith("Credit"))
    await world.do(amend_task, Amend(credit.id, day("2026-12-04"), None))


async def friday_4_december_the_last_changes(world: World) -> None:
    # 09:00 - Marketing is reminded
    await world.at(local("2026-12-04 09:00"))
    ((room, line),) = world.said()
    assert room == "marketing"
    assert line.startswith("Mia Marketing: *Please acknowledge: Harbour Dental*, Sprint to Scale")

    # 11:00 - SMS is ended after its last bill, the overlap is credited
    await world.at(local("2026-12-04 11:00"))
    await world.confirm()
    assert {one.state for one in await world.adjustments()} == {"confirmed"}
    plan = await world.plan()
    assert plan.blockers == 1

    # 11:05 - Support previews the Complete e-mail and sends it
    async with world.sessions() as session:
        _, preview = await preview_complete_email(session, plan.id, office=world.office)
    assert (preview.to, preview.cc) == (
        "owner@harbourdental.example",
        ("marketing@agency.example",),
    )
    await world.at(local("2026-12-04 11:05"))
    await world.send_complete()
    assert await refusal(world.only(send_complete_email, plan.id)) == "complete_email_sent_before"
    await world.at(local("2026-12-04 11:30"))
    (_, complete) = world.mails()
    assert complete["to"] == ["owner@harbourdental.example"]
    assert complete["cc"] == ["marketing@agency.example"]
    assert complete["subject"] == ("Upgrade Complete: Scale goes live on Monday 7 December 2026")
    assert complete["time"] == "2026-12-04T01:07:00Z"
    assert complete["text"] == preview.letter.html
    for words in ("395.00", "21.00 AUD", "Monday 7 December 2026"):
        assert words in preview.letter.text

    # 14:00 - Marketing acknowledges, so at 15:00 nobody is told
    await world.at(local("2026-12-04 14:00"))
    await world.do(acknowledge_plan, plan.id)
    await world.at(local("2026-12-04 15:00"))
    assert world.said() == []
    assert (await world.plan()).blockers == 0


async def monday_7_december_live(world: World) -> None:
    # Sunday 23:59 - not yet
    await world.at(local("2026-12-06 23:59"))
    assert (await world.plan()).state == "in_window"

    # 00:00 - live, and with everything done completed at once
    await world.at(local("2026-12-07 00:00"))
    plan = await world.plan()
    assert plan.state == "completed"
    assert plan.went_live_at == plan.completed_at == local("2026-12-07 00:00")
    assert [(room, line.split(".")[0]) for room, line in world.said()] == [
        ("marketing", "Mia Marketing: *Live: Harbour Dental*"),
        ("support", "Sue Support: *Live: Harbour Dental*"),
        ("support", "Sue Support: *Completed: Harbour Dental*, Sprint to Scale"),
    ]
    ((package,),) = await world.rows("SELECT package FROM clients")
    assert package == "scale"
    assert len(world.mails()) == 2
    board = await world.board()
    assert {item.status for item in board.items} == {"Done"}
    assert {task.state for task in await world.tasks()} == {"done"}
