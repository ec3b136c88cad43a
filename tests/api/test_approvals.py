"""Discounts that somebody must approve, and who may."""

import httpx
import pytest

from tests.api.conftest import Service
from tests.api.contracting import change, made, noon, person_key, stored_contract


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def discounted(
    service: Service, client: httpx.AsyncClient, percent: str, **more: object
) -> dict[str, object]:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    lines = {"product": "seats", "quantity": 200, "discount": {"percent": percent}}
    return await made(client, contract_id, "upgrade", lines, **more)


@pytest.mark.parametrize(
    ("percent", "role"),
    [
        ("10", None),
        ("10.5", "sales_manager"),
        ("20", "sales_manager"),
        ("30", "vp_sales"),
        ("31", "ceo"),
    ],
)
async def test_the_depth_of_a_discount_says_who_must_approve_it(
    service: Service, client: httpx.AsyncClient, percent: str, role: str | None
) -> None:
    found = await discounted(service, client, percent, effective_on="2026-03-01")

    assert found["approval_needed"] == role
    assert found["state"] == ("scheduled" if role is None else "awaiting_approval")
    waiting = (await client.get("/v1/approvals", params={"state": "requested"})).json()["items"]
    assert [each["role"] for each in waiting] == ([role] if role else [])


async def test_a_person_of_the_role_approves_and_the_change_goes_on(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given: a change that takes effect today
    found = await discounted(service, client, "10.5")
    approval = found["approval"]
    assert isinstance(approval, dict)
    path = f"/v1/approvals/{approval['id']}"
    said = (await client.get(path)).json()["said"]

    # when: others try, and the one who may does
    nobody = await client.post(f"{path}/approve")
    other = await client.post(
        f"{path}/approve", headers=bearer(await person_key(service.sessions, "vp_sales"))
    )
    key = bearer(await person_key(service.sessions, "sales_manager", "sales"))
    given = await client.post(f"{path}/approve", headers=key)
    again = await client.post(f"{path}/approve", headers=key)

    # then
    assert said.startswith("A discount of 10.5 % in the upgrade of Sunday 1 February 2026:")
    assert (nobody.status_code, nobody.json()["code"]) == (403, "not_the_approver")
    assert (other.status_code, other.json()["code"]) == (403, "not_the_approver")
    assert (given.status_code, given.json()["state"]) == (200, "approved")
    assert (again.status_code, again.json()["code"]) == (409, "decided_before")
    changed = (await client.get(f"/v1/changes/{found['id']}")).json()
    assert (changed["state"], changed["approved_by"]) == ("in_force", "Pat of sales_manager")


async def test_whoever_refuses_says_why_and_the_change_is_withdrawn(
    service: Service, client: httpx.AsyncClient
) -> None:
    found = await discounted(service, client, "25", effective_on="2026-03-01")
    approval = found["approval"]
    assert isinstance(approval, dict)
    path = f"/v1/approvals/{approval['id']}"
    key = bearer(await person_key(service.sessions, "vp_sales"))

    silent = await client.post(f"{path}/reject", json={}, headers=key)
    refused = await client.post(f"{path}/reject", json={"reason": "Too deep."}, headers=key)

    assert silent.status_code == 422
    assert (refused.status_code, refused.json()["state"]) == (200, "refused")
    changed = (await client.get(f"/v1/changes/{found['id']}")).json()
    assert changed["state"] == "withdrawn"
    assert changed["reason"] == "Pat of vp_sales refused: Too deep."


async def test_an_approval_of_a_withdrawn_change_is_let_go(
    service: Service, client: httpx.AsyncClient
) -> None:
    found = await discounted(service, client, "25", effective_on="2026-03-01")
    approval = found["approval"]
    assert isinstance(approval, dict)

    await client.post(f"/v1/changes/{found['id']}/withdraw", json={"reason": "Not wanted."})

    kept = (await client.get(f"/v1/approvals/{approval['id']}")).json()
    assert kept["state"] == "voided"
    missing = await client.post("/v1/approvals/01a2044b-b4fc-7311-a382-ac96628c5f83/approve")
    assert missing.status_code == 404


async def test_a_discount_that_stays_needs_no_new_approval(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    line = {
        "product": "seats",
        "quantity": 100,
        "unit_price": {"amount": "10.00", "currency": "AUD"},
        "discount": {"percent": "40"},
    }
    contract_id = await stored_contract(client, service.sessions, line)

    kept = await change(client, contract_id, "upgrade", {"product": "seats", "quantity": 150})

    assert kept.json()["state"] == "in_force"
    assert kept.json()["after"] == ["150 x seats at 900.00 AUD a month, 40 % off"]
