"""Short names of plans."""

import re
from uuid import UUID, uuid4

import pytest

from app.domain.refs import plan_ref


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
    assert plan_ref(UUID(int=bits)) == ref


def test_only_the_random_end_of_an_id_counts() -> None:
    # given: two ids of one millisecond and of another, with the same random end
    end = 0xA5A5A5A5A5

    assert plan_ref(UUID(int=(1 << 100) | end)) == plan_ref(UUID(int=(7 << 100) | end))


def test_a_ref_holds_nothing_that_is_mistaken_when_read_aloud() -> None:
    refs = [plan_ref(uuid4()) for _ in range(200)]

    assert all(re.fullmatch(r"UPG-[0-9A-HJKMNP-TV-Z]{8}", ref) for ref in refs)
    assert len(set(refs)) == len(refs)
