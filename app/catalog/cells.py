"""Cells of a decision table as text: `>= 80`, `60 to 79`, `> 10 and <= 20`, values, `any`."""

import re
from fractions import Fraction

from app.catalog.faults import shown
from app.domain.playbook.table import AnyOf, Between, Cell

_NUMBER = r"(-?[0-9]{1,12}(?:\.[0-9]{1,6})?)"
_ONE = re.compile(rf"(>=|<=|>|<)? ?{_NUMBER}")
_RUN = re.compile(rf"{_NUMBER} to {_NUMBER}")
_BOTH = re.compile(rf"(>=|>) ?{_NUMBER} and (<=|<) ?{_NUMBER}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
ANY = "any"


def read_cell(value: object) -> Cell:
    """The cell that a value of a file stands for.

    Raises:
        ValueError: It is none, or holds nothing.
    """
    if isinstance(value, bool):
        return AnyOf(frozenset({value}))
    if isinstance(value, int):
        return Between(Fraction(value), Fraction(value))
    if isinstance(value, list) and value and all(_is_value(each) for each in value):
        return AnyOf(frozenset(value))
    if value == ANY:
        return None
    if isinstance(value, str):
        return _of_text(value)
    raise ValueError('expected a cell such as ">= 80", "60 to 79", a value, a list, or any')


def _is_value(value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and bool(_KEY.fullmatch(value)))


def _of_text(text: str) -> Cell:
    if match := _BOTH.fullmatch(text):
        cell = Between(Fraction(match[2]), Fraction(match[4]), match[1] == ">=", match[3] == "<=")
    elif match := _RUN.fullmatch(text):
        cell = Between(Fraction(match[1]), Fraction(match[2]))
    elif match := _ONE.fullmatch(text):
        at, included = Fraction(match[2]), match[1] in {">=", "<=", None}
        low = None if match[1] in {"<", "<="} else at
        high = None if match[1] in {">", ">="} else at
        return Between(low, high, included, included)
    elif _is_value(text):
        return AnyOf(frozenset({text}))
    else:
        raise ValueError(f'expected a cell such as ">= 80" or "60 to 79"; found {shown(text)}')
    assert cell.low is not None
    assert cell.high is not None
    if cell.low > cell.high or (cell.low == cell.high and not (cell.low_in and cell.high_in)):
        raise ValueError(f"no number is {text}; expected the lower bound first")
    return cell
