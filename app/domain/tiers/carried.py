"""What an account is after a change of users was applied: the next quote starts from there."""

from dataclasses import replace

from app.domain.money import Money
from app.domain.tiers.account import Account, Band
from app.domain.tiers.outcome import Case
from app.domain.tiers.policy import BlockPricing, TierPolicy


def carried(
    policy: TierPolicy, before: Account, case: Case, band: Band, price: Money, limit: int
) -> Account:
    """The account with its new band and price.

    What the site allows beyond the band are free users. Each block risen counts as a band used, a
    step of a card as one; after a decrease nobody can say how many were used.

    Args:
        policy: By which it was quoted.
        before: The account as it was.
        case: The rule that priced the change.
        band: The new one.
        price: The new one.
        limit: Users that the site allows.

    Source: docs/tiers.md, "Caps and custom pricing".
    """
    used = before.bands_used
    if used is not None and band != before.band:
        used = _bands_used(policy, before, case, band, used)
    return replace(
        before, band=band, price=price, bands_used=used, courtesy_users=limit - band.last
    )


def _bands_used(
    policy: TierPolicy, before: Account, case: Case, band: Band, used: int
) -> int | None:
    if band.last < before.band.last:
        return None
    pricing = policy.pricing(before.pricing)
    if not isinstance(pricing, BlockPricing):
        return used + 1
    if case is Case.UP_CAPPED and pricing.cap is not None:
        return pricing.cap.bands
    if case is Case.UP:
        size = policy.idx_only.users if before.idx_only and policy.idx_only else pricing.block.users
        return used + (band.last - before.band.last) // size
    return used + 1
