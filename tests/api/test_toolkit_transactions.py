"""One request, one transaction: what is answered as done is stored, and nothing else is."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from structlog.testing import capture_logs

from tests.unit.web.toy_app import calling, toy_app

Sessions = async_sessionmaker[AsyncSession]


async def test_what_is_answered_as_made_is_there(sessions: Sessions) -> None:
    # when
    async with calling(toy_app(sessions)) as client:
        made = await client.post("/toys", json={"name": "Rocket"})
        got = await client.get(made.headers["location"])

    # then
    assert made.status_code == 201
    assert made.headers["etag"] == '"1"'
    assert made.json()["created_at"] == "2026-11-20T03:12:00Z"
    assert got.json() == made.json()


@pytest.mark.parametrize(
    ("path", "status"),
    [("/toys/raise", 409), ("/toys/answer-409", 409), ("/toys/crash", 500), ("/toys/twice", 409)],
)
async def test_whatever_goes_wrong_leaves_nothing_behind(
    sessions: Sessions, path: str, status: int
) -> None:
    # given
    key = {"Idempotency-Key": "k1"}

    # when
    with capture_logs():
        async with calling(toy_app(sessions)) as client:
            answer = await client.post(path, headers=key)
            again = await client.post(path, headers=key)
            count = await client.get("/toys/count")

    # then
    assert answer.status_code == again.status_code == status
    assert "idempotency-replayed" not in again.headers
    assert count.json() == 0


async def test_a_rule_that_was_not_met_is_answered_with_its_facts(sessions: Sessions) -> None:
    # when
    async with calling(toy_app(sessions)) as client:
        answer = await client.post("/toys/raise")

    # then
    assert answer.json() == {
        "type": "/problems/conflict",
        "title": "Not possible in the present state",
        "status": 409,
        "detail": "It is already on its way.",
        "code": "conflict",
        "request_id": answer.headers["x-request-id"],
        "errors": [{"pointer": "/name", "code": "conflict", "detail": "It is already on its way."}],
        "facts": {"state": "sent"},
    }


async def test_what_is_not_there_is_a_404(sessions: Sessions) -> None:
    # when
    async with calling(toy_app(sessions)) as client:
        answer = await client.get("/toys/0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11")

    # then
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
