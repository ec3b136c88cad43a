"""What is asked at every webhook, tick or page is found by an index, not by reading the table."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.dialects import postgresql

from app.db.models import Adjustment, Plan
from app.domain.plan import Trigger
from app.queries.client_timeline import timeline_of_client
from app.queries.deliveries import NEWEST as NEWEST_DELIVERIES
from app.queries.deliveries import DeliveryFilter, deliveries_listed
from app.queries.inbound_events import NEWEST as NEWEST_EVENTS
from app.queries.inbound_events import InboundEventFilter, inbound_events_listed
from app.services.inbound.board import plan_of_board
from app.services.waves import Place, next_due
from tests.builders import Sessions, stored_plan


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
