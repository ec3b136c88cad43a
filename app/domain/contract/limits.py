"""What a change cannot be reckoned for: refused, where the cents would be wrong."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from app.domain.contract.change import ChangeKind, ChangeOrder
from app.domain.contract.editing import Replaced
from app.domain.contract.errors import FieldUnfit, LinesOverlap, NotBilledYet
from app.domain.contract.line import Line
from app.domain.contract.model import Contract

_UNFIT: Final[Mapping[ChangeKind, tuple[str, ...]]] = {
    ChangeKind.UPGRADE: ("stated_credit",),
    ChangeKind.DOWNGRADE: ("stated_credit",),
    ChangeKind.RENEWAL: ("stated_credit", "billing_from"),
    ChangeKind.RECAST: ("billing_from",),
    ChangeKind.TERMINATION: ("edits", "ends_on", "term_months", "stated_credit", "billing_from"),
}
_DAY: Final = timedelta(days=1)
_NAMES: Final = {"edits": "lines", "stated_credit": "credit"}


def refuse_unfit(order: ChangeOrder) -> None:
    """What a kind of change does not have is refused, not left out in silence.

    Raises:
        FieldUnfit: A field that the kind does not have, or two that say the same.
    """
    for field in _UNFIT[order.kind]:
        if getattr(order, field) not in {None, ()}:
            name = _NAMES.get(field, field)
            raise FieldUnfit(f"A {order.kind} has no {name}.", pointer=f"/{name}")
    if order.ends_on is not None and order.term_months is not None:
        raise FieldUnfit("A term has an end or a length: name one.", pointer="/term_months")
    if order.stated_credit is not None and order.stated_credit.minor < 0:
        raise FieldUnfit("A credit is not below zero.", pointer="/credit")
    for at, edit in enumerate(order.edits):
        if edit.quantity is not None and edit.add is not None:
            raise FieldUnfit(
                f"{edit.product} becomes a quantity, or gets more: name one.",
                pointer=f"/lines/{at}/add",
            )


def refuse_rewriting(
    contract: Contract,
    replaced: Iterable[Replaced],
    later: Mapping[str, date],
    effective_on: date,
    today: date,
) -> None:
    """A change does not reach back before what a later one has done to the same product.

    Args:
        contract: The contract.
        replaced: Its products before and after.
        later: When the next line of a product begins, where it has one.
        effective_on: First day of the change.
        today: The day on which it was entered.

    Raises:
        LinesOverlap: The line was altered or ended since.
    """
    for each in replaced:
        old = each.old
        is_cut = old is not None and old.days.end < min(old.until, contract.ends_on)
        if old is not None and effective_on < today and _takes_its_bills(old, effective_on, today):
            raise LinesOverlap(
                f"{each.product} begins on {effective_on} itself, and was billed since: a change "
                "of that day would take those bills away. Make it from the day after on.",
                pointer="/effective_on",
                facts={"product": each.product, "on": str(effective_on)},
            )
        end = min(later.get(each.product, date.max), old.days.end if old else date.max)
        if is_cut or (effective_on < today and end <= today):
            raise LinesOverlap(
                f"{each.product} changes on {end} already: a change of {effective_on} would "
                "reach into that. Make a new one from that day on.",
                pointer="/effective_on",
                facts={"product": each.product, "on": str(end)},
            )


def _takes_its_bills(old: Line, effective_on: date, today: date) -> bool:
    """Whether nothing would be left of a line that has bills that were made out."""
    return old.days.start >= effective_on and old.billed_from < min(today + _DAY, old.billed_to)


def refuse_unbilled(lines: Iterable[Line], on: date, over: Iterable[Line] = ()) -> None:
    """No change before a line's first bill, where nothing says what was paid for the days.

    Args:
        lines: That the change ends or alters.
        on: First day of the new price.
        over: Lines that are over; one of the same product may be billed still.

    Raises:
        NotBilledYet: Days would be billed twice, or a price that begins later would begin now.

    Source: docs/domain/contracts.md, "What is refused".
    """
    billed_still = {line.product for line in over if line.days.end <= on < line.billed_to}
    for line in lines:
        is_known = line.billed_from <= on or (line.ahead is not None and on in line.ahead.days)
        matters = line.price.minor or line.product in billed_still
        if line.is_recurring and not is_known and matters:
            raise NotBilledYet(
                f"The first bill of {line.spoken} is of {line.billed_from}: a new price begins "
                "on that day or later.",
                pointer="/billing_from",
                facts={"product": line.product, "billed_from": str(line.billed_from)},
            )
