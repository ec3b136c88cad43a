"""The stand-ins of Stripe and of the clients' own system: keys, cards, faults, late payments."""

import asyncio
import hmac
import json
from collections.abc import Mapping
from typing import Any

import httpx

from app.sandbox.vendors import SandboxSettings, make_app
from app.sandbox.vendors.automation.signing import signature
from tests.sandbox.conftest import InProcess, RealTime, Vendors

KEY = {"Authorization": "Bearer sk_test_sandbox"}
FORM = {
    "amount": "25161",
    "currency": "usd",
    "customer": "cus_1",
    "payment_method": "pm_card_visa",
    "metadata[quote_id]": "q-1",
}


def charge(vendors: Any, key: str = "k-1", **form: str) -> Any:
    headers = {**KEY, "Idempotency-Key": key}
    return vendors.client.post("/stripe/v1/payment_intents", data={**FORM, **form}, headers=headers)


def effects(vendors: Any, system: str) -> int:
    lines = vendors.client.get(f"/ledger?system={system}&effect=true").json()["items"]
    return len(lines)


def test_a_key_charges_once_and_only_for_the_same_request(vendors: Any) -> None:
    first, again = charge(vendors), charge(vendors)
    other = charge(vendors, amount="1")

    assert first.json() == again.json()
    assert first.json()["status"] == "succeeded"
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert effects(vendors, "stripe") == 1


def test_cards_decline_or_ask_for_their_holder(vendors: Any) -> None:
    declined = charge(vendors, "k-1", payment_method="pm_card_declined")
    holder = charge(vendors, "k-2", payment_method="pm_card_authentication")

    assert (declined.status_code, declined.json()["error"]["code"]) == (402, "card_declined")
    assert holder.json()["error"]["code"] == "authentication_required"
    assert effects(vendors, "stripe") == 0


def test_a_charge_is_found_by_its_metadata(vendors: Any) -> None:
    charge(vendors)
    query = "metadata['quote_id']:'q-1'"
    path = "/stripe/v1/payment_intents/search"

    found = vendors.client.get(path, params={"query": query}, headers=KEY).json()["data"]

    assert [each["metadata"]["quote_id"] for each in found] == ["q-1"]
    assert vendors.client.get(path, params={"query": "x"}, headers=KEY).status_code == 400
    assert vendors.client.get(path, params={"query": query}).status_code == 401


def test_what_is_missing_is_refused(vendors: Any) -> None:
    assert charge(vendors, amount="ten").status_code == 400
    assert charge(vendors, customer="").status_code == 400


def test_faults_stop_a_charge_before_its_effect(vendors: Any) -> None:
    vendors.fault("stripe", "payment_intents.create", "500")

    assert charge(vendors).status_code == 500
    assert effects(vendors, "stripe") == 0
    assert charge(vendors).status_code == 200


def test_a_late_payment_is_told_once_and_signed() -> None:
    told: list[tuple[bytes, Mapping[str, str]]] = []

    async def post(_url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        told.append((body, headers))
        return 202, b""

    real = RealTime()
    app = make_app(SandboxSettings(), real_now=real.read, post=post)
    client = httpx.Client(transport=InProcess(app), base_url="http://sandbox.example")
    vendors = Vendors(app, client, real)
    vendors.client.post("/stripe/v1/webhook_endpoints", data={"url": "http://x"}, headers=KEY)
    late = charge(vendors, payment_method="pm_card_late")
    assert late.json()["status"] == "processing"
    assert asyncio.run(vendors.app.call_webhooks()) == 0
    real.advance(seconds=2)

    assert asyncio.run(vendors.app.call_webhooks()) == 1
    assert asyncio.run(vendors.app.call_webhooks()) == 0
    ((body, headers),) = told
    stamp, _, given = headers["Stripe-Signature"].partition(",v1=")
    content = stamp.removeprefix("t=").encode() + b"." + body
    assert hmac.new(b"whsec_sandbox_stripe", content, "sha256").hexdigest() == given
    assert json.loads(body)["data"]["object"]["status"] == "succeeded"


SECRET = "whsec_c2FuZGJveC1wcm92aXNpb25pbmctc2VjcmV0"
PLACE = {"database": "db-7", "site_id": "site-42"}
CHANGE = {
    "action": "apply",
    **PLACE,
    "limit": 25,
    "recurring": {"amount": "649.95", "currency": "USD", "description": "21-25 Users"},
    "note": "A note.",
}


def ask(vendors: Any, body: dict[str, Any], key: str = "k-1", secret: str = SECRET) -> Any:
    raw, at = json.dumps(body).encode(), int(vendors.real.now.timestamp())
    headers = {
        "content-type": "application/json",
        "webhook-id": key,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(secret, key, at, raw),
    }
    return vendors.client.post("/provisioning/sites", content=raw, headers=headers)


def test_a_site_is_seen_changed_once_and_seen_again(vendors: Any) -> None:
    before = ask(vendors, {"action": "look", **PLACE}).json()
    changed, again = ask(vendors, CHANGE, "k-2").json(), ask(vendors, CHANGE, "k-2").json()

    assert before == {**PLACE, "limit": None}
    assert changed == again == {**PLACE, "limit": 25}
    assert effects(vendors, "provisioning") == 1


def test_a_moved_site_answers_from_another_database(vendors: Any) -> None:
    moved = {"action": "look", "database": "db-7", "site_id": "moved-42"}

    assert ask(vendors, moved).json()["database"] == "db-elsewhere"


def test_the_clients_system_takes_signed_and_whole_requests_only(vendors: Any) -> None:
    assert ask(vendors, {"action": "burn", **PLACE}).status_code == 400
    assert ask(vendors, {"action": "look"}).status_code == 400
    assert ask(vendors, {**CHANGE, "note": None}).status_code == 400
    assert vendors.client.post("/provisioning/sites", json=CHANGE).status_code == 401
