"""Plans, their tasks and their adjustments as they are answered."""

from typing import Literal

from pydantic import Field

from app.api.shapes import EvidenceOut, PersonOut, ReadinessOut, WarningOut
from app.domain.adjustment import AdjustmentKind, AdjustmentState, BillingMode
from app.domain.plan import PlanFlag, PlanState
from app.domain.readiness import CompleteEmailState
from app.domain.review import Choice, ReviewCause
from app.domain.run.model import StepState
from app.domain.task import TaskKind, TaskState
from app.web.bodies import Out
from app.web.money_fields import MoneyOut
from app.web.scalars import Day, Id, Instant


class ChecklistItemOut(Out):
    """One check of a task."""

    text: str
    required: bool
    done: bool
    by: str | None = Field(description="Who ticked it, where the task is a step of a run.")
    at: Instant | None
    evidence: str | None = Field(description="What it was ticked with.")


class TaskOut(Out):
    """One thing a person does: for a plan, a contract, a run, or a version of a playbook."""

    id: Id
    plan_id: Id | None = Field(description="The plan that it belongs to, if to one.")
    contract_id: Id | None = Field(description="The contract that it belongs to, if to one.")
    run_id: Id | None = Field(description="The run of a playbook that it belongs to, if to one.")
    playbook_version_id: Id | None = Field(
        description="The version of a playbook that it belongs to, if to one."
    )
    change_id: Id | None = Field(description="The change of the contract that made it.")
    version: int
    key: str = Field(description="The playbook's step, or what the task stands for.")
    kind: TaskKind
    title: str
    group: str = Field(description="Title of the board's group that holds it.")
    service: str | None
    role: str
    assignee: PersonOut | None
    due_on: Day | None = Field(description="In the client's zone.")
    state: TaskState
    step: str | None = Field(description="Key of the step of its run that it is, if it is one.")
    step_state: StepState | None = Field(description="Where that stands in its run.")
    blocks: list[Literal["ready"]] = Field(description="What the open task holds up.")
    checklist: list[ChecklistItemOut]
    instructions: str
    adjustment_id: Id | None = Field(description="The adjustment that ticking it confirms.")
    reverses_id: Id | None = Field(description="The adjustment that it puts back.")
    evidence: EvidenceOut | None = Field(description="Where it can be seen that it was put back.")
    board_item_ref: str | None
    reason: str | None = Field(description="Why it is skipped or blocked.")
    blocked_at: Instant | None
    done_at: Instant | None
    done_by: str | None


class WindowOut(Out):
    """Days [from, to) in the client's zone on which an adjustment may be carried out."""

    from_: Day = Field(serialization_alias="from")
    to: Day


class ReckoningOut(Out):
    """How the amount of a charge or a credit comes about, over the days [from, to)."""

    sentence: str
    days: int
    of_days: int
    price: MoneyOut | None
    from_: Day = Field(serialization_alias="from")
    to: Day


class AdjustmentOut(Out):
    """One change of what the client is billed."""

    id: Id
    plan_id: Id
    version: int
    kind: AdjustmentKind
    service: str
    effective_on: Day = Field(description="The live date, in the client's zone.")
    window: WindowOut | None = Field(description="Null where no day is safe.")
    safe_days: list[Day]
    opens_at: Instant = Field(description="First instant at which it may be carried out.")
    closes_at: Instant = Field(description="First instant at which it no longer may.")
    money: MoneyOut | None
    state: AdjustmentState
    mode: BillingMode
    reckoning: ReckoningOut | None
    note: str
    evidence: EvidenceOut | None
    to_type: str | None = Field(
        description="What `typed` must be to confirm it; null where the step can be undone."
    )
    carried_out_at: Instant | None
    carried_out_by: str | None
    seconded_at: Instant | None
    seconded_by: str | None = Field(
        description="Who agreed to it as the second person; somebody else confirms it then."
    )
    waived_by: str | None = Field(description="Who waived the amount, where somebody did.")
    reversal: Literal["wanted", "done"] | None = Field(
        description="Whether it is to be put back, or was: it was made for a date or terms that "
        "hold no more."
    )
    reason: str | None = Field(description="Why it failed or was voided.")


class AgreementOut(Out):
    """The signed agreement that made the plan."""

    ref: str
    provider: str | None
    title: str | None
    signed_at: Instant
    document_url: str | None


class PlanClientOut(Out):
    """The client; `timezone` is the zone in which the plan's days are counted."""

    id: Id
    ref: str | None
    name: str
    email: str
    timezone: str
    language: str


class MovementOut(Out):
    """Keys of the package left and the package taken."""

    from_: str = Field(serialization_alias="from")
    to: str


class PlanStaffOut(Out):
    """The plan's people by role; null where the role has nobody."""

    sales: PersonOut | None
    support: PersonOut | None
    marketing: PersonOut | None


class BoardOut(Out):
    """The plan's board in the task system."""

    ref: str | None
    url: str | None
    state: Literal["none", "awaited", "intended", "filling", "ready", "by_hand"]


class DifferenceOut(Out):
    """One value in which new terms differ from those that stand."""

    field: str = Field(
        description="Its place in an event, such as `movement.to` or `client.services.sms`.",
        examples=["movement.to"],
    )
    open: str | None = Field(description="As it stands.", examples=["sprint"])
    new: str | None = Field(description="As it would be.", examples=["scale"])


class ChoiceOut(Out):
    """One choice that there is, and what it would do."""

    choice: Choice
    detail: str


class PlanNameOut(Out):
    """A plan as others refer to it."""

    id: Id
    ref: str


class OpenPlanOut(Out):
    """The client's open plan."""

    id: Id
    ref: str
    state: PlanState
    movement: MovementOut
    live_on: Day | None


class ReviewOut(Out):
    """Why a plan waits for a person; `POST .../resolve` takes one of the choices."""

    cause: ReviewCause
    reason: str
    open_plan: OpenPlanOut | None
    queued_after: PlanNameOut | None = Field(
        description="It comes by itself once this plan is live or cancelled."
    )
    differences: list[DifferenceOut] = Field(
        description="From the open plan; where there is none, from what the client has."
    )
    choices: list[ChoiceOut]


class AmendmentOut(Out):
    """Amended terms of the agreement; `POST .../resolve` takes or drops them."""

    received_at: Instant
    differences: list[DifferenceOut] = Field(description="From the terms that the plan has.")
    choices: list[ChoiceOut]


class PlanSummaryOut(Out):
    """A plan as lists show it: without its tasks and adjustments."""

    id: Id
    version: int
    ref: str = Field(description="Short name, the marker in every outside system.")
    state: PlanState
    flags: list[PlanFlag]
    agreement: AgreementOut
    client: PlanClientOut
    movement: MovementOut
    live_on: Day | None
    live_at: Instant | None
    window_opens_at: Instant | None
    warnings: list[WarningOut] = Field(
        description="Such as a live date on a public holiday where the client is."
    )
    staff: PlanStaffOut
    board: BoardOut
    complete_email: CompleteEmailState
    blockers: int = Field(description="How many things block it from going live.")
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    went_live_at: Instant | None
    completed_at: Instant | None
    created_at: Instant
    updated_at: Instant


class PlanOut(Out):
    """A plan whole."""

    id: Id
    version: int
    ref: str = Field(description="Short name, the marker in every outside system.")
    state: PlanState
    flags: list[PlanFlag]
    agreement: AgreementOut
    client: PlanClientOut
    movement: MovementOut
    live_on: Day | None = Field(description="A Monday, in the client's zone.")
    live_at: Instant | None = Field(description="Its first instant there.")
    window_opens_at: Instant | None
    warnings: list[WarningOut] = Field(
        description="Such as a live date on a public holiday where the client is, or an old "
        "service that goes on because somebody dropped its ending."
    )
    run_id: Id | None = Field(description="Its run of the playbook, once it has begun.")
    staff: PlanStaffOut
    staff_named: dict[str, str] = Field(
        description="E-mail addresses of the agreement that no active member of staff has, by role."
    )
    board: BoardOut
    complete_email: CompleteEmailState
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    begun_at: Instant | None
    released_at: Instant | None = Field(
        description="When its billing changes were released, where an automation makes them."
    )
    released_by: str | None
    went_live_at: Instant | None
    completed_at: Instant | None
    review_reason: str | None
    review: ReviewOut | None = Field(description="Where its state is `needs_review`.")
    amendment: AmendmentOut | None = Field(description="Where nobody has decided on it yet.")
    notes: str | None
    tasks: list[TaskOut]
    adjustments: list[AdjustmentOut]
    readiness: ReadinessOut
    created_at: Instant
    updated_at: Instant
