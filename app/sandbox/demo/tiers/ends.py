"""Other ends: the floor, a declined card, another site, a decrease, and no answer at all."""

from app.sandbox.demo.scene import Scene
from app.sandbox.demo.tiers.desk import (
    COAST,
    EVIDENCE,
    HARBOUR,
    MEADOW,
    SUMMIT,
    VALLEY,
    ask,
    newest,
    say_yes,
)


def stays_below_the_floor(scene: Scene) -> None:
    """A client on an old low price cannot go lower."""
    scene.say("client", f"{MEADOW.name}, 11-25 at 179.95, wants back to 1-10 at 99.95.")
    quote = ask(scene, MEADOW, 10)
    scene.expect(quote["reason"] == "below_floor", f"It was to be refused: {quote['reason']}.")
    scene.say("service", f"refuses, below_floor: {quote['detail']}")


def declines(scene: Scene) -> None:
    """A declined card stops everything, and changes nothing else."""
    ask(scene, VALLEY, 15)
    quote = say_yes(scene, VALLEY)
    scene.expect(quote["charge"]["state"] == "failed", "The card was to decline.")
    scene.say("service", f"stops: {quote['charge']['why']} The site stays as it is.")
    scene.say("support", f"reads in their room: {scene.newest_chat('SUPPORT')}")
    decline = {"reason": "They stay as they are."}
    scene.caller.post(f"/v1/tier-quotes/{quote['id']}/decline", decline)
    scene.say("billing", "asks; the client would rather stay: declined.")


def meets_another_site(scene: Scene) -> None:
    """Charged, and another database answers: the worst mistake is not made."""
    ask(scene, SUMMIT, 15)
    quote = say_yes(scene, SUMMIT)
    scene.expect(quote["state"] == "charged", f"It was to stop: {quote['state']}.")
    scene.say("service", f"has charged, and changes no site: {quote['application']['why']}")
    stuck = scene.caller.get("/v1/tier-quotes", waiting="true", state="charged")["items"]
    scene.expect(len(stuck) == 1, "It was to stand in the list of what waits.")
    scene.say("", f"It stands in the list of what waits: {stuck[0]['waits_for'][0]['code']}.")
    path = f"/v1/tier-quotes/{quote['id']}/apply-by-hand"
    wrong = {**HARBOUR.site, "evidence": EVIDENCE}
    scene.say("billing", "has another client's site open, and says that it is done there.")
    scene.refused(path, wrong, "site_mismatch")
    scene.caller.post(path, {**SUMMIT.site, "evidence": EVIDENCE})
    scene.say("billing", "looks again, sets the right one, and says which it was.")
    scene.settle()
    done = newest(scene, SUMMIT)
    scene.expect(done["state"] == "confirmed", f"It was to be confirmed: {done['state']}.")


def goes_down(scene: Scene) -> None:
    """Fewer users: the floor holds, nothing is credited, it begins with the next bill."""
    scene.say("client", f"{COAST.name}, 11-25 at 499.95, needs only 10.")
    quote = ask(scene, COAST, 10)
    scene.expect(quote["to"]["money"]["amount"] == "399.95", "The floor was to hold.")
    for step in quote["steps"][2:5]:
        scene.say("", step)
    quote = say_yes(scene, COAST)
    scene.expect(quote["apply_on"] == "2027-01-01", "It was to wait for the next bill.")
    scene.say("service", "charges nothing, and waits for 1 January.")


def asks_and_forgets(scene: Scene) -> None:
    """A quote that nobody will answer."""
    quote = ask(scene, HARBOUR, 30)
    price = quote["to"]["money"]["amount"]
    scene.say("client", f"{HARBOUR.name} asks for 30: {price} a month. And forgets about it.")


def has_expired(scene: Scene) -> None:
    """After fourteen days it is over."""
    quote = newest(scene, HARBOUR)
    scene.expect(quote["state"] == "expired", f"It was to expire: {quote['state']}.")
    scene.say("service", "lets the quote expire; a yes from now on asks for a new one.")
    scene.refused(f"/v1/tier-quotes/{quote['id']}/accept", {}, "tier_quote_state_refuses")


def went_down(scene: Scene) -> None:
    """On the next billing date the decrease is made."""
    quote = newest(scene, COAST)
    scene.expect(quote["state"] == "confirmed", f"It was to be confirmed: {quote['state']}.")
    scene.say("service", f"set {COAST.name} to {quote['description']} with the new bill.")
