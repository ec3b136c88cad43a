"""The timeline of a contract: what is in force on any day, with every change that is signed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from app.domain.contract.change import (
    ChangeKind,
    ChangeOrder,
    ChangePolicy,
    Draft,
    Rights,
    When,
)
from app.domain.contract.drafting import drafted
from app.domain.contract.editing import NewId
from app.domain.contract.errors import BaseGone
from app.domain.contract.line import Line
from app.domain.contract.model import Standing
from app.domain.contract.planned import PlannedLines, planned_draft
from app.domain.contract.reckoned import cut
from app.domain.contract.rows import MoneyRow
from app.domain.contract.succession import Accounts
from app.domain.errors import DomainError

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Signed:
    """A change as it was signed, to be reckoned again on what stands then.

    Args:
        id: Ours.
        order: With the effective day that was settled at signing.
        policy: By which it was reckoned.
        entered_on: The day on which it was entered, in the client's zone.
        rights: What the one who entered it might do.
        base: The lines of the edited products as it found them.
        new_id: Makes the same ids again.
        planned: Of an upgrade of packages, which a plan carries out: what it does to the lines.
    """

    id: UUID
    order: ChangeOrder
    policy: ChangePolicy
    entered_on: date
    rights: Rights
    base: Mapping[str, UUID | None]
    new_id: NewId
    planned: PlannedLines | None = None


@dataclass(frozen=True, slots=True)
class Projected:
    """A contract with its pending changes carried out in the order of their days.

    Args:
        standing: The lines as they will be.
        rows: The money rows of all changes.
        drafts: What each change comes to, by its id.
        conflicts: Why a change could not be carried out as things stand, by its id.
    """

    standing: Standing
    rows: tuple[MoneyRow, ...]
    drafts: Mapping[UUID, Draft]
    conflicts: Mapping[UUID, DomainError]


def redrafted(standing: Standing, signed: Signed, accounts: Accounts) -> Draft:
    """Reckon a signed change again on what stands now, if its base is still there (C4).

    Raises:
        BaseGone: A line that it alters was ended or altered by another change.
        DomainError: It no longer holds, for any other reason.

    Source: docs/domain/contracts.md, C4 and "Three dates, kept apart".
    """
    if signed.planned is not None:
        on = _effective(signed)
        return planned_draft(standing, signed.planned, on, signed.new_id)
    draft = drafted(
        standing,
        # The day was settled at signing.
        replace(signed.order, when=When.ON_DATE),
        policy=signed.policy,
        today=signed.entered_on,
        rights=signed.rights,
        new_id=signed.new_id,
        accounts=accounts,
    )
    gone = sorted(key for key, line in draft.base.items() if signed.base.get(key) != line)
    if gone:
        raise BaseGone(
            f"An earlier change has altered {', '.join(gone)}: what this one starts from has gone.",
            facts={"products": gone},
        )
    return draft


def applied(standing: Standing, draft: Draft) -> Standing:
    """A contract after a change: lines end and begin, and what was in force before stays.

    Args:
        standing: The contract before.
        draft: What the change comes to.
    """
    ends = {end.line_id: end.billed_to for end in draft.ends}
    kept: list[Line] = []
    for line in standing.lines:
        ended = line
        if draft.contract_ends_on is not None:
            # One that is over may have bills to come, up to where the next one's price begins.
            ended = replace(line, billed_to=min(line.billed_to, draft.contract_ends_on))
        if line.id in ends:
            left = cut(ended, draft.effective_on, ends[line.id])
            if left is None:
                continue
            ended = left
        if draft.contract_ends_on is not None and ended.days.start >= draft.contract_ends_on:
            continue  # it would begin only after the contract's new end
        kept.append(ended)
    contract = standing.contract
    return Standing(
        replace(
            contract,
            anchor=draft.anchor or contract.anchor,
            ends_on=draft.contract_ends_on or contract.ends_on,
            is_terminated=contract.is_terminated or draft.kind is ChangeKind.TERMINATION,
            successor_id=draft.successor.contract.id if draft.successor else contract.successor_id,
        ),
        (*kept, *draft.opens),
    )


def projected(
    standing: Standing, accounts: Accounts, pending: Sequence[Signed], *, until: date | None = None
) -> Projected:
    """Carry out pending changes in the order of their effective days, as far as they can be.

    Args:
        standing: What is in force.
        accounts: The contract's money up to now.
        pending: Changes not yet in force; of one day, in the order in which they were entered.
        until: Only changes effective on this day or before it; None for all.

    Source: docs/domain/contracts.md, C3 and C4.
    """
    rows = list(accounts.rows)
    drafts: dict[UUID, Draft] = {}
    conflicts: dict[UUID, DomainError] = {}
    for signed in sorted(pending, key=_effective):
        if until is not None and _effective(signed) > until:
            continue
        try:
            draft = redrafted(standing, signed, Accounts(rows, accounts.credits))
        except DomainError as refusal:
            conflicts[signed.id] = refusal
            continue
        drafts[signed.id] = draft
        standing = applied(standing, draft)
        if draft.kind is not ChangeKind.RECAST:  # a recast's credit is its successor's
            rows += draft.rows
    return Projected(standing, tuple(rows), drafts, conflicts)


def _effective(signed: Signed) -> date:
    return signed.order.effective_on or date.max


def entitlements(lines: Iterable[Line], on: date) -> dict[str, int]:
    """Product x quantity in force on a day, summed over a client's contracts.

    Args:
        lines: Of all their contracts, pending changes carried out.
        on: The day.
    """
    counted: Counter[str] = Counter()
    for line in lines:
        if on in line.days:
            counted[line.product] += line.quantity
    return dict(counted)
