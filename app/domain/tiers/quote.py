"""The quote: from an account and a request to a price, or to the reason why there is none."""

from datetime import date

from app.domain.calendar import spoken
from app.domain.tiers.account import Account, Asked
from app.domain.tiers.charge import prorated_difference
from app.domain.tiers.outcome import Approval, Case, Ending, Outcome, Priced, Prorated, Quote
from app.domain.tiers.policy import BlockPricing, Pricing, TierPolicy
from app.domain.tiers.pricing import (
    by_card,
    by_seats,
    down_by_blocks,
    handed_off,
    old_pricing,
    single_user,
    up_by_blocks,
)
from app.domain.tiers.standing import Standing, standing_of, unusable


def quote(policy: TierPolicy, account: Account, asked: Asked) -> Quote:
    """Reckon a change of users by the policy, with every step in words.

    In this order: what can be no request, no change of band, the contract's own card, custom
    pricing, the cap, blocks. What the policy leaves open needs a review; nothing is guessed.

    Args:
        policy: The business's figures.
        account: What is known of the account.
        asked: For how many users, from when, and what else.

    Raises:
        PricingUnknown: The account's pricing is none of the policy's.

    Source: docs/tiers.md.
    """
    pricing = policy.pricing(account.pricing)
    steps = [
        f"On {spoken(asked.on)} {asked.users} users are asked for; now "
        f"{policy.numbered(account.band.first, account.band.last)} at {account.price.spoken()}."
    ]
    found = _decided(policy, pricing, account, asked, steps)
    alternatives = policy.alternatives if asked.unhappy else ()
    if isinstance(found, Ending):
        return _without_price(policy, account, found, steps, alternatives)
    return _with_price(policy, account, asked, found, steps, alternatives)


def _decided(
    policy: TierPolicy, pricing: Pricing, account: Account, asked: Asked, steps: list[str]
) -> Priced | Ending:
    ending = unusable(policy, account, asked) or _reasonless(policy, asked)
    if ending:
        return ending
    if asked.users in account.band:
        return _no_change(account, asked)
    if account.site_relation is not None:
        return _review(
            "site_relation", f"This is a {account.site_relation} site: the price is for a person."
        )
    standing = standing_of(account, asked.on)
    if isinstance(standing, Ending):
        return standing
    steps.append(standing.sentence)
    if standing.in_contract:
        return _in_contract(policy, account, asked, standing)
    return _out_of_contract(policy, pricing, account, asked, standing)


def _reasonless(policy: TierPolicy, asked: Asked) -> Ending | None:
    exceptions = asked.exceptions
    for kind, reason in exceptions.reasons().items():
        if not reason.strip():
            return Ending(
                Outcome.REFUSED, "reason_missing", f"An exception ({kind}) needs its reason."
            )
    if exceptions.courtesy and exceptions.courtesy.why not in policy.courtesy_reasons:
        known = ", ".join(policy.courtesy_reasons) or "none"
        return _review("courtesy_open", f"A user is free for one of these reasons: {known}.")
    credit = exceptions.credit
    if credit and (credit.money.minor <= 0 or credit.money.currency != policy.currency):
        return _review("credit_invalid", f"A credit is above zero, and in {policy.currency}.")
    return None


def _no_change(account: Account, asked: Asked) -> Priced | Ending:
    if asked.exceptions.courtesy or asked.exceptions.credit:
        return Priced(Case.SAME_BAND, account.band, account.price, ("The band stays as it is.",))
    return Ending(
        Outcome.UNCHANGED,
        "same_band",
        f"{asked.users} {'user lies' if asked.users == 1 else 'users lie'} within "
        f"{account.band}: the price of "
        f"{account.price.spoken()} stays, for as long as the client does.",
    )


def _in_contract(
    policy: TierPolicy, account: Account, asked: Asked, standing: Standing
) -> Priced | Ending:
    if asked.current_pricing:
        return _review("current_pricing", "A client in contract wants today's pricing instead.")
    if asked.exceptions.old_pricing is not None:
        return _review("old_pricing_unclear", "The contract still runs; its own card counts.")
    rule = single_user if asked.exceptions.single_user is not None else by_card
    return rule(policy, account, asked, standing.card)


def _out_of_contract(
    policy: TierPolicy, pricing: Pricing, account: Account, asked: Asked, standing: Standing
) -> Priced | Ending:
    if asked.exceptions.single_user is not None:
        return single_user(policy, account, asked, ())
    if asked.exceptions.old_pricing is not None:
        return old_pricing(policy, account, asked, standing.card)
    ending = handed_off(pricing.hand_off, account, asked.users)
    if ending:
        return ending
    if not isinstance(pricing, BlockPricing):
        return by_seats(policy, pricing, account, asked)
    rule = up_by_blocks if asked.users > account.band.last else down_by_blocks
    return rule(policy, pricing, account, asked)


def _without_price(
    policy: TierPolicy,
    account: Account,
    ending: Ending,
    steps: list[str],
    alternatives: tuple[str, ...],
) -> Quote:
    stays = ending.outcome is Outcome.UNCHANGED
    return Quote(
        outcome=ending.outcome,
        case=None,
        reason=ending.reason,
        detail=ending.detail,
        goes_to=ending.goes_to,
        from_band=account.band,
        from_price=account.price,
        to_band=account.band if stays else None,
        to_price=account.price if stays else None,
        description=policy.numbered(account.band.first, account.band.last) if stays else None,
        steps=(*steps, ending.detail),
        alternatives=alternatives,
    )


def _with_price(
    policy: TierPolicy,
    account: Account,
    asked: Asked,
    priced: Priced,
    steps: list[str],
    alternatives: tuple[str, ...],
) -> Quote:
    billed_on = account.next_billing_on
    assert billed_on is not None  # unusable() saw to it
    steps += priced.steps
    reckoned = _charged_now(policy, account, asked, priced, billed_on, steps)
    exceptions = asked.exceptions
    waive = exceptions.waive_prorated
    if reckoned and waive is not None:
        steps.append(f"Billing waives it: {waive.strip()}")
    if priced.price != account.price:
        price = priced.price.spoken()
        steps.append(f"From {spoken(billed_on)}: {price} a {account.billing_period}.")
    steps += _given_beside(policy, asked)
    approvals = (Approval.CREDIT,) if exceptions.credit else ()
    falls = priced.band.last < account.band.last
    limit = priced.limit or priced.band.last
    return Quote(
        outcome=Outcome.QUOTED,
        case=priced.case,
        reason=None,
        detail=None,
        goes_to=None,
        from_band=account.band,
        from_price=account.price,
        to_band=priced.band,
        to_price=priced.price,
        effective_on=billed_on if falls else asked.on,
        price_from=billed_on,
        prorated=None if waive is not None else reckoned,
        waived=reckoned if waive is not None else None,
        limit=limit + account.courtesy_users + (exceptions.courtesy is not None),
        description=policy.numbered(priced.band.first, priced.band.last),
        approvals=(*priced.approvals, *approvals),
        steps=tuple(steps),
        alternatives=alternatives,
    )


def _given_beside(policy: TierPolicy, asked: Asked) -> list[str]:
    """What is asked for beside the price, in words."""
    said = []
    if asked.exceptions.credit:
        money = asked.exceptions.credit.money.spoken()
        said.append(f"A credit of {money} is asked for: {policy.approved_by} approves.")
    if asked.exceptions.courtesy:
        why = policy.courtesy_reasons[asked.exceptions.courtesy.why]
        said.append(f"One courtesy user beside the band, free ({why}).")
    return said


def _charged_now(
    policy: TierPolicy,
    account: Account,
    asked: Asked,
    priced: Priced,
    billed_on: date,
    steps: list[str],
) -> Prorated | None:
    """Only a rise is charged now, only its difference, and not a few days before the next bill.

    Source: docs/tiers.md, "What is charged now".
    """
    if priced.price < account.price:
        steps.append("Fewer users are not credited: the new price begins on the next billing date.")
        return None
    if priced.price == account.price:
        return None
    days = (billed_on - asked.on).days
    if days <= policy.grace_days:
        steps.append(
            f"The next bill is {days} {'day' if days == 1 else 'days'} away, at most "
            f"{policy.grace_days}: nothing is charged now."
        )
        return None
    difference = priced.price - account.price
    prorated = prorated_difference(difference, asked.on, billed_on, account.billing_period)
    steps.append(
        f"Charged now: the difference of {difference.spoken()} x {prorated.span.length} of "
        f"{prorated.of_days} days ({prorated.span.spoken()}) = {prorated.money.spoken()}."
    )
    return prorated


def _review(reason: str, detail: str) -> Ending:
    return Ending(Outcome.NEEDS_REVIEW, reason, detail)
