"""The shape of the section `procedure`: the figures that the upgrade's own code reads."""

from datetime import timedelta

from pydantic import Field

from app.catalog.faults import Fault
from app.catalog.reading import Document
from app.catalog.shapes import Address, Amount, CurrencyCode, Day, Key, Line, Shape, Whole
from app.domain.cutover import Preference
from app.domain.errors import Invalid
from app.domain.money import Money
from app.domain.playbook.upgrade import BillingPolicy, CompleteEmail, Sender


class CompleteEmailShape(Shape):
    """The Complete e-mail."""

    template: Key
    title: Line
    cc: tuple[Address, ...] = Field(description="a list of e-mail addresses")
    sent_by: Sender = Field(description="person or service")


class MoneyShape(Shape):
    """An amount with its currency."""

    amount: Amount
    currency: CurrencyCode


class HoursShape(Shape):
    """`{hours: 4}`."""

    hours: Whole


class BillingShape(Shape):
    """How left-over paid days are settled; no `waive_up_to` means that none is waived."""

    prefer: Preference = Field(description="credit or bridge")
    waive_up_to: MoneyShape | None = None
    answer_within: HoursShape = Field(HoursShape(hours=4), description="a number of hours")


class ProcedureShape(Shape):
    """What the upgrade has beside its steps."""

    live_weekday: Day
    window_days: Whole
    lead_role: Key
    setup_role: Key
    complete_email: CompleteEmailShape = Field(description="template, title, cc, sent_by")
    billing: BillingShape = Field(description="prefer and waive_up_to")


def complete_email_of(shape: CompleteEmailShape) -> CompleteEmail:
    """The Complete e-mail of the section."""
    return CompleteEmail(shape.template, shape.title, shape.cc, shape.sent_by)


def billing_of(
    shape: BillingShape, document: Document, faults: list[Fault]
) -> BillingPolicy | None:
    """The billing policy of the section; None where its amount cannot be."""
    limit = None
    if shape.waive_up_to is not None:
        try:
            limit = Money.of(shape.waive_up_to.amount, shape.waive_up_to.currency)
        except Invalid as wrong:
            path = ("procedure", "billing", "waive_up_to")
            faults.append(document.fault(path, wrong.detail))
            return None
    return BillingPolicy(shape.prefer, limit, timedelta(hours=shape.answer_within.hours))
