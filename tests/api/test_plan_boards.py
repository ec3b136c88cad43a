"""Naming a plan's board over HTTP: what is taken, what is refused, and in which words."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.domain.board_search import BoardBy
from tests.builders import FixedClock, Sessions, calling, make_service, office, signed_document

OTHER = {
    "agreement__ref": "PROP-7",
    "client__ref": "C-78",
    "client__name": "Bay Physio",
    "client__email": "owner@bayphysio.example",
}


@pytest.fixture
async def client(sessions: Sessions) -> AsyncIterator[httpx.AsyncClient]:
    """A caller of an installation whose boards an automation makes."""
    here = replace(office(), board_by=BoardBy.AUTOMATION)
    async with calling(make_service(sessions, FixedClock(), at=here)) as caller:
        yield caller


async def made(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/v1/plans", json=signed_document(**changes))
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    return plan


async def name(client: httpx.AsyncClient, plan: dict[str, Any], body: Any) -> httpx.Response:
    return await client.post(f"/v1/plans/{plan['id']}/board", json=body)


async def test_a_named_board_is_the_plans_and_is_read_next(client: httpx.AsyncClient) -> None:
    # given
    plan = await made(client)
    assert plan["board"] == {"ref": None, "url": None, "state": "awaited"}

    # when
    answer = await name(client, plan, {"ref": "7712345678"})

    # then
    assert answer.status_code == 200, answer.text
    assert answer.json()["board"] == {"ref": "7712345678", "url": None, "state": "filling"}
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"' != f'"{plan["version"]}"'
    timeline = (await client.get(f"/v1/plans/{plan['id']}/timeline")).json()
    assert "A person named the plan's board" in str(timeline)


async def test_a_board_that_is_kept_by_hand_is_awaited_no_more(client: httpx.AsyncClient) -> None:
    plan = await made(client)

    kept = await name(client, plan, {"by_hand": True})
    named = await name(client, plan, {"ref": "4711"})

    assert kept.json()["board"] == {"ref": None, "url": None, "state": "by_hand"}
    # A change of mind is one more call.
    assert named.json()["board"]["state"] == "filling"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/ref", "board_not_named"),
        ({"by_hand": False}, "/ref", "board_not_named"),
        ({"ref": None}, "/ref", "board_not_named"),
        ({"ref": "4711", "by_hand": True}, "/ref", "board_not_named"),
        ({"ref": 4711}, "/ref", "board_ref_invalid"),
        ({"ref": "0"}, "/ref", "board_ref_invalid"),
        ({"ref": "1" * 21}, "/ref", "board_ref_invalid"),
        ({"ref": "https://agency.example/boards/4711"}, "/ref", "board_ref_invalid"),
        ({"ref": "٤٧١١"}, "/ref", "board_ref_invalid"),
        ({"ref": "4711", "by_hand": "no"}, "/by_hand", None),
        ({"board": "4711"}, "", "unknown_field"),
    ],
)
async def test_a_body_that_names_no_board_is_refused_at_its_field(
    client: httpx.AsyncClient, body: dict[str, Any], pointer: str, code: str | None
) -> None:
    plan = await made(client)

    refused = await name(client, plan, body)

    assert refused.status_code == 422
    errors = {error["pointer"]: error["code"] for error in refused.json()["errors"]}
    assert pointer in errors
    assert code in (None, errors[pointer])


async def test_a_plan_takes_one_board(client: httpx.AsyncClient) -> None:
    plan = await made(client)
    await name(client, plan, {"ref": "4711"})

    again = await name(client, plan, {"ref": "4712"})
    by_hand = await name(client, plan, {"by_hand": True})

    for refused in (again, by_hand):
        assert (refused.status_code, refused.json()["code"]) == (409, "board_there")
        assert refused.json()["facts"]["ref"] == "4711"


async def test_a_board_is_one_plans(client: httpx.AsyncClient) -> None:
    first = await made(client)
    await name(client, first, {"ref": "4711"})
    second = await made(client, **OTHER)

    refused = await name(client, second, {"ref": "4711"})

    assert (refused.status_code, refused.json()["code"]) == (409, "board_taken")
    assert refused.json()["facts"] == {"plan_ref": first["ref"]}


async def test_a_plan_that_is_over_or_undated_takes_no_board(client: httpx.AsyncClient) -> None:
    over = await made(client)
    cancelled = await client.post(f"/v1/plans/{over['id']}/cancel", json={"reason": "By mistake."})
    assert cancelled.status_code == 200, cancelled.text
    undated = await made(client, agreement__live_on=..., **OTHER)

    refused = await name(client, over, {"ref": "4711"})
    early = await name(client, undated, {"ref": "4711"})

    assert (refused.status_code, refused.json()["code"]) == (409, "state_refuses")
    assert "scheduled" in refused.json()["facts"]["allowed_states"]
    assert (early.status_code, early.json()["code"]) == (409, "plan_not_begun")


async def test_a_board_that_we_are_making_is_not_named(sessions: Sessions) -> None:
    async with calling(make_service(sessions, FixedClock())) as client:
        plan = await made(client)
        assert plan["board"]["state"] == "intended"

        refused = await name(client, plan, {"ref": "4711"})

        assert (refused.status_code, refused.json()["code"]) == (409, "board_there")


async def test_the_second_of_two_is_told_that_the_plan_has_changed(
    client: httpx.AsyncClient,
) -> None:
    plan = await made(client)
    address, seen = f"/v1/plans/{plan['id']}/board", {"If-Match": f'"{plan["version"]}"'}
    await client.post(address, json={"by_hand": True}, headers=seen)

    refused = await client.post(address, json={"ref": "4711"}, headers=seen)

    assert (refused.status_code, refused.json()["code"]) == (412, "stale_version")
