"""A plan that a person must decide about: why, how it differs from what stands, and what may be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import Conflict, DomainError
from app.domain.plan import PlanState
from app.domain.terms import FROM, LIVE_ON, Difference, Terms, differences
from app.domain.wording import counted


class ReviewCause(StrEnum):
    """Why a new plan waits for a person."""

    OPEN_PLAN = "open_plan"
    FACTS_DISAGREE = "facts_disagree"


class Choice(StrEnum):
    """What a person may answer."""

    SUPERSEDE = "supersede"
    QUEUE = "queue"
    MERGE = "merge"
    REJECT = "reject"


class ChoiceNotPossible(Conflict):
    """A choice that the plans' present state does not allow; the facts name those that it does."""

    code = "choice_not_possible"


class AdjustmentsCarriedOut(Conflict):
    """Changes in billing were carried out for a plan, so it cannot give way to another one."""

    code = "adjustments_carried_out"


class PlansChanged(Conflict):
    """The client's plans changed while somebody decided about one of them."""

    code = "plans_changed"


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """The client's open plan, as a review sees it.

    Attributes:
        ref: Its short name.
        state: Where it stands.
        terms: What it holds; its live date is the one that it has.
        carried_out: How many of its changes in billing were carried out.
    """

    ref: str
    state: PlanState
    terms: Terms
    carried_out: int


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What a decision rests on.

    Attributes:
        cause: Why the plan was put under review.
        new: What its agreement says.
        client_package: What the client has.
        open: The client's open plan, if there is one.
        queued: Whether it waits behind the open plan already.
    """

    cause: ReviewCause
    new: Terms
    client_package: str | None
    open: OpenPlan | None
    queued: bool


@dataclass(frozen=True, slots=True)
class Option:
    """A choice: what it would do, or why it is not possible and by which fact that is refused."""

    choice: Choice
    detail: str
    refused: str | None = None
    refusal: type[Conflict] = ChoiceNotPossible


@dataclass(frozen=True, slots=True)
class Review:
    """A plan under review as people see it."""

    cause: ReviewCause
    reason: str
    differences: tuple[Difference, ...]
    options: tuple[Option, ...]

    @property
    def possible(self) -> tuple[Option, ...]:
        """The choices that there are."""
        return tuple(one for one in self.options if one.refused is None)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What people are told: the reason, and each difference."""
        return (self.reason, *(one.sentence for one in self.differences))


CheckMovement = Callable[[str, str], object]
"""Refuses, by a `DomainError`, a movement that is no upgrade: from one package to another."""


def why_review(
    leaves: str, has: str | None, open_ref: str | None
) -> tuple[ReviewCause, str] | None:
    """Why a person must decide before a plan is begun: an open plan, or facts that disagree.

    Args:
        leaves: Key of the package that the agreement leaves.
        has: Key of the package that the client has, where it is known.
        open_ref: Short name of the client's open plan, if there is one.

    Returns:
        The cause and the reason, or None where nothing is in its way.

    Source: docs/domain/upgrade.md, I7, and docs/api.md, "Intake".
    """
    disagree = has is not None and has != leaves
    facts = f"The agreement leaves '{leaves}', but the client has '{has}'." if disagree else ""
    if open_ref is not None:
        reason = f"The client has the open plan {open_ref} already. {facts}"
        return ReviewCause.OPEN_PLAN, reason.strip()
    return (ReviewCause.FACTS_DISAGREE, facts) if disagree else None


NOTHING_LEFT = "What stood against it is gone; a person says whether it begins now."


def review(facts: ReviewFacts, check_movement: CheckMovement) -> Review:
    """Say why a plan waits, how it differs from what stands, and what may be chosen.

    Args:
        facts: As they are now: what people were told may have changed since.
        check_movement: Of the catalog.

    Source: docs/domain/upgrade.md, "A second agreement".
    """
    leaves = _package(facts.new.from_package)
    found = why_review(leaves, facts.client_package, facts.open.ref if facts.open else None)
    cause, reason = found or (facts.cause, NOTHING_LEFT)
    if facts.open is not None:
        seen = _beside(facts.open.terms, facts.new)
    elif found is not None:
        seen = (Difference(FROM, facts.client_package, leaves),)
    else:
        seen = ()
    options = (
        _supersede(facts),
        _queue(facts),
        _merge(facts, check_movement),
        Option(Choice.REJECT, "Ends this plan; nothing else changes."),
    )
    return Review(cause, reason, seen, options)


def _package(key: str | None) -> str:
    """The key of a package that every agreement of a plan names."""
    return key or ""


def _beside(held: Terms, new: Terms) -> tuple[Difference, ...]:
    """How an agreement differs from the open plan; that it names no live date is a difference."""
    found = differences(held, new)
    if new.live_on is None and held.live_on is not None:
        return (*found, Difference(LIVE_ON, held.live_on, None))
    return found


def _supersede(facts: ReviewFacts) -> Option:
    done: list[str] = []
    refused = None
    if facts.open is not None:
        done.append(f"Cancels {facts.open.ref} with everything that it has scheduled.")
        if facts.open.carried_out:
            changes = counted(facts.open.carried_out, "billing change")
            refused = (
                f"{facts.open.ref} has {changes} carried out already, so it cannot give way to "
                "another plan."
            )
    if facts.client_package not in (None, facts.new.from_package):
        done.append(
            f"Writes down that the client has '{facts.new.from_package}', "
            f"not '{facts.client_package}'."
        )
    done.append("Begins this plan; where its live date cannot be used, Sales is asked for one.")
    return Option(Choice.SUPERSEDE, " ".join(done), refused, AdjustmentsCarriedOut)


def _queue(facts: ReviewFacts) -> Option:
    if facts.open is None:
        return Option(Choice.QUEUE, "", "There is no open plan to wait for.")
    detail = (
        f"Leaves {facts.open.ref} as it is. This plan begins once that one is live or cancelled, "
        "if the client then has the package that it leaves."
    )
    if facts.new.from_package != facts.open.terms.to_package:
        detail += (
            f" Once {facts.open.ref} is live the client will have "
            f"'{facts.open.terms.to_package}', and a person will be asked again."
        )
    queued = f"It waits behind {facts.open.ref} already." if facts.queued else None
    return Option(Choice.QUEUE, detail, queued)


def _merge(facts: ReviewFacts, check_movement: CheckMovement) -> Option:
    if facts.open is None:
        return Option(Choice.MERGE, "", "There is no open plan to merge it into.")
    held, taken = _package(facts.open.terms.from_package), _package(facts.new.to_package)
    detail = (
        f"{facts.open.ref} takes these terms: '{held}' to '{taken}', and live date, billing and "
        "people where this agreement names them; a live date that cannot be used any more is left "
        "as it is. This plan ends."
    )
    return Option(Choice.MERGE, detail, why_not_merged(facts.open, taken, check_movement))


def why_not_merged(plan: OpenPlan, taken: str, check_movement: CheckMovement) -> str | None:
    """Why an open plan cannot take other terms, or None where it can.

    Args:
        plan: The open plan.
        taken: Key of the package that it would take.
        check_movement: Of the catalog.
    """
    if plan.state is PlanState.ON_HOLD:
        return f"{plan.ref} is on hold: resume it first."
    if plan.state is PlanState.MISSED:
        return f"{plan.ref} has missed its live date: move it first."
    try:
        check_movement(_package(plan.terms.from_package), taken)
    except DomainError as refusal:
        return f"{plan.ref} cannot take these terms: {refusal.detail}"
    return None


def refuse_choice(chosen: Option, possible: Sequence[Option]) -> None:
    """Refuse a choice that is not possible, and name those that are.

    Raises:
        AdjustmentsCarriedOut: the open plan cannot give way any more.
        ChoiceNotPossible: anything else; both with the choices that there are among their facts.
    """
    if chosen.refused is not None:
        raise chosen.refusal(
            f"{chosen.refused} {instead(possible)}",
            pointer="/choice",
            facts={"choices": [str(one.choice) for one in possible]},
        )


def instead(possible: Sequence[Option]) -> str:
    """What can be chosen: "Choose queue, merge or reject."."""
    *others, last = [str(one.choice) for one in possible]
    return f"Choose {', '.join(others)} or {last}." if others else f"Choose {last}."
