"""Everything that can happen, and the usual way of a plan among it."""

from tests.properties.lives.happenings import (
    agreements,
    automation,
    billing,
    decisions,
    people,
    sending,
    time,
)
from tests.properties.lives.happenings.listed import HAPPENINGS, WEIGHTS
from tests.properties.lives.life import Happening

__all__ = ["HAPPENINGS", "ON_THE_WAY", "THE_USUAL_WAY", "WEIGHTS", "all_delivered"]

LISTED = (agreements, automation, billing, decisions, people, sending, time)
"""Imported, they have put their happenings on the list."""

ON_THE_WAY = {
    "nothing": 1,
    "tried": 4,
    "overtaken": 3,
    "mailed_at_the_last_minute": 2,
    "dead_are_found": 1,
}
"""What befalls workers while the usual way brings them something to deliver, and how often."""
all_delivered = sending.all_delivered

THE_USUAL_WAY: tuple[Happening, ...] = (
    agreements.signed,
    sending.all_delivered,
    people.set_up,
    automation.released,
    time.window_comes,
    sending.all_delivered,
    automation.all_called_back,
    billing.bills_changed,
    people.complete_mail_asked_for,
    sending.all_delivered,
    people.acknowledged,
    time.live_instant_comes,
)
