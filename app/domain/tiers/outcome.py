"""What a request for other users comes to, and the ways in which a rule can answer it."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.domain.money import Money
from app.domain.period import Days
from app.domain.tiers.account import Band


class Outcome(StrEnum):
    """What becomes of a request."""

    QUOTED = "quoted"
    CUSTOM_PRICING = "custom_pricing"
    NEEDS_REVIEW = "needs_review"
    REFUSED = "refused"
    UNCHANGED = "unchanged"


class Case(StrEnum):
    """Which rule priced a request."""

    UP_IN_CONTRACT = "up_in_contract"
    UP = "up_out_of_contract"
    UP_CAPPED = "up_to_the_cap"
    UP_OLD_PRICING = "up_at_old_pricing"
    SINGLE_USER = "single_user"
    DOWN_IN_CONTRACT = "down_in_contract"
    DOWN = "down_out_of_contract"
    DOWN_TO_FLOOR = "down_to_the_floor"
    SAME_BAND = "same_band"


class Approval(StrEnum):
    """What only the policy's approver may grant."""

    CAPPED_PRICE = "capped_price"
    CREDIT = "credit"
    SINGLE_USER = "single_user"
    OLD_PRICING = "old_pricing"


@dataclass(frozen=True, slots=True)
class Ending:
    """A request that gets no price, and why.

    Args:
        outcome: What it comes to.
        reason: Stable code.
        detail: One sentence for a person.
        goes_to: Who takes it on, where the policy names somebody.
    """

    outcome: Outcome
    reason: str
    detail: str
    goes_to: str | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """The new band and what it costs for one billing period.

    Args:
        case: The rule that gave it.
        band: What the client will have.
        price: What they will pay.
        steps: How it was reckoned, in words.
        approvals: What a person has to approve first.
        limit: Users that the site allows, courtesy users not counted.
    """

    case: Case
    band: Band
    price: Money
    steps: tuple[str, ...]
    approvals: tuple[Approval, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Prorated:
    """What the rest of the billing cycle costs.

    Args:
        money: The difference for the days that remain.
        span: Those days, the day of the change counted, up to the next billing date.
        of_days: Days in the billing cycle.
    """

    money: Money
    span: Days
    of_days: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer to a request, with every step of its reckoning.

    Args:
        outcome: What it comes to.
        case: The rule that priced it; None where it has no price.
        reason: Stable code of why it has none.
        detail: The same in a sentence.
        goes_to: Who takes it on, where it is handed over.
        from_band: What the client has.
        from_price: What they pay.
        to_band: What they will have.
        to_price: What they will pay from `price_from` on.
        effective_on: From when the new band serves.
        price_from: From when the new price is billed.
        prorated: What is charged now; None for nothing.
        waived: What would be charged now, had Billing not waived it.
        limit: Users that the site allows, courtesy users counted.
        description: The band as it stands on a bill.
        approvals: What a person has to approve before it goes on.
        steps: The reckoning in words.
        alternatives: What an unhappy client can do instead.
    """

    outcome: Outcome
    case: Case | None
    reason: str | None
    detail: str | None
    goes_to: str | None
    from_band: Band
    from_price: Money
    to_band: Band | None = None
    to_price: Money | None = None
    effective_on: date | None = None
    price_from: date | None = None
    prorated: Prorated | None = None
    waived: Prorated | None = None
    limit: int | None = None
    description: str | None = None
    approvals: tuple[Approval, ...] = ()
    steps: tuple[str, ...] = field(default=())
    alternatives: tuple[str, ...] = ()

    @property
    def is_rise(self) -> bool:
        """Whether the band grows, which works from the moment it is applied."""
        return self.to_band is not None and self.to_band.last > self.from_band.last
