"""Act one, the main job: one client's upgrade from Sprint to Scale, with everybody's part in it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.sandbox.demo.cast import Agreement, Client, billed
from app.sandbox.demo.scene import Scene, amount, is_billing

HARBOUR = Client(
    "C-77",
    "Harbour Dental (sample)",
    "owner@harbourdental.example",
    (billed("sms", "49.00", "thursday", "2026-11-25"),),
)
AGREEMENT = Agreement(
    "PROP-1042", HARBOUR, ("sprint", "scale"), "2026-12-07", "2026-11-20T03:11:58Z"
)

SIGNED = "2026-11-20T03:12:00+00:00"
EVE_OF_WINDOW = "2026-11-30T04:00:00+00:00"
WINDOW_OPENS = "2026-11-30T14:00:00+00:00"
TUESDAY = "2026-11-30T23:30:00+00:00"
FRIDAY_NINE = "2026-12-03T22:00:00+00:00"
FRIDAY = "2026-12-04T01:00:00+00:00"
FRIDAY_LATER = "2026-12-04T01:05:00+00:00"
LIVE = "2026-12-06T14:00:00+00:00"


def tell(scene: Scene) -> Mapping[str, str]:
    """Tell the main job and check it as it goes; returns the plan's id, to look at it.

    Raises:
        Surprised: something happened otherwise.
    """
    scene.teller.title(
        f"{HARBOUR.name} moves from Sprint to Scale",
        "Real HTTP, a real Postgres; monday.com, Help Scout and Google Chat are stand-ins.",
    )
    plan_id = _signed(scene)
    _set_up(scene)
    _window(scene, plan_id)
    _friday(scene, plan_id)
    _live(scene)
    return {"The plan": plan_id}


def _signed(scene: Scene) -> str:
    scene.moment(SIGNED)
    scene.hire()
    scene.say("client", f"signs the agreement {AGREEMENT.ref} in Ignition; a Zap posts it.")
    answer = scene.caller.zap(AGREEMENT.as_a_zap_sends_it())
    again = scene.caller.zap(AGREEMENT.as_a_zap_sends_it())
    scene.say("service", f"answers 202, {answer['status']}; the same again: {again['status']}.")
    scene.settle()
    plan = scene.plan(AGREEMENT.ref)
    scene.say(
        "service",
        f"made the plan {plan['ref']}: live on {plan['live_on']}, {len(plan['tasks'])} tasks, "
        f"{len(plan['adjustments'])} billing adjustments.",
    )
    board = plan["board"]
    scene.say("service", f"made the board, without the Google Business group: {board['url']}")
    scene.say("support", f"reads in chat: {scene.newest_chat('SUPPORT')}")
    rows = [[task["title"], task["due_on"]] for task in plan["tasks"] if not is_billing(task)]
    scene.teller.table(["Support's tasks", "due"], rows)
    return str(plan["id"])


def _set_up(scene: Scene) -> None:
    scene.moment(EVE_OF_WINDOW)
    scene.mail("Upgrade Begun", HARBOUR.email)
    plan = scene.plan(AGREEMENT.ref)
    done = scene.set_up(plan)
    scene.say("support", f"sets the services up: {done} tasks done, ticked on the board.")
    early = next(one for one in plan["adjustments"] if one["service"] == "website_care")
    scene.say("support", "tries to end a service one day early.")
    path = f"/v1/adjustments/{early['id']}/confirm"
    scene.refused(path, HARBOUR.evidence(early), "outside_window")


def _window(scene: Scene, plan_id: str) -> None:
    scene.moment(WINDOW_OPENS)
    scene.say("service", "opens the pre-live window: old services may be ended from now on.")
    scene.moment(TUESDAY)
    adjustments = scene.caller.get(f"/v1/plans/{plan_id}")["adjustments"]
    weekly = [one for one in adjustments if not _is_thursdays(one)]
    for one in weekly:
        scene.caller.confirm(one, HARBOUR.evidence(one))
    scene.say("support", f"makes {len(weekly)} changes in billing, each with its evidence.")
    (sms,) = (one for one in adjustments if _is_thursdays(one) and one["kind"] == "cancel_service")
    scene.say("support", "wants to end SMS as well, which is billed on Thursdays.")
    path = f"/v1/adjustments/{sms['id']}/confirm"
    scene.refused(path, HARBOUR.evidence(sms), "unsafe_day")


def _is_thursdays(one: Mapping[str, Any]) -> bool:
    """Ending SMS, and the credit that it leaves."""
    return bool(one["service"] == "sms" and one["kind"] in ("cancel_service", "credit"))


def _friday(scene: Scene, plan_id: str) -> None:
    scene.moment(FRIDAY_NINE)
    scene.say("marketing", f"is reminded in chat: {scene.newest_chat('MARKETING')}")
    scene.moment(FRIDAY)
    adjustments = scene.caller.get(f"/v1/plans/{plan_id}")["adjustments"]
    for one in filter(_is_thursdays, adjustments):
        scene.caller.confirm(one, HARBOUR.evidence(one))
    (credit,) = (one for one in adjustments if one["kind"] == "credit")
    scene.say("support", "ends SMS after its last bill, and credits what overlaps:")
    scene.say("", credit["reckoning"]["sentence"])
    scene.acknowledge(plan_id)
    scene.send_complete(plan_id)
    scene.settle()
    scene.moment(FRIDAY_LATER)
    scene.mail("Upgrade Complete", HARBOUR.email)


def _live(scene: Scene) -> None:
    scene.moment(LIVE)
    plan = scene.plan(AGREEMENT.ref)
    state = plan["state"]
    scene.expect(state == "completed", f"The plan was to be completed, and is {state}.")
    scene.say("service", "ended Sprint and began Scale at midnight; Marketing and Support know.")
    rows = [
        [one["kind"].replace("_", " "), one["service"], amount(one)] for one in plan["adjustments"]
    ]
    scene.teller.table(["What changed in billing", "service", "amount"], rows)
    before, after = _sum(plan, "cancel_service"), _sum(plan, "start_service")
    scene.say("client", f"paid {before} AUD a week, and pays {after} AUD from today.")
    _contract(scene, str(plan["client"]["id"]))
    scene.reckon_up()


def _contract(scene: Scene, client_id: str) -> None:
    """What the client's contract tells of all this, and the bills that follow from it."""
    (contract,) = scene.caller.get(f"/v1/contracts?client_id={client_id}")["items"]
    path = f"/v1/contracts/{contract['id']}"
    told = scene.caller.get(f"{path}/timeline")["items"]
    scene.say("service", "keeps the client's contract, which can be read as of any day:")
    scene.teller.table(["day", "the contract"], [[each["on"], each["text"]] for each in told])
    bills = scene.caller.get(f"{path}/bills")["items"]
    rows = [[each["due_on"], amount({"money": each["total"]})] for each in bills]
    scene.teller.table(["next bills", "amount"], rows)


def _sum(plan: Mapping[str, Any], kind: str) -> Decimal:
    amounts = (
        Decimal(one["money"]["amount"]) for one in plan["adjustments"] if one["kind"] == kind
    )
    return sum(amounts, Decimal(0))
