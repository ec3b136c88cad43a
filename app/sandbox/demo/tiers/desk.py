"""What the act's people do: keep accounts, ask for users, answer quotes, look at them."""

from dataclasses import dataclass
from typing import Any

from app.sandbox.demo.scene import Fields, Scene

EVIDENCE = {"reference": "Billing, transaction 4711", "note": "Sample evidence"}


def usd(amount: str) -> dict[str, str]:
    """Dollars, as the API writes them."""
    return {"amount": amount, "currency": "USD"}


@dataclass(frozen=True, slots=True)
class Payer:
    """A client that pays by users: what it has, and the card that the stand-in knows."""

    ref: str
    name: str
    band: tuple[int, int]
    price: str
    card: str = "pm_card_visa"
    site_id: str = ""

    @property
    def email(self) -> str:
        """An address that nobody has."""
        return f"owner@{self.ref.lower()}.example"

    @property
    def site(self) -> dict[str, str]:
        """Where its users are set."""
        return {"database": "db-7", "site_id": self.site_id or f"site-{self.ref.lower()}"}

    def document(self) -> Fields:
        """The account as `POST /v1/tier-accounts` takes it: out of contract, old pricing."""
        return {
            "ref": self.ref,
            "account": {
                "pricing": "legacy",
                "band": {"from": self.band[0], "to": self.band[1]},
                "price": usd(self.price),
                "started": {"band": {"from": 1, "to": 10}, "price": usd("349.95")},
                "bands_used": 1,
                "contract": None,
                "next_billing_on": "2027-01-01",
                "site": self.site,
            },
            "client": {"name": self.name, "email": self.email},
            "payment": {"customer_ref": f"cus_{self.ref}", "payment_method_ref": self.card},
        }


HARBOUR = Payer("TIER-1", "Harbour Realty (sample)", (1, 10), "349.95")
COAST = Payer("TIER-2", "Coast Homes (sample)", (11, 25), "499.95")
VALLEY = Payer("TIER-3", "Valley Estates (sample)", (1, 10), "349.95", "pm_card_declined")
SUMMIT = Payer("TIER-4", "Summit Property (sample)", (1, 10), "349.95", site_id="moved-summit")
MEADOW = Payer("TIER-5", "Meadow Living (sample)", (11, 25), "179.95")
PAYERS = (HARBOUR, COAST, VALLEY, SUMMIT, MEADOW)


def keep_accounts(scene: Scene) -> None:
    """Billing reads the accounts in, once."""
    for payer in PAYERS:
        scene.caller.post("/v1/tier-accounts", payer.document())
    scene.say("billing", f"reads {len(PAYERS)} accounts in: band, price, contract, billing date.")


def ask(scene: Scene, payer: Payer, users: int) -> Any:
    """A request comes in by webhook, as from a form; the quote that it came to."""
    request = {
        "event_id": f"form-{payer.ref}-{users}",
        "account": {"ref": payer.ref},
        "client": {"email": payer.email},
        "requested_users": users,
    }
    scene.caller.post("/webhooks/tier-request", request)
    scene.settle()
    return newest(scene, payer)


def newest(scene: Scene, payer: Payer) -> Any:
    """The newest quote of a client."""
    (account,) = scene.caller.get("/v1/tier-accounts", ref=payer.ref)["items"]
    return scene.caller.get("/v1/tier-quotes", account_id=account["id"])["items"][0]


def say_yes(scene: Scene, payer: Payer) -> Any:
    """The client says yes, and what follows happens; the quote as it is then."""
    quote = newest(scene, payer)
    scene.say("client", f"{payer.name} says yes.")
    scene.caller.post(f"/v1/tier-quotes/{quote['id']}/accept", {})
    scene.settle()
    return scene.caller.get(f"/v1/tier-quotes/{quote['id']}")


def show_steps(scene: Scene, quote: Fields) -> None:
    """The reckoning in the service's own words."""
    for step in quote["steps"]:
        scene.say("", step)
