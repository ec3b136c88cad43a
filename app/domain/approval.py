"""Approvals: who must say yes to what, and who may."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.domain.errors import Conflict, Forbidden, NotFound


class ApprovalNotFound(NotFound):
    """There is no approval with this id."""

    code = "approval_not_found"


class DecidedBefore(Conflict):
    """An approval that somebody has given or refused already, or that nobody needs any more."""

    code = "decided_before"


class NotTheApprover(Forbidden):
    """A key that is tied to nobody, or to somebody of another role."""

    code = "not_the_approver"


class ApprovalMissing(Conflict):
    """What waits for an approval was to go on without it."""

    code = "approval_missing"


class ApprovalState(StrEnum):
    """Where an approval stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    VOIDED = "voided"


class ApprovalSubject(StrEnum):
    """What kind of thing waits for an approval."""

    CONTRACT_CHANGE = "contract_change"
    TIER_QUOTE = "tier_quote"
    RUN_STEP = "run_step"
    RUN_DEVIATION = "run_deviation"
    PLAYBOOK_VERSION = "playbook_version"


@dataclass(frozen=True, slots=True)
class DiscountBand:
    """Who must approve discounts up to a depth.

    Args:
        up_to_percent: The deepest that belongs to it, included; None for all that are deeper.
        role: Role of the staff who approve; None where nobody has to.
    """

    up_to_percent: Fraction | None
    role: str | None


def approver_of(share: Fraction | None, bands: Sequence[DiscountBand]) -> str | None:
    """The role that must approve a discount, or None.

    A discount belongs to the first band that it does not exceed: 10.5 % is above 10 %.

    Args:
        share: The part of a price that it takes off; None where there is none.
        bands: By depth, the last one without an end.

    Source: docs/domain/contracts.md, "Discounts".
    """
    if share is None:
        return None
    percent = share * 100
    fits = (band for band in bands if band.up_to_percent is None or percent <= band.up_to_percent)
    return next(fits).role


@dataclass(frozen=True, slots=True)
class Approver:
    """The person behind a key.

    Args:
        role: Their role in the organisation; None where the key is tied to nobody.
        active: Whether they still work here.
    """

    role: str | None
    active: bool


def decide(state: ApprovalState, wanted: str, approver: Approver | None) -> None:
    """Let a person of the right role approve or refuse, once.

    Args:
        state: Where the approval stands.
        wanted: The role that must decide.
        approver: The person behind the key; None for a key tied to nobody.

    Raises:
        DecidedBefore: It is decided.
        NotTheApprover: Nobody stands behind the key, or somebody of another role.
    """
    if state is not ApprovalState.REQUESTED:
        raise DecidedBefore(f"The approval is {state} already.", facts={"state": str(state)})
    if approver is None:
        raise NotTheApprover(
            "This key is tied to nobody: a person approves, with a key of their own.",
            facts={"role": wanted},
        )
    if approver.role != wanted or not approver.active:
        raise NotTheApprover(
            f"This waits for somebody with the role {wanted}.", facts={"role": wanted}
        )
