"""The new band and its price: by the contract's card, by blocks, by seats, at floor and cap."""

from app.domain.money import Money
from app.domain.tiers.account import Account, Asked, Band, CardRow
from app.domain.tiers.outcome import Approval, Case, Ending, Outcome, Priced
from app.domain.tiers.policy import BlockPricing, HandOff, SeatPricing, TierPolicy


def by_card(
    policy: TierPolicy, account: Account, asked: Asked, card: tuple[CardRow, ...]
) -> Priced | Ending:
    """In contract the contract's own rate card counts, and nothing else.

    Args:
        policy: For its numbering.
        account: Who asks.
        asked: For how many users; outside the present band.
        card: Sorted, no overlap, no gap.

    Source: docs/tiers.md, "Which price".
    """
    is_rise = asked.users > account.band.last
    row = _row_of(card, asked.users)
    if row is None and is_rise:
        return _review(
            "beyond_rate_card", f"The contract's rate card does not reach {asked.users} users."
        )
    if row is None:
        return Ending(
            Outcome.REFUSED,
            "not_on_rate_card",
            f"The contract's rate card lists no band for {asked.users} users.",
        )
    fits = (
        row.price >= account.price
        if is_rise
        else row.price <= account.price and row.band.last < account.band.first
    )
    if not fits:
        return _review(
            "rate_card_contradicts",
            f"The rate card's price of {row.band}, {row.price.spoken()}, does not fit the present "
            f"{account.price.spoken()} for {account.band}.",
        )
    step = (
        f"The contract's rate card lists {policy.numbered(row.band.first, row.band.last)} at "
        f"{row.price.spoken()}."
    )
    case = Case.UP_IN_CONTRACT if is_rise else Case.DOWN_IN_CONTRACT
    return Priced(case, row.band, row.price, (step,))


def single_user(
    policy: TierPolicy, account: Account, asked: Asked, card: tuple[CardRow, ...]
) -> Priced | Ending:
    """One user more without a block: only where the contract's next step is a wide one.

    Source: docs/tiers.md, "Exceptions".
    """
    following = _row_of(card, account.band.last + 1)
    wide = following is not None and (
        following.band.last - account.band.last >= policy.single_user_step
    )
    if not wide or asked.users != account.band.last + 1:
        return Ending(
            Outcome.REFUSED,
            "single_user_not_open",
            "One user without a block is open in contract only, for exactly one user, where the "
            f"next step of the rate card is {policy.single_user_step} users or more.",
        )
    step = (
        f"One user beyond {account.band} at the present {account.price.spoken()}: "
        f"{policy.approved_by} approves."
    )
    return Priced(
        Case.SINGLE_USER, account.band, account.price, (step,), (Approval.SINGLE_USER,), asked.users
    )


def old_pricing(
    policy: TierPolicy, account: Account, asked: Asked, card: tuple[CardRow, ...]
) -> Priced | Ending:
    """A client just rolling off keeps the old card's price for one more step, if approved.

    Source: docs/tiers.md, "Exceptions".
    """
    row = _row_of(card, asked.users)
    if row is None or asked.users < account.band.first or row.price < account.price:
        return _review(
            "old_pricing_unclear",
            f"No row of an old rate card raises this account to {asked.users} users.",
        )
    step = (
        f"The contract that ended listed {policy.numbered(row.band.first, row.band.last)} at "
        f"{row.price.spoken()}: {policy.approved_by} approves."
    )
    return Priced(
        Case.UP_OLD_PRICING, row.band, row.price, (step,), (Approval.OLD_PRICING,), row.band.last
    )


def handed_off(hand_off: HandOff | None, account: Account, users: int) -> Ending | None:
    """Beyond a number of users a person talks about the price; IDX-only accounts excepted.

    Source: docs/tiers.md, "Caps and custom pricing".
    """
    if hand_off is None or account.idx_only or users <= hand_off.beyond:
        return None
    return Ending(
        Outcome.CUSTOM_PRICING,
        "custom_pricing",
        f"More than {hand_off.beyond} users are priced by {hand_off.to}.",
        hand_off.to,
    )


def up_by_blocks(
    policy: TierPolicy, pricing: BlockPricing, account: Account, asked: Asked
) -> Priced | Ending:
    """Out of contract: the present price, and a block's for each block begun beyond the band.

    Source: docs/tiers.md, "Which price".
    """
    block = pricing.block if not account.idx_only else policy.idx_only
    if block is None:
        return _review("idx_only_unpriced", f"{policy.title} prices no IDX-only accounts.")
    if pricing.reviewed_beyond is not None and asked.users > pricing.reviewed_beyond:
        return _review(
            "beyond_pricing",
            f"{pricing.title} pricing says nothing of more than {pricing.reviewed_beyond} users.",
        )
    capped = _capped(policy, pricing, account, asked)
    if capped is not None:
        return capped
    wanted = asked.users - account.band.last
    blocks = -(-wanted // block.users)
    last = account.band.last + blocks * block.users
    price = Money.from_minor(account.price.minor + blocks * block.price.minor, policy.currency)
    band = Band(last - block.users + 1, last)
    steps = (
        f"{asked.users} users are {wanted} beyond {account.band.last}: {blocks} started "
        f"{_plural('block', blocks)} of {block.users}.",
        f"{account.price.spoken()} + {blocks} x {block.price.spoken()} = {price.spoken()} for "
        f"{policy.numbered(band.first, band.last)}.",
    )
    return Priced(Case.UP, band, price, steps)


def down_by_blocks(
    policy: TierPolicy, pricing: BlockPricing, account: Account, asked: Asked
) -> Priced | Ending:
    """Out of contract: a block's price less for each whole block removed, down to the floor.

    Source: docs/tiers.md, "Floors".
    """
    if account.idx_only:
        return _review("idx_only_decrease", "The policy says nothing of fewer IDX-only users.")
    if pricing.cap is not None and account.band.last == pricing.cap.serves_up_to:
        return _review("down_from_cap", "The policy says nothing of leaving the capped band.")
    floor = _floor_of(pricing, account)
    if isinstance(floor, Ending):
        return floor
    block = pricing.block
    removed = account.band.last - asked.users
    blocks = removed // block.users
    if blocks == 0:
        return _review("no_whole_block", f"{removed} users fewer are no whole block.")
    minor = account.price.minor - blocks * block.price.minor
    counted = f"{removed} users fewer are {blocks} whole {_plural('block', blocks)}."
    reckoned = f"{account.price.spoken()} - {blocks} x {block.price.spoken()}"
    if minor < floor.minor:
        first = (asked.users - 1) // block.users * block.users + 1
        band = Band(first, first + block.users - 1)
        held = (
            f"{reckoned} would be under the floor of {floor.spoken()}: the floor holds, for "
            f"{policy.numbered(band.first, band.last)}."
        )
        return Priced(Case.DOWN_TO_FLOOR, band, floor, (counted, held))
    last = account.band.last - blocks * block.users
    band = Band(max(1, last - block.users + 1), last)
    price = Money.from_minor(minor, policy.currency)
    said = f"{reckoned} = {price.spoken()} for {policy.numbered(band.first, band.last)}."
    return Priced(Case.DOWN, band, price, (counted, said))


def by_seats(
    policy: TierPolicy, pricing: SeatPricing, account: Account, asked: Asked
) -> Priced | Ending:
    """Out of contract under a graduated price: every seat at the rate of its stretch.

    Source: docs/tiers.md, "Another business".
    """
    is_rise = asked.users > account.band.last
    if asked.users < pricing.least:
        return Ending(
            Outcome.REFUSED, "at_floor", f"Fewer than {pricing.least} are not sold; they stay."
        )
    price = pricing.price_of(asked.users)
    if (price < account.price) if is_rise else (price > account.price):
        return _review(
            "price_contradicts",
            f"The list's {price.spoken()} for {asked.users} does not fit the present "
            f"{account.price.spoken()} for {account.band}.",
        )
    steps = (f"{asked.users}, each at the rate of its stretch, cost {price.spoken()}.",)
    case = Case.UP if is_rise else Case.DOWN
    return Priced(case, Band(asked.users, asked.users), price, steps)


def _capped(
    policy: TierPolicy, pricing: BlockPricing, account: Account, asked: Asked
) -> Priced | Ending | None:
    """The last band and its price, where they were offered in writing; None where not reached."""
    cap = pricing.cap
    if cap is None or not account.cap_offered_in_writing:
        return None
    if account.idx_only:
        return _review("idx_only_cap", "The policy counts no bands of IDX-only accounts.")
    if account.bands_used is None:
        return _review("bands_used_unknown", "How many bands were used is not known (bands_used).")
    left = cap.bands - account.bands_used
    if left < 1:
        return _review("cap_reached", f"All {cap.bands} bands are used already.")
    ninth = account.band.last + (left - 1) * pricing.block.users
    if asked.users <= ninth:
        return None
    price = Money.from_minor(
        account.price.minor + left * pricing.block.price.minor, policy.currency
    )
    band = Band(ninth + 1, cap.serves_up_to)
    steps = (
        f"{account.bands_used} of {cap.bands} bands are used: band {cap.bands} costs "
        f"{account.price.spoken()} + {left} x {pricing.block.price.spoken()} = {price.spoken()} "
        f"and serves {policy.numbered(band.first, band.last)}.",
        f"The cap was offered in writing before: {policy.approved_by} approves.",
    )
    return Priced(Case.UP_CAPPED, band, price, steps, (Approval.CAPPED_PRICE,))


def _floor_of(pricing: BlockPricing, account: Account) -> Money | Ending:
    if account.started is None:
        return _review(
            "started_unknown", "Whether it started at a discount is not known (started)."
        )
    floor = account.started.price if account.started.discounted else pricing.floor
    if account.price < floor:
        return Ending(
            Outcome.REFUSED,
            "below_floor",
            f"The client already pays less than the floor of {floor.spoken()}: the price stays as "
            "it is, and cannot go lower.",
        )
    if account.price == floor:
        return Ending(
            Outcome.REFUSED, "at_floor", f"The client pays the floor of {floor.spoken()} already."
        )
    return floor


def _row_of(card: tuple[CardRow, ...], users: int) -> CardRow | None:
    return next((row for row in card if users in row.band), None)


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"


def _review(reason: str, detail: str) -> Ending:
    return Ending(Outcome.NEEDS_REVIEW, reason, detail)
