"""The timeline of a contract with its pending changes, and the story that it tells."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.contract.change import (
    CHANGE_TRANSITIONS,
    OPEN,
    ChangeKind,
    ChangeState,
    ChangeTrigger,
    moved,
)
from app.domain.contract.errors import BaseGone, ChangeNotPending, ContractEnded
from app.domain.contract.line import LineKind
from app.domain.contract.model import OPEN_END, RenewalTerms
from app.domain.contract.story import EntryKind, Told, said_of, story
from app.domain.contract.succession import Accounts
from app.domain.contract.timeline import entitlements, projected
from app.domain.period import Days
from tests.contracted import (
    UP,
    aud,
    contract,
    day,
    draft,
    edit,
    line,
    order,
    percent,
    signed,
    standing,
    told,
)

FIRST, SECOND = UUID(int=100), UUID(int=101)


def test_a_signed_change_is_on_the_timeline_from_its_day() -> None:
    now = standing()
    change = signed(now, order(UP, "2026-03-01", edit(quantity=150)))

    later = projected(now, Accounts(), [change])

    assert entitlements(later.standing.lines, day("2026-02-28")) == {"seats": 100}
    assert entitlements(later.standing.lines, day("2026-03-01")) == {"seats": 150}


def test_what_a_client_has_is_summed_over_contracts() -> None:
    assert entitlements([line(), line(), line("hours", 5)], day("2026-05-05")) == {
        "seats": 200,
        "hours": 5,
    }


def test_two_changes_apply_in_the_order_of_their_days() -> None:
    # given: one signed first and effective last, of different products
    now = standing(line(), line("support", 1, "10.00"))
    late = signed(now, order(UP, "2026-05-01", edit(quantity=150)))
    early = signed(now, order(UP, "2026-03-01", edit("support", 2)), change=101)

    # when
    both = projected(now, Accounts(), [late, early])

    # then
    assert both.conflicts == {}
    assert list(both.drafts) == [SECOND, FIRST]
    assert entitlements(both.standing.lines, day("2026-05-01")) == {"seats": 150, "support": 2}
    assert [
        each.id
        for each in projected(
            now, Accounts(), [late, early], until=day("2026-04-30")
        ).standing.lines
        if each.quantity == 150
    ] == []


def test_a_change_whose_base_has_gone_is_in_conflict() -> None:
    now = standing()
    late = signed(now, order(UP, "2026-05-01", edit(quantity=150)))
    early = signed(now, order(UP, "2026-03-01", edit(quantity=120)), change=101)

    both = projected(now, Accounts(), [late, early])

    assert isinstance(both.conflicts[FIRST], BaseGone)
    assert both.conflicts[FIRST].facts == {"products": ["seats"]}
    assert entitlements(both.standing.lines, day("2026-05-01")) == {"seats": 120}


def test_a_change_after_a_termination_is_in_conflict() -> None:
    now = standing()
    late = signed(now, order(UP, "2026-05-01", edit(quantity=150)))
    end = signed(now, order(ChangeKind.TERMINATION, "2026-03-01"), change=101)

    both = projected(now, Accounts(), [late, end])

    assert isinstance(both.conflicts[FIRST], ContractEnded)


def test_a_renewal_takes_upgrades_along_that_are_signed_later() -> None:
    now = standing()
    renewal = signed(now, order(ChangeKind.RENEWAL, None))
    upgrade = signed(
        now, order(UP, "2026-12-31", edit("more", 1, unit_price=aud("1.00"))), change=101
    )

    both = projected(now, Accounts(), [renewal, upgrade])

    succession = both.drafts[FIRST].successor
    assert succession is not None
    assert [each.product for each in succession.lines] == ["seats", "more"]


def test_money_is_the_same_signed_and_carried_out() -> None:
    now = standing()
    asked = order(UP, "2026-03-16", edit(quantity=150))

    preview = draft(now, asked)
    later = projected(now, Accounts(), [signed(now, asked)])

    assert told(later.rows) == told(preview.rows)
    assert later.drafts[FIRST] == preview


def test_the_credit_of_a_recast_is_no_row_of_the_old_contract() -> None:
    now = standing()
    later = projected(
        now, Accounts(), [signed(now, order(ChangeKind.RECAST, "2026-03-16", edit(quantity=200)))]
    )

    assert later.rows == ()
    assert later.drafts[FIRST].rows


def test_a_change_without_a_day_comes_last() -> None:
    now = standing()
    change = signed(now, order(UP, "2026-03-01", edit(quantity=150)))
    dayless = replace(change, order=replace(change.order, effective_on=None), id=SECOND)

    both = projected(now, Accounts(), [dayless, change], until=day("2026-12-31"))

    assert list(both.drafts) == [FIRST]


# States ------------------------------------------------------------------------------------------


def test_what_is_in_force_is_never_undone() -> None:
    for trigger in ChangeTrigger:
        with pytest.raises(ChangeNotPending):
            moved(ChangeState.IN_FORCE, trigger)


def test_a_change_moves_by_the_table() -> None:
    assert moved(ChangeState.DRAFT, ChangeTrigger.ASK) is ChangeState.AWAITING_APPROVAL
    assert moved(ChangeState.FAILED, ChangeTrigger.RETRY) is ChangeState.SCHEDULED


def test_every_state_has_a_way_in_and_those_that_are_open_a_way_out() -> None:
    targets = {target for _, target in CHANGE_TRANSITIONS.values()}
    sources = {state for states, _ in CHANGE_TRANSITIONS.values() for state in states}

    assert targets == set(ChangeState) - {ChangeState.DRAFT}
    assert sources == {ChangeState.DRAFT, *OPEN}


# The story --------------------------------------------------------------------------------------


def change_told(**more: object) -> Told:
    facts: dict[str, object] = {
        "id": FIRST,
        "kind": UP,
        "state": ChangeState.SCHEDULED,
        "signed_on": day("2026-02-01"),
        "effective_on": day("2026-03-01"),
        "billing_from": day("2026-03-01"),
        "before": (said_of(line()),),
        "after": (said_of(line(quantity=150, discount=percent("10"))),),
        **more,
    }
    return Told(**facts)  # type: ignore[arg-type]


def test_a_contract_tells_its_story_in_the_order_of_days() -> None:
    now = standing(of=contract(renewal=RenewalTerms.AUTOMATIC, order_ref="PROP-1"))
    later = change_told(
        billing_from=day("2026-04-01"), order_ref="PROP-2", by="Sam", approved_by="Ada"
    )

    entries = story(now, now, [later])

    assert [(str(entry.on), entry.text) for entry in entries] == [
        ("2026-01-01", "The contract starts, by PROP-1: 100 x Seats at 1,000.00 AUD a month."),
        (
            "2026-03-01",
            "From Sunday 1 March 2026, upgrade: 100 x Seats at 1,000.00 AUD a month becomes "
            "150 x Seats at 1,350.00 AUD a month, 10 % off (signed on Sunday 1 February 2026, "
            "by PROP-2, entered by Sam, approved by Ada, scheduled).",
        ),
        (
            "2026-04-01",
            "The new price of this upgrade begins; the service began on Sunday 1 March 2026.",
        ),
        (
            "2027-01-01",
            "The contract renews by itself; its last day is Thursday 31 December 2026.",
        ),
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ChangeKind.TERMINATION, "termination: the service stops: 100 x Seats"),
        (ChangeKind.RENEWAL, "renewal: the contract goes on with 150 x Seats"),
        (ChangeKind.RECAST, "recast: 100 x Seats at 1,000.00 AUD a month ends, a new contract"),
    ],
)
def test_every_kind_is_told_in_its_own_words(kind: ChangeKind, text: str) -> None:
    said = change_told(kind=kind, state=ChangeState.IN_FORCE)

    assert text in story(standing(), standing(), [said])[1].text


def test_a_stopped_change_says_why_and_bills_nothing() -> None:
    stopped = change_told(
        state=ChangeState.CONFLICTED,
        billing_from=day("2026-04-01"),
        before=(),
        reason="Its base has gone",
    )

    entries = story(standing(), standing(), [stopped])

    assert [entry.kind for entry in entries] == [
        EntryKind.STARTED,
        EntryKind.CHANGE,
        EntryKind.ENDS,
    ]
    assert entries[1].text.startswith("From Sunday 1 March 2026, upgrade: nothing becomes")
    assert entries[1].text.endswith("conflicted, Its base has gone).")


def test_a_terminated_contract_ends_and_an_open_one_has_no_end() -> None:
    over = standing(of=replace(contract(renewal=RenewalTerms.AUTOMATIC), is_terminated=True))
    term = Days(day("2026-01-01"), OPEN_END)
    open_ended = standing(
        line("x", 1, span=Days(day("2026-02-01"), OPEN_END)), of=contract(term=term)
    )

    assert story(over, over, [])[-1].text == (
        "The contract ends; its last day is Thursday 31 December 2026."
    )
    assert [entry.text for entry in story(open_ended, open_ended, [])] == [
        "The contract starts: no lines."
    ]
    cut = standing(of=replace(open_ended.contract, ends_on=day("2026-06-01")))
    assert story(open_ended, cut, [])[-1].kind is EntryKind.ENDS


def test_what_is_billed_once_is_told_so() -> None:
    now = standing(line("hours", 10, "1.00", kind=LineKind.ONE_TIME))

    assert "10 x Hours at 10.00 AUD once" in story(now, now, [])[0].text


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (ChangeKind.TERMINATION, "The contract ends; its last day is Tuesday 30 June 2026"),
        (ChangeKind.RECAST, "The contract ends; its last day is Tuesday 30 June 2026"),
    ],
)
def test_the_story_ends_where_a_signed_end_is(kind: ChangeKind, said: str) -> None:
    now = standing(of=contract(renewal=RenewalTerms.AUTOMATIC))
    on = day("2026-07-01")
    ending = Told(FIRST, kind, ChangeState.SCHEDULED, day("2026-02-01"), on, on)

    (*_, last) = story(now, now, [ending])

    assert (last.on, last.kind) == (on, EntryKind.ENDS)
    assert last.text == f"{said}, by what is signed."


def test_the_story_says_that_a_signed_renewal_follows() -> None:
    now = standing(of=contract(renewal=RenewalTerms.AUTOMATIC))
    on = day("2027-01-01")
    renewal = Told(FIRST, ChangeKind.RENEWAL, ChangeState.SCHEDULED, day("2026-02-01"), on, on)

    (*_, last) = story(now, now, [renewal])

    assert last.text == (
        "The contract's last day is Thursday 31 December 2026; a signed renewal follows it."
    )


def test_a_termination_at_the_end_cuts_no_line_and_says_nothing_of_nothing() -> None:
    now, on = standing(), day("2027-01-01")
    ending = Told(FIRST, ChangeKind.TERMINATION, ChangeState.SCHEDULED, day("2026-02-01"), on, on)

    texts = [entry.text for entry in story(now, now, [ending])]

    assert any("termination: the service stops (signed" in text for text in texts)
