"""Conditions as text: a small part of CEL, read into values, and nothing that could run on."""

import re
from fractions import Fraction

from app.domain.playbook.condition import (
    All,
    Compare,
    Condition,
    Has,
    Literal,
    Not,
    OneOf,
    Sign,
    Some,
)

LONGEST = 500
DEEPEST = 10
_TOKEN = re.compile(
    r"(?P<number>-?[0-9]{1,15}(?:\.[0-9]{1,6})?)(?![0-9a-z_.])"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<name>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)"
    r"|(?P<sign>&&|\|\||[=!<>]=|[<>!()\[\],])"
)
_FLAGS = {"true": True, "false": False}


class NotUnderstood(ValueError):
    """A text that is no condition, with a sentence of what was expected."""


def read_condition(text: str) -> Condition:
    """Read a condition: `score >= 80 && (region in ['eu', 'uk'] || !has(partner))`.

    Raises:
        NotUnderstood: Anything that is not of this small language.

    Source: docs/playbooks.md, "Conditions"; docs/decisions/0014-conditions-of-our-own.md.
    """
    if len(text) > LONGEST:
        raise NotUnderstood(f"expected a condition of at most {LONGEST} characters")
    reader = _Reader(_tokens(text))
    condition = reader.some()
    if reader.left:
        found = reader.left[0][1]
        raise NotUnderstood(
            f"{found!r} does not belong there; expected a comparison, &&, || or the end"
        )
    return condition


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise NotUnderstood(f"not readable as a condition from {text[at : at + 20]!r} on")
        tokens.append((str(match.lastgroup), match[0]))
        at = match.end()
    return tokens


class _Reader:
    """Takes tokens from the left; each rule of the language is a method."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.left = tokens
        self.depth = 0

    def some(self) -> Condition:
        parts = [self.all()]
        while self._takes("||"):
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def all(self) -> Condition:
        parts = [self.single()]
        while self._takes("&&"):
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def single(self) -> Condition:
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotUnderstood(f"nested deeper than {DEEPEST} levels")
        if self._takes("!"):
            condition: Condition = Not(self.single())
        elif self._takes("("):
            condition = self.some()
            self._expects(")")
        else:
            condition = self._asked(self._next("name", "the name of a figure"))
        self.depth -= 1
        return condition

    def _asked(self, name: str) -> Condition:
        if name == "has" and self._takes("("):
            asked = self._next("name", "the name of a figure")
            self._expects(")")
            return Has(asked)
        if self.left and self.left[0] == ("name", "in"):
            self.left = self.left[1:]
            self._expects("[")
            values = [self._literal()]
            while self._takes(","):
                values.append(self._literal())
            self._expects("]")
            return OneOf(name, tuple(values))
        if self.left and self.left[0][1] in set(Sign):
            sign = Sign(self._next("sign", "a comparison"))
            return Compare(name, sign, self._literal())
        return Compare(name, Sign.IS, True)

    def _literal(self) -> Literal:
        if not self.left:
            raise NotUnderstood("expected a value at the end of the condition")
        (kind, text), *self.left = self.left
        if kind == "number":
            return Fraction(text)
        if kind == "text":
            return text[1:-1]
        if text in _FLAGS:
            return _FLAGS[text]
        raise NotUnderstood(f"expected a number, 'text', true or false; found {text!r}")

    def _takes(self, sign: str) -> bool:
        if self.left and self.left[0] == ("sign", sign):
            self.left = self.left[1:]
            return True
        return False

    def _expects(self, sign: str) -> None:
        if not self._takes(sign):
            found = repr(self.left[0][1]) if self.left else "the end"
            raise NotUnderstood(f"expected {sign!r}; found {found}")

    def _next(self, kind: str, what: str) -> str:
        if not self.left or self.left[0][0] != kind:
            found = repr(self.left[0][1]) if self.left else "the end"
            raise NotUnderstood(f"expected {what}; found {found}")
        (_, text), *self.left = self.left
        return text
