"""The shapes of a plan: whole, and as a row of a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.public_holidays import PlanWarning
from app.domain.review import Option
from app.domain.terms import Difference
from app.queries.adjustments import AdjustmentView
from app.queries.people import PersonView
from app.queries.readiness import ReadinessView
from app.queries.tasks import TaskView


@dataclass(frozen=True, slots=True)
class AgreementView:
    """The signed agreement that made the plan."""

    ref: str
    provider: str | None
    title: str | None
    signed_at: datetime
    document_url: str | None


@dataclass(frozen=True, slots=True)
class PlanClientView:
    """The client; `timezone` is the zone that the plan's days are counted in."""

    id: UUID
    ref: str | None
    name: str
    email: str
    timezone: str
    language: str


@dataclass(frozen=True, slots=True)
class MovementView:
    """Keys of the package left and the package taken."""

    from_: str
    to: str


@dataclass(frozen=True, slots=True)
class PlanStaffView:
    """The plan's people by role."""

    sales: PersonView | None
    support: PersonView | None
    marketing: PersonView | None


@dataclass(frozen=True, slots=True)
class BoardView:
    """The plan's board; `state` is none, intended, filling, ready or by_hand."""

    ref: str | None
    url: str | None
    state: str


@dataclass(frozen=True, slots=True)
class PlanNameView:
    """A plan as others refer to it."""

    id: UUID
    ref: str


@dataclass(frozen=True, slots=True)
class OpenPlanView:
    """The client's open plan."""

    id: UUID
    ref: str
    state: str
    movement: MovementView
    live_on: date | None


@dataclass(frozen=True, slots=True)
class ReviewView:
    """Why a plan waits for a person, as it is now, and what may be chosen."""

    cause: str
    reason: str
    open_plan: OpenPlanView | None
    queued_after: PlanNameView | None
    differences: tuple[Difference, ...]
    choices: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class AmendmentView:
    """Amended terms of the plan's agreement, and what may be chosen."""

    received_at: datetime
    differences: tuple[Difference, ...]
    choices: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """A plan as a list shows it; `blockers` counts what blocks it from going live."""

    id: UUID
    version: int
    ref: str
    state: str
    flags: tuple[str, ...]
    agreement: AgreementView
    client: PlanClientView
    movement: MovementView
    live_on: date | None
    live_at: datetime | None
    window_opens_at: datetime | None
    warnings: tuple[PlanWarning, ...]
    staff: PlanStaffView
    board: BoardView
    complete_email: str
    blockers: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    went_live_at: datetime | None
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan whole, with its tasks, its adjustments and what blocks it."""

    id: UUID
    version: int
    ref: str
    state: str
    flags: tuple[str, ...]
    agreement: AgreementView
    client: PlanClientView
    movement: MovementView
    live_on: date | None
    live_at: datetime | None
    window_opens_at: datetime | None
    warnings: tuple[PlanWarning, ...]
    staff: PlanStaffView
    run_id: UUID | None
    staff_named: Mapping[str, str]
    board: BoardView
    complete_email: str
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    begun_at: datetime | None
    released_at: datetime | None
    released_by: str | None
    went_live_at: datetime | None
    completed_at: datetime | None
    review_reason: str | None
    review: ReviewView | None
    amendment: AmendmentView | None
    notes: str | None
    tasks: tuple[TaskView, ...]
    adjustments: tuple[AdjustmentView, ...]
    readiness: ReadinessView
    created_at: datetime
    updated_at: datetime
