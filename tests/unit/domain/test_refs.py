"""Short names of plans."""

import re
from uuid import UUID

import pytest

from app.domain.refs import plan_ref, written


@pytest.mark.parametrize(
    ("bits", "ref"),
    [
        (0, "UPG-00000000"),
        (1, "UPG-00000001"),
        (31, "UPG-0000000Z"),
        (32, "UPG-00000010"),
        ((1 << 40) - 1, "UPG-ZZZZZZZZ"),
        (18, "UPG-0000000J"),  # the letter I is left out
        (0x0123456789, "UPG-04HMASW9"),
    ],
)
def test_a_ref_writes_the_last_forty_bits_of_the_id(bits: int, ref: str) -> None:
    assert written(UUID(int=bits)) == ref


def test_the_plan_of_one_agreement_has_the_same_ref_whenever_it_is_made() -> None:
    assert plan_ref("PROP-1") == plan_ref("PROP-1") == "UPG-H2J7J226"
    assert plan_ref("PROP-2") != plan_ref("PROP-1")


def test_where_a_ref_is_taken_there_is_a_next_one() -> None:
    assert len({plan_ref("PROP-1", nth) for nth in range(5)}) == 5


def test_a_ref_holds_nothing_that_is_mistaken_when_read_aloud() -> None:
    refs = [plan_ref(f"PROP-{number}") for number in range(200)]

    assert all(re.fullmatch(r"UPG-[0-9A-HJKMNP-TV-Z]{8}", ref) for ref in refs)
    assert len(set(refs)) == len(refs)
