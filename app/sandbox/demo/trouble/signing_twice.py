"""The same client signs another agreement while the first is under way."""

from app.sandbox.demo.cast import Agreement
from app.sandbox.demo.scene import Scene
from app.sandbox.demo.trouble.thursday_biller import BAY

AGREEMENT = Agreement("PROP-2003", BAY, ("sprint", "scale"), "2027-01-11", "2026-12-08T23:58:00Z")


def is_seen(scene: Scene) -> None:
    """Nothing is begun: a person is shown the difference, and what may be chosen."""
    scene.say(
        "client", f"{BAY.name} signs {AGREEMENT.ref} as well: Sprint to Scale, live 11 January."
    )
    scene.caller.zap(AGREEMENT.as_a_zap_sends_it())
    scene.settle()
    plan = scene.plan(AGREEMENT.ref)
    scene.expect(plan["state"] == "needs_review", f"It was to wait for a person: {plan['state']}.")
    review = plan["review"]
    scene.say("service", f"begins nothing. {review['reason']}")
    rows = [[one["field"], one["open"] or "-", one["new"] or "-"] for one in review["differences"]]
    scene.teller.table(["what differs", "open plan", "this agreement"], rows)
    for one in review["choices"]:
        scene.say("", f"{one['choice']}: {one['detail']}")


def is_queued(scene: Scene) -> None:
    """A person chooses."""
    plan = scene.plan(AGREEMENT.ref)
    resolve = {"choice": "queue", "reason": "They want Scale after Sprint, not instead."}
    scene.caller.post(f"/v1/plans/{plan['id']}/resolve", resolve)
    scene.say("sales", "chooses to queue it: Scale is to come after Sprint, not instead.")


def begins(scene: Scene) -> None:
    """As the first went live, the second has begun by itself."""
    plan = scene.plan(AGREEMENT.ref)
    scene.expect(plan["state"] == "scheduled", f"It was to begin by itself: {plan['state']}.")
    scene.say("service", f"began {AGREEMENT.ref} in the same moment: live {plan['live_on']}.")


def was_mailed(scene: Scene) -> None:
    """And its client is told so."""
    mails = scene.mails_of(f"Upgrade Begun: {BAY.name} moves to Scale", BAY.email)
    scene.expect(len(mails) == 1, "The second upgrade was to be announced to the client.")
    scene.say("client", f"has got “{mails[0]['subject']}”.")
