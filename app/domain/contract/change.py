"""A change of a contract: its kinds, its states, the policy by which it is reckoned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final
from uuid import UUID

from app.domain.contract.errors import ChangeNotPending
from app.domain.contract.line import Discount, Line, LineKind
from app.domain.contract.model import Contract
from app.domain.contract.rows import MoneyRow
from app.domain.money import Money
from app.domain.period import Anchor
from app.domain.proration import Manner


class ChangeKind(StrEnum):
    """What a change does; see docs/domain/contracts.md."""

    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    RENEWAL = "renewal"
    RECAST = "recast"
    TERMINATION = "termination"


DECIDE_THE_END: Final = frozenset({ChangeKind.RENEWAL, ChangeKind.RECAST, ChangeKind.TERMINATION})
"""Signed, they say what happens at a contract's end: nothing renews it by itself."""


class ChangeState(StrEnum):
    """Where a change stands."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    CONFLICTED = "conflicted"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class ChangeTrigger(StrEnum):
    """What moves a change on."""

    ASK = "ask"
    SCHEDULE = "schedule"
    APPROVE = "approve"
    REFUSE = "refuse"
    CARRY_OUT = "carry_out"
    CONFLICT = "conflict"
    FAIL = "fail"
    RETRY = "retry"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"


_S: Final = ChangeState
PENDING: Final = frozenset({_S.AWAITING_APPROVAL, _S.SCHEDULED})
"""Signed, and not yet in force: the timeline shows them."""
STOPPED: Final = frozenset({_S.CONFLICTED, _S.FAILED})
"""A person has to look; they can be retried on purpose."""
OPEN: Final = PENDING | STOPPED

CHANGE_TRANSITIONS: Final[Mapping[ChangeTrigger, tuple[frozenset[ChangeState], ChangeState]]] = {
    ChangeTrigger.ASK: (frozenset({_S.DRAFT}), _S.AWAITING_APPROVAL),
    ChangeTrigger.SCHEDULE: (frozenset({_S.DRAFT}), _S.SCHEDULED),
    ChangeTrigger.APPROVE: (frozenset({_S.AWAITING_APPROVAL}), _S.SCHEDULED),
    ChangeTrigger.REFUSE: (frozenset({_S.AWAITING_APPROVAL}), _S.WITHDRAWN),
    ChangeTrigger.CARRY_OUT: (frozenset({_S.SCHEDULED}), _S.IN_FORCE),
    ChangeTrigger.CONFLICT: (PENDING, _S.CONFLICTED),
    ChangeTrigger.FAIL: (PENDING, _S.FAILED),
    ChangeTrigger.RETRY: (STOPPED, _S.SCHEDULED),
    ChangeTrigger.WITHDRAW: (OPEN, _S.WITHDRAWN),
    ChangeTrigger.SUPERSEDE: (OPEN, _S.SUPERSEDED),
}
"""How a change moves: a trigger leads from any of its states to one other."""


def moved(state: ChangeState, trigger: ChangeTrigger) -> ChangeState:
    """The state that a trigger leads to.

    Raises:
        ChangeNotPending: The state does not allow it (C2: what is in force is never undone, a
            later change supersedes it).
    """
    sources, target = CHANGE_TRANSITIONS[trigger]
    if state not in sources:
        raise ChangeNotPending(
            f"The change is {state.replace('_', ' ')}: it can only be altered before it is in "
            "force; afterwards a new change supersedes it.",
            facts={"state": str(state)},
        )
    return target


class When(StrEnum):
    """When a change takes effect, if nobody named a day, or whatever day was named."""

    IMMEDIATE = "immediate"
    NEXT_PERIOD = "next_period"
    ON_DATE = "on_date"


class Anchoring(StrEnum):
    """Whether billing periods go on as they are, or begin anew on the day of the change."""

    KEEP = "keep"
    RE_ANCHOR = "re_anchor"


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """By which rules a kind of change is reckoned: data, chosen by the installation.

    Args:
        when: On the named day, at once, or only on the next billing date.
        manner: Which money rows it makes.
        anchor: What becomes of the billing periods.
        grace_days: With the next bill at most so many days away, nothing is prorated.
    """

    when: When
    manner: Manner
    anchor: Anchoring
    grace_days: int = 0


@dataclass(frozen=True, slots=True)
class LineEdit:
    """What a change does to one product.

    Args:
        product: Its key.
        quantity: What it becomes; 0 ends it. None where `add` says it, or nothing changes.
        add: Units more, or fewer where below zero.
        unit_price: The new price of a unit; None keeps it.
        title: What a product new to the contract is called.
        kind: Of a product new to the contract.
        discount: The new discount.
        keeps_discount: Whether the discount stays as it is.
    """

    product: str
    quantity: int | None = None
    add: int | None = None
    unit_price: Money | None = None
    title: str | None = None
    kind: LineKind | None = None
    discount: Discount | None = None
    keeps_discount: bool = True


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    """A change as it is asked for: by hand, or by a signed agreement.

    Args:
        kind: What it is called.
        signed_on: When it was agreed.
        effective_on: First day of the new state; None takes the kind's own.
        edits: Product by product.
        billing_from: First day of the new price, where it is later than the service's.
        manner: Instead of the policy's.
        when: Instead of the policy's.
        anchor: Instead of the policy's.
        ends_on: The first day after a new contract's term (recast, renewal).
        term_months: The new contract's length instead.
        stated_credit: The credit of a recast, where the contract states one.
    """

    kind: ChangeKind
    signed_on: date
    effective_on: date | None = None
    edits: tuple[LineEdit, ...] = ()
    billing_from: date | None = None
    manner: Manner | None = None
    when: When | None = None
    anchor: Anchoring | None = None
    ends_on: date | None = None
    term_months: int | None = None
    stated_credit: Money | None = None


@dataclass(frozen=True, slots=True)
class Rights:
    """What the one who asks may do beyond the rule.

    Args:
        back_date: Let a change take effect in the past (C7).
        waive_notice: Take a termination later than the notice period allows.
    """

    back_date: bool = False
    waive_notice: bool = False


@dataclass(frozen=True, slots=True)
class LineEnd:
    """A line that a change ends.

    Args:
        line_id: The line.
        billed_to: No regular bill of its on this day or later.
    """

    line_id: UUID
    billed_to: date


@dataclass(frozen=True, slots=True)
class Succession:
    """The contract that a renewal or a recast opens.

    Args:
        contract: With its own term.
        lines: In force from its first day.
        credit: What of the old contract goes against its first bills.
        rows: What is billed once on its first day.
    """

    contract: Contract
    lines: tuple[Line, ...]
    credit: Money
    rows: tuple[MoneyRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a change comes to: the same, to the cent, previewed or made (C6).

    Args:
        kind: What it is.
        effective_on: First day of the new state.
        billing_from: First day of the new price.
        base: The line of each edited product as the change found it, None where there was none;
            where that has gone, the change is stopped (C4).
        ends: Lines that it ends.
        opens: Lines that it opens.
        contract_ends_on: First day without the contract; None where it goes on.
        successor: The contract that it opens; None where it opens none.
        rows: Its money rows.
        deepest_discount: The greatest part of a price that a new discount takes off; None where
            there is none.
        stops: What a termination ends, in words.
        anchor: The contract's new anchor; None where it stays.
    """

    kind: ChangeKind
    effective_on: date
    billing_from: date
    base: Mapping[str, UUID | None] = field(default_factory=dict)
    ends: tuple[LineEnd, ...] = ()
    opens: tuple[Line, ...] = ()
    contract_ends_on: date | None = None
    successor: Succession | None = None
    rows: tuple[MoneyRow, ...] = ()
    deepest_discount: Fraction | None = None
    stops: tuple[str, ...] = ()
    anchor: Anchor | None = None
