"""Whether a figure is what it is to be."""

from fractions import Fraction

import pytest

from app.domain.playbook.condition import Sign
from app.domain.playbook.measure import Target, meets


@pytest.mark.parametrize(
    ("sign", "met", "missed"),
    [
        (Sign.ABOVE, "95.01", "95"),
        (Sign.FROM, "95", "94.99"),
        (Sign.BELOW, "94.99", "95"),
        (Sign.UP_TO, "95", "95.01"),
        (Sign.IS, "95", "94.99"),
        (Sign.IS_NOT, "94.99", "95"),
    ],
)
def test_a_target_is_met_to_the_last_digit(sign: Sign, met: str, missed: str) -> None:
    target = Target(sign, Fraction(95))

    assert meets(target, Fraction(met))
    assert not meets(target, Fraction(missed))
