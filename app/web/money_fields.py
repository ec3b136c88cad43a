"""Money as it is written in bodies and answers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from app.domain.errors import DomainError
from app.domain.money import Money
from app.web.scalars import SENTENCES, refuse

_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Money",
    "required": ["amount", "currency"],
    "additionalProperties": False,
    "properties": {
        "amount": {"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    },
    "examples": [{"amount": "149.00", "currency": "AUD"}],
}


def _money(value: object) -> Money:
    if isinstance(value, Money):
        return value
    if not isinstance(value, Mapping) or set(value) != {"amount", "currency"}:
        raise refuse("money_invalid")
    amount, currency = value["amount"], value["currency"]
    if not isinstance(amount, str) or not isinstance(currency, str):
        raise refuse("money_invalid")
    try:
        return Money.of(amount, currency)
    except DomainError as error:
        known = error.code in SENTENCES
        raise refuse(error.code, error.detail) if known else refuse("money_invalid") from None


def _not_negative(value: object) -> Money:
    money = _money(value)
    if money.amount < Decimal(0):
        raise refuse("amount_negative")
    return money


def _written(money: Money) -> dict[str, str]:
    return {"amount": f"{money.amount:f}", "currency": money.currency}


_WRITE = PlainSerializer(_written, return_type=dict[str, str])

MoneyIn = Annotated[Money, BeforeValidator(_not_negative), _WRITE, WithJsonSchema(_SCHEMA)]
"""A price or a charge in a body: the endpoint receives `Money`; never negative."""

SignedMoneyIn = Annotated[Money, BeforeValidator(_money), _WRITE, WithJsonSchema(_SCHEMA)]

MoneyOut = Annotated[Money, BeforeValidator(_money), _WRITE, WithJsonSchema(_SCHEMA)]
"""Money in an answer: give it a `Money`."""
