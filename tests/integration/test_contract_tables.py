"""What the tables of contracts refuse by themselves."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.db.contract_saving import add_contract
from app.db.ids import new_id
from app.domain.contract.model import Standing
from tests.api.contracting import stored_client
from tests.builders import SIGNED_AT, Sessions
from tests.contracted import contract, days, line


async def stored(sessions: Sessions, *lines: Any) -> Any:
    """A contract with lines, as the services would store it, but for their checks."""
    client_id = await stored_client(sessions)
    of = replace(contract(), id=new_id(), client_id=client_id)
    async with sessions.begin() as session:
        await add_contract(session, Standing(of, lines), by="test", now=SIGNED_AT, change_id=None)
    return of


def span(start: str, end: str, product: str = "seats") -> Any:
    return replace(line(product, span=days(start, end)), id=new_id())


async def test_two_lines_of_a_product_on_one_day_are_refused(sessions: Sessions) -> None:
    with pytest.raises(IntegrityError, match="ex_contract_lines_one_a_product"):
        await stored(sessions, span("2026-01-01", "2026-03-02"), span("2026-03-01", "2026-06-01"))
    with pytest.raises(IntegrityError, match="ex_contract_lines_one_a_product"):
        await stored(sessions, span("2026-01-01", "2027-01-01"), span("2026-03-01", "2026-03-02"))


async def test_lines_next_to_each_other_and_of_others_are_taken(sessions: Sessions) -> None:
    await stored(
        sessions,
        span("2026-01-01", "2026-03-01"),
        span("2026-03-01", "2026-06-01"),
        span("2026-01-01", "2027-01-01", "support"),
    )
    await stored(sessions, span("2026-01-01", "2027-01-01"))


async def test_a_line_without_a_day_or_a_unit_is_refused(sessions: Sessions) -> None:
    of = await stored(sessions, span("2026-01-01", "2026-03-01"))
    for change in ("days = 'empty'", "quantity = 0", "unit_price_minor = -1"):
        with pytest.raises(IntegrityError):
            async with sessions.begin() as session:
                await session.execute(
                    text(f"UPDATE contract_lines SET {change} WHERE contract_id = :id"),
                    {"id": of.id},
                )
