"""What callers send of contracts: new ones, and changes of them."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from app.domain.contract.change import Anchoring, ChangeKind, ChangeOrder, LineEdit, When
from app.domain.contract.errors import FieldUnfit, at_line
from app.domain.contract.line import Discount, LineKind
from app.domain.contract.model import RenewalTerms
from app.domain.day_count import Basis
from app.domain.errors import DomainError
from app.domain.period import Anchor, BillingPeriod, parse_anchor
from app.domain.proration import Manner
from app.services.contracts.creating import NewContract, NewLine
from app.web.bodies import Body
from app.web.money_fields import MoneyIn
from app.web.scalars import Day, Id, Name, Ref, Slug, StrictBool, StrictInt, Text, Whole, refuse

_PERCENT = r"^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)$"


def _percent(value: object) -> Decimal:

    if isinstance(value, str) and re.fullmatch(_PERCENT, value, re.ASCII):
        return Decimal(value)
    raise refuse("percent_invalid")


Percent = Annotated[
    Decimal,
    BeforeValidator(_percent),
    WithJsonSchema({"type": "string", "pattern": _PERCENT, "examples": ["12.5"]}),
]


class DiscountIn(Body):
    """What comes off a line: a percentage or an amount."""

    percent: Percent | None = None
    amount: MoneyIn | None = None
    once: StrictBool = Field(False, description="Off the first bill only; no renewal has it.")

    def value(self) -> Discount:
        """As the rules see it."""
        return Discount(self.percent, self.amount, self.once)


class NewLineIn(Body):
    """A line of a new contract."""

    product: Slug
    title: Name | None = None
    quantity: StrictInt = 1
    unit_price: MoneyIn
    kind: LineKind = LineKind.RECURRING
    discount: DiscountIn | None = None
    billing_period: BillingPeriod | None = Field(None, description="Its own, where it has one.")
    anchor: Annotated[str, Text(max=16)] | None = None
    from_: Day | None = Field(None, alias="from", description="First day; the contract's if not.")
    to: Day | None = Field(None, description="The day after its last.")
    first_bill_on: Day | None = Field(None, description="Where it is paid ahead already.")

    def value(self, at: int) -> NewLine:
        """As the service takes it.

        Raises:
            AnchorInvalid: Its anchor is none of its period.
            FieldUnfit: It has an anchor, and no period of its own.
        """
        with at_line(at):
            if self.anchor is not None and self.billing_period is None:
                raise FieldUnfit(
                    "A line's own anchor needs its own billing_period.", pointer="/anchor"
                )
            return NewLine(
                product=self.product,
                quantity=self.quantity,
                unit_price=self.unit_price,
                title=self.title,
                kind=self.kind,
                discount=self.discount.value() if self.discount else None,
                period=self.billing_period,
                anchor=_anchor(self.anchor, self.billing_period),
                starts_on=self.from_,
                ends_on=self.to,
                bills_from=self.first_bill_on,
            )


def _anchor(text: str | None, period: BillingPeriod | None) -> Anchor | None:
    if text is None or period is None:
        return None
    try:
        return parse_anchor(text, period)
    except DomainError as refusal:
        refusal.pointer = "/anchor"
        raise


class NewContractIn(Body):
    """A contract to be made by hand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "client_id": "01a2044b-b4fc-7311-a382-ac96628c5f83",
                    "currency": "AUD",
                    "billing_period": "month",
                    "anchor": "1",
                    "starts_on": "2026-01-01",
                    "ends_on": "2027-01-01",
                    "renewal": "automatic",
                    "notice_days": 30,
                    "order_ref": "PROP-1001",
                    "lines": [
                        {
                            "product": "seats",
                            "title": "Seats",
                            "quantity": 100,
                            "unit_price": {"amount": "10.00", "currency": "AUD"},
                        }
                    ],
                }
            ]
        }
    )

    client_id: Id
    currency: Annotated[str, Text(min=3, max=3)]
    billing_period: BillingPeriod = BillingPeriod.MONTH
    anchor: Annotated[str, Text(max=16)] | None = Field(
        None, description="When it is billed; the day on which it starts, if not said."
    )
    starts_on: Day
    ends_on: Day | None = Field(
        None, description="The day after the term's last; null where nobody said."
    )
    renewal: RenewalTerms = RenewalTerms.MANUAL
    notice_days: Annotated[int, Field(strict=True, ge=0, le=3660)] = 0
    basis: Basis | None = None
    order_ref: Ref | None = None
    lines: Annotated[list[NewLineIn], Field(max_length=2000)]
    take_account_credit: StrictBool = Field(
        False, description="Let credit that waits on the client's account go against its bills."
    )

    def value(self) -> NewContract:
        """As the service takes it.

        Raises:
            AnchorInvalid: Its anchor is none of its period.
        """
        return NewContract(
            client_id=self.client_id,
            currency=self.currency,
            period=self.billing_period,
            anchor=_anchor(self.anchor, self.billing_period),
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            renewal=self.renewal,
            notice_days=self.notice_days,
            basis=self.basis,
            order_ref=self.order_ref,
            lines=tuple(line.value(at) for at, line in enumerate(self.lines)),
            takes_account_credit=self.take_account_credit,
        )


class ContractChangesIn(Body):
    """What is noted of a contract; what its lines cost is changed by changes only."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"unpaid_from": "2026-03-01"}]})

    unpaid_from: Day | None = Field(
        description="Bills of this day or later are unpaid, so credits for their days are held; "
        "null: all are paid, and held credits go."
    )


class EditIn(Body):
    """What a change does to one product: `quantity` it becomes (0 ends it), or units to `add`."""

    product: Slug
    quantity: StrictInt | None = None
    add: StrictInt | None = None
    unit_price: MoneyIn | None = Field(None, description="Needed where the product is new.")
    title: Name | None = None
    kind: LineKind | None = None
    discount: DiscountIn | None = Field(
        None, description="The new discount; null takes it off; left out, it stays."
    )

    def value(self, at: int) -> LineEdit:
        """As the rules see it."""
        with at_line(at):
            return LineEdit(
                product=self.product,
                quantity=self.quantity,
                add=self.add,
                unit_price=self.unit_price,
                title=self.title,
                kind=self.kind,
                discount=self.discount.value() if self.discount else None,
                keeps_discount="discount" not in self.model_fields_set,
            )


class PolicyIn(Body):
    """By which rules the change is reckoned, instead of the installation's."""

    when: When | None = None
    manner: Manner | None = Field(None, description="full, charge_only or none.")
    anchor: Anchoring | None = None


class ChangeIn(Body):
    """A change of a contract."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "upgrade",
                    "effective_on": "2026-03-16",
                    "lines": [{"product": "seats", "quantity": 150}],
                    "dry_run": True,
                }
            ]
        }
    )

    kind: ChangeKind
    effective_on: Day | None = Field(
        None,
        description="First day of the new state; for a termination the first day without service. "
        "Left out: today; for renewals and terminations the contract's end.",
    )
    lines: Annotated[list[EditIn], Field(default_factory=list, max_length=2000)]
    signed_on: Day | None = Field(None, description="When it was agreed; today if not said.")
    billing_from: Day | None = Field(None, description="Where the new price begins later.")
    ends_on: Day | None = Field(None, description="The day after a new contract's term.")
    term_months: Annotated[int, Field(strict=True, ge=1, le=120)] | None = None
    credit: MoneyIn | None = Field(None, description="Of a recast, where the contract states it.")
    policy: PolicyIn = PolicyIn()
    order_ref: Ref | None = Field(None, description="The agreement that it comes from.")
    supersedes: Id | None = Field(None, description="A change not in force that it replaces.")
    base_version: Whole | None = Field(
        None, description="The contract's version that this was decided on, as `If-Match` says it."
    )
    waive_notice: StrictBool = Field(False, description="A manager waives the notice period.")
    dry_run: StrictBool = Field(False, description="Show what it would be, and make nothing.")

    def order(self, today: date) -> ChangeOrder:
        """As the rules see it."""
        return ChangeOrder(
            kind=self.kind,
            signed_on=self.signed_on or today,
            effective_on=self.effective_on,
            edits=tuple(edit.value(at) for at, edit in enumerate(self.lines)),
            billing_from=self.billing_from,
            manner=self.policy.manner,
            when=self.policy.when,
            anchor=self.policy.anchor,
            ends_on=self.ends_on,
            term_months=self.term_months,
            stated_credit=self.credit,
        )
