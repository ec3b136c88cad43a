"""A client wants more users: quoted, told, charged once although the answer was lost, applied."""

from app.sandbox.demo.scene import Scene
from app.sandbox.demo.tiers.desk import HARBOUR, ask, newest, say_yes, show_steps


def is_quoted(scene: Scene) -> None:
    """The request becomes a quote, with every step of its reckoning."""
    scene.say("client", f"{HARBOUR.name}: “Can we have more users? 25, please.”")
    quote = ask(scene, HARBOUR, 25)
    scene.expect(quote["state"] == "quoted", f"It was to be quoted: {quote['state']}.")
    scene.expect(quote["prorated"]["money"]["amount"] == "251.61", "It costs 251.61 now.")
    scene.say("service", "quotes, step by step:")
    show_steps(scene, quote)


def was_told_the_costs(scene: Scene) -> None:
    """The costs before anything is done."""
    scene.mail("Your user tier: 21-25 Users", HARBOUR.email)


def is_charged_once(scene: Scene) -> None:
    """The card is charged once, the site is looked at before it is changed."""
    scene.caller.break_once("stripe", "payment_intents.create", "drop_after_effect")
    scene.say("", "Stripe's next answer is lost on its way.")
    quote = say_yes(scene, HARBOUR)
    scene.expect(quote["state"] == "confirmed", f"It was to be confirmed: {quote['state']}.")
    charges = scene.caller.ledger(system="stripe", effect="true")
    scene.expect(len(charges) == 1, f"The card was charged {len(charges)} times.")
    sites = scene.caller.ledger(system="provisioning", effect="true")
    scene.expect(len(sites) == 1, f"The site was changed {len(sites)} times.")
    scene.say("service", "asks Stripe by the quote's mark what became of it, finds the charge,")
    scene.say("", "looks at database and site id, sets 25 users and “21-25 Users”, notes it all:")
    scene.say("", quote["application"]["note"])


def was_told_all(scene: Scene) -> None:
    """The recap, with card, days and dates."""
    scene.mail("Done: 21-25 Users", HARBOUR.email)
    quote = newest(scene, HARBOUR)
    scene.expect(quote["waits_for"] == [], "Nothing was to be left for anybody.")
