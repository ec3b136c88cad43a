"""The client postpones in the middle of the window: weighed first, moved whole, put right after."""

from decimal import Decimal

from app.sandbox.demo.cast import shown
from app.sandbox.demo.scene import Scene, amount
from app.sandbox.demo.trouble.thursday_biller import AGREEMENT, BAY, one_of

HOLIDAY = "2026-12-28"
LATER = "2026-12-14"
TOLD = ("live_on", "safe_days", "money", "reversal")
WHY = "Their new rooms open a week later."


def is_weighed(scene: Scene) -> None:
    """Two Mondays are tried on, and nothing is changed by that."""
    scene.say("client", f"{BAY.name} calls: {WHY} Or after Christmas?")
    plan = scene.plan(AGREEMENT.ref)
    path = f"/v1/plans/{plan['id']}/live-date"
    asked = scene.caller.post(path, {"live_on": HOLIDAY, "dry_run": True})
    warned = [one["next_working_monday"] for one in asked["warnings"]]
    scene.expect(warned == ["2027-01-04"], f"The holiday was to be warned of: {asked['warnings']}")
    scene.say("support", "tries 28 December on.")
    scene.say("service", f"warns: {asked['warnings'][0]['detail']}")
    tried = scene.caller.post(path, {"live_on": LATER, "reason": WHY, "dry_run": True})
    scene.say("support", f"tries 14 December on: {len(tried['changes'])} values would move.")
    rows = [
        [one["subject"], one["field"], one["before"] or "-", one["after"] or "-"]
        for one in tried["changes"]
        if one["field"] in TOLD
    ]
    scene.teller.table(["Among them", "value", "now", "then"], rows)
    scene.say("", f"Work for people: {'; '.join(tried['work'])}.")
    still = scene.plan(AGREEMENT.ref)
    scene.expect(still == plan, "Trying a date on was to change nothing.")


def is_done(scene: Scene) -> None:
    """It is moved, and what happens is what was foreseen."""
    plan = scene.plan(AGREEMENT.ref)
    moved = scene.caller.post(
        f"/v1/plans/{plan['id']}/live-date", {"live_on": LATER, "reason": WHY}
    )
    plan = moved["plan"]
    bridge = one_of(plan, "charge", "website_care")
    scene.expect(amount(bridge) == "49.00 AUD", f"A week was to be charged: {amount(bridge)}.")
    scene.say("support", "moves it. Website Care was ended for good, so it is bridged:")
    scene.say("", bridge["reckoning"]["sentence"])


def is_put_right(scene: Scene) -> None:
    """The new window: what was made for the old date is taken back, the rest is made."""
    plan = scene.plan(AGREEMENT.ref)
    for task in [one for one in plan["tasks"] if one["kind"] == "reversal"]:
        path = f"/v1/tasks/{task['id']}/complete"
        scene.say("support", f"wants to tick “{task['title']}”.")
        scene.refused(path, {}, "evidence_missing")
        scene.caller.post(path, shown("IGN-3004"))
        scene.say("support", "gives the reference under which it was taken back.")
    scene.set_up(scene.plan(AGREEMENT.ref))
    plan = scene.plan(AGREEMENT.ref)
    open_ones = [one for one in plan["adjustments"] if one["state"] in ("scheduled", "due")]
    for one in open_ones:
        scene.caller.confirm(one, BAY.evidence(one))
    made = ", ".join(f"{one['kind'].replace('_', ' ')} {one['service']}" for one in open_ones)
    scene.say("support", f"makes what is left in billing: {made}.")


def is_complete(scene: Scene) -> None:
    """Marketing acknowledges, Support sends the e-mail."""
    plan = scene.plan(AGREEMENT.ref)
    scene.acknowledge(plan["id"])
    scene.send_complete(plan["id"])
    scene.settle()


def was_told(scene: Scene) -> None:
    """The client has the e-mail, with the new Monday in it."""
    scene.mail("Upgrade Complete", BAY.email)


def is_live(scene: Scene) -> None:
    """The new Monday: live, and every day was billed once."""
    plan = scene.plan(AGREEMENT.ref)
    scene.expect(plan["state"] == "completed", f"The plan was to be completed: {plan['state']}.")
    scene.say("service", f"ended Start and began Sprint for {BAY.name} at midnight.")
    credit, charge = (
        sum(
            Decimal(one["money"]["amount"])
            for one in plan["adjustments"]
            if one["kind"] == kind and one["state"] == "confirmed"
        )
        for kind in ("credit", "charge")
    )
    net = Decimal("49.00") - credit + charge
    scene.expect(net == 11 * Decimal("7.00"), f"Eleven days were to cost 77.00, not {net}.")
    scene.say(
        "client",
        f"paid for Website Care from 3 to 13 December: 49.00 - {credit} + {charge} = {net} AUD, "
        "eleven days at 7.00, each once.",
    )
