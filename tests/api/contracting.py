"""Contracts over HTTP, for tests: a year of 100 seats at 10.00 AUD, monthly on the first."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from app.db.ids import new_id
from app.db.models import Client, Staff
from tests.builders import Sessions, stored_key

YEAR: dict[str, Any] = {
    "currency": "AUD",
    "billing_period": "month",
    "anchor": "1",
    "starts_on": "2026-01-01",
    "ends_on": "2027-01-01",
    "renewal": "automatic",
    "order_ref": "PROP-1",
}


def aud(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "AUD"}


SEATS = {"product": "seats", "title": "Seats", "quantity": 100, "unit_price": aud("10.00")}


def noon(day: str) -> datetime:
    """Noon in UTC on a day: the evening of the same day in Brisbane."""
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)


async def stored_client(
    sessions: Sessions,
    name: str = "Harbour Dental",
    ref: str | None = None,
    timezone: str = "Australia/Brisbane",
) -> UUID:
    client = Client(
        id=new_id(),
        ref=ref or f"C-{new_id()}",
        name=name,
        email="owner@harbourdental.example",
        timezone=timezone,
        language="en",
    )
    async with sessions.begin() as session:
        session.add(client)
    return client.id


async def stored_contract(
    caller: httpx.AsyncClient, sessions: Sessions, *lines: dict[str, Any], **changes: Any
) -> str:
    client_id = changes.pop("client_id", None) or str(await stored_client(sessions))
    body = {**YEAR, "client_id": client_id, "lines": list(lines) or [SEATS], **changes}
    answer = await caller.post("/v1/contracts", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def change(
    caller: httpx.AsyncClient, contract_id: str, kind: str, *lines: dict[str, Any], **more: Any
) -> httpx.Response:
    headers = more.pop("headers", {})
    body = {"kind": kind, "lines": list(lines), **more}
    return await caller.post(f"/v1/contracts/{contract_id}/changes", json=body, headers=headers)


async def made(
    caller: httpx.AsyncClient, contract_id: str, kind: str, *lines: dict[str, Any], **more: Any
) -> dict[str, Any]:
    answer = await change(caller, contract_id, kind, *lines, **more)
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def person_key(sessions: Sessions, role: str, key_role: str = "manager") -> str:
    """The key of a new member of staff with a role of the organisation."""
    person = Staff(
        id=new_id(),
        name=f"Pat of {role}",
        email=f"{new_id()}@agency.example",
        role=role,
        active=True,
        refs={},
    )
    async with sessions.begin() as session:
        session.add(person)
    return await stored_key(sessions, key_role, staff_id=person.id)


def rows_of(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["kind"], row["money"]["amount"]) for row in answer["rows"]]


async def bills_of(
    caller: httpx.AsyncClient, contract_id: str, **query: Any
) -> list[tuple[str, str]]:
    answer = await caller.get(f"/v1/contracts/{contract_id}/bills", params=query)
    assert answer.status_code == 200, answer.text
    return [(bill["due_on"], bill["total"]["amount"]) for bill in answer.json()["items"]]
