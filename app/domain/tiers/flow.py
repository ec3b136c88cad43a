"""How a quote moves: requested, quoted, answered, charged, applied, confirmed; and what waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.tiers.account import Account, Site
from app.domain.tiers.outcome import Outcome, Quote


class QuoteState(StrEnum):
    """Where a request for other users stands."""

    REQUESTED = "requested"
    QUOTED = "quoted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    STALE = "stale"
    CLOSED = "closed"
    CHARGED = "charged"
    APPLIED = "applied"
    CONFIRMED = "confirmed"


TRANSITIONS: Final[Mapping[QuoteState, frozenset[QuoteState]]] = {
    QuoteState.REQUESTED: frozenset({QuoteState.QUOTED, QuoteState.CLOSED, QuoteState.DECLINED}),
    QuoteState.QUOTED: frozenset(
        {QuoteState.ACCEPTED, QuoteState.DECLINED, QuoteState.EXPIRED, QuoteState.STALE}
    ),
    QuoteState.ACCEPTED: frozenset({QuoteState.CHARGED, QuoteState.DECLINED}),
    QuoteState.CHARGED: frozenset({QuoteState.APPLIED, QuoteState.DECLINED}),
    QuoteState.APPLIED: frozenset({QuoteState.CONFIRMED}),
    QuoteState.DECLINED: frozenset(),
    QuoteState.EXPIRED: frozenset(),
    QuoteState.STALE: frozenset(),
    QuoteState.CLOSED: frozenset(),
    QuoteState.CONFIRMED: frozenset(),
}
"""From each state the states that may follow."""


class ChargeState(StrEnum):
    """Where the charge of the rest of the billing cycle stands."""

    NOTHING = "nothing"
    WAIVED = "waived"
    BY_HAND = "by_hand"
    PENDING = "pending"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    PAID = "paid"


class ApplyState(StrEnum):
    """Where the change in the client's own system stands."""

    SCHEDULED = "scheduled"
    BY_HAND = "by_hand"
    PENDING = "pending"
    FAILED = "failed"
    DONE = "done"


class CreditState(StrEnum):
    """Where a credit that was approved stands; a person gives it."""

    DUE = "due"
    GIVEN = "given"


class LetterState(StrEnum):
    """Where one of the two e-mails to the client stands."""

    BY_HAND = "by_hand"
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    DONE_BY_HAND = "done_by_hand"


TOLD: Final = frozenset({LetterState.PENDING, LetterState.SENT, LetterState.DONE_BY_HAND})
"""The client knows, or is about to without anybody's doing."""


class ApprovalState(StrEnum):
    """What became of an approval that was asked for."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"


class QuoteNotFound(NotFound):
    """There is no quote with this id."""

    code = "tier_quote_not_found"


class AccountNotFound(NotFound):
    """There is no account with this id."""

    code = "tier_account_not_found"


class QuoteRefuses(Conflict):
    """The quote's state does not allow the action."""

    code = "tier_quote_state_refuses"


class QuoteExpired(Conflict):
    """Nobody said yes in time."""

    code = "tier_quote_expired"


class SiteMismatch(Invalid):
    """The database or the site is not the account's: the worst mistake there is."""

    code = "site_mismatch"


def moved(before: QuoteState, after: QuoteState) -> QuoteState:
    """Move a quote on.

    Raises:
        QuoteRefuses: the state does not lead there.
    """
    if after not in TRANSITIONS[before]:
        allowed = sorted(str(each) for each, to in TRANSITIONS.items() if after in to)
        raise QuoteRefuses(
            f"The quote is {before}; it becomes {after} from {' or '.join(allowed)} only.",
            facts={"state": str(before), "allowed_states": allowed},
        )
    return after


def state_of_new(quote: Quote) -> QuoteState:
    """Where a request stands once it is reckoned.

    A price without approvals is quoted to the client at once. What waits for a person stays
    requested. What is refused, or changes nothing, is closed.
    """
    if quote.outcome is Outcome.QUOTED:
        return QuoteState.REQUESTED if quote.approvals else QuoteState.QUOTED
    if quote.outcome in (Outcome.NEEDS_REVIEW, Outcome.CUSTOM_PRICING):
        return QuoteState.REQUESTED
    return QuoteState.CLOSED


def inputs_changed(quoted: Account, present: Account) -> tuple[str, ...]:
    """The names of the inputs by which a quote was reckoned and which differ today.

    Source: docs/tiers.md, "The flow".
    """
    pairs = {
        "band": (quoted.band, present.band),
        "price": (quoted.price, present.price),
        "contract": (quoted.contract, present.contract),
        "next_billing_on": (quoted.next_billing_on, present.next_billing_on),
        "site": (quoted.site, present.site),
    }
    return tuple(name for name, (before, now) in pairs.items() if before != now)


def is_past_its_cycle(account: Account, today: date) -> bool:
    """Whether the next bill has come since: its price and its days are others by now."""
    return account.next_billing_on is not None and today >= account.next_billing_on


def same_site(account: Site | None, found: Site) -> None:
    """Refuse to touch any site but the account's own: database and site id must both match.

    Args:
        account: Where the account says that its limit is set.
        found: What somebody has in front of them.

    Raises:
        SiteMismatch: one of them differs, or the account does not say.
    """
    if account is None:
        raise SiteMismatch("The account names no database and no site, so nothing is changed.")
    for name, ours, theirs in (
        ("database", account.database, found.database),
        ("site_id", account.site_id, found.site_id),
    ):
        if ours != theirs:
            raise SiteMismatch(
                f"This is not the account's {name.replace('_', ' ')}; nothing is changed.",
                pointer=f"/{name}",
            )


def may_decline(
    state: QuoteState,
    charge: ChargeState | None,
    apply: ApplyState | None,
    credit: CreditState | None = None,
) -> None:
    """Refuse a no that comes after money may have moved.

    After the yes it counts while nothing can have been charged, and for what waits for its day as
    long as nothing was charged at all, and no credit given.

    Raises:
        QuoteRefuses: it comes too late.
    """
    moved(state, QuoteState.DECLINED)
    unpaid = charge in {ChargeState.FAILED, ChargeState.BY_HAND}
    waits = (
        apply is ApplyState.SCHEDULED
        and charge in {ChargeState.NOTHING, ChargeState.WAIVED}
        and credit is not CreditState.GIVEN
    )
    if (state is QuoteState.ACCEPTED and not unpaid) or (state is QuoteState.CHARGED and not waits):
        raise QuoteRefuses(
            "The card may have been charged already, or the change is being made.",
            facts={"state": str(state), "charge": charge and str(charge)},
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that a person does for a quote: a stable code and a sentence."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a quote decides who has to do something.

    Args:
        state: Of the quote.
        outcome: Of the reckoning.
        detail: Why it has no price, where it has none.
        approvals: What was asked for, and what became of it.
        charge: Of the rest of the cycle; None before the yes.
        apply: In the client's system; None before the charge.
        told: Whether the e-mail of this state is on its way by itself.
        why: Why a charge or the change in the client's system failed.
        credit: Of money that goes back; None where none was approved, or no yes is there yet.
    """

    state: QuoteState
    outcome: Outcome
    detail: str | None
    approvals: Mapping[str, ApprovalState]
    charge: ChargeState | None
    apply: ApplyState | None
    told: bool
    why: str | None = None
    credit: CreditState | None = None


_CHARGE: Final = {
    ChargeState.BY_HAND: ("charge_by_hand", "Charge the card on file by hand, with evidence."),
    ChargeState.FAILED: ("charge_failed", "The charge failed; nothing else was changed."),
    ChargeState.UNCERTAIN: ("charge_uncertain", "Whether the card was charged is being looked up."),
}
_LETTERS: Final = {
    QuoteState.QUOTED: ("tell_costs", "Tell the client what it costs, and ask for their yes."),
    QuoteState.APPLIED: ("tell_recap", "Tell the client that it is done, with all the figures."),
}
CREDITED: Final = frozenset({QuoteState.CHARGED, QuoteState.APPLIED})
"""While a quote is there an approved credit is given: after the yes, before the recap."""
_APPLY: Final = {
    ApplyState.BY_HAND: ("apply_by_hand", "Set the limit and the recurring amount by hand."),
    ApplyState.FAILED: ("apply_failed", "Charged, and not applied."),
}


def waits_for(standing: Standing) -> tuple[Waiting, ...]:
    """What a person has to do now; nothing where the flow goes on by itself.

    Source: docs/tiers.md, "The flow".
    """
    if standing.state is QuoteState.REQUESTED:
        return _before_the_quote(standing)
    if standing.state is QuoteState.ACCEPTED and standing.charge in _CHARGE:
        return (_said(*_CHARGE[standing.charge], standing.why),)
    if standing.state is QuoteState.CHARGED and standing.apply in _APPLY:
        return (_said(*_APPLY[standing.apply], standing.why),)
    if standing.state in CREDITED and standing.credit is CreditState.DUE:
        return (Waiting("credit_by_hand", "Give the credit that was approved, with evidence."),)
    letter = None if standing.told else _LETTERS.get(standing.state)
    return (Waiting(*letter),) if letter else ()


def _before_the_quote(standing: Standing) -> tuple[Waiting, ...]:
    if standing.outcome is not Outcome.QUOTED:
        return (Waiting(str(standing.outcome), standing.detail or ""),)
    return tuple(
        Waiting("approval", f"{kind} waits for its approval.")
        for kind, state in standing.approvals.items()
        if state is ApprovalState.REQUESTED
    )


def _said(code: str, detail: str, why: str | None) -> Waiting:
    return Waiting(code, f"{detail} {why}" if why else detail)
