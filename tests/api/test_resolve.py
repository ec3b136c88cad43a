"""Deciding about a plan that waits, over HTTP: every wrong input, wrong state, and two at once."""

from typing import Any

import httpx
import pytest

from tests.api.conftest import Service
from tests.api.decisions import WHY, made, resolve, seen, two
from tests.builders import calling
from tests.world import together


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/choice", "missing"),
        ({"choice": "supersede"}, "/reason", "missing"),
        ({"choice": "supersede", "reason": " "}, "/reason", "text_blank"),
        ({"choice": "supersede", "reason": None}, "/reason", "text_invalid"),
        ({"choice": "supersede", "reason": "x" * 1001}, "/reason", "text_too_long"),
        ({"choice": "supersede", "reason": "a\x07b"}, "/reason", "text_character_refused"),
        ({"choice": "Supersede", "reason": WHY}, "/choice", "not_one_of"),
        ({"choice": "", "reason": WHY}, "/choice", "not_one_of"),
        ({"choice": None, "reason": WHY}, "/choice", "not_one_of"),
        ({"choice": True, "reason": WHY}, "/choice", "not_one_of"),
        ({"choice": ["merge"], "reason": WHY}, "/choice", "not_one_of"),
        ({"choice": {}, "reason": WHY}, "/choice", "not_one_of"),
        ({"choice": "merge", "reason": WHY, "force": True}, "", "unknown_field"),
        ([], "", "not_an_object"),
    ],
)
async def test_a_choice_that_is_written_wrong_is_refused_at_its_field(
    client: httpx.AsyncClient, body: Any, pointer: str, code: str
) -> None:
    _, second = await two(client)

    refused = await client.post(f"/v1/plans/{second['id']}/resolve", json=body)

    assert refused.status_code in (400, 422), refused.text
    errors = [(one["pointer"], one["code"]) for one in refused.json()["errors"]]
    assert (pointer, code) in errors
    assert (await seen(client, second))["version"] == second["version"]


@pytest.mark.parametrize("state", ["scheduled", "on_hold", "cancelled"])
async def test_a_plan_that_needs_no_review_says_which_states_allow_a_choice(
    client: httpx.AsyncClient, state: str
) -> None:
    plan = await made(client)
    if state == "on_hold":
        await client.post(f"/v1/plans/{plan['id']}/hold")
    if state == "cancelled":
        await client.post(f"/v1/plans/{plan['id']}/cancel", json={"reason": WHY})

    refused = await resolve(client, plan, "reject")

    assert (refused.status_code, refused.json()["code"]) == (409, "state_refuses")
    assert refused.json()["facts"] == {"state": state, "allowed_states": ["needs_review"]}


async def test_a_plan_that_is_not_there_cannot_be_decided_about(client: httpx.AsyncClient) -> None:
    nobody = {"id": "01a2044b-b4fc-7311-a382-ac96628c5f83"}
    assert (await resolve(client, nobody, "reject")).json()["code"] == "plan_not_found"
    assert (await resolve(client, {"id": "7"}, "reject")).status_code == 422


async def test_the_second_of_two_people_gets_a_stale_version(client: httpx.AsyncClient) -> None:
    first, second = await two(client)
    version = f'"{second["version"]}"'

    answers = await together(*[lambda: resolve(client, second, "supersede", If_Match=version)] * 2)

    assert sorted(answer.status_code for answer in answers) == [200, 412]
    (late,) = (answer for answer in answers if answer.status_code == 412)
    assert late.json()["code"] == "stale_version"
    assert (await seen(client, first))["state"] == "cancelled"


async def test_the_second_of_two_people_without_a_version_is_told_the_state(
    client: httpx.AsyncClient,
) -> None:
    _, second = await two(client)

    answers = await together(
        lambda: resolve(client, second, "supersede"), lambda: resolve(client, second, "reject")
    )

    codes = sorted(answer.json().get("code", "") for answer in answers)
    assert codes == ["", "state_refuses"]


async def test_two_second_agreements_cannot_both_supersede(client: httpx.AsyncClient) -> None:
    # given two more agreements beside an open plan
    _, second = await two(client)
    third = await made(client, agreement__ref="PROP-3", movement__from="start")

    # when both are chosen at once
    answers = await together(
        lambda: resolve(client, second, "supersede"), lambda: resolve(client, third, "supersede")
    )

    # then one begins; the other is refused, or was decided after it and has taken its place
    states = [(await seen(client, one))["state"] for one in (second, third)]
    assert sorted(states) in (["needs_review", "scheduled"], ["cancelled", "scheduled"])
    assert all(answer.status_code in (200, 409) for answer in answers)


async def test_the_same_choice_sent_twice_has_its_effect_once(client: httpx.AsyncClient) -> None:
    _, second = await two(client)

    first = await resolve(client, second, "reject", Idempotency_Key="decide-1")
    again = await resolve(client, second, "reject", Idempotency_Key="decide-1")

    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"


# Who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["marketing", "billing", "integration", "read_only"])
async def test_others_than_sales_support_and_managers_may_not_decide(
    service: Service, client: httpx.AsyncClient, role: str
) -> None:
    _, second = await two(client)
    async with calling(service.app, await service.key(role)) as caller:
        refused = await resolve(caller, second, "reject")
    assert refused.status_code == 403
    assert "sales" in refused.json()["facts"]["roles"]
