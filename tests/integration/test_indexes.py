"""What is asked at every webhook, tick or page is found by an index, not by reading the table."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import URL, Select, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Adjustment, Plan
from app.domain.plan import Trigger
from app.queries.client_timeline import timeline_of_client
from app.queries.deliveries import NEWEST as NEWEST_DELIVERIES
from app.queries.deliveries import DeliveryFilter, deliveries_listed
from app.queries.entitlements import LINES_ON_A_DAY
from app.queries.inbound_events import NEWEST as NEWEST_EVENTS
from app.queries.inbound_events import InboundEventFilter, inbound_events_listed
from app.services.inbound.board import plan_of_board
from app.services.waves import Place, next_due
from tests import postgres
from tests.builders import Sessions, stored_plan


@pytest.fixture
async def database_url(database_template: URL) -> AsyncIterator[URL]:
    """A database that nobody used before: what is known of its tables decides how they are read."""
    copy = await postgres.clone(database_template)
    yield copy
    await postgres.drop(copy)


async def scans(sessions: Sessions, query: str) -> str:
    """How Postgres would run a query on tables too large to be read whole."""
    async with sessions() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        return "\n".join(row for (row,) in await session.execute(text(f"EXPLAIN {query}")))


def written_out(query: Select[*tuple[object, ...]]) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


@pytest.mark.parametrize(
    ("query", "index"),
    [
        pytest.param(
            plan_of_board("4711"),
            "uq_plans_board_ref",
            id="the plan of a board that tells of a change",
        ),
        pytest.param(
            select(Plan.id).where(Plan.board_state == "filling").order_by(Plan.board_read_at),
            "ix_plans_board_unread",
            id="boards that fill and have lost their job",
        ),
        pytest.param(
            select(Plan.id).where(Plan.board_state == "awaited").order_by(Plan.board_read_at),
            "ix_plans_board_unread",
            id="boards that are awaited and have lost their job",
        ),
        pytest.param(
            select(Adjustment.plan_id).where(Adjustment.mode == "hook", Adjustment.state == "due"),
            "ix_adjustments_to_submit",
            id="what an automation is to be asked for",
        ),
        pytest.param(
            select(Adjustment.plan_id).where(Adjustment.state == "submitted"),
            "ix_adjustments_submitted",
            id="what an automation has not answered",
        ),
        pytest.param(
            deliveries_listed(DeliveryFilter(state="failed"))
            .order_by(*(column.desc() for column in NEWEST_DELIVERIES))
            .limit(50),
            "ix_deliveries_stuck",
            id="what waits for an operator",
        ),
        pytest.param(
            inbound_events_listed(InboundEventFilter(status="quarantined"))
            .order_by(*(column.desc() for column in NEWEST_EVENTS))
            .limit(1),
            "ix_inbound_events_quarantined",
            id="the newest event that was not understood",
        ),
        pytest.param(
            select(Plan.id).where(Plan.queued_after_id == UUID(int=1)),
            "ix_plans_queued_after_id",
            id="what waits behind a plan that ended",
        ),
    ],
)
async def test_a_hot_question_is_answered_by_its_index(
    sessions: Sessions, query: Select[*tuple[object, ...]], index: str
) -> None:
    assert index in await scans(sessions, written_out(query))


async def test_a_clients_story_is_read_by_indexes_alone(sessions: Sessions) -> None:
    plan = await stored_plan(sessions)
    async with sessions() as session:
        told = await timeline_of_client(session, plan.client_id)

    plans = await scans(sessions, written_out(told.wanted))

    for index in (
        "ix_audit_client",
        "ix_audit_plan_id",
        "ix_inbound_events_agreement_ref",
        "ix_inbound_events_client_ref",
        "ix_inbound_events_client_email",
    ):
        assert index in plans, plans


@pytest.mark.parametrize(
    ("trigger", "index"),
    [
        (Trigger.OPEN_WINDOW, "ix_plans_window_due"),
        (Trigger.GO_LIVE, "ix_plans_live_due"),
        (Trigger.MISS, "ix_plans_live_due"),
    ],
)
async def test_a_sweep_goes_on_where_it_was_without_sorting_what_is_due(
    sessions: Sessions, trigger: Trigger, index: str
) -> None:
    at = datetime(2026, 12, 7, tzinfo=UTC)
    last = Place(at, UUID("01a2204b-b4fc-7311-a382-ac96628c5f83"))

    plan = await scans(sessions, written_out(next_due(trigger, at, last).limit(2000)))

    assert index in plan, plan
    assert "Sort" not in plan, plan


async def generic_plan(session: AsyncSession, statement: Any, values: dict[str, Any]) -> str:
    """How Postgres runs a statement whose values it does not look at, as a pool's connections do.

    The text is the one that the driver sends.
    """
    compiled = statement.compile(dialect=asyncpg.dialect())  # type: ignore[no-untyped-call]
    sent = compiled.construct_expanded_state(values)
    literals = ", ".join(f"'{sent.parameters[name]}'" for name in sent.positiontup)
    await session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    await session.execute(text("DEALLOCATE ALL"))
    connection = await session.connection()
    await connection.exec_driver_sql(f"PREPARE asked AS {sent.statement}")
    rows = await connection.exec_driver_sql(f"EXPLAIN EXECUTE asked ({literals})")
    return "\n".join(row for (row,) in rows)


async def test_what_a_client_has_on_a_day_is_found_by_indexes(sessions: Sessions) -> None:
    values = {"client_id": UUID(int=1), "on": date(2026, 2, 1)}
    async with sessions() as session:
        plan = await generic_plan(session, LINES_ON_A_DAY, values)

    assert "$1" in plan  # made for any client and any day
    assert "Seq Scan" not in plan
    assert "ix_contracts_client_id" in plan
    assert "ix_contract_lines_contract_id" in plan
    assert "ex_contract_lines_one_a_product" not in plan
