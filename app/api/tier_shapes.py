"""Accounts and requests of user tiers as they come in."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from app.api.shapes import absent
from app.domain.period import BillingPeriod
from app.domain.tiers.account import (
    Account,
    Band,
    CardRow,
    Contract,
    Courtesy,
    Credit,
    Exceptions,
    Site,
    Started,
)
from app.web.bodies import Body
from app.web.money_fields import MoneyIn
from app.web.scalars import (
    Day,
    Email,
    Id,
    Name,
    Reason,
    Ref,
    Slug,
    StrictBool,
    StrictInt,
    Text,
    refuse,
)

MONEY = {"amount": "349.95", "currency": "USD"}
ACCOUNT_EXAMPLE: dict[str, Any] = {
    "pricing": "legacy",
    "idx_only": False,
    "band": {"from": 1, "to": 10},
    "price": MONEY,
    "started": {"band": {"from": 1, "to": 10}, "price": MONEY, "discounted": False},
    "bands_used": 1,
    "cap_offered_in_writing": False,
    "contract": None,
    "next_billing_on": "2027-01-01",
    "billing_period": "month",
    "site": {"database": "db-7", "site_id": "site-42"},
}
QUOTE_EXAMPLE: dict[str, Any] = {
    "account": ACCOUNT_EXAMPLE,
    "requested_users": 25,
    "requested_on": "2026-12-06",
}


class BandIn(Body):
    """The users that a price holds for, both ends counted."""

    first: StrictInt = Field(alias="from")
    last: StrictInt = Field(alias="to")

    def band(self) -> Band:
        """The band."""
        return Band(self.first, self.last)


class CardRowIn(BandIn):
    """One row of a contract's rate card."""

    price: MoneyIn


class ContractIn(Body):
    """The contract that runs; what is left out makes the request a person's."""

    payments_due: StrictInt | None = None
    payments_made: StrictInt | None = None
    last_payment_on: Day | None = None
    rate_card: Annotated[list[CardRowIn], Field(max_length=100)] | None = None

    def contract(self) -> Contract:
        """The contract."""
        rows = self.rate_card
        return Contract(
            self.payments_due,
            self.payments_made,
            self.last_payment_on,
            None if rows is None else tuple(CardRow(row.band(), row.price) for row in rows),
        )


class StartedIn(Body):
    """How the client began."""

    band: BandIn
    price: MoneyIn
    discounted: StrictBool = False


class SiteIn(Body):
    """Where the limit of users is set."""

    database: Ref
    site_id: Ref


class AccountIn(Body):
    """An account's facts, as they were read."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACCOUNT_EXAMPLE]})

    pricing: Slug = Field(description="A pricing of the policy: legacy, core or growth.")
    idx_only: StrictBool = False
    band: BandIn
    price: MoneyIn = Field(description="What the client pays now, for one billing period.")
    started: StartedIn | None = None
    bands_used: StrictInt | None = Field(
        None, description="Bands used so far, the current one counted."
    )
    cap_offered_in_writing: StrictBool = False
    contract: ContractIn | None = Field(
        default_factory=absent,
        description="Null means that none is running; left out, that nobody knows.",
    )
    next_billing_on: Day | None = None
    billing_period: BillingPeriod = BillingPeriod.MONTH
    site: SiteIn | None = None
    site_relation: Slug | None = Field(None, description="parent or child, where the site is one.")
    courtesy_users: StrictInt = Field(0, description="Free users beside the band.")

    def account(self) -> Account:
        """The account."""
        started = self.started
        return Account(
            pricing=self.pricing,
            band=self.band.band(),
            price=self.price,
            billing_period=self.billing_period,
            next_billing_on=self.next_billing_on,
            contract=self.contract.contract() if self.contract else None,
            contract_known="contract" in self.model_fields_set,
            idx_only=self.idx_only,
            started=Started(started.band.band(), started.price, started.discounted)
            if started
            else None,
            bands_used=self.bands_used,
            cap_offered_in_writing=self.cap_offered_in_writing,
            site_relation=self.site_relation,
            courtesy_users=self.courtesy_users,
            site=Site(self.site.database, self.site.site_id) if self.site else None,
        )


class ContactIn(Body):
    """Who is written to."""

    name: Name | None = Field(None, description="Of the client company.")
    contact_name: Name | None = None
    email: Email | None = None
    language: Annotated[str, Text(max=10)] | None = None


class PaymentIn(Body):
    """The card on file, by the vendor's ids; its number has no place here."""

    customer_ref: Ref
    payment_method_ref: Ref


class CourtesyIn(Body):
    """A free user beside the band."""

    why: Slug = Field(description="A reason of the policy: partner_platform, roster_only ...")
    reason: Reason


class CreditIn(Body):
    """Money to be given back, once it is approved."""

    money: MoneyIn
    reason: Reason


class ExceptionsIn(Body):
    """What is asked for beside the rule; each with its reason."""

    single_user: Reason | None = Field(None, description="One user without a block.")
    old_pricing: Reason | None = Field(None, description="The price of a contract just ended.")
    waive_prorated: Reason | None = Field(None, description="Billing does not charge the rest.")
    credit: CreditIn | None = None
    courtesy_user: CourtesyIn | None = None

    def exceptions(self) -> Exceptions:
        """The exceptions."""
        credit, courtesy = self.credit, self.courtesy_user
        return Exceptions(
            single_user=self.single_user,
            old_pricing=self.old_pricing,
            credit=Credit(credit.money, credit.reason) if credit else None,
            waive_prorated=self.waive_prorated,
            courtesy=Courtesy(courtesy.why, courtesy.reason) if courtesy else None,
        )


class SourcesIn(Body):
    """Where the contract facts were read."""

    proposal: Ref | None = None
    past_invoices: Ref | None = None


class QuoteIn(Body):
    """A request for other users: of an account as it is given, or of a stored one."""

    model_config = ConfigDict(json_schema_extra={"examples": [QUOTE_EXAMPLE]})

    account: AccountIn | None = None
    account_id: Id | None = Field(None, description="A stored account instead.")
    requested_users: StrictInt
    requested_on: Day | None = Field(None, description="Today, where it is left out.")
    policy: Annotated[str, Text(max=63)] = "user-tiers"
    exceptions: ExceptionsIn = Field(default_factory=ExceptionsIn)
    unhappy: StrictBool = Field(False, description="Lists what else the client can do.")
    wants_current_pricing: StrictBool = False
    client: ContactIn = Field(default_factory=ContactIn)
    payment: PaymentIn | None = None
    sources: SourcesIn = Field(default_factory=SourcesIn)
    conversation_ref: Ref | None = Field(
        None, description="The helpdesk's conversation in which the client is answered."
    )

    @model_validator(mode="after")
    def _one_account(self) -> "QuoteIn":
        if (self.account is None) == (self.account_id is None):
            raise refuse("account_unclear", "Give either account or account_id.")
        return self
