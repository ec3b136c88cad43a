"""A pricing policy: what a business charges for a change of users, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.errors import Invalid
from app.domain.money import Money


class PricingUnknown(Invalid):
    """Not one of the policy's pricings."""

    code = "pricing_unknown"


class PolicyUnknown(Invalid):
    """Not a pricing policy of the catalog."""

    code = "policy_unknown"


@dataclass(frozen=True, slots=True)
class Block:
    """So many users for so much more.

    Args:
        users: Size of a block.
        price: Of one block, for one billing period.
    """

    users: int
    price: Money


@dataclass(frozen=True, slots=True)
class Cap:
    """The price that is never passed, counted in bands from the one a client started on.

    Args:
        bands: How many bands there are; the last one's price is the cap.
        serves_up_to: Users that the last band holds.
    """

    bands: int
    serves_up_to: int


@dataclass(frozen=True, slots=True)
class HandOff:
    """From where on a person talks about the price.

    Args:
        beyond: The last number of users that the policy itself prices.
        to: Who talks: "the sales lead".
    """

    beyond: int
    to: str


@dataclass(frozen=True, slots=True)
class BlockPricing:
    """What a client pays now, and so much for each block more or less.

    Args:
        key: How accounts name it.
        title: What people call it.
        floor: No decrease goes below this.
        block: What a step costs.
        cap: The highest price, where one was offered in writing.
        hand_off: From where on a person prices.
        reviewed_beyond: More users than this are for a person to look at.
    """

    key: str
    title: str
    floor: Money
    block: Block
    cap: Cap | None = None
    hand_off: HandOff | None = None
    reviewed_beyond: int | None = None


@dataclass(frozen=True, slots=True)
class SeatRate:
    """What each seat of a stretch costs; `to` is None for the stretch without an end."""

    from_users: int
    to_users: int | None
    each: Money


@dataclass(frozen=True, slots=True)
class SeatPricing:
    """A price for each seat, graduated: every stretch of seats has a rate of its own.

    Args:
        key: How accounts name it.
        title: What people call it.
        rates: From the first seat on, without gap or overlap.
        least: Fewer seats than this are not sold.
        hand_off: From where on a person prices.
    """

    key: str
    title: str
    rates: tuple[SeatRate, ...]
    least: int = 1
    hand_off: HandOff | None = None

    def price_of(self, seats: int) -> Money:
        """The price of a number of seats, each at the rate of its stretch."""
        minor = 0
        for rate in self.rates:
            last = seats if rate.to_users is None else min(seats, rate.to_users)
            minor += max(0, last - rate.from_users + 1) * rate.each.minor
        return Money.from_minor(minor, self.rates[0].each.currency)


Pricing = BlockPricing | SeatPricing


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """Everything by which a change of users is priced, asked about and charged.

    Args:
        key: Name of the policy, and of its file.
        title: What people call it.
        currency: ISO 4217 code; accounts in another one are for a person.
        numbering: How a band is written: "{from}-{to} Users".
        most_requested: A number beyond this is taken for a slip.
        answer_within_days: After so many days without a yes the quote has expired.
        grace_days: Nothing is prorated when the next bill is at most so many days away.
        idx_only: The block of IDX-only accounts; None where there are no such accounts.
        single_user_step: A single user without a block is open where the next step is this wide.
        approved_by: Role that approves exceptions.
        courtesy_reasons: Why a courtesy user may be free, by key.
        alternatives: What an unhappy client can be offered instead.
        pricings: By key.
        sample: Whether the figures are invented.
    """

    key: str
    title: str
    currency: str
    numbering: str
    most_requested: int
    answer_within_days: int
    grace_days: int
    idx_only: Block | None
    single_user_step: int
    approved_by: str
    courtesy_reasons: Mapping[str, str]
    alternatives: tuple[str, ...]
    pricings: Mapping[str, Pricing]
    sample: bool = field(default=False)

    def pricing(self, key: str) -> Pricing:
        """The pricing of a key.

        Raises:
            PricingUnknown: The policy has no such pricing.
        """
        found = self.pricings.get(key)
        if found is None:
            known = ", ".join(self.pricings)
            raise PricingUnknown(
                f"This is no pricing of {self.title}; expected one of {known}.",
                pointer="/account/pricing",
            )
        return found

    def numbered(self, first: int, last: int) -> str:
        """A band as it stands on a bill: "21-25 Users"."""
        return self.numbering.replace("{from}", str(first)).replace("{to}", str(last))
