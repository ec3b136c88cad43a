"""Upgrade plans as people read them: one whole, and lists by what they are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.catalog.public_holidays import live_date_warnings
from app.db.models import Agreement, Client, Plan, Staff
from app.db.plans import PlanNotFound
from app.domain.adjustment import is_kept
from app.domain.plan import OPEN_STATES, PlanState
from app.domain.public_holidays import PlanWarning, WarningCode
from app.domain.review import CheckMovement
from app.queries.adjustments import AdjustmentView, adjustments_of_plan
from app.queries.people import person_columns, person_of
from app.queries.plan_views import (
    AgreementView,
    BoardView,
    MovementView,
    PlanClientView,
    PlanStaffView,
    PlanSummary,
    PlanView,
)
from app.queries.readiness import readiness
from app.queries.reviews import what_waits
from app.queries.tasks import tasks_of_plan


@dataclass(frozen=True, slots=True)
class PlanFilter:
    """Which plans a list holds; None means any. `live_to` is the last day that counts."""

    state: str | None = None
    client_id: UUID | None = None
    client_ref: str | None = None
    agreement_ref: str | None = None
    live_from: date | None = None
    live_to: date | None = None


_SALES, _SUPPORT, _MARKETING = (aliased(Staff, name=role) for role in ("s", "u", "m"))
_PEOPLE: Final = (_SALES, _SUPPORT, _MARKETING)

NEWEST: Final = (Plan.created_at, Plan.id)
"""The columns that lists are ordered by."""


_COLUMNS: Final = (
    Plan.id,
    Plan.version,
    Plan.ref,
    Plan.state,
    Plan.flags,
    Plan.from_package,
    Plan.to_package,
    Plan.timezone,
    Plan.live_on,
    Plan.live_at,
    Plan.window_opens_at,
    Plan.run_id,
    Plan.staff_named,
    Plan.board_ref,
    Plan.board_url,
    Plan.board_state,
    Plan.complete_email,
    Plan.blockers,
    Plan.acknowledged_at,
    Plan.acknowledged_by,
    Plan.begun_at,
    Plan.released_at,
    Plan.released_by,
    Plan.went_live_at,
    Plan.completed_at,
    Plan.review_reason,
    Plan.notes,
    Plan.created_at,
    Plan.updated_at,
    Agreement.ref.label("agreement_ref"),
    Agreement.provider,
    Agreement.title,
    Agreement.signed_at,
    Agreement.document_url,
    Client.id.label("client_id"),
    Client.ref.label("client_ref"),
    Client.name.label("client_name"),
    Client.email.label("client_email"),
    Client.language,
    Client.country,
    Client.region,
)


def _wanted() -> Select[*tuple[Any, ...]]:
    people = [
        column.label(f"{role}_{column.key}")
        for role, table in zip(("sales", "support", "marketing"), _PEOPLE, strict=True)
        for column in person_columns(table)
    ]
    return (
        select(*_COLUMNS, *people)
        .join(Agreement, Agreement.id == Plan.agreement_id)
        .join(Client, Client.id == Plan.client_id)
        .outerjoin(_SALES, _SALES.id == Plan.sales_id)
        .outerjoin(_SUPPORT, _SUPPORT.id == Plan.support_id)
        .outerjoin(_MARKETING, _MARKETING.id == Plan.marketing_id)
    )


def plans_listed(by: PlanFilter) -> Select[*tuple[Any, ...]]:
    """The plans that a filter lets through, to be ordered and cut by `NEWEST`."""
    wanted = _wanted()
    for column, value in (
        (Plan.state, by.state),
        (Plan.client_id, by.client_id),
        (Client.ref, by.client_ref),
        (Agreement.ref, by.agreement_ref),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    if by.live_from is not None:
        wanted = wanted.where(Plan.live_on >= by.live_from)
    if by.live_to is not None:
        wanted = wanted.where(Plan.live_on <= by.live_to)
    return wanted


def summary_of(row: Row[*tuple[Any, ...]]) -> PlanSummary:
    """A row of the list."""
    return PlanSummary(blockers=row.blockers, **_common(row))


async def plan_whole(session: AsyncSession, plan_id: UUID, movement: CheckMovement) -> PlanView:
    """One plan with everything that belongs to it.

    Args:
        session: Only read from.
        plan_id: Which plan.
        movement: Of the catalog; it refuses a movement that is no upgrade.

    Raises:
        PlanNotFound: there is none with this id.
    """
    row = (await session.execute(_wanted().where(Plan.id == plan_id))).one_or_none()
    if row is None:
        raise PlanNotFound("There is no plan with this id.")
    tasks = tuple(await tasks_of_plan(session, plan_id))
    adjustments = tuple(await adjustments_of_plan(session, plan_id))
    review, amendment = await what_waits(session, plan_id, movement)
    common = _common(row)
    if PlanState(row.state) in OPEN_STATES:
        common["warnings"] += _services_kept(adjustments)
    return PlanView(
        run_id=row.run_id,
        staff_named=dict(row.staff_named),
        begun_at=row.begun_at,
        released_at=row.released_at,
        released_by=row.released_by,
        review_reason=row.review_reason,
        review=review,
        amendment=amendment,
        notes=row.notes,
        tasks=tasks,
        adjustments=adjustments,
        readiness=readiness(tasks, adjustments, row.complete_email),
        **common,
    )


async def zone_name_of(session: AsyncSession, plan_id: UUID) -> str:
    """The name of the zone that a plan's days are counted in.

    Raises:
        PlanNotFound: there is none with this id.
    """
    name = await session.scalar(select(Plan.timezone).where(Plan.id == plan_id))
    if name is None:
        raise PlanNotFound("There is no plan with this id.")
    return name


async def warnings_of_date(
    session: AsyncSession, plan_id: UUID, live_on: date
) -> tuple[PlanWarning, ...]:
    """What there is to look at if a plan goes live on a day, whatever its present date is."""
    found = await session.execute(
        select(Client.country, Client.region)
        .join(Plan, Plan.client_id == Client.id)
        .where(Plan.id == plan_id)
    )
    place = found.one_or_none()
    return live_date_warnings(live_on, place.country, place.region) if place else ()


def _common(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """What the whole plan and its row in a list have in common."""
    taken = {name: getattr(row, name) for name in _AS_THEY_ARE}
    client = PlanClientView(
        row.client_id,
        row.client_ref,
        row.client_name,
        row.client_email,
        row.timezone,
        row.language,
    )
    staff = PlanStaffView(
        sales=person_of(row.sales_id, row.sales_name, row.sales_email),
        support=person_of(row.support_id, row.support_name, row.support_email),
        marketing=person_of(row.marketing_id, row.marketing_name, row.marketing_email),
    )
    return taken | {
        "flags": tuple(row.flags),
        "agreement": AgreementView(
            row.agreement_ref, row.provider, row.title, row.signed_at, row.document_url
        ),
        "client": client,
        "movement": MovementView(row.from_package, row.to_package),
        "warnings": _warnings(row),
        "staff": staff,
        "board": BoardView(row.board_ref, row.board_url, row.board_state),
    }


def _warnings(row: Row[*tuple[Any, ...]]) -> tuple[PlanWarning, ...]:
    """What there is to look at while the live date can still be moved."""
    if PlanState(row.state) not in (*OPEN_STATES, PlanState.NEEDS_REVIEW):
        return ()
    return live_date_warnings(row.live_on, row.country, row.region)


def _services_kept(adjustments: Sequence[AdjustmentView]) -> tuple[PlanWarning, ...]:
    """Old services that are billed beside the new package, because nobody is to end them."""
    return tuple(
        PlanWarning(WarningCode.SERVICE_GOES_ON, one.note)
        for one in adjustments
        if is_kept(one.kind, one.state, one.note)
    )


_AS_THEY_ARE: Final = (
    "id",
    "version",
    "ref",
    "state",
    "live_on",
    "live_at",
    "window_opens_at",
    "complete_email",
    "acknowledged_at",
    "acknowledged_by",
    "went_live_at",
    "completed_at",
    "created_at",
    "updated_at",
)
