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

__all__ = ["HAPPENINGS", "THE_USUAL_WAY", "WEIGHTS"]

LISTED = (agreements, automation, billing, decisions, people, sending, time)
"""Imported, they have put their happenings on the list."""

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
