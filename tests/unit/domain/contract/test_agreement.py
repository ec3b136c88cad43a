"""Signed agreements that change a contract, as platforms send them."""

from typing import Any

import pytest

from app.domain.contract.agreement import is_change_of_contract, read_change
from app.domain.contract.change import ChangeKind, LineEdit
from app.domain.contract.line import Discount, LineKind
from app.domain.fields import DocumentNotUnderstood
from tests.contracted import aud, day, percent

TODAY = day("2026-02-01")


def document(*lines: Any, **agreement: Any) -> dict[str, Any]:
    return {
        "event": "agreement.signed",
        "agreement": {"ref": "PROP-2", "lines": list(lines), **agreement},
        "client": {"ref": "C-77"},
    }


def faults(of: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(DocumentNotUnderstood) as refused:
        read_change(of, TODAY)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def test_a_change_is_read_with_its_lines() -> None:
    read = read_change(
        document(
            {"product": "Seats", "quantity": "150"},
            {
                "product": "hours",
                "add": 100,
                "unit_price": {"amount": "2.00", "currency": "aud"},
                "title": "Service hours",
                "kind": "one_time",
                "discount": {"percent": "10 %", "kind": "one_time"},
            },
            kind="Renewal",
            signed_at="2026-01-31T20:00:00Z",
            effective_on="2027-01-01",
            term_months="24",
            ends_on="2029-01-01",
            billing_from="2027-02-01",
            credit={"amount": "5.00", "currency": "AUD"},
        ),
        TODAY,
    )

    assert read.order.kind is ChangeKind.RENEWAL
    assert read.order.signed_on == day("2026-01-31")
    assert read.order.effective_on == day("2027-01-01")
    assert (read.order.term_months, read.order.ends_on) == (24, day("2029-01-01"))
    assert (read.order.billing_from, read.order.stated_credit) == (day("2027-02-01"), aud("5.00"))
    assert read.order.edits == (
        LineEdit("seats", 150),
        LineEdit(
            "hours",
            None,
            100,
            aud("2.00"),
            "Service hours",
            LineKind.ONE_TIME,
            percent("10", once=True),
            keeps_discount=False,
        ),
    )
    assert read.contract is None


def test_what_is_not_said_is_an_upgrade_signed_today() -> None:
    plain = document({"product": "seats", "quantity": 150}, live_on="2026-03-01")
    plain["contract"] = {"order_ref": "PROP-1"}

    read = read_change(plain, TODAY)

    assert (read.order.kind, read.order.signed_on) == (ChangeKind.UPGRADE, TODAY)
    assert read.order.effective_on == day("2026-03-01")
    assert read.contract == "PROP-1"


def test_lines_may_stand_beside_the_agreement() -> None:
    beside = {
        "agreement": {"ref": "PROP-2"},
        "client": {"ref": "C-77"},
        "lines": [
            {
                "product": "x",
                "discount": {"amount": {"amount": "1.00", "currency": "AUD"}, "once": "true"},
            }
        ],
    }

    assert read_change(beside, TODAY).order.edits[0].discount == Discount(
        None, aud("1.00"), once=True
    )
    assert is_change_of_contract(beside)


@pytest.mark.parametrize(
    ("of", "is_change"),
    [
        ({"agreement": {"ref": "A"}}, False),
        ({"agreement": {"ref": "A", "kind": "upgrade"}}, False),
        ({"agreement": {"ref": "A", "kind": "UPGRADE", "lines": []}}, True),
        ({"agreement": {"ref": "A", "kind": "termination"}}, True),
        ({"agreement": "A"}, False),
        ({}, False),
    ],
)
def test_an_upgrade_without_lines_is_one_of_packages(of: dict[str, Any], is_change: bool) -> None:
    assert is_change_of_contract(of) is is_change


def test_a_termination_needs_no_lines() -> None:
    bare = {"agreement": {"ref": "A", "kind": "termination"}, "client": {"ref": "C-77"}}

    assert read_change(bare, TODAY).order.edits == ()


@pytest.mark.parametrize(
    ("line", "pointer", "code"),
    [
        ("seats", "/lines/0", "not_an_object"),
        ({"quantity": 1}, "/lines/0/product", "required"),
        ({"product": "a b"}, "/lines/0/product", "product_invalid"),
        ({"product": "a", "quantity": "many"}, "/lines/0/quantity", "whole_invalid"),
        ({"product": "a", "kind": "yearly"}, "/lines/0/kind", "kind_unknown"),
        (
            {"product": "a", "unit_price": {"amount": "1.00"}},
            "/lines/0/unit_price/currency",
            "required",
        ),
        (
            {"product": "a", "unit_price": {"amount": "1.001", "currency": "AUD"}},
            "/lines/0/unit_price/amount",
            "amount_invalid",
        ),
        (
            {"product": "a", "discount": {"percent": "lots"}},
            "/lines/0/discount",
            "discount_invalid",
        ),
        ({"product": "a", "discount": {"percent": "101"}}, "/lines/0/discount", "discount_invalid"),
        ({"product": "a", "discount": {"once": {}}}, "/lines/0/discount", "discount_invalid"),
    ],
)
def test_every_fault_of_a_line_is_named(line: Any, pointer: str, code: str) -> None:
    assert (pointer, code) in faults(document(line))


@pytest.mark.parametrize(
    ("agreement", "pointer", "code"),
    [
        ({"kind": "sidegrade"}, "/agreement/kind", "kind_unknown"),
        ({"credit": {"amount": "-1.00", "currency": "AUD"}}, "/agreement/credit", "amount_invalid"),
        ({"effective_on": "soon"}, "/agreement/effective_on", "day_not_understood"),
        ({"effective_on": "2026-02-30"}, "/agreement/effective_on", "day_not_understood"),
        ({"lines": "seats"}, "/lines", "not_a_list"),
        ({"ref": None}, "/agreement/ref", "required"),
    ],
)
def test_every_fault_of_the_agreement_is_named(
    agreement: dict[str, Any], pointer: str, code: str
) -> None:
    assert (pointer, code) in faults(document(**agreement))
