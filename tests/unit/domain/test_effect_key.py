"""Keys of effects: the same facts make the same key, and different ones different keys."""

import re
from dataclasses import replace
from datetime import date

import pytest

from app.domain.delivery import DeliveryKind
from app.domain.effect_key import Effect, family_of

LIVE = Effect("UPG-1A2B3C4D", DeliveryKind.CHAT_POST, "live/support", date(2026, 12, 7))
MAIL = Effect(
    "UPG-1A2B3C4D",
    DeliveryKind.EMAIL_COMPLETE,
    "Upgrade Complete",
    date(2026, 12, 7),
    "owner@client.example",
)


def test_the_same_facts_make_the_same_key_whenever_they_are_written_down() -> None:
    assert LIVE.key(1) == replace(LIVE).key(1)
    assert LIVE.key(1) == "UPG-1A2B3C4D/chat.post/944f0b74a1f9930b/1#1"


@pytest.mark.parametrize(
    "other",
    [
        replace(LIVE, plan_ref="UPG-1A2B3C4E"),
        replace(LIVE, kind=DeliveryKind.BOARD_CREATE),
        replace(LIVE, occasion="live/marketing"),
        replace(LIVE, live_on=date(2026, 12, 14)),
        replace(LIVE, live_on=None),
        replace(LIVE, recipient="owner@client.example"),
    ],
)
def test_another_fact_makes_another_key(other: Effect) -> None:
    assert other.key(1) != LIVE.key(1)


def test_a_repetition_has_a_key_of_its_own_in_the_same_family() -> None:
    assert LIVE.key(2) != LIVE.key(1)
    assert family_of(LIVE.key(2)) == family_of(LIVE.key(1)) == LIVE.family
    # a manual retry after a refusal changes the generation, and not the family
    assert family_of(LIVE.key(1).replace("#1", "#7")) == LIVE.family


def test_a_key_is_plain_whatever_its_occasion_holds() -> None:
    odd = replace(LIVE, occasion="Café \n ☕/#1")

    assert re.fullmatch(r"[A-Za-z0-9./#-]+", odd.key(1))


def test_a_marker_is_a_tag_in_lower_case() -> None:
    assert re.fullmatch(r"upg-1a2b3c4d-complete-[0-9a-f]{8}-1", MAIL.marker(1))
    assert MAIL.marker(2) != MAIL.marker(1)
    shouted = replace(MAIL, recipient="Owner@Client.example")
    assert shouted.marker(1) == MAIL.marker(1)
