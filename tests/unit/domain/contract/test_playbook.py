"""What follows changes of contracts: by kind and moment, due by days, told once by facts."""

from datetime import date
from uuid import UUID

import pytest

from app.domain.contract.change import ChangeKind
from app.domain.contract.playbook import (
    NOTHING,
    ChangeMoment,
    ContractPlaybook,
    ContractTask,
    Following,
    change_occasion,
    contract_ref,
)

TASK = ContractTask("bill", "Enter it in billing", "billing", -2)
SIGNED = Following(event="contract.change_scheduled", tasks=(TASK,))
AHEAD = Following(tasks=(ContractTask("decide", "Ask the client", "sales", 0),))
BOOK = ContractPlaybook({ChangeKind.RECAST: {ChangeMoment.SCHEDULED: SIGNED}}, {90: AHEAD})


def test_what_the_file_does_not_name_sets_nothing_off() -> None:
    assert BOOK.on_change(ChangeKind.RECAST, ChangeMoment.SCHEDULED) is SIGNED
    assert BOOK.on_change(ChangeKind.RECAST, ChangeMoment.IN_FORCE) is NOTHING
    assert BOOK.on_change(ChangeKind.UPGRADE, ChangeMoment.SCHEDULED) is NOTHING
    assert BOOK.days_ahead(90) is AHEAD
    assert BOOK.days_ahead(60) is NOTHING


def test_its_roles_are_those_of_all_its_tasks() -> None:
    assert BOOK.roles == ("billing", "sales")


@pytest.mark.parametrize(
    ("on", "due_on"),
    [("2026-03-01", "2026-02-27"), ("0001-01-02", "0001-01-01"), ("9999-12-31", "9999-12-29")],
)
def test_a_task_is_due_so_many_days_from_the_change(on: str, due_on: str) -> None:
    assert TASK.due_on(date.fromisoformat(on)) == date.fromisoformat(due_on)


def test_a_renewal_by_itself_is_the_same_whatever_its_id() -> None:
    # given: a restored backup renews again, under another id
    on, kind = date(2027, 1, 1), ChangeKind.RENEWAL
    once, again = UUID(int=7), UUID(int=8)

    assert change_occasion(kind, once, on, by_itself=True) == "renewal/2027-01-01"
    assert change_occasion(kind, again, on, by_itself=True) == "renewal/2027-01-01"
    assert change_occasion(kind, once, on, by_itself=False) == f"renewal/{once}"


def test_a_contract_has_a_short_name() -> None:
    assert contract_ref(UUID("01890000-0000-7000-8000-0123456789ab")) == "CT-0123456789AB"
