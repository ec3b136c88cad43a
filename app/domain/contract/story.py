"""The story of a contract in order of days: what began, changed and ended, and what is to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.calendar import spoken
from app.domain.contract.change import PENDING, ChangeKind, ChangeState
from app.domain.contract.line import Line
from app.domain.contract.model import RenewalTerms, Standing
from app.domain.period import BillingPeriod

_DAY: Final = timedelta(days=1)


class EntryKind(StrEnum):
    """What an entry of the story tells."""

    STARTED = "started"
    CHANGE = "change"
    BILLING = "billing"
    RENEWS = "renews"
    ENDS = "ends"


@dataclass(frozen=True, slots=True)
class Told:
    """A change, as the story tells it.

    Args:
        id: Ours.
        kind: What it is.
        state: Where it stands.
        signed_on: When it was agreed.
        effective_on: First day of the new state.
        billing_from: First day of the new price.
        before: The lines that it ends or alters, in words.
        after: The lines that it opens, in words.
        order_ref: The agreement that it came from.
        by: Who entered it.
        approved_by: Who approved it.
        reason: Why it was stopped or withdrawn.
    """

    id: UUID
    kind: ChangeKind
    state: ChangeState
    signed_on: date
    effective_on: date
    billing_from: date
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    order_ref: str | None = None
    by: str | None = None
    approved_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the story.

    Args:
        on: The day.
        kind: What it tells.
        text: In plain English.
        change_id: The change that it is about.
        state: Where that stands.
    """

    on: date
    kind: EntryKind
    text: str
    change_id: UUID | None = None
    state: ChangeState | None = None


def story(first: Standing, now: Standing, changes: Sequence[Told]) -> tuple[Entry, ...]:
    """Tell a contract from its first day to its last, pending changes in their places (C3).

    Args:
        first: The contract as it was signed.
        now: The contract as it stands.
        changes: All of them.

    Source: docs/domain/contracts.md, "What a person asks".
    """
    entries = [_started(first)]
    for told in changes:
        entries += _of_change(told)
    entries += _end(now, changes)
    return tuple(sorted(entries, key=lambda entry: entry.on))


def _started(first: Standing) -> Entry:
    lines = ", ".join(said_of(line) for line in first.on(first.contract.term.start))
    order = f", by {first.contract.order_ref}" if first.contract.order_ref else ""
    start = first.contract.term.start
    return Entry(start, EntryKind.STARTED, f"The contract starts{order}: {lines or 'no lines'}.")


_ENDING: Final = frozenset({ChangeKind.TERMINATION, ChangeKind.RECAST})


def _end(now: Standing, changes: Sequence[Told]) -> Iterator[Entry]:
    contract = now.contract
    pending = [told for told in changes if told.state in PENDING]
    ending = [told.effective_on for told in pending if told.kind in _ENDING]
    if ending:
        end = min(*ending, contract.ends_on)
        said = f"The contract ends; its last day is {spoken(end - _DAY)}, by what is signed."
        yield Entry(end, EntryKind.ENDS, said)
        return
    if any(told.kind is ChangeKind.RENEWAL for told in pending):
        last = spoken(contract.ends_on - _DAY)
        said = f"The contract's last day is {last}; a signed renewal follows it."
        yield Entry(contract.ends_on, EntryKind.RENEWS, said)
        return
    if contract.is_open_ended and contract.ends_on == contract.term.end:
        return
    last = spoken(contract.ends_on - _DAY)
    renews = contract.renewal is RenewalTerms.AUTOMATIC and contract.ends_on == contract.term.end
    if renews and not contract.is_terminated:
        said = f"The contract renews by itself; its last day is {last}."
        yield Entry(contract.ends_on, EntryKind.RENEWS, said)
        return
    yield Entry(contract.ends_on, EntryKind.ENDS, f"The contract ends; its last day is {last}.")


def _of_change(told: Told) -> Iterator[Entry]:
    yield Entry(told.effective_on, EntryKind.CHANGE, _said(told), told.id, told.state)
    if told.billing_from != told.effective_on and told.state in {*PENDING, ChangeState.IN_FORCE}:
        began = spoken(told.effective_on)
        said = f"The new price of this {told.kind} begins; the service began on {began}."
        yield Entry(told.billing_from, EntryKind.BILLING, said, told.id, told.state)


def _said(told: Told) -> str:
    before, after = _listed(told.before), _listed(told.after)
    what = {
        ChangeKind.TERMINATION: f"the service stops{_stopping(told.before)}",
        ChangeKind.RENEWAL: f"the contract goes on with {after}",
        ChangeKind.RECAST: f"{before} ends, a new contract begins with {after}",
    }.get(told.kind, f"{before} becomes {after}")
    signed = f"signed on {spoken(told.signed_on)}"
    extras = [
        f"by {told.order_ref}" if told.order_ref else "",
        f"entered by {told.by}" if told.by else "",
        f"approved by {told.approved_by}" if told.approved_by else "",
        f"{told.state.replace('_', ' ')}" if told.state is not ChangeState.IN_FORCE else "",
        told.reason or "",
    ]
    about = ", ".join([signed, *(each for each in extras if each)])
    return f"From {spoken(told.effective_on)}, {told.kind}: {what} ({about})."


def _stopping(before: Sequence[str]) -> str:
    # At the contract's end no line is cut: all of them have ended.
    return f": {_listed(before)}" if before else ""


def _listed(lines: Sequence[str]) -> str:
    return " and ".join(lines) or "nothing"


_PER: Final = {period: f" a {period}" for period in BillingPeriod}


def said_of(line: Line) -> str:
    """A line with its price: "150 x Seats at 1,500.00 AUD a month"."""
    per = _PER[line.period] if line.is_recurring else " once"
    off = f", {line.discount.spoken()} off" if line.discount else ""
    return f"{line.spoken} at {line.price.spoken()}{per}{off}"
