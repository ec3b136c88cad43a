"""How values are put into messages: days and amounts written out, chat markup kept harmless."""

from collections.abc import Iterable
from datetime import date
from re import fullmatch
from urllib.parse import quote

from app.domain.calendar import spoken
from app.domain.money import Money

# The chat has no escape for its marks, so a value gets signs that only look like them.
LOOKALIKES = str.maketrans("<>*_~`", "\u2039\u203a\u2217\u02cd\u223c\u02bc")
LONGEST_VALUE = 500
BILLING_UNITS = {"weekly": "week", "monthly": "month"}


class ChatMarkup(str):
    """Text that is chat markup already and is put out as it is."""

    __slots__ = ()


def chat_value(value: object) -> str:
    """A value inside a chat message: one line, no markup of its own, of bounded length.

    Args:
        value: What a template puts out; `ChatMarkup` passes unchanged.
    """
    if isinstance(value, ChatMarkup):
        return value
    text = one_line(str(value)).translate(LOOKALIKES)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def link(url: str, label: str) -> ChatMarkup:
    """A link in chat markup."""
    return ChatMarkup(f"<{quote(one_line(url), safe=':/?#[]@!$&()+,;=%-._~')}|{chat_value(label)}>")


def mentions(people: Iterable[str]) -> ChatMarkup:
    """People addressed in a chat message: `users/123` is a mention, anything else a name."""
    return ChatMarkup(
        ", ".join(
            f"<{each}>" if fullmatch(r"users/[0-9]{1,30}", each) else chat_value(each)
            for each in people
        )
    )


def one_line(text: str) -> str:
    """Line breaks, tabs and other controls become single blanks."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def day(value: date, language: str = "en") -> str:
    """A day written out: "Monday 7 December 2026"."""
    return spoken(value, language)


def money(value: Money) -> str:
    """An amount written out."""
    return value.spoken()


def unit(billing_period: str) -> str:
    """What a price is for: "week" for weekly billing."""
    return BILLING_UNITS[billing_period]
