"""Diaries of a client's first 90 days: once as they should be, once as they should not."""

from typing import Any

from app.domain.approval import ApprovalState
from app.domain.run.acting import deviated, skipped
from app.services.runs.acting import decide_on_run
from tests.running import Running
from tests.world import World, local, refusal

FIRST_SIX = ("preboarding", "kickoff", "discovery", "security", "documentation", "quick_win")


async def onboarding(world: World) -> Running:
    """A client signs its first agreement on Friday 20 November, 13:12."""
    story = Running(world, "client-onboarding")
    await story.hire()
    await world.at(local("2026-11-20 13:12"))
    await world.store_event(first_agreement())
    await world.run_until_idle()
    return story


def first_agreement(**more: Any) -> dict[str, Any]:
    return {
        "event": "agreement.signed",
        "event_id": "zap-1",
        "agreement": {"ref": "MSA-9", "kind": "new", "signed_at": "2026-11-20T03:11:58Z"},
        "client": {"ref": "C-90", "name": "Harbour Dental", "email": "owner@harbour.example"},
        **more,
    }


async def test_a_client_is_a_partner_after_ninety_days(world: World) -> None:
    # Friday 20 November, 13:12 - signed: no plan, one run, its first step ready
    story = await onboarding(world)
    run = await story.run()
    assert (run.state, run.subject_ref, run.started_by) == ("running", "MSA-9", "agreement")
    assert run.inputs["client_name"] == "Harbour Dental"
    assert await world.plans() == []
    assert await story.ready() == ["preboarding"]
    first = await story.step("preboarding")
    assert first.assignee_id == story.people["technician"].staff_id
    assert await story.due("preboarding") == local("2026-11-23 00:00")
    assert ("technician", "Harbour Dental: Onboard a client: tell technician") in (
        await story.tasks()
    )

    # the same event again starts nothing
    await world.store_event(first_agreement(event_id="zap-2"))
    await world.run_until_idle()
    assert (await story.run()).id == run.id

    # each step is executed by one and accepted by another, then the next is ready
    for day, step in enumerate(FIRST_SIX, start=21):
        await world.at(local(f"2026-11-{day} 10:00"))
        assert await story.ready() == [step]
        who = (await story.step(step)).role
        await story.executes(who, step)
        assert (await story.step(step)).step_state == "in_review"
        await story.verifies("service_manager", step)
        assert (await story.step(step)).step_state == "done"
    await world.run_until_idle()
    assert (
        "technician",
        "Harbour Dental: Onboard a client: Note in the PSA: pre-boarding communication is done",
    ) in await story.tasks()

    # after 30 and after 90 days
    for day_on, step, of in (
        ("2026-12-18", "health_check", "30"),
        ("2027-02-05", "transition_review", "90"),
    ):
        await world.at(local(f"{day_on} 10:00"))
        answers = {f"satisfaction_{of}": "4.8", f"surprises_{of}": 0, f"accuracy_{of}": "99.5"}
        await story.executes("account_manager", step, **answers)
        await story.verifies("service_manager", step)
    ended = await story.run()
    assert (ended.state, ended.ended_at) == ("completed", local("2027-02-05 10:00"))
    assert await story.escalations() == []
    assert (await story.deadline("ninety_days")).warned_at is None

    # the procedure measures itself
    found = await story.measures("2026-11-01", "2027-03-01")
    assert found["adherence"] == ("100", 1, "met")
    assert found["first_pass_quality"] == ("100", 8, "met")
    assert found["rework"] == ("0", 8, "met")
    assert found["satisfaction"] == ("4.8", 1, "met")
    assert found["timeliness"] == ("100", 8, "met")
    assert found["audit_trail"] == ("100", 1, "met")
    assert found["accuracy"] == ("99.5", 1, "met")
    assert found["surprises"] == ("0", 1, "met")
    assert found["process_time"] == ("77.417", 1, "tracked")

    # nothing more is said, ever
    await world.at(local("2027-06-01 09:00"))
    assert await story.escalations() == []
    assert (await story.audited())[0] == "run.started"
    assert (await story.audited()).count("run.step_verified") == 8


async def test_what_blocks_a_step_goes_up_to_the_ceo(world: World) -> None:
    story = await onboarding(world)

    # Monday 23 November, 09:00 - blocked
    await world.at(local("2026-11-23 09:00"))
    await story.is_blocked("technician", "preboarding", "No address of the client's contact.")
    blocked = await story.deadline("blocked", "preboarding")
    assert blocked.due_at == local("2026-11-23 11:00")

    # 10:00 - whoever has it is warned; 11:00 - the service manager is told
    await world.at(local("2026-11-23 10:00"))
    assert [each for each in await story.tasks() if "is near" in each[1]] == [
        ("technician", "Harbour Dental: Onboard a client: a deadline is near")
    ]
    assert await story.escalations() == []
    await world.at(local("2026-11-23 11:00"))
    assert await story.escalations() == [("service_manager", True)]

    # 13:00 and 15:00 - two business hours later each, up to the top, and no further
    await world.at(local("2026-11-23 13:00"))
    await world.at(local("2026-11-23 15:00"))
    told = [("service_manager", True), ("operations_director", True), ("ceo", True)]
    assert await story.escalations() == told
    await world.at(local("2026-11-24 16:00"))
    assert await story.escalations() == told

    # it goes on: nobody is concerned with it any more
    await story.goes_on("service_manager", "preboarding")
    assert [still for _, still in await story.escalations()] == [False, False, False]
    assert await story.ready() == ["preboarding"]

    # the quality is not accepted at first
    await story.executes("technician", "preboarding")
    assert await refusal(story.verifies("technician", "preboarding")) == "same_person"
    assert await refusal(story.verifies("ceo", "preboarding")) == "not_the_verifier"
    await story.returns("service_manager", "preboarding", "The timeline was not sent.")
    step = await story.step("preboarding")
    assert (step.step_state, step.returns) == ("ready", 1)
    assert not any(item["done"] for item in step.checklist)

    # the next step is left out, which the operations director must allow
    await story.executes("technician", "preboarding")
    await story.verifies("service_manager", "preboarding")
    why = "The client was met before it signed."

    async def skip() -> None:
        await story.does(
            "technician",
            "kickoff",
            "step_skipped",
            lambda moving, _: skipped(moving, "kickoff", why),
        )

    assert await refusal(skip()) == "deviation_wanted"
    await story.does(
        "technician", "kickoff", "deviation_requested", lambda m, _: deviated(m, "kickoff", why)
    )
    ((approval_id, role),) = await world.rows("SELECT id, role FROM approvals")
    assert role == "operations_director"
    yes = (approval_id, ApprovalState.APPROVED, "Agreed on the telephone.")
    director = story.people["operations_director"]
    await world.do(decide_on_run, *yes, actor=director)
    await skip()
    assert await story.ready() == ["discovery"]

    # a skipped and a returned step show in the figures
    found = await story.measures("2026-11-01", "2027-03-01")
    assert found["first_pass_quality"] == ("0", 1, "missed")

    # 19 February - the 91 days are over, warned of eleven days before: it goes to the top
    await world.at(local("2027-02-09 00:00"))
    near = [each for each in await story.tasks() if "is near" in each[1]]
    assert sorted({role for role, _ in near}) == [
        "account_manager",
        "service_manager",
        "technician",
    ]
    await world.at(local("2027-02-20 09:00"))
    assert (await story.escalations())[-1] == ("general_manager", True)
    assert "run.deadline_missed" in await story.audited()
