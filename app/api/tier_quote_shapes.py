"""Changes of users as they are answered."""

from typing import Any

from pydantic import Field

from app.db.models import TierQuote
from app.domain.tiers.flow import QuoteState
from app.domain.tiers.outcome import Case, Outcome
from app.queries.tier_quotes import WaitingView
from app.web.bodies import Out
from app.web.money_fields import MoneyOut
from app.web.scalars import Day, Id, Instant


class PricedOut(Out):
    """A band and its price for one billing period."""

    band: str = Field(examples=["21-25"])
    money: MoneyOut


class ProratedOut(Out):
    """What the rest of the billing cycle costs: the days [from, to)."""

    money: MoneyOut
    days: int
    of_days: int
    from_: Day = Field(validation_alias="from", serialization_alias="from")
    to: Day


class WaitingOut(Out):
    """One thing that a person has to do."""

    code: str = Field(examples=["charge_by_hand"])
    detail: str


class TierQuoteOut(Out):
    """A request for other users: what it came to, and how far it went."""

    id: Id
    version: int
    reference: str = Field(description="As letters, notes and the card's statement name it.")
    policy: str
    account_id: Id | None
    outcome: Outcome
    case: Case | None = Field(description="The rule that priced it.")
    reason: str | None = Field(description="Stable code of why it has no price, or has ended.")
    detail: str | None = Field(description="The same in a sentence.")
    goes_to: str | None = Field(description="Who takes it on, where it is handed over.")
    from_: PricedOut = Field(validation_alias="from", serialization_alias="from")
    to: PricedOut | None
    effective_on: Day | None = Field(description="From when the new band serves.")
    price_from: Day | None = Field(description="From when the new price is billed.")
    prorated: ProratedOut | None = Field(description="What is charged now.")
    waived: ProratedOut | None = Field(description="What Billing does not charge.")
    limit: int | None = Field(description="Users that the site allows, courtesy users counted.")
    description: str | None = Field(description="On the bill.", examples=["21-25 Users"])
    approvals: list[str] = Field(description="What a person approves first.")
    decisions: dict[str, Any] = Field(description="What became of the approvals.")
    steps: list[str] = Field(description="The reckoning in words.")
    alternatives: list[str]
    state: QuoteState
    waits_for: list[WaitingOut] = Field(description="What a person has to do now.")
    charge: dict[str, Any] | None
    application: dict[str, Any] | None = Field(description="In the client's own system.")
    credit: dict[str, Any] | None = Field(description="Money back: due once approved, or given.")
    letters: dict[str, Any] = Field(description="The two e-mails: costs and recap.")
    to_tell: dict[str, str] | None = Field(
        description="The e-mail that a person is to send, where one is."
    )
    source: str
    conversation_ref: str | None
    requested_users: int
    requested_on: Day
    expires_at: Instant
    created_at: Instant
    answered_at: Instant | None
    charged_at: Instant | None
    apply_on: Day | None = Field(description="A decrease waits for this day.")
    applied_at: Instant | None
    confirmed_at: Instant | None
    superseded_by: Id | None


def quote_out(
    row: TierQuote, reference: str, waiting: list[WaitingView], to_tell: dict[str, str] | None
) -> TierQuoteOut:
    """A quote as it is answered."""
    own = {
        name: getattr(row, name)
        for name in TierQuoteOut.model_fields
        if name in TierQuote.__table__.columns and name != "case"
    }
    return TierQuoteOut.model_validate(
        {
            **row.quote,
            **own,
            "reason": row.reason,
            "reference": reference,
            "decisions": row.approvals,
            "approvals": row.quote["approvals"],
            "requested_users": row.asked["users"],
            "waits_for": waiting,
            "to_tell": to_tell,
        }
    )
