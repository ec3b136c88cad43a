"""What is known of an account when a change of users is asked for, and what was asked."""

from dataclasses import dataclass, field
from datetime import date

from app.domain.money import Money
from app.domain.period import BillingPeriod


@dataclass(frozen=True, slots=True, order=True)
class Band:
    """The users that a price holds for, both ends counted."""

    first: int
    last: int

    @property
    def is_sound(self) -> bool:
        """Whether it holds anybody."""
        return 1 <= self.first <= self.last

    def __contains__(self, users: int) -> bool:
        return self.first <= users <= self.last

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class CardRow:
    """One row of a contract's own rate card."""

    band: Band
    price: Money


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract that runs, as it was read; a part that nobody knows is None.

    Args:
        payments_due: How many payments were contracted.
        payments_made: How many are made.
        last_payment_on: Day of the last one; None where none is made yet.
        rate_card: In any order.
    """

    payments_due: int | None
    payments_made: int | None
    last_payment_on: date | None
    rate_card: tuple[CardRow, ...] | None

    def missing(self) -> tuple[str, ...]:
        """The names of the facts that are not known."""
        names = []
        if self.payments_due is None:
            names.append("payments_due")
        if self.payments_made is None:
            names.append("payments_made")
        if self.last_payment_on is None and self.payments_made != 0:
            names.append("last_payment_on")
        if not self.rate_card:
            names.append("rate_card")
        return tuple(names)


@dataclass(frozen=True, slots=True)
class Started:
    """How the client began: the band, its price, and whether that was a discount."""

    band: Band
    price: Money
    discounted: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """Where the limit of users is set: the database, and the site in it."""

    database: str
    site_id: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account's facts; what nobody knows is None.

    Args:
        pricing: Key of a pricing of the policy.
        band: What the client has now.
        price: What they pay for it, for one billing period.
        billing_period: How often.
        next_billing_on: The next bill's day.
        contract: The one that runs; None where none does.
        contract_known: False where nobody said whether one runs.
        idx_only: Whether the account is one of the wide blocks.
        started: How it began.
        bands_used: Bands used so far, the current one counted.
        cap_offered_in_writing: Whether the client was ever promised the cap.
        site_relation: "parent" or "child", where the site is one.
        courtesy_users: Free users beside the band.
        site: Where the limit is set.
    """

    pricing: str
    band: Band
    price: Money
    billing_period: BillingPeriod
    next_billing_on: date | None
    contract: Contract | None = None
    contract_known: bool = True
    idx_only: bool = False
    started: Started | None = None
    bands_used: int | None = None
    cap_offered_in_writing: bool = False
    site_relation: str | None = None
    courtesy_users: int = 0
    site: Site | None = None


@dataclass(frozen=True, slots=True)
class Courtesy:
    """A free user: why, by a key of the policy, and in words."""

    why: str
    reason: str


@dataclass(frozen=True, slots=True)
class Credit:
    """Money to be given back, and why."""

    money: Money
    reason: str


@dataclass(frozen=True, slots=True)
class Exceptions:
    """What was asked for beside the rule; a reason stands for the asking.

    Args:
        single_user: One user without a block.
        old_pricing: The price of a contract that has just ended.
        credit: Money back.
        waive_prorated: Not charging the rest of this billing cycle.
        courtesy: A free user.
    """

    single_user: str | None = None
    old_pricing: str | None = None
    credit: Credit | None = None
    waive_prorated: str | None = None
    courtesy: Courtesy | None = None

    def reasons(self) -> dict[str, str]:
        """Every exception that was asked for, with its reason."""
        asked = {
            "single_user": self.single_user,
            "old_pricing": self.old_pricing,
            "credit": self.credit.reason if self.credit else None,
            "waive_prorated": self.waive_prorated,
            "courtesy_user": self.courtesy.reason if self.courtesy else None,
        }
        return {kind: reason for kind, reason in asked.items() if reason is not None}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Args:
        users: How many users the client wants.
        on: The day of the request, in the client's zone; a rise is reckoned from it.
        exceptions: What else was asked for.
        unhappy: Whether to list what else the client can do.
        current_pricing: Whether the client wants today's pricing instead of their contract's.
    """

    users: int
    on: date
    exceptions: Exceptions = field(default_factory=Exceptions)
    unhappy: bool = False
    current_pricing: bool = False
