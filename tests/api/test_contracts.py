"""Contracts over HTTP: made, read as of a day, changed, taken back, billed."""

import csv

import httpx

from tests.api.conftest import Service
from tests.api.contracting import (
    aud,
    bills_of,
    change,
    made,
    noon,
    rows_of,
    stored_client,
    stored_contract,
)


async def test_a_contract_is_made_and_read_as_of_any_day(
    service: Service, client: httpx.AsyncClient
) -> None:
    contract_id = await stored_contract(client, service.sessions)

    answer = await client.get(f"/v1/contracts/{contract_id}", params={"on": "2026-05-05"})

    found = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert (found["starts_on"], found["last_day"]) == ("2026-01-01", "2026-12-31")
    assert [(one["quantity"], one["price"]["amount"]) for one in found["lines"]] == [
        (100, "1000.00")
    ]
    listed = (await client.get("/v1/contracts", params={"order_ref": "PROP-1"})).json()
    assert [one["id"] for one in listed["items"]] == [contract_id]
    by_day = {"client_id": found["client_id"], "running_on": "2027-01-01"}
    assert (await client.get("/v1/contracts", params=by_day)).json()["items"] == []


async def test_a_preview_and_the_change_are_the_same_cents(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    more = {"product": "seats", "quantity": 150}

    # when
    seen = await made(client, contract_id, "upgrade", more, effective_on="2026-03-16", dry_run=True)
    stored = await made(client, contract_id, "upgrade", more, effective_on="2026-03-16")

    # then: 1000.00 x 16 / 31, and 1500.00 x 16 / 31
    assert seen["state"] == "draft"
    assert stored["state"] == "scheduled"
    assert rows_of(seen) == rows_of(stored) == [("credit", "516.13"), ("charge", "774.19")]
    assert seen["preview"]["cost"] == stored["preview"]["cost"]
    assert seen["preview"]["cost"]["now"] == aud("258.06")
    assert seen["preview"]["cost"]["a_period_before"] == aud("1000.00")
    assert seen["preview"]["cost"]["a_period_after"] == aud("1500.00")
    assert [bill["total"]["amount"] for bill in seen["preview"]["bills_before"]] == [
        "1000.00",
        "1000.00",
        "1000.00",
    ]
    assert [bill["total"]["amount"] for bill in seen["preview"]["bills_after"]] == [
        "1000.00",
        "1000.00",
        "258.06",
    ]
    assert stored["rows"][0]["sentence"] == (
        "16 of 31 days (16 to 31 March 2026) of 100 x Seats at 1,000.00 AUD a month were paid but "
        "are not used: credit 516.13 AUD."
    )
    # and: it is on the timeline from the moment it is signed, and takes effect on its day
    assert await quantity(client, contract_id, "2026-03-15") == 100
    assert await quantity(client, contract_id, "2026-03-16") == 150


async def quantity(client: httpx.AsyncClient, contract_id: str, on: str) -> int:
    answer = await client.get(f"/v1/contracts/{contract_id}", params={"on": on})
    return int(answer.json()["lines"][0]["quantity"])


async def test_a_dry_run_stores_nothing(service: Service, client: httpx.AsyncClient) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)

    await made(client, contract_id, "termination", dry_run=True)

    listed = (await client.get(f"/v1/contracts/{contract_id}/changes")).json()
    assert listed["items"] == []
    assert (await client.get(f"/v1/contracts/{contract_id}")).json()["version"] == 1


async def test_a_change_whose_day_is_here_is_in_force_at_once(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-03-16")
    contract_id = await stored_contract(client, service.sessions)

    stored = await made(client, contract_id, "upgrade", {"product": "seats", "quantity": 150})

    assert stored["state"] == "in_force"
    assert await bills_of(client, contract_id, **{"from": "2026-03-01"}) == [
        ("2026-03-01", "1000.00"),
        ("2026-03-16", "258.06"),
        ("2026-04-01", "1500.00"),
    ]


async def test_a_change_can_be_withdrawn_until_it_is_in_force(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    lines = {"product": "seats", "quantity": 150}
    later = await made(client, contract_id, "upgrade", lines, effective_on="2026-03-01")
    at_once = await made(
        client, contract_id, "upgrade", {"product": "x", "quantity": 1, "unit_price": aud("1.00")}
    )

    gone = await client.post(f"/v1/changes/{later['id']}/withdraw", json={"reason": "Not yet."})
    stays = await client.post(f"/v1/changes/{at_once['id']}/withdraw", json={"reason": "No."})

    assert (gone.status_code, gone.json()["state"]) == (200, "withdrawn")
    assert (stays.status_code, stays.json()["code"]) == (409, "change_not_pending")
    assert await quantity(client, contract_id, "2026-03-01") == 100


async def test_a_change_supersedes_one_that_is_not_in_force(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    seats = {"product": "seats", "quantity": 150}
    old = await made(client, contract_id, "upgrade", seats, effective_on="2026-03-01")

    new = await made(
        client,
        contract_id,
        "upgrade",
        {"product": "seats", "quantity": 160},
        effective_on="2026-03-01",
        supersedes=old["id"],
    )

    assert (await client.get(f"/v1/changes/{old['id']}")).json()["state"] == "superseded"
    assert new["supersedes_id"] == old["id"]
    assert await quantity(client, contract_id, "2026-03-01") == 160
    other = await stored_contract(client, service.sessions)
    strange = await change(client, other, "upgrade", seats, supersedes=new["id"])
    assert (strange.status_code, strange.json()["code"]) == (404, "change_not_found")


async def test_a_change_that_takes_the_base_from_another_says_so(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    later = await made(
        client, contract_id, "upgrade", {"product": "seats", "add": 50}, effective_on="2026-05-01"
    )

    seen = await made(
        client,
        contract_id,
        "upgrade",
        {"product": "seats", "add": 20},
        effective_on="2026-03-01",
        dry_run=True,
    )

    assert [(each["change_id"], each["code"]) for each in seen["preview"]["conflicts"]] == [
        (later["id"], "base_gone")
    ]


async def test_the_next_bills_are_a_table_too(service: Service, client: httpx.AsyncClient) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    stored = await made(
        client, contract_id, "upgrade", {"product": "seats", "add": 50}, effective_on="2026-02-15"
    )

    assert await bills_of(client, contract_id, **{"from": "2026-02-02"}) == [
        ("2026-02-15", "250.00"),
        ("2026-03-01", "1500.00"),
        ("2026-04-01", "1500.00"),
    ]
    assert await bills_of(
        client, contract_id, count=1, signed="false", **{"from": "2026-02-02"}
    ) == [("2026-03-01", "1000.00")]
    assert await bills_of(client, contract_id, count=1, without=stored["id"]) == [
        ("2026-02-01", "1000.00")
    ]
    table = await client.get(
        f"/v1/contracts/{contract_id}/bills",
        params={"from": "2026-02-15", "count": 1},
        headers={"Accept": "text/csv"},
    )
    assert table.headers["content-type"].startswith("text/csv")
    lines = table.text.splitlines()
    assert lines[0].startswith("due_on,row,product,money.amount,money.currency,days,of_days")
    assert [line.split(",")[:4] for line in lines[1:]] == [
        ["2026-02-15", "credit", "seats", "500.00"],
        ["2026-02-15", "charge", "seats", "750.00"],
        ["2026-02-15", "total", "", "250.00"],
    ]


async def test_the_table_tells_what_is_foreseen_from_what_is_signed(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)

    table = await client.get(
        f"/v1/contracts/{contract_id}/bills",
        params={"from": "2026-12-01", "count": 2},
        headers={"Accept": "text/csv"},
    )

    rows = list(csv.DictReader(table.text.splitlines()))
    assert [(row["due_on"], row["row"], row["foreseen"]) for row in rows] == [
        ("2026-12-01", "charge", "false"),
        ("2026-12-01", "total", "false"),
        ("2027-01-01", "charge", "true"),
        ("2027-01-01", "total", "true"),
    ]


async def test_the_story_tells_what_was_and_what_comes(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    await made(
        client,
        contract_id,
        "upgrade",
        {"product": "seats", "quantity": 150},
        effective_on="2026-03-01",
        order_ref="PROP-2",
    )

    told = (await client.get(f"/v1/contracts/{contract_id}/timeline")).json()["items"]

    assert [entry["text"] for entry in told] == [
        "The contract starts, by PROP-1: 100 x Seats at 1,000.00 AUD a month.",
        "From Sunday 1 March 2026, upgrade: 100 x Seats at 1,000.00 AUD a month becomes 150 x "
        "Seats at 1,500.00 AUD a month (signed on Sunday 1 February 2026, by PROP-2, entered by "
        "Bootstrap key, scheduled).",
        "The contract renews by itself; its last day is Thursday 31 December 2026.",
    ]


async def test_what_a_client_has_is_summed_over_contracts_and_changes(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    client_id = str(await stored_client(service.sessions))
    first = await stored_contract(client, service.sessions, client_id=client_id)
    await stored_contract(
        client,
        service.sessions,
        {"product": "seats", "quantity": 5, "unit_price": aud("1.00")},
        {"product": "hours", "quantity": 9, "unit_price": aud("1.00"), "kind": "one_time"},
        client_id=client_id,
        order_ref="PROP-9",
    )
    await made(
        client, first, "upgrade", {"product": "seats", "quantity": 150}, effective_on="2026-03-01"
    )

    async def has(on: str) -> dict[str, int]:
        answer = await client.get(f"/v1/clients/{client_id}/entitlements", params={"on": on})
        return {each["product"]: each["quantity"] for each in answer.json()["items"]}

    assert await has("2026-02-28") == {"hours": 9, "seats": 105}
    assert await has("2026-03-01") == {"hours": 9, "seats": 155}
    # The contracts renew by themselves then, without what was bought once.
    assert await has("2027-01-01") == {"seats": 155}
    query = {"on": "2027-01-01"}
    later = await client.get(f"/v1/clients/{client_id}/entitlements", params=query)
    assert [each["foreseen"] for each in later.json()["items"]] == [True]
    unknown = await client.get("/v1/clients/01a2044b-b4fc-7311-a382-ac96628c5f83/entitlements")
    assert unknown.status_code == 404


async def test_credit_on_the_account_waits_for_a_contract_that_takes_it(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given: a contract ended on 16 March, with 1000.00 x 16 / 31 paid and not used
    service.clock.at = noon("2026-03-16")
    client_id = str(await stored_client(service.sessions))
    ended = await stored_contract(client, service.sessions, client_id=client_id)
    await made(client, ended, "termination", effective_on="2026-03-16")

    # when
    new = await stored_contract(
        client,
        service.sessions,
        client_id=client_id,
        starts_on="2026-04-01",
        order_ref="PROP-2",
        take_account_credit=True,
    )

    # then
    assert await bills_of(client, new, count=2) == [
        ("2026-04-01", "483.87"),
        ("2026-05-01", "1000.00"),
    ]
    again = await stored_contract(
        client, service.sessions, client_id=client_id, order_ref="P-3", take_account_credit=True
    )
    assert (await bills_of(client, again, count=1))[0][1] == "1000.00"
