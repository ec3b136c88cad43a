"""Renewals that nobody has signed, and that come by themselves: what they will bring."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final
from uuid import UUID, uuid5

from app.domain.contract.bills import Credited
from app.domain.contract.change import ChangeKind, ChangeOrder, ChangePolicy, Rights, Succession
from app.domain.contract.drafting import drafted
from app.domain.contract.model import RenewalTerms, Standing
from app.domain.contract.succession import Accounts
from app.domain.contract.timeline import Projected
from app.domain.errors import DomainError

MOST_TERMS: Final = 200
"""How many renewals in a row are looked at."""


@dataclass(frozen=True, slots=True)
class Renewing:
    """Whether a contract renews by itself, and by which rules.

    Args:
        policy: Of renewals.
        waits: Whether what is to happen at its end was signed and stopped, or the renewal itself
            was: then a person decides, and nothing is foreseen.
    """

    policy: ChangePolicy
    waits: bool = False


def renews_by_itself(standing: Standing) -> bool:
    """Whether a contract goes on after its end if nobody does anything."""
    contract = standing.contract
    return (
        contract.renewal is RenewalTerms.AUTOMATIC
        and not contract.is_open_ended
        and not contract.is_terminated
        and contract.successor_id is None
        and contract.ends_on == contract.term.end
    )


def foreseen(
    stands: Projected, accounts: Accounts, renewing: Renewing, *, until: date
) -> Iterator[Succession]:
    """The contracts that automatic renewals will open, one after the other.

    Each is what the clock would make at the end, as things stand: so a signed renewal, recast or
    termination leaves nothing to foresee of its contract, and what follows it is foreseen in turn.

    Args:
        stands: A contract with its pending changes carried out.
        accounts: Its money up to now.
        renewing: By which rules.
        until: Only those that begin on this day or before it.

    Source: docs/domain/contracts.md, "Renewals".
    """
    if renewing.waits:
        return
    standing, money = stands.standing, Accounts(stands.rows, accounts.credits)
    for draft in stands.drafts.values():
        if draft.successor is not None:
            standing, money = after(draft.successor)
    for _ in range(MOST_TERMS):
        end = standing.contract.term.end
        if end > until or not renews_by_itself(standing):
            return
        following = _renewed(standing, money, renewing.policy, end)
        if following is None:
            return
        yield following
        standing, money = after(following)


def after(following: Succession) -> tuple[Standing, Accounts]:
    """A contract that is opened, with the money that it starts from."""
    start = following.contract.term.start
    credit = (Credited(following.credit, start),) if following.credit.minor > 0 else ()
    return Standing(following.contract, following.lines), Accounts(following.rows, credit)


def _renewed(
    standing: Standing, money: Accounts, policy: ChangePolicy, on: date
) -> Succession | None:
    try:
        draft = drafted(
            standing,
            ChangeOrder(ChangeKind.RENEWAL, on, on),
            policy=policy,
            today=on,
            rights=Rights(),
            new_id=partial(_id, standing.contract.id),
            accounts=money,
        )
    except DomainError:
        return None  # it will not renew; a person is told on its day
    return draft.successor


def _id(contract_id: UUID, product: str) -> UUID:
    return uuid5(contract_id, f"foreseen/{product}")
