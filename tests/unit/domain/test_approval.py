"""Who must say yes to a discount, and who may."""

from fractions import Fraction

import pytest

from app.domain.approval import (
    ApprovalState,
    Approver,
    DecidedBefore,
    DiscountBand,
    NotTheApprover,
    approver_of,
    decide,
)

BANDS = (
    DiscountBand(Fraction(10), None),
    DiscountBand(Fraction(20), "sales_manager"),
    DiscountBand(Fraction(30), "vp_sales"),
    DiscountBand(None, "ceo"),
)


@pytest.mark.parametrize(
    ("percent", "role"),
    [
        (None, None),
        ("0.1", None),
        ("10", None),
        ("10.0001", "sales_manager"),
        ("10.5", "sales_manager"),
        ("20", "sales_manager"),
        ("20.01", "vp_sales"),
        ("30", "vp_sales"),
        ("30.01", "ceo"),
        ("100", "ceo"),
    ],
)
def test_the_depth_of_a_discount_says_who_approves_it(
    percent: str | None, role: str | None
) -> None:
    share = Fraction(percent) / 100 if percent else None

    assert approver_of(share, BANDS) == role


def test_a_person_of_the_role_decides() -> None:
    decide(ApprovalState.REQUESTED, "vp_sales", Approver("vp_sales", active=True))


@pytest.mark.parametrize(
    "approver",
    [
        None,
        Approver("sales_manager", active=True),
        Approver("vp_sales", active=False),
        Approver(None, active=True),
    ],
)
def test_nobody_else_does(approver: Approver | None) -> None:
    with pytest.raises(NotTheApprover):
        decide(ApprovalState.REQUESTED, "vp_sales", approver)


@pytest.mark.parametrize(
    "state", [ApprovalState.APPROVED, ApprovalState.REFUSED, ApprovalState.VOIDED]
)
def test_what_is_decided_stays_so(state: ApprovalState) -> None:
    with pytest.raises(DecidedBefore):
        decide(state, "vp_sales", Approver("vp_sales", active=True))
