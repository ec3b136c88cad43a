"""What a change comes to: decided here, alike for a preview, at signing and when it is due."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from app.domain.contract.change import (
    Anchoring,
    ChangeKind,
    ChangeOrder,
    ChangePolicy,
    Draft,
    LineEnd,
    Rights,
    When,
)
from app.domain.contract.editing import (
    NewId,
    Replaced,
    a_year,
    carried,
    deepest_discount,
    edited,
)
from app.domain.contract.endings import recast, renewed, terminated
from app.domain.contract.errors import (
    BillingBeforeStart,
    ContractEnded,
    EffectiveInPast,
    EffectiveOutsideTerm,
    KindMismatch,
    LinesMissing,
    PolicyImpossible,
)
from app.domain.contract.limits import refuse_rewriting, refuse_unbilled, refuse_unfit
from app.domain.contract.model import Contract, Standing
from app.domain.contract.reckoned import Settled, settled, settled_since, unused_rows
from app.domain.contract.succession import Accounts
from app.domain.period import Days, anchor_on, next_bill_day
from app.domain.proration import Manner

_DAY: Final = timedelta(days=1)
_FALLS: Final = "The recurring total falls: this is a downgrade, not an upgrade."
_RISES: Final = "The recurring total does not fall: this is an upgrade, not a downgrade."
_TERM: Final = (
    "An upgrade leaves the contract's end where it is; what moves it is a recast, or a renewal "
    "at the end."
)


def drafted(
    standing: Standing,
    order: ChangeOrder,
    *,
    policy: ChangePolicy,
    today: date,
    rights: Rights,
    new_id: NewId,
    accounts: Accounts,
) -> Draft:
    """Decide what a change comes to.

    Args:
        standing: The contract and its lines, earlier changes applied.
        order: What is asked for.
        policy: By which rules, where the order does not say.
        today: The day on which it was entered, in the client's zone.
        rights: What the one who asks may do.
        new_id: Makes ids, the same ones whenever the change is reckoned again.
        accounts: The contract's money rows and credits up to now.

    Raises:
        EffectiveInPast: The day is past, and the rule or the rights do not allow that (C7).
        EffectiveOutsideTerm: The contract does not run on that day.
        ContractEnded: It has ended by then.
        KindMismatch: It is called an upgrade and is a downgrade or a recast, or the like.
        LinesMissing: It alters nothing.
        FieldUnfit: It says what a change of its kind does not have.

    Source: docs/domain/contracts.md, "Kinds of change".
    """
    refuse_unfit(order)
    policy = _policy(order, policy)
    effective_on = _effective_on(standing.contract, order, policy, today)
    _refuse_day(standing.contract, order.kind, effective_on, today, rights)
    if order.kind is ChangeKind.RENEWAL:
        return renewed(standing, order, policy, new_id, accounts)
    if order.kind is ChangeKind.RECAST:
        return recast(standing, order, effective_on, policy, new_id, accounts)
    if order.kind is ChangeKind.TERMINATION:
        return terminated(standing, effective_on, policy, today, rights)
    return _altered(standing, order, effective_on, policy, today, new_id)


def effective_day(
    contract: Contract, order: ChangeOrder, policy: ChangePolicy, today: date
) -> date:
    """The day on which a change takes effect, by its order and the policy; not yet checked.

    Raises:
        EffectiveOutsideTerm: The contract has no end, and no day is named.
        PolicyImpossible: Billing would begin anew without the credit.
    """
    return _effective_on(contract, order, _policy(order, policy), today)


def _policy(order: ChangeOrder, policy: ChangePolicy) -> ChangePolicy:
    chosen = replace(
        policy,
        manner=order.manner or policy.manner,
        when=order.when or policy.when,
        anchor=order.anchor or policy.anchor,
    )
    inside = order.kind in {ChangeKind.UPGRADE, ChangeKind.DOWNGRADE}
    if inside and chosen.anchor is Anchoring.RE_ANCHOR and chosen.manner is not Manner.FULL:
        raise PolicyImpossible(
            "Where billing begins anew, what is paid and not used has to be credited: full.",
            pointer="/policy",
        )
    return chosen


def _effective_on(
    contract: Contract, order: ChangeOrder, policy: ChangePolicy, today: date
) -> date:
    at_end = order.kind in {ChangeKind.RENEWAL, ChangeKind.TERMINATION}
    if at_end and order.effective_on is None:
        if contract.is_open_ended:
            raise EffectiveOutsideTerm(
                "The contract has no end: name the day.", pointer="/effective_on"
            )
        return contract.ends_on
    if policy.when is When.IMMEDIATE and not at_end:
        return today
    named = order.effective_on or today
    if policy.when is When.NEXT_PERIOD and not at_end:
        # Today's bill is made out already.
        return next_bill_day(contract.period, contract.anchor, max(named, today + _DAY))
    return named


def _refuse_day(
    contract: Contract, kind: ChangeKind, day: date, today: date, rights: Rights
) -> None:
    inside = kind in {ChangeKind.UPGRADE, ChangeKind.DOWNGRADE}
    facts = {"effective_on": str(day), "today": str(today)}
    if day < today and not (inside and rights.back_date):
        detail = (
            f"{day} is past, and only a manager may back-date a change."
            if inside
            else f"{day} is past: a {kind} takes effect today or later."
        )
        raise EffectiveInPast(detail, pointer="/effective_on", facts=facts)
    if day < contract.term.start:
        raise EffectiveOutsideTerm(
            f"The contract starts on {contract.term.start}.", pointer="/effective_on", facts=facts
        )
    is_last = day == contract.ends_on and kind in {ChangeKind.RENEWAL, ChangeKind.TERMINATION}
    if day >= contract.ends_on and not is_last:
        facts["ends_on"] = str(contract.ends_on)
        if contract.ends_on <= today or contract.ends_on < contract.term.end:
            raise ContractEnded(
                f"The contract ends: {contract.ends_on} is the first day without it.", facts=facts
            )
        raise EffectiveOutsideTerm(
            f"{contract.ends_on - _DAY} is the contract's last day.",
            pointer="/effective_on",
            facts=facts,
        )


def _altered(
    standing: Standing,
    order: ChangeOrder,
    effective_on: date,
    policy: ChangePolicy,
    today: date,
    new_id: NewId,
) -> Draft:
    """An upgrade or a downgrade, inside the term."""
    contract = standing.contract
    if order.ends_on is not None or order.term_months is not None:
        raise KindMismatch(_TERM, pointer="/kind", facts={"kind": str(ChangeKind.RECAST)})
    if not order.edits:
        raise LinesMissing("The change names no product.", pointer="/lines")
    days = Days(effective_on, contract.ends_on)
    lines, later = standing.on(effective_on), _later(standing, effective_on)
    first_bill = _first_bill(order, effective_on, today)
    replaced = edited(contract, lines, order.edits, days, new_id, later, first_bill)
    refuse_rewriting(contract, replaced, later, effective_on, today)
    _refuse_wrong_name(order.kind, replaced)
    billing_from = _billing_from(contract, order, effective_on, today)
    touched = {each.product for each in replaced}
    moves_all = policy.anchor is Anchoring.RE_ANCHOR
    refuse_unbilled(
        [x for x in lines if moves_all or x.product in touched], billing_from, standing.lines
    )
    if moves_all and effective_on < today:
        raise EffectiveInPast(
            "A change that moves the billing day is not back-dated.", pointer="/effective_on"
        )
    if moves_all:
        parts = _anew(standing, replaced, effective_on, billing_from, new_id)
    elif effective_on < today:
        parts = tuple(
            settled_since(contract, each, effective_on, today, manner=policy.manner)
            for each in replaced
        )
    else:
        parts = _each_settled(contract, replaced, billing_from, policy)
    return Draft(
        kind=order.kind,
        effective_on=effective_on,
        billing_from=billing_from,
        base={each.product: each.old.id if each.old else None for each in replaced},
        ends=tuple(part.end for part in parts if part.end),
        opens=tuple(part.new for part in parts if part.new),
        rows=tuple(row for part in parts for row in part.rows),
        deepest_discount=deepest_discount(replaced),
        anchor=anchor_on(billing_from, contract.period) if moves_all else None,
    )


def _each_settled(
    contract: Contract, replaced: Sequence[Replaced], billing_from: date, policy: ChangePolicy
) -> tuple[Settled, ...]:
    manner, grace_days = policy.manner, policy.grace_days
    return tuple(
        settled(contract, each, billing_from, manner=manner, grace_days=grace_days)
        for each in replaced
    )


def _later(standing: Standing, on: date) -> dict[str, date]:
    """When the next line of each product begins, after a day."""
    coming = (line for line in standing.lines if line.days.start > on)
    return {
        line.product: line.days.start
        for line in sorted(coming, key=lambda line: line.days.start, reverse=True)
    }


def _refuse_wrong_name(kind: ChangeKind, replaced: Sequence[Replaced]) -> None:
    """It is a downgrade only if the recurring total falls."""
    before = a_year(each.old for each in replaced if each.old)
    after = a_year(each.new for each in replaced if each.new)
    right = ChangeKind.DOWNGRADE if after < before else ChangeKind.UPGRADE
    if kind is not right:
        detail = _FALLS if right is ChangeKind.DOWNGRADE else _RISES
        raise KindMismatch(detail, pointer="/kind", facts={"kind": str(right)})


def _first_bill(order: ChangeOrder, effective_on: date, today: date) -> date:
    """The first day whose bill has what a change opens: tomorrow, of one that is back-dated."""
    if effective_on < today:
        return today + _DAY
    return max(order.billing_from or effective_on, effective_on)


def _billing_from(contract: Contract, order: ChangeOrder, effective_on: date, today: date) -> date:
    named = order.billing_from
    if named is None:
        return effective_on
    if named < effective_on or effective_on < today:
        raise BillingBeforeStart(
            "A new price begins with the service or later, and a back-dated one with it.",
            pointer="/billing_from",
            facts={"effective_on": str(effective_on)},
        )
    if named >= contract.ends_on:
        raise EffectiveOutsideTerm(
            f"{contract.ends_on - _DAY} is the contract's last day: the price would never begin.",
            pointer="/billing_from",
            facts={"ends_on": str(contract.ends_on)},
        )
    return named


def _anew(
    standing: Standing,
    replaced: Sequence[Replaced],
    effective_on: date,
    billing_from: date,
    new_id: NewId,
) -> tuple[Settled, ...]:
    """Billing begins anew: every recurring line is credited, and billed from that day on."""
    contract = standing.contract
    touched = {each.product for each in replaced}
    days = Days(effective_on, contract.ends_on)
    others = [
        Replaced(line.product, line, carried(line, days, new_id(line.product), billing_from))
        for line in standing.on(effective_on)
        if line.is_recurring and line.product not in touched
    ]
    parts = []
    for each in (*replaced, *others):
        either = each.new or each.old
        if either is not None and not either.is_recurring:
            parts.append(settled(contract, each, billing_from, manner=Manner.FULL, grace_days=0))
            continue
        rows = unused_rows(contract, (each.old,), billing_from) if each.old else ()
        new = each.new and replace(
            each.new,
            period=contract.period,
            anchor=anchor_on(billing_from, contract.period),
            billed_from=billing_from,
        )
        end = LineEnd(each.old.id, billing_from) if each.old else None
        parts.append(Settled(end, new, rows))
    return tuple(parts)
