"""A client's story over HTTP: its record, its agreements and its plans, in pages."""

from datetime import timedelta
from typing import Any

import httpx

from tests.api.conftest import Service
from tests.api.decisions import made, resolve, understood
from tests.builders import signed_document


async def story(client: httpx.AsyncClient, plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The client's whole timeline, oldest first, read in pages of three."""
    entries: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = await client.get(f"/v1/clients/{plan['client']['id']}/timeline?limit=3{cursor}")
        assert answer.status_code == 200, answer.text
        entries += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return entries[::-1]
        cursor = f"&cursor={answer.json()['next_cursor']}"


async def comes(
    service: Service, caller: httpx.AsyncClient, kind: str, ref: str, **more: Any
) -> None:
    document = {"event": kind, "agreement": {"ref": ref}, **more}
    answer = await caller.post("/webhooks/agreement", json=document)
    assert answer.status_code == 202, answer.text
    await understood(service, caller, answer.json()["event_id"])


async def test_a_clients_story_is_told_from_the_first_agreement_on(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given an agreement that was sent before anybody knew the client, and then signed
    start = service.clock.at
    await comes(
        service,
        client,
        "Agreement.Sent",
        "PROP-1042",
        occurred_at="2026-11-18T00:00:00Z",
        client={"email": "Owner@harbourdental.example"},
    )
    first = await made(client, movement__from="start", movement__to="sprint")

    # when another is sent, signed, amended and rejected, and the first one is voided
    service.clock.at = start + timedelta(hours=1)
    await comes(service, client, "agreement.sent", "PROP-2", client={"ref": "C-77"})
    second = await made(
        client,
        agreement__ref="PROP-2",
        agreement__signed_at="2026-11-20T04:00:00Z",
        movement__from="start",
    )
    service.clock.at = start + timedelta(hours=2)
    await comes(
        service, client, "agreement.amended", "PROP-2", agreement={"ref": "PROP-2", "title": "Two"}
    )
    service.clock.at = start + timedelta(hours=3)
    await resolve(client, second, "reject")
    service.clock.at = start + timedelta(hours=4)
    await comes(service, client, "agreement.voided", "PROP-1042")

    # then everything is there once, in order
    told = await story(client, first)
    assert [entry["at"] for entry in told] == sorted(entry["at"] for entry in told)
    assert [(entry["kind"], entry["plan_id"]) for entry in told] == [
        ("agreement.sent", None),
        ("agreement.signed", first["id"]),
        ("client.created", None),
        ("client.updated", None),
        ("plan.created", first["id"]),
        ("plan.scheduled", first["id"]),
        ("agreement.signed", second["id"]),
        ("agreement.sent", None),
        ("plan.created", second["id"]),
        ("agreement.amended", second["id"]),
        ("plan.cancelled", second["id"]),
        ("agreement.voided", first["id"]),
        ("plan.cancelled", first["id"]),
    ]
    text = {(entry["kind"], entry["plan_id"]): entry["text"] for entry in told}
    assert text["agreement.sent", None].startswith("Agreement PROP-2 was sent.")
    assert text["client.created", None] == "The client Harbour Dental is known from now on."
    assert text["client.updated", None] == "The client's record was changed: package 'start'."
    assert text["plan.created", first["id"]] == f"Plan {first['ref']} was made: start to sprint."
    assert text["agreement.signed", first["id"]] == "Agreement PROP-1042 was signed."
    assert text["plan.cancelled", second["id"]] == (
        f"{second['ref']}: The plan was cancelled. Rejected: The client called."
    )
    assert text["agreement.voided", first["id"]] == (
        "Agreement PROP-1042 was voided. The plan was cancelled."
    )
    actors = {(entry["kind"], entry["plan_id"]): entry["actor"] for entry in told}
    assert actors["agreement.signed", first["id"]] == "Harbour Dental"
    assert actors["agreement.voided", first["id"]] == "agreement"
    assert actors["plan.created", first["id"]] == "Bootstrap key"


async def test_what_concerns_another_client_is_not_told(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given two clients with one address, of which one was sent an agreement
    first = await made(client)
    other = await made(client, agreement__ref="PROP-8", client__ref="C-78")
    await comes(service, client, "agreement.sent", "PROP-9", client={"ref": "C-78"})
    await comes(
        service,
        client,
        "agreement.sent",
        "PROP-8",
        client={"email": "owner@harbourdental.example"},
    )

    # then
    refs = [entry["text"] for entry in await story(client, first) if "sent" in entry["kind"]]
    assert refs == []
    of_other = [entry["text"] for entry in await story(client, other) if "sent" in entry["kind"]]
    assert len(of_other) == 2


async def test_a_quarantined_event_is_told_with_its_reason(
    service: Service, client: httpx.AsyncClient
) -> None:
    plan = await made(client)
    wrong = signed_document(agreement__ref="PROP-2", movement__to="nothing")
    answer = await client.post("/webhooks/agreement", json=wrong)
    await understood(service, client, answer.json()["event_id"])

    (told,) = [entry for entry in await story(client, plan) if "PROP-2" in entry["text"]]
    assert (told["kind"], told["plan_id"]) == ("agreement.signed", None)
    assert told["text"].startswith(
        "Agreement PROP-2 was signed. The event was quarantined. package_unknown:"
    )


async def test_a_client_that_is_not_there_has_no_story(client: httpx.AsyncClient) -> None:
    nobody = "01a2044b-b4fc-7311-a382-ac96628c5f83"
    assert (await client.get(f"/v1/clients/{nobody}/timeline")).json()["code"] == (
        "client_not_found"
    )
    assert (await client.get("/v1/clients/7/timeline")).status_code == 422
    plan = await made(client)
    wrong = await client.get(f"/v1/clients/{plan['client']['id']}/timeline?cursor=x")
    assert wrong.status_code == 422


async def test_a_clients_story_can_be_had_as_csv(client: httpx.AsyncClient) -> None:
    plan = await made(client)

    answer = await client.get(
        f"/v1/clients/{plan['client']['id']}/timeline", headers={"Accept": "text/csv"}
    )

    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.splitlines()[0] == "at,kind,text,plan_id,actor"
