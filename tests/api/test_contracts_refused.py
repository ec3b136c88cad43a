"""What is refused of contracts and their changes, and who may do more than others."""

import httpx
import pytest

from tests.api.conftest import Service
from tests.api.contracting import (
    SEATS,
    YEAR,
    aud,
    bills_of,
    change,
    made,
    noon,
    rows_of,
    stored_client,
    stored_contract,
)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends_on": "2026-01-01"}, "ends_before_start"),
        ({"lines": []}, "lines_missing"),
        ({"lines": [SEATS, SEATS]}, "lines_overlap"),
        ({"lines": [{**SEATS, "to": "2026-01-01"}]}, "ends_before_start"),
        ({"lines": [{**SEATS, "from": "2025-12-01"}]}, "line_outside_term"),
        ({"lines": [{**SEATS, "quantity": 0}]}, "quantity_invalid"),
        ({"lines": [{**SEATS, "quantity": -1}]}, "quantity_invalid"),
        ({"currency": "USD"}, "currencies_differ"),
        ({"anchor": "32"}, "anchor_invalid"),
        (
            {"lines": [{**SEATS, "discount": {"percent": "10", "amount": aud("1.00")}}]},
            "line_invalid",
        ),
        ({"lines": [{**SEATS, "billing_period": "week", "anchor": "noday"}]}, "anchor_invalid"),
        ({"client_id": "01a2044b-b4fc-7311-a382-ac96628c5f83"}, "client_not_found"),
    ],
)
async def test_a_contract_that_cannot_be_is_refused(
    service: Service, client: httpx.AsyncClient, changes: dict[str, object], code: str
) -> None:
    client_id = str(await stored_client(service.sessions))
    body = {**YEAR, "client_id": client_id, "lines": [SEATS], **changes}

    answer = await client.post("/v1/contracts", json=body)

    assert answer.json()["code"] == code, answer.text
    assert answer.status_code == (404 if code == "client_not_found" else 422)
    assert (await client.get("/v1/contracts")).json()["items"] == []


@pytest.mark.parametrize(
    ("line", "pointer"),
    [
        ({"quantity": 0}, "/lines/1/quantity"),
        ({"discount": {"percent": "0"}}, "/lines/1/discount/percent"),
        ({"anchor": "3"}, "/lines/1/anchor"),
        ({"to": "2025-12-31"}, "/lines/1/to"),
    ],
)
async def test_a_line_that_cannot_be_is_pointed_at(
    service: Service, client: httpx.AsyncClient, line: dict[str, object], pointer: str
) -> None:
    client_id = str(await stored_client(service.sessions))
    body = {**YEAR, "client_id": client_id, "lines": [SEATS, {**SEATS, "product": "x", **line}]}

    answer = await client.post("/v1/contracts", json=body)

    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer], answer.text


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("upgrade", {"lines": [{"product": "seats", "quantity": 99}]}, 422, "kind_mismatch"),
        ("downgrade", {"lines": [{"product": "seats", "quantity": 101}]}, 422, "kind_mismatch"),
        (
            "upgrade",
            {"lines": [{"product": "seats", "quantity": 150}], "ends_on": "2027-06-01"},
            422,
            "kind_mismatch",
        ),
        ("upgrade", {}, 422, "lines_missing"),
        ("upgrade", {"lines": [{"product": "y", "quantity": 1}]}, 422, "price_missing"),
        (
            "upgrade",
            {"lines": [{"product": "seats", "add": 1}], "effective_on": "2027-02-01"},
            422,
            "effective_outside_term",
        ),
        ("termination", {"effective_on": "2026-01-15"}, 422, "effective_in_past"),
        ("renewal", {"effective_on": "2026-06-01"}, 422, "renewal_not_at_end"),
        (
            "recast",
            {"effective_on": "2026-06-15", "credit": {"amount": "5000.00", "currency": "AUD"}},
            422,
            "credit_above_paid",
        ),
    ],
)
async def test_a_change_that_cannot_be_is_refused_with_its_fact(
    service: Service,
    client: httpx.AsyncClient,
    kind: str,
    body: dict[str, object],
    status: int,
    code: str,
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)

    answer = await client.post(f"/v1/contracts/{contract_id}/changes", json={"kind": kind, **body})

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await client.get(f"/v1/contracts/{contract_id}/changes")).json()["items"] == []


async def test_only_managers_back_date(service: Service, client: httpx.AsyncClient) -> None:
    service.clock.at = noon("2026-03-16")
    contract_id = await stored_contract(client, service.sessions)
    seats = {"product": "seats", "quantity": 150}
    sales = {"Authorization": f"Bearer {await service.key('sales')}"}

    refused = await change(
        client, contract_id, "upgrade", seats, effective_on="2026-02-15", headers=sales
    )
    stored = await made(client, contract_id, "upgrade", seats, effective_on="2026-02-15")

    assert (refused.status_code, refused.json()["code"]) == (422, "effective_in_past")
    assert stored["state"] == "in_force"
    assert rows_of(stored) == [("charge", "750.00")]  # 500.00 x 14 / 28, and 500.00
    assert stored["rows"][0]["purpose"] == "adjustment"


async def test_notice_is_kept_or_waived_by_a_manager(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-12-20")
    contract_id = await stored_contract(client, service.sessions, notice_days=30)

    late = await change(client, contract_id, "termination")
    waived = await made(client, contract_id, "termination", waive_notice=True)

    assert (late.status_code, late.json()["code"]) == (422, "notice_too_short")
    assert waived["effective_on"] == "2027-01-01"
    assert waived["stops"] == [
        "100 x Seats after Thursday 31 December 2026.",
        "The automatic renewal on Friday 1 January 2027.",
    ]


@pytest.mark.parametrize("unpaid_then", [None, "2026-04-01"])
async def test_credits_of_unpaid_bills_are_held_until_they_are_paid(
    service: Service, client: httpx.AsyncClient, unpaid_then: str | None
) -> None:
    service.clock.at = noon("2026-03-16")
    contract_id = await stored_contract(client, service.sessions)
    await client.patch(f"/v1/contracts/{contract_id}", json={"unpaid_from": "2026-03-01"})
    stored = await made(client, contract_id, "upgrade", {"product": "seats", "quantity": 150})

    held = await bills_of(client, contract_id, count=1)
    service.clock.at = noon("2026-03-20")
    await client.patch(f"/v1/contracts/{contract_id}", json={"unpaid_from": unpaid_then})

    assert [row["held"] for row in stored["rows"]] == [True, False]
    assert held == [("2026-03-16", "774.19")]
    assert await bills_of(client, contract_id, count=3) == [
        ("2026-03-20", "0.00"),
        ("2026-04-01", "983.87"),  # 1500.00 less 516.13
        ("2026-05-01", "1500.00"),
    ]


async def test_a_superseded_change_is_checked_before_anything_is_shown(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    done = await made(client, contract_id, "upgrade", {"product": "seats", "quantity": 150})

    answer = await change(
        client,
        contract_id,
        "upgrade",
        {"product": "seats", "quantity": 160},
        supersedes=done["id"],
        dry_run=True,
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "change_not_pending")


async def test_a_contract_s_life_is_on_its_client_s_timeline(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    client_id = str(await stored_client(service.sessions))
    contract_id = await stored_contract(client, service.sessions, client_id=client_id)
    await made(client, contract_id, "upgrade", {"product": "seats", "quantity": 150})

    told = (await client.get(f"/v1/clients/{client_id}/timeline")).json()

    assert {(one["kind"], one["text"]) for one in told["items"]} >= {
        ("contract.created", "PROP-1: Contract created."),
        ("contract.upgrade_in_force", "PROP-1: Contract upgrade in force."),
    }


async def test_an_anchor_of_a_line_needs_its_period(
    service: Service, client: httpx.AsyncClient
) -> None:
    client_id = str(await stored_client(service.sessions))
    body = {**YEAR, "client_id": client_id, "lines": [{**SEATS, "anchor": "15"}]}

    answer = await client.post("/v1/contracts", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "field_unfit")


async def test_a_deep_discount_on_a_new_contract_takes_a_manager(
    service: Service, client: httpx.AsyncClient
) -> None:
    client_id = str(await stored_client(service.sessions))
    deep = {**SEATS, "discount": {"percent": "25"}}
    body = {**YEAR, "client_id": client_id, "lines": [deep]}
    key = await service.key("sales")

    refused = await client.post(
        "/v1/contracts", json=body, headers={"Authorization": f"Bearer {key}"}
    )
    usual = await client.post(
        "/v1/contracts",
        json={
            **body,
            "lines": [{**SEATS, "discount": {"percent": "10"}}, {**SEATS, "product": "x"}],
        },
        headers={"Authorization": f"Bearer {key}"},
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "discount_needs_manager")
    assert usual.status_code == 201
    assert (await client.post("/v1/contracts", json=body)).status_code == 201
