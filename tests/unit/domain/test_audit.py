"""The audit trail's chain: whatever is changed in it is found, and where."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.domain.audit import GENESIS, SealedEntry, first_broken, link


def chain(*contents: Mapping[str, object]) -> list[SealedEntry]:
    entries: list[SealedEntry] = []
    previous = GENESIS
    for number, content in enumerate(contents, start=1):
        sealed = link(previous, content)
        entries.append(SealedEntry(number, content, previous, sealed))
        previous = sealed
    return entries


THREE = chain({"action": "plan.created"}, {"action": "task.completed"}, {"action": "plan.live"})


def test_a_chain_that_nobody_touched_holds() -> None:
    assert first_broken(THREE) is None
    assert first_broken([]) is None


def test_the_same_content_links_alike_whatever_the_order_of_its_keys() -> None:
    assert link(GENESIS, {"a": 1, "b": ["é", None]}) == link(GENESIS, {"b": ["é", None], "a": 1})


def test_a_link_is_sha_256_over_the_one_before_and_the_canonical_content() -> None:
    # given: reckoned once with another tool over 64 zeros, a line break and {"a":"\\u00e9"}
    assert link(GENESIS, {"a": "é"}) == (
        "caf35c690b935c2b2fb3f9d2ae01b7671da871673620fe49410a460461984c74"
    )


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_changed_entry_is_found_where_it_stands(at: int) -> None:
    tampered = list(THREE)
    tampered[at] = replace(tampered[at], content={"action": "plan.cancelled"})

    assert first_broken(tampered) == at + 1


def test_a_changed_entry_whose_own_hash_was_made_to_fit_breaks_the_next() -> None:
    content = {"action": "plan.cancelled"}
    forged = replace(THREE[1], content=content, hash=link(THREE[1].previous_hash, content))

    assert first_broken([THREE[0], forged, THREE[2]]) == 3


def test_a_removed_entry_is_found_at_the_one_after_it() -> None:
    assert first_broken([THREE[0], THREE[2]]) == 3


def test_two_entries_in_the_wrong_order_are_found() -> None:
    assert first_broken([THREE[1], THREE[0], THREE[2]]) == 2


def test_a_later_piece_of_the_chain_is_checked_from_the_hash_before_it() -> None:
    assert first_broken(THREE[1:], after=THREE[0].hash) is None
    assert first_broken(THREE[1:]) == 2
