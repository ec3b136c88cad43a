"""Making a contract: by hand, from what a client is known to have."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contract_saving import add_contract
from app.db.ids import new_id
from app.db.models import AccountCredit, Client, ContractRecord
from app.domain.actor import Actor
from app.domain.approval import approver_of
from app.domain.contract.errors import TermEmpty, at_line
from app.domain.contract.line import Discount, Line, LineKind
from app.domain.contract.model import OPEN_END, Contract, RenewalTerms, checked
from app.domain.day_count import Basis
from app.domain.errors import ClientNotFound, Forbidden
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod, Days, anchor_on
from app.domain.roles import Role
from app.services.audit import record
from app.services.office import Office


class DiscountNeedsManager(Forbidden):
    """A discount deeper than the one who makes the contract may give."""

    code = "discount_needs_manager"


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line of a contract to be made.

    Attributes:
        product: Its key.
        title: What sentences call it; the key where it is None.
        quantity: Units.
        unit_price: Of one unit for a period, or once.
        kind: Recurring or one-time.
        discount: What comes off.
        period: Its own billing period, where it is another than the contract's.
        anchor: Its own anchor.
        starts_on: First day in force; None takes the contract's.
        ends_on: The day after its last; None takes the contract's.
        bills_from: Its first bill, where something is paid ahead already.
    """

    product: str
    quantity: int
    unit_price: Money
    title: str | None = None
    kind: LineKind = LineKind.RECURRING
    discount: Discount | None = None
    period: BillingPeriod | None = None
    anchor: Anchor | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    bills_from: date | None = None


@dataclass(frozen=True, slots=True)
class NewContract:
    """A contract to be made.

    Attributes:
        client_id: Whose.
        currency: Of every line.
        period: How often it is billed, in advance.
        anchor: When; None takes the first day.
        starts_on: First day.
        ends_on: The day after the last; None where nobody said.
        renewal: What happens at the end.
        notice_days: Days of notice.
        basis: How days are counted; None takes the installation's.
        order_ref: The agreement that it came from.
        lines: At least one.
        takes_account_credit: Whether credit that waits on the client's account goes against it.
    """

    client_id: UUID
    currency: str
    period: BillingPeriod
    anchor: Anchor | None
    starts_on: date
    ends_on: date | None
    renewal: RenewalTerms
    notice_days: int
    basis: Basis | None
    order_ref: str | None
    lines: tuple[NewLine, ...]
    takes_account_credit: bool = False


async def create_contract(
    session: AsyncSession, new: NewContract, *, office: Office, actor: Actor, now: datetime
) -> ContractRecord:
    """Make a contract.

    Args:
        session: The caller commits.
        new: What it is to be.
        office: The installation.
        actor: Who makes it.
        now: The present instant.

    Raises:
        ClientNotFound: There is no such client.
        TermEmpty: It, or a line, would end before it starts.
        DiscountNeedsManager: A discount is deeper than everybody may give.
        LinesMissing, LinesOverlap, LineOutsideTerm, CurrenciesDiffer, LineInvalid: See `checked`.
    """
    client = await session.get(Client, new.client_id)
    if client is None:
        raise ClientNotFound("There is no client with this id.", pointer="/client_id")
    contract = _contract(new, office)
    lines = [_line(contract, each, at) for at, each in enumerate(new.lines)]
    standing = checked(contract, lines)
    _refuse_deep_discount(lines, office, actor)
    made = await add_contract(session, standing, by=actor.name, now=now, change_id=None)
    if new.takes_account_credit:
        await _take_credit(session, contract)
    record(
        session,
        actor=actor,
        action="contract.created",
        subject=("contract", contract.id),
        now=now,
        after={
            "client_id": str(client.id),
            "order_ref": contract.order_ref,
            "starts_on": str(contract.term.start),
            "ends_on": None if contract.is_open_ended else str(contract.term.end),
            "lines": [line.spoken for line in lines],
        },
    )
    return made


def _refuse_deep_discount(lines: list[Line], office: Office, actor: Actor) -> None:
    """What a change would have approved first, a contract made by hand takes a manager for."""
    if actor.role in {None, Role.MANAGER, Role.ADMIN}:
        return
    for at, line in enumerate(lines):
        share = line.discount.share_of(line.gross) if line.discount else None
        approver = approver_of(share, office.catalog.contracts.bands)
        if approver is not None:
            raise DiscountNeedsManager(
                f"The discount of {line.title} is one that a {approver} approves: only a manager "
                "makes a contract with it.",
                pointer=f"/lines/{at}/discount",
                facts={"approver": approver},
            )


def _contract(new: NewContract, office: Office) -> Contract:
    ends_on = new.ends_on or OPEN_END
    if ends_on <= new.starts_on:
        raise TermEmpty("The contract would end before it starts.", pointer="/ends_on")
    anchor = new.anchor or anchor_on(new.starts_on, new.period)
    return Contract(
        id=new_id(),
        client_id=new.client_id,
        currency=new.currency,
        period=new.period,
        anchor=anchor.placed_in(new.starts_on.month) if new.period in _LONG else anchor,
        term=Days(new.starts_on, ends_on),
        ends_on=ends_on,
        renewal=new.renewal,
        notice_days=new.notice_days,
        basis=new.basis or office.catalog.contracts.basis,
        term_day=new.starts_on.day,
        order_ref=new.order_ref,
    )


_LONG = (BillingPeriod.QUARTER, BillingPeriod.YEAR)


def _line(contract: Contract, new: NewLine, at: int) -> Line:
    start, end = new.starts_on or contract.term.start, new.ends_on or contract.term.end
    with at_line(at):
        if end <= start:
            raise TermEmpty("The line would end before it starts.", pointer="/to")
        return Line(
            id=new_id(),
            product=new.product,
            title=new.title or new.product,
            quantity=new.quantity,
            unit_price=new.unit_price,
            kind=new.kind,
            period=new.period or contract.period,
            anchor=new.anchor or contract.anchor,
            days=Days(start, end),
            billed_from=new.bills_from or start,
            billed_to=end,
            until=end,
            discount=new.discount,
        )


async def _take_credit(session: AsyncSession, contract: Contract) -> None:
    waiting = await session.scalars(
        select(AccountCredit)
        .where(
            AccountCredit.client_id == contract.client_id,
            AccountCredit.contract_id.is_(None),
            AccountCredit.currency == contract.currency,
        )
        .with_for_update()
    )
    for credit in waiting:
        credit.contract_id = contract.id
        credit.available_on = max(credit.available_on, contract.term.start)
