"""Who does a step, who must agree to it, and who is told when it slips."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.domain.playbook.condition import FigureMissing, Known
from app.domain.playbook.reminder import Span


@dataclass(frozen=True, slots=True)
class ByName:
    """Always the staff member with this e-mail address."""

    key: str
    title: str
    person: str


@dataclass(frozen=True, slots=True)
class InTurn:
    """The active staff of a role, one after another.

    Attributes:
        key: Its name.
        title: What people call it.
        role: Whose turn it is.
        territory: The table's outcome (`routing.territory`) that says in which territory turns
            are taken; "" where there is one turn for all.
        otherwise: The role that gets it where the territory has nobody.
    """

    key: str
    title: str
    role: str
    territory: str = ""
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class ByTable:
    """The role that a table's outcome (`routing.role`) names."""

    key: str
    title: str
    outcome: str


Assignment = ByName | InTurn | ByTable


def next_in_turn(
    people: Sequence[str], last: str | None, away: AbstractSet[str] = frozenset()
) -> str | None:
    """The turn goes to whoever follows the last one in order, and begins anew after the end.

    Who came last may have left since: the turn goes on from where they would stand.

    Args:
        people: Ids of the territory's or role's staff, in any order.
        last: Who had the last turn.
        away: Whom the turn passes over.

    Returns:
        None where nobody is there.

    Source: docs/playbooks.md, "Who does it".
    """
    there = sorted(set(people) - away)
    later = [each for each in there if last is None or each > last]
    return next(iter([*later, *there]), None)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Who approves amounts up to a bound.

    Attributes:
        bound: None for all that is above the others.
        included: Whether the bound itself belongs to it (`up_to`), or to the next (`below`).
        role: Who says yes; None where nobody has to.
    """

    bound: Fraction | None
    included: bool
    role: str | None


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Who must say yes before a step may be done; the run waits, and a refusal needs a reason.

    Attributes:
        key: Its name.
        title: What is approved.
        figure: The number that decides; "" where one role always does.
        thresholds: By bound, the last without one.
    """

    key: str
    title: str
    figure: str
    thresholds: tuple[Threshold, ...]


def approver_for(rule: ApprovalRule, amount: Known | None) -> str | None:
    """The role of the first threshold that an amount does not pass; None where nobody is asked.

    10.5 is above "up to 10"; 25,000 is not above "up to 25000", and not in "below 25000".

    Args:
        rule: Its last threshold has no bound.
        amount: Exact; None where it is not known, or the rule asks no figure.

    Raises:
        FigureMissing: The rule asks a figure that is not known.

    Source: docs/playbooks.md, "Approvals".
    """
    if amount is None:
        if rule.figure:
            raise FigureMissing(
                f"Who approves {rule.title} is open: {rule.figure} is not known.",
                facts={"figure": rule.figure},
            )
        return rule.thresholds[-1].role
    at = Fraction(amount)  # type: ignore[arg-type]  # the figure is a number
    return next(each.role for each in rule.thresholds if _takes(each, at))


def _takes(threshold: Threshold, at: Fraction) -> bool:
    bound = threshold.bound
    return bound is None or at < bound or (threshold.included and at == bound)


@dataclass(frozen=True, slots=True)
class Rung:
    """A role that is told, so long after the rung below it."""

    role: str
    after: Span


@dataclass(frozen=True, slots=True)
class Escalation:
    """The path that something takes upwards until somebody takes it on."""

    key: str
    title: str
    path: tuple[Rung, ...]


class Response(StrEnum):
    """What a deadline is kept by."""

    RESPONSE = "response"
    COMPLETION = "completion"


class From(StrEnum):
    """The moments that a deadline may count from, beside the anchors."""

    READY = "ready"
    BLOCKED = "blocked"
    STARTED = "started"


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when something is answered or done, and what happens before and after that.

    Attributes:
        key: Its name.
        title: What people call it.
        of: Whether the first answer counts, or that it is done.
        steps: The steps that it holds for; none of them means the whole run.
        counts_from: A moment of the step, or an anchor of the run.
        within: How long.
        warn_after: How long until it is warned of; None warns of nothing.
        tell: Roles that are told at the warning; none means whoever has the step.
        escalation: The path that begins at the breach; "" only records it.
    """

    key: str
    title: str
    of: Response
    steps: tuple[str, ...]
    counts_from: str
    within: Span
    warn_after: Span | None = None
    tell: tuple[str, ...] = ()
    escalation: str = ""
