"""How changes of contracts are shown: as they were signed, and as they would be."""

from typing import Any
from uuid import UUID

from pydantic import Field

from app.api.contract_shapes import (
    ContractBillOut,
    ContractLineOut,
    MoneyRowOut,
    bill_out,
    line_out,
    money_row_out,
)
from app.db.contract_orders import money_of
from app.domain.contract.change import Anchoring, ChangeKind, ChangeState, When
from app.domain.contract.model import Contract
from app.domain.contract.preview import Preview
from app.domain.day_count import Basis
from app.domain.proration import Manner
from app.queries.contracts import ChangeView
from app.web.bodies import Out
from app.web.money_fields import MoneyOut
from app.web.scalars import Day, Id, Instant


class ChangePolicyOut(Out):
    """By which rules it is reckoned."""

    when: When
    manner: Manner
    anchor: Anchoring
    grace_days: int


class ApprovalBriefOut(Out):
    """The approval that it waits for, or had."""

    id: Id
    role: str
    state: str


class SuccessorOut(Out):
    """The contract that a renewal or a recast opens."""

    id: Id
    starts_on: Day
    ends_on: Day
    credit: MoneyOut = Field(description="Goes against its first bills.")


class CostOut(Out):
    """What a change costs."""

    now: MoneyOut = Field(description="Its own rows: charges less credits.")
    next_bill: MoneyOut | None = Field(description="The first bill from its day on.")
    a_period_before: MoneyOut
    a_period_after: MoneyOut


class ConflictOut(Out):
    """A signed change that this one would take the base from."""

    change_id: Id
    code: str
    detail: str


class ChangePreviewOut(Out):
    """What follows from a change: lines and bills before and after, of the products it concerns."""

    lines_before: list[ContractLineOut]
    lines_after: list[ContractLineOut]
    bills_before: list[ContractBillOut] = Field(description="Sums are of everything.")
    bills_after: list[ContractBillOut]
    cost: CostOut
    conflicts: list[ConflictOut]


class ChangeOut(Out):
    """A change of a contract; one that is only shown has no id and is a draft."""

    id: Id | None
    version: int
    contract_id: Id
    kind: ChangeKind
    state: ChangeState
    signed_on: Day
    effective_on: Day
    billing_from: Day
    policy: ChangePolicyOut
    before: list[str] = Field(description="The lines that it ends or alters.")
    after: list[str] = Field(description="The lines that it opens.")
    rows: list[MoneyRowOut]
    net: MoneyOut
    stops: list[str] = Field(description="What a termination ends.")
    successor: SuccessorOut | None
    approval: ApprovalBriefOut | None
    approval_needed: str | None = Field(description="Role of the staff who must approve it.")
    order_ref: str | None
    supersedes_id: Id | None
    plan_id: Id | None
    entered_by: str | None
    approved_by: str | None
    reason: str | None
    created_at: Instant | None
    in_force_at: Instant | None
    reinstated_at: Instant | None
    preview: ChangePreviewOut | None = None


def change_out(view: ChangeView, preview: ChangePreviewOut | None = None) -> ChangeOut:
    """A stored change as it is shown."""
    one, approval = view.change, view.approval
    shown = one.draft
    return ChangeOut(
        id=one.id,
        version=one.version,
        contract_id=one.contract_id,
        kind=ChangeKind(one.kind),
        state=ChangeState(one.state),
        signed_on=one.signed_on,
        effective_on=one.effective_on,
        billing_from=one.billing_from,
        policy=_policy(one.policy, one.order),
        before=shown["before"],
        after=shown["after"],
        rows=[_kept_row(row, view.basis) for row in shown["rows"]],
        net=money_of(shown["net"]),
        stops=shown["stops"],
        successor=_successor(shown["successor"]),
        approval=ApprovalBriefOut.model_validate(approval) if approval else None,
        approval_needed=approval.role if approval and approval.state == "requested" else None,
        order_ref=one.order_ref,
        supersedes_id=one.supersedes_id,
        plan_id=one.plan_id,
        entered_by=one.entered_by,
        approved_by=one.approved_by,
        reason=one.reason,
        created_at=one.created_at,
        in_force_at=one.in_force_at,
        reinstated_at=one.reinstated_at,
        preview=preview,
    )


def drafted_out(seen: Preview, contract: Contract, shown: dict[str, Any]) -> ChangeOut:
    """A change that is only shown.

    Args:
        seen: What it would be.
        contract: Of which contract.
        shown: The same as it would be kept: `draft_json`.
    """
    choice = seen.decided
    draft, order = choice.draft, choice.signed.order
    policy = choice.signed.policy
    return ChangeOut(
        id=None,
        version=0,
        contract_id=contract.id,
        kind=draft.kind,
        state=ChangeState.DRAFT,
        signed_on=order.signed_on,
        effective_on=draft.effective_on,
        billing_from=draft.billing_from,
        policy=ChangePolicyOut(
            when=policy.when,
            manner=order.manner or policy.manner,
            anchor=order.anchor or policy.anchor,
            grace_days=policy.grace_days,
        ),
        before=shown["before"],
        after=shown["after"],
        rows=[money_row_out(row, contract.basis) for row in draft.rows],
        net=seen.cost_now,
        stops=list(draft.stops),
        successor=_successor(shown["successor"]),
        approval=None,
        approval_needed=choice.approver,
        order_ref=None,
        supersedes_id=None,
        plan_id=None,
        entered_by=None,
        approved_by=None,
        reason=None,
        created_at=None,
        in_force_at=None,
        reinstated_at=None,
        preview=preview_out(seen, contract.basis),
    )


def preview_out(seen: Preview, basis: Basis) -> ChangePreviewOut:
    """What follows from a change, as it is shown."""
    draft = seen.decided.draft
    opened = draft.successor.lines if draft.successor else draft.opens
    following = next((b for b in seen.bills_after if b.due_on >= draft.effective_on), None)
    return ChangePreviewOut(
        lines_before=[line_out(line) for line in seen.decided.before],
        lines_after=[line_out(line) for line in opened],
        bills_before=[bill_out(bill, basis) for bill in seen.bills_before],
        bills_after=[bill_out(bill, basis) for bill in seen.bills_after],
        cost=CostOut(
            now=seen.cost_now,
            next_bill=following.total if following else None,
            a_period_before=seen.a_period_before,
            a_period_after=seen.a_period_after,
        ),
        conflicts=[
            ConflictOut(change_id=key, code=why.code, detail=why.detail)
            for key, why in seen.conflicts.items()
        ],
    )


def _policy(kept: dict[str, Any], order: dict[str, Any]) -> ChangePolicyOut:
    return ChangePolicyOut(
        when=kept["when"],
        manner=order["manner"] or kept["manner"],
        anchor=order["anchor"] or kept["anchor"],
        grace_days=kept["grace_days"],
    )


def _kept_row(row: dict[str, Any], basis: Basis) -> MoneyRowOut:
    return MoneyRowOut(
        **{key: value for key, value in row.items() if key not in {"from", "money", "price"}},
        money=money_of(row["money"]),
        price=money_of(row["price"]) if row["price"] else None,
        from_=row["from"],
        basis=basis,
    )


def _successor(kept: dict[str, Any] | None) -> SuccessorOut | None:
    if kept is None:
        return None
    return SuccessorOut(
        id=UUID(kept["id"]),
        starts_on=kept["starts_on"],
        ends_on=kept["ends_on"],
        credit=money_of(kept["credit"]),
    )
