"""Whether an account is in contract on a day, and whether what is known of it can be used."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from app.domain.calendar import spoken
from app.domain.period import parse_anchor, period_holding
from app.domain.tiers.account import Account, Asked, CardRow, Contract
from app.domain.tiers.outcome import Ending, Outcome
from app.domain.tiers.policy import TierPolicy

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the contract still binds, and why; its card is in the order of its bands."""

    in_contract: bool
    card: tuple[CardRow, ...]
    sentence: str


def unusable(policy: TierPolicy, account: Account, asked: Asked) -> Ending | None:
    """What can be no request, or no account, whatever else is known; None where all is well.

    Source: docs/tiers.md, "Which price".
    """
    if asked.users < 1:
        return Ending(
            Outcome.REFUSED, "requested_too_few", "An account has at least one user; ask for 1 up."
        )
    found = _not_believed(policy, account, asked)
    return Ending(Outcome.NEEDS_REVIEW, *found) if found else None


def standing_of(account: Account, on: date) -> Standing | Ending:
    """Whether an account is in contract: payments are open, or the last one's cycle still runs.

    A client who made more payments than were contracted is out of contract.

    Args:
        account: What is known.
        on: The day of the request.

    Source: docs/tiers.md, "Which price".
    """
    contract = account.contract
    if contract is None:
        if account.contract_known:
            return Standing(False, (), "No contract is running.")
        return _review("contract_unknown", "Nobody said whether a contract runs (contract).")
    if missing := contract.missing():
        return _review("contract_incomplete", f"Of the contract is missing: {', '.join(missing)}.")
    due, made = contract.payments_due or 0, contract.payments_made or 0
    card = tuple(sorted(contract.rate_card or (), key=lambda row: row.band))
    fault = _counts_fault(due, made) or _card_fault(card, account) or _paid_later(contract, on)
    if fault:
        return _review(*fault)
    if made != due or contract.last_payment_on is None:
        bound = "in contract" if made < due else "out of contract"
        return Standing(made < due, card, f"{made} of {due} contracted payments are made: {bound}.")
    return _in_last_cycle(account, contract.last_payment_on, due, card, on)


def _in_last_cycle(
    account: Account, paid_on: date, due: int, card: tuple[CardRow, ...], on: date
) -> Standing:
    # The next bill's day tells the cycle's own day: 31, although February was paid on the 28th.
    billed_on = account.next_billing_on or paid_on
    anchor = parse_anchor(billed_on.isoformat(), account.billing_period)
    ends_on = period_holding(account.billing_period, anchor, paid_on).end
    bound = on < ends_on
    sentence = (
        f"All {due} contracted payments are made; the last, on {spoken(paid_on)}, pays through "
        f"{spoken(ends_on - _DAY)}: {'still in' if bound else 'out of'} contract."
    )
    return Standing(bound, card, sentence)


def _not_believed(policy: TierPolicy, account: Account, asked: Asked) -> tuple[str, str] | None:
    amounts = [account.price, account.started.price] if account.started else [account.price]
    if asked.users > policy.most_requested:
        return (
            "requested_too_many",
            f"More than {policy.most_requested:,} is taken for a slip; a person asks again.",
        )
    if not account.band.is_sound or (account.started and not account.started.band.is_sound):
        return "band_invalid", "A band runs from 1 user up, and ends where it begins or above."
    if account.price.minor <= 0:
        return "price_invalid", "The present price is not above zero."
    if account.courtesy_users < 0 or (account.bands_used is not None and account.bands_used < 1):
        return "counts_invalid", "Users and bands are counted from zero up, bands used from one."
    if any(amount.currency != policy.currency for amount in amounts):
        return (
            "currency_differs",
            f"{policy.title} is priced in {policy.currency}, this account is not.",
        )
    return _billing_fault(account, asked.on)


def _billing_fault(account: Account, on: date) -> tuple[str, str] | None:
    if account.next_billing_on is None:
        return "billing_date_unknown", "The next billing date is not known (next_billing_on)."
    if account.next_billing_on < on:
        return (
            "billing_date_past",
            f"The next billing date, {spoken(account.next_billing_on)}, lies before the request.",
        )
    anchor = parse_anchor(account.next_billing_on.isoformat(), account.billing_period)
    cycle = period_holding(account.billing_period, anchor, account.next_billing_on - _DAY)
    if on < cycle.start:
        return (
            "billing_date_far",
            f"The next billing date, {spoken(account.next_billing_on)}, is more than one "
            f"{account.billing_period} away.",
        )
    return None


def _counts_fault(due: int, made: int) -> tuple[str, str] | None:
    if due < 1 or made < 0:
        return "contract_counts_invalid", "Payments are counted from zero up, due ones from one."
    return None


def _paid_later(contract: Contract, on: date) -> tuple[str, str] | None:
    if contract.last_payment_on is not None and contract.last_payment_on > on:
        return (
            "payment_in_future",
            f"The last payment, on {spoken(contract.last_payment_on)}, lies after the request.",
        )
    return None


def _card_fault(card: tuple[CardRow, ...], account: Account) -> tuple[str, str] | None:
    for row in card:
        if not row.band.is_sound:
            return "rate_card_invalid", f"The rate card has a band {row.band} that holds nobody."
        if row.price.currency != account.price.currency or row.price.minor <= 0:
            return "rate_card_invalid", f"The rate card's price of {row.band} cannot be right."
    for lower, upper in pairwise(card):
        if upper.band.first <= lower.band.last:
            return "rate_card_overlaps", f"On the rate card {lower.band} and {upper.band} overlap."
        if upper.band.first > lower.band.last + 1:
            return (
                "rate_card_gap",
                f"The rate card says nothing between {lower.band} and {upper.band}.",
            )
        if upper.price < lower.price:
            return "rate_card_falls", f"On the rate card {upper.band} costs less than {lower.band}."
    return None


def _review(reason: str, detail: str) -> Ending:
    return Ending(Outcome.NEEDS_REVIEW, reason, detail)
