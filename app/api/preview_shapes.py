"""What a preview answers with: everything that an agreement would make, and what would follow."""

from datetime import datetime
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from app.api.plan_shapes import PlanOut
from app.api.timeline_shapes import TimelineEntryOut
from app.domain.billed_service import BilledService
from app.domain.cutover import Side
from app.domain.cutover_plan import ServiceCutOver
from app.domain.period import BillingPeriod, Days
from app.domain.reckoning import Reckoning, ReckoningKind
from app.domain.three_bills import Bill, BillRow, ThreeBills
from app.web.bodies import Out
from app.web.money_fields import MoneyOut
from app.web.scalars import Day, Instant


class DaysOut(Out):
    """Days [from, to)."""

    from_: Day = Field(serialization_alias="from")
    to: Day

    @classmethod
    def of(cls, days: Days) -> Self:
        """The run of days, half-open as the rules keep it."""
        return cls(from_=days.start, to=days.end)


class LocalTimesOut(Out):
    """One instant on three clocks."""

    at: Instant
    client: str = Field(description="Where the client is.", examples=["2026-12-07T00:00:00+10:00"])
    organisation: str = Field(
        description="Where the organisation is.", examples=["2026-12-07T01:00:00+11:00"]
    )

    @classmethod
    def of(cls, at: datetime, client: ZoneInfo, organisation: ZoneInfo) -> Self:
        """The instant on the clocks of both zones."""
        return cls(
            at=at,
            client=at.astimezone(client).isoformat(timespec="seconds"),
            organisation=at.astimezone(organisation).isoformat(timespec="seconds"),
        )


class PlanDatesOut(Out):
    """The plan's dates, on the clocks of the client and of the organisation."""

    timezone: str = Field(description="The client's zone, in which all days are counted.")
    organisation_timezone: str
    live_on: Day | None
    live_at: LocalTimesOut | None
    window_opens_at: LocalTimesOut | None


class BoardItemOut(Out):
    """An item of the board: a task, its person and its day."""

    title: str
    assignee: str | None
    due_on: Day | None


class BoardGroupOut(Out):
    """A group that stays on the board, with its items."""

    title: str
    items: list[BoardItemOut]


class BoardPreviewOut(Out):
    """The board as it would be; what else its template holds is added when it is copied."""

    state: Literal["none", "awaited", "intended", "filling", "ready", "by_hand"]
    name: str | None = Field(description="Null where an automation names it.")
    groups: list[BoardGroupOut]
    removed_groups: list[str] = Field(description="Groups that the movement does not need.")


class EmailPreviewOut(Out):
    """An e-mail to the client as it would be sent."""

    kind: Literal["email.begun", "email.complete"]
    at: Instant | None = Field(description="When it leaves; null where people decide that.")
    note: str = Field(description="When it leaves, in words.")
    to: str
    cc: list[str]
    subject: str
    text: str
    html: str
    by_hand: bool = Field(description="A person sends it: no helpdesk is connected.")


class MessagePreviewOut(Out):
    """A chat message as it would be posted."""

    occasion: str = Field(examples=["begun"])
    room: str = Field(description="The role whose room it is.")
    at: Instant
    only_if: str | None = Field(description="On what it depends; null where it is certain.")
    text: str = Field(description="In the chat's own markup.")
    by_hand: bool = Field(description="A person passes it on: no chat is connected.")


class LeftOverOut(Out):
    """A credit or a charge for the days [from, to), and how it comes about."""

    kind: ReckoningKind
    money: MoneyOut | None = Field(description="Null where the price is not known.")
    days: int
    of_days: int
    price: MoneyOut | None
    from_: Day = Field(serialization_alias="from")
    to: Day
    sentence: str

    @classmethod
    def of(cls, row: Reckoning) -> Self:
        """A row of a cut-over."""
        return cls(
            kind=row.kind,
            money=row.money,
            days=row.days,
            of_days=row.of_days,
            price=row.price,
            from_=row.span.start,
            to=row.span.end,
            sentence=row.sentence,
        )


class BillingOut(Out):
    """How a service is billed, in advance."""

    price: MoneyOut | None = Field(description="Of one billing period; null where not known.")
    billing_period: BillingPeriod
    anchor: str = Field(examples=["thursday"])
    paid_through: Day | None = Field(description="Null where nobody told.")

    @classmethod
    def of(cls, bill: BilledService) -> Self:
        """The billing of a service."""
        return cls(
            price=bill.price,
            billing_period=bill.period,
            anchor=bill.anchor.text(bill.period),
            paid_through=bill.paid_through,
        )


class ServiceCutOverOut(Out):
    """How one service of the old package is billed, and how it ends."""

    service: str
    title: str
    told: bool = Field(description="Whether anybody told how it is billed.")
    assumed: list[str] = Field(description="What is taken for granted, in sentences.")
    billing: BillingOut
    safe: list[DaysOut] = Field(description="When ending it is safe; empty where never.")
    side: Side = Field(description="What its paid days come to at the live date.")
    switched: bool = Field(description="Whether the preferred side could not be had.")
    left_over: list[LeftOverOut]
    note: str

    @classmethod
    def of(cls, one: ServiceCutOver) -> Self:
        """A service's part of the cut-over plan."""
        return cls(
            service=one.bill.service,
            title=one.bill.title,
            told=one.told,
            assumed=list(one.assumed),
            billing=BillingOut.of(one.bill),
            safe=[DaysOut.of(days) for days in one.plan.safe_spans],
            side=one.plan.side,
            switched=one.plan.switched,
            left_over=[LeftOverOut.of(row) for row in one.plan.rows],
            note=one.plan.note,
        )


class ServiceBesideOut(Out):
    """A service that the client buys beside the old package: it stays, and is billed as it was."""

    service: str
    billing: BillingOut


class BillRowOut(Out):
    """One line of a bill, for the days [from, to)."""

    kind: ReckoningKind
    service: str
    title: str
    money: MoneyOut | None = Field(description="Never negative; null where nobody knows it.")
    billed_on: Day | None = Field(
        description="Null for what is settled in the window, or was billed far ahead."
    )
    days: int
    of_days: int = Field(description="Of the whole billing period.")
    from_: Day = Field(serialization_alias="from")
    to: Day
    sentence: str

    @classmethod
    def of(cls, row: BillRow) -> Self:
        """A line of a bill."""
        return cls(
            kind=row.kind,
            service=row.service,
            title=row.title,
            money=row.money,
            billed_on=row.billed_on,
            days=row.span.length,
            of_days=row.of_days,
            from_=row.span.start,
            to=row.span.end,
            sentence=row.sentence,
        )


class BillOut(Out):
    """A bill with its lines and what they come to."""

    rows: list[BillRowOut]
    total: MoneyOut | None = Field(
        description="What the client pays, credits taken off, so below zero where they get money "
        "back; null where an amount is not known or the currencies differ."
    )
    sentence: str

    @classmethod
    def of(cls, bill: Bill) -> Self:
        """One of the three bills."""
        rows = [BillRowOut.of(row) for row in bill.rows]
        return cls(rows=rows, total=bill.total, sentence=bill.sentence)


class ThreeBillsOut(Out):
    """What the client is billed around the live date, for the whole package."""

    last_old: BillOut = Field(description="The last bill of each old service before it.")
    change_over: BillOut = Field(description="Credits and charges between the two packages.")
    first_new: BillOut = Field(description="The first bill of the new package.")

    @classmethod
    def of(cls, bills: ThreeBills) -> Self:
        """The three bills."""
        return cls(
            last_old=BillOut.of(bills.last_old),
            change_over=BillOut.of(bills.change_over),
            first_new=BillOut.of(bills.first_new),
        )


class PreviewOut(Out):
    """Everything that an agreement would make; nothing of it is stored, and nothing sent."""

    created: bool = Field(
        description="Whether a plan would be made; if not, `plan` is the one that the agreement "
        "has, and the rest is empty."
    )
    plan: PlanOut = Field(
        description="As it would be, with tasks, adjustments and what blocks it. Its ids and its "
        "ref are made for the preview and mean nothing afterwards."
    )
    dates: PlanDatesOut
    board: BoardPreviewOut | None = Field(description="Null where nothing begins yet.")
    emails: list[EmailPreviewOut]
    messages: list[MessagePreviewOut]
    cut_over: list[ServiceCutOverOut]
    stays: list[ServiceBesideOut]
    bills: ThreeBillsOut | None = Field(description="Null without a live date.")
    timeline: list[TimelineEntryOut] = Field(description="What would come, in order.")
