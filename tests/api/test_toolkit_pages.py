"""Lists over a real table: every row once, newest first, whatever the page size."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.models.api_keys import ApiKey
from app.web.security import make_key
from tests.unit.web.toy_app import NOW, calling, toy_app

Sessions = async_sessionmaker[AsyncSession]


async def seven_toys(sessions: Sessions) -> None:
    """Seven, of which three were made in the same instant."""
    seconds = [0, 1, 2, 2, 2, 3, 4]
    async with sessions() as session, session.begin():
        for number, second in enumerate(seconds):
            key = make_key("sandbox")
            session.add(
                ApiKey(
                    name=f"=toy {number}",
                    role="sales" if number % 2 else "support",
                    key_hash=key.hash,
                    prefix=key.prefix,
                    created_at=NOW + timedelta(seconds=second, microseconds=7),
                )
            )


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 200])
async def test_the_pages_together_are_the_whole_list(sessions: Sessions, limit: int) -> None:
    # given
    await seven_toys(sessions)
    seen: list[tuple[str, str]] = []
    pages = 0

    # when
    async with calling(toy_app(sessions)) as client:
        cursor = ""
        while True:
            answer = (await client.get(f"/toys?limit={limit}{cursor}")).json()
            seen += [(item["created_at"], item["id"]) for item in answer["items"]]
            pages += 1
            if answer["next_cursor"] is None:
                break
            cursor = f"&cursor={answer['next_cursor']}"

    # then
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 7
    assert pages == -(-7 // limit)


async def test_a_filter_and_a_row_made_meanwhile_do_not_disturb_the_next_page(
    sessions: Sessions,
) -> None:
    # given
    await seven_toys(sessions)

    # when
    async with calling(toy_app(sessions)) as client:
        first = (await client.get("/toys?role=sales&limit=2")).json()
        await seven_toys(sessions)
        second = (
            await client.get(f"/toys?role=sales&limit=200&cursor={first['next_cursor']}")
        ).json()

    # then
    names = [item["name"] for item in first["items"] + second["items"]]
    assert names[:2] == ["=toy 5", "=toy 3"]
    assert "=toy 1" in names[2:]
    assert {item["id"] for item in first["items"]}.isdisjoint(
        item["id"] for item in second["items"]
    )


async def test_a_list_may_be_had_as_csv(sessions: Sessions) -> None:
    # given
    await seven_toys(sessions)

    # when
    async with calling(toy_app(sessions)) as client:
        answer = await client.get("/toys?limit=2", headers={"Accept": "text/csv"})
        listed = await client.get("/toys?limit=2")

    # then
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert rows[0] == ["id", "name", "created_at", "price.amount", "price.currency"]
    assert [row[1] for row in rows[1:]] == ["'=toy 6", "'=toy 5"]
    assert answer.headers["x-next-cursor"] == listed.json()["next_cursor"]
    assert answer.headers["vary"] == listed.headers["vary"] == "Accept"
