"""Every refusal has a stable code of its own, wherever it is declared."""

import re
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

import pytest

import app.domain
import app.services
from app.domain.errors import DomainError, Invalid


def errors_of(package: ModuleType) -> Iterator[type[DomainError]]:
    """Every error class that is declared in a package's modules."""
    for found in walk_packages(package.__path__, f"{package.__name__}."):
        module = import_module(found.name)
        for value in vars(module).values():
            is_error = isinstance(value, type) and issubclass(value, DomainError)
            if is_error and value.__module__ == module.__name__:
                yield value


ERRORS = sorted(
    {*errors_of(app.domain), *errors_of(app.services)}, key=lambda error: error.__qualname__
)


def test_there_are_errors_to_look_at() -> None:
    assert len(ERRORS) > 30


def test_no_two_errors_share_a_code() -> None:
    named = defaultdict(list)
    for error in ERRORS:
        named[error.code].append(error.__qualname__)

    assert {code: names for code, names in named.items() if len(names) > 1} == {}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_an_error_names_its_own_code_and_says_what_it_is(error: type[DomainError]) -> None:
    assert "code" in vars(error)
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", error.code)
    assert error.__doc__


def test_an_error_carries_a_sentence_a_pointer_and_facts() -> None:
    refusal = Invalid("The day is past.", pointer="/live_on", facts={"today": "2026-12-07"})

    assert str(refusal) == refusal.detail == "The day is past."
    assert refusal.pointer == "/live_on"
    assert refusal.facts == {"today": "2026-12-07"}
    assert Invalid("Nothing more is known.").facts == {}
