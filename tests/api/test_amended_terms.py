"""Amended terms of an open plan's agreement, over HTTP: shown, taken, dropped."""

from typing import Any

import httpx
import pytest

from tests.api.conftest import Service
from tests.api.decisions import made, resolve, seen, understood


async def amended(
    service: Service, client: httpx.AsyncClient, **changes: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """An open plan, and what became of an amendment of its agreement."""
    plan = await made(client, movement__from="start", movement__to="sprint")
    document = {"event": "agreement.amended", "agreement": {"ref": "PROP-1042"}, **changes}
    answer = await client.post("/webhooks/agreement", json=document)
    event_id = answer.json()["event_id"]
    await understood(service, client, event_id)
    return plan, (await client.get(f"/v1/inbound-events/{event_id}")).json()


async def test_amended_terms_are_shown_beside_the_plan_and_overwrite_nothing(
    service: Service, client: httpx.AsyncClient
) -> None:
    # when
    plan, event = await amended(service, client, movement={"to": "scale"})

    # then
    assert (event["status"], event["plan_id"]) == ("processed", plan["id"])
    whole = await seen(client, plan)
    assert set(whole["flags"]) - set(plan["flags"]) == {"agreement_amended"}
    assert whole["movement"] == {"from": "start", "to": "sprint"}
    assert whole["amendment"]["received_at"] == "2026-11-20T03:13:00Z"
    assert whole["amendment"]["differences"] == [
        {"field": "movement.to", "open": "sprint", "new": "scale"}
    ]
    assert [one["choice"] for one in whole["amendment"]["choices"]] == ["merge", "reject"]
    assert whole["review"] is None


async def test_amended_terms_are_taken_with_all_that_follows(
    service: Service, client: httpx.AsyncClient
) -> None:
    plan, _ = await amended(
        service, client, movement={"to": "scale"}, agreement={"ref": "PROP-1042", "title": "Scale"}
    )

    answer = await resolve(client, plan, "merge")

    assert answer.status_code == 200, answer.text
    whole = answer.json()
    assert (whole["flags"], whole["amendment"]) == (plan["flags"], None)
    assert whole["movement"] == {"from": "start", "to": "scale"}
    assert whole["agreement"]["title"] == "Scale"
    started = {one["service"] for one in whole["adjustments"] if one["kind"] == "start_service"}
    assert "priority_support" in started


async def test_amended_terms_are_dropped_and_the_plan_keeps_its_own(
    service: Service, client: httpx.AsyncClient
) -> None:
    plan, _ = await amended(service, client, movement={"to": "scale"})

    whole = (await resolve(client, plan, "reject")).json()

    assert (whole["flags"], whole["amendment"]) == (plan["flags"], None)
    assert whole["movement"] == plan["movement"]
    assert whole["adjustments"] == plan["adjustments"]


@pytest.mark.parametrize("choice", ["supersede", "queue"])
async def test_amended_terms_are_answered_by_taking_or_dropping_them(
    service: Service, client: httpx.AsyncClient, choice: str
) -> None:
    plan, _ = await amended(service, client, movement={"to": "scale"})

    refused = await resolve(client, plan, choice)

    assert (refused.status_code, refused.json()["code"]) == (409, "choice_not_possible")
    assert refused.json()["detail"].endswith("Choose merge or reject.")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"movement": {"from": "start", "to": "scale"}}, "which the client has"),
        ({"movement": {"to": "start"}}, "no upgrade"),
    ],
)
async def test_amended_terms_that_the_plan_cannot_have_can_only_be_dropped(
    service: Service, client: httpx.AsyncClient, changes: dict[str, Any], reason: str
) -> None:
    plan = await made(client)
    document = {"event": "agreement.amended", "agreement": {"ref": "PROP-1042"}, **changes}
    answer = await client.post("/webhooks/agreement", json=document)
    await understood(service, client, answer.json()["event_id"])

    refused = await resolve(client, plan, "merge")

    shown = await seen(client, plan)
    assert [one["choice"] for one in shown["amendment"]["choices"]] == ["reject"]
    assert (refused.status_code, refused.json()["code"]) == (409, "choice_not_possible")
    assert refused.json()["detail"].endswith("Choose reject.")


async def test_an_amendment_that_changes_nothing_is_ignored(
    service: Service, client: httpx.AsyncClient
) -> None:
    plan, event = await amended(service, client, movement={"to": "sprint"})

    assert event["status"] == "ignored"
    whole = await seen(client, plan)
    assert (whole["flags"], whole["amendment"]) == (plan["flags"], None)
