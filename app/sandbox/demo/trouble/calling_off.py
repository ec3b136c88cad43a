"""A client who calls the upgrade off when everything is made but the Monday itself."""

from app.sandbox.demo.cast import Agreement, Client, billed, shown
from app.sandbox.demo.scene import Fields, Scene, dates

CORNER = Client(
    "C-202",
    "Corner Bakery (sample)",
    "owner@cornerbakery.example",
    (
        billed("website_care", "210.00", "15", "2026-12-14", "month"),
        billed("sms", "49.00", "thursday", "2026-11-25"),
        billed("email_marketing", "59.00", "sunday", "2026-11-21"),
        billed("google_business", "39.00", "monday", "2026-11-22"),
    ),
)
AGREEMENT = Agreement(
    "PROP-2002", CORNER, ("sprint", "scale"), "2026-12-07", "2026-11-20T03:18:00Z"
)
FATES = {
    "dropped": "Dropped, as it is not done yet",
    "reversed": "Taken back by the service",
    "for_a_person": "For a person to take back",
    "cannot_be_undone": "Cannot be undone",
}
WHY = "They are selling the bakery."


def signs(scene: Scene) -> None:
    """Sales looks ahead, then the client signs; each of its services is billed on another day."""
    ahead = scene.caller.post("/v1/plans/preview", AGREEMENT.document())
    scene.say("sales", f"asks what {AGREEMENT.ref} would come to; nothing is stored by that.")
    rows = [
        [
            one["title"],
            f"each {one['billing']['billing_period']}, {one['billing']['anchor']}",
            ", ".join(dates(days["from"], days["to"]) for days in one["safe"]),
            ", ".join(_left_over(row) for row in one["left_over"]) or "nothing",
        ]
        for one in ahead["cut_over"]
    ]
    scene.teller.table(["The cut-over plan", "billed", "safe days", "left over"], rows)
    for bill in ("last_old", "change_over", "first_new"):
        scene.say("", ahead["bills"][bill]["sentence"])
    scene.say("client", f"{CORNER.name} signs {AGREEMENT.ref}: Sprint to Scale, live 7 December.")
    scene.caller.zap(AGREEMENT.as_a_zap_sends_it())
    scene.settle()
    made = [_planned(one) for one in scene.plan(AGREEMENT.ref)["adjustments"]]
    foreseen = [_planned(one) for one in ahead["plan"]["adjustments"]]
    scene.expect(made == foreseen, "The plan was to be what was foreseen.")
    scene.say("service", f"made what was foreseen: {len(made)} changes in billing.")


def _left_over(row: Fields) -> str:
    """A credit or a charge, short: "credit 21.00 AUD (3 of 7 days)"."""
    money = row["money"]
    return (
        f"{row['kind']} {money['amount']} {money['currency']} "
        f"({row['days']} of {row['of_days']} days)"
    )


def _planned(one: Fields) -> Fields:
    """What an adjustment says; its id and its plan's are of no matter."""
    return {name: one[name] for name in ("kind", "service", "safe_days", "money", "reckoning")}


def is_set_up(scene: Scene) -> None:
    """Support does the tasks."""
    done = scene.set_up(scene.plan(AGREEMENT.ref))
    scene.say("support", f"sets up what {CORNER.name} gains: {done} tasks done.")


def is_as_good_as_done(scene: Scene) -> None:
    """Friday: all changes are made, one small amount is waived, and the e-mail is on its way."""
    (bea,) = scene.callers_of("bea")
    plan = scene.plan(AGREEMENT.ref)
    for one in plan["adjustments"]:
        if one["kind"] == "charge":
            bea.post(f"/v1/adjustments/{one['id']}/void", {"reason": "One day, on us."})
            scene.say("billing", f"Bea waives the {one['money']['amount']} AUD: one day, on us.")
        else:
            scene.caller.confirm(one, CORNER.evidence(one))
    scene.say("support", f"makes all other changes of {CORNER.name} in billing.")
    scene.send_complete(plan["id"])
    scene.settle()


def is_called_off(scene: Scene) -> None:
    """A minute later the client calls; first is asked what that comes to, then it is done."""
    plan = scene.plan(AGREEMENT.ref)
    scene.say("client", f"{CORNER.name} calls: {WHY}")
    steps = scene.caller.get(f"/v1/plans/{plan['id']}/cancel-plan")["steps"]
    for fate, means in FATES.items():
        titles = [step["title"] for step in steps if step["fate"] == fate]
        scene.expect(bool(titles), f"Something was to be {fate}.")
        scene.say("", f"{means}: {'; '.join(titles)}.")
    scene.caller.post(f"/v1/plans/{plan['id']}/cancel", {"reason": WHY})
    scene.settle()


def is_put_back(scene: Scene) -> None:
    """What only people can put back is a task each, with evidence where it is billing."""
    plan = scene.plan(AGREEMENT.ref)
    scene.expect(plan["state"] == "cancelled", f"The plan was to be cancelled: {plan['state']}.")
    tasks = [one for one in plan["tasks"] if one["state"] == "open"]
    rows = [[one["title"], one["group"]] for one in tasks]
    scene.teller.table(["Left to people", "group"], rows)
    for task in tasks:
        proof = shown("IGN-4001") if task["kind"] == "reversal" else {}
        scene.caller.post(f"/v1/tasks/{task['id']}/complete", proof)
    scene.say("support", f"does all {len(tasks)} of them, those in billing with a reference each.")


def heard_no_more(scene: Scene) -> None:
    """No e-mail of a plan that was called off has left since."""
    mails = scene.mails_of("Upgrade Complete", CORNER.email)
    scene.expect(not mails, "The Complete e-mail was to be taken back.")
    scene.say("client", f"{CORNER.name} has heard no more: its Complete e-mail was taken back.")
