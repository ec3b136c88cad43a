"""A client whose old service is billed on Thursdays: when it may be ended, and by whom."""

from app.sandbox.demo.caller import Surprised
from app.sandbox.demo.cast import Agreement, Client, billed, shown
from app.sandbox.demo.scene import Fields, Scene

BAY = Client(
    "C-201",
    "Bay Physio (sample)",
    "owner@bayphysio.example",
    (billed("website_care", "49.00", "thursday", "2026-11-25"),),
)
AGREEMENT = Agreement("PROP-2001", BAY, ("start", "sprint"), "2026-12-07", "2026-11-20T03:11:58Z")


def signs(scene: Scene) -> None:
    """The client signs; the helpdesk's line breaks just when it has taken the first e-mail."""
    scene.caller.break_once("helpscout", "conversations.create", "drop_after_effect")
    scene.say("client", f"{BAY.name} signs {AGREEMENT.ref}: Start to Sprint, live 7 December.")
    scene.caller.zap(AGREEMENT.as_a_zap_sends_it())
    scene.settle()
    plan = scene.plan(AGREEMENT.ref)
    scene.expect(plan["state"] == "scheduled", f"The plan was to begin, and is {plan['state']}.")
    mail = scene.delivery(plan["id"], "email.begun")
    first, *others = mail["tries"]
    scene.expect(
        (first["outcome"], mail["state"], len(others)) == ("unknown", "delivered", 1),
        f"The e-mail was to be looked up after its first attempt: {mail['tries']}",
    )
    scene.say("service", f"hands Upgrade Begun to the helpdesk. {first['detail']}")
    scene.say("", "So it is not sent again: the helpdesk is asked, has it, and sends that one.")
    ending, credit = (one_of(plan, kind, "website_care") for kind in ("cancel_service", "credit"))
    scene.say("service", f"has the plan for Website Care, billed on Thursdays. {ending['note']}")
    scene.say("", f"Safe days: {', '.join(ending['safe_days'])}. Left over:")
    scene.say("", credit["reckoning"]["sentence"])


def was_mailed_once(scene: Scene) -> None:
    """A few minutes later the e-mail has left, once."""
    mails = scene.mails_of("Upgrade Begun", BAY.email)
    scene.expect(len(mails) == 1, "Upgrade Begun was to be sent once.")
    scene.say("client", f"has got “{mails[0]['subject']}”, once.")


def is_set_up(scene: Scene) -> None:
    """Support does the tasks."""
    done = scene.set_up(scene.plan(AGREEMENT.ref))
    scene.say("support", f"sets up what {BAY.name} gains: {done} tasks done.")


def is_not_ended_on_tuesday(scene: Scene) -> None:
    """The window is open, but the next bill is yet to come."""
    plan = scene.plan(AGREEMENT.ref)
    ending = one_of(plan, "cancel_service", "website_care")
    scene.say("support", "wants to end Website Care at once, as the window is open.")
    path = f"/v1/adjustments/{ending['id']}/confirm"
    problem = scene.refused(path, BAY.evidence(ending), "unsafe_day")
    safe = ["2026-12-04", "2026-12-05", "2026-12-06"]
    scene.expect(problem["facts"]["safe_days"] == safe, f"Safe was to be {safe}: {problem}")
    scene.caller.confirm(one_of(plan, "start_service", "sms"), shown("IGN-3001"))
    scene.say("support", "schedules SMS in billing for 7 December, which any day will do for.")


def is_ended_by_two(scene: Scene) -> None:
    """Friday: the service is ended for good, with a second person in place of typed names."""
    sue, bea = scene.callers_of("sue", "bea")
    plan = scene.plan(AGREEMENT.ref)
    ending = one_of(plan, "cancel_service", "website_care")
    path = f"/v1/adjustments/{ending['id']}"
    sue.post(f"{path}/second")
    scene.say("support", "Sue says that ending Website Care is right, and wants to do it herself.")
    scene.refused(f"{path}/confirm", shown("IGN-3002"), "needs_somebody_else", by=sue)
    bea.post(f"{path}/second")
    scene.say("billing", "Bea looks at it too, and agrees.")
    sue.post(f"{path}/confirm", shown("IGN-3002"))
    credit = one_of(plan, "credit", "website_care")
    scene.caller.confirm(credit, shown("IGN-3003"))
    scene.say("support", "Sue ends it, for good, and credits what was paid too far:")
    scene.say("", credit["reckoning"]["sentence"])


def one_of(plan: Fields, kind: str, service: str) -> Fields:
    """The plan's newest adjustment of a kind for a service that is still to be made.

    Raises:
        Surprised: there is none.
    """
    found: list[Fields] = [
        one
        for one in plan["adjustments"]
        if (one["kind"], one["service"]) == (kind, service) and one["state"] in ("scheduled", "due")
    ]
    if not found:
        raise Surprised(f"There was to be a {kind} of {service} still to be made.")
    return found[-1]
