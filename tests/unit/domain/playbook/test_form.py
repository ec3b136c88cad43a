"""Fields filled: what fits is read, and what does not is told in a sentence."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from app.domain.playbook.condition import Domain, Kind, Known
from app.domain.playbook.form import LONGEST_VALUE, Field, FieldKind, fill


def field(kind: FieldKind, **changes: object) -> Field:
    return Field("x", "The field", kind, **changes)  # type: ignore[arg-type]


FROM_1_TO_5 = {"minimum": Fraction(1), "maximum": Fraction(5)}
CHOICE = field(FieldKind.CHOICE, values=("eu", "uk"))


@pytest.mark.parametrize(
    ("one", "given", "known"),
    [
        (field(FieldKind.TEXT), "Acme\nand sons", "Acme\nand sons"),
        (field(FieldKind.EMAIL), "ann.o'hara@client.example", "ann.o'hara@client.example"),
        (field(FieldKind.PHONE), "+61412345678", "+61412345678"),
        (field(FieldKind.URL), "https://client.example/a?b=c", "https://client.example/a?b=c"),
        (field(FieldKind.NUMBER), "1250.50", Decimal("1250.50")),
        (field(FieldKind.NUMBER), 12, Decimal(12)),
        (field(FieldKind.NUMBER), Decimal("12.5"), Decimal("12.5")),
        (field(FieldKind.NUMBER, **FROM_1_TO_5), 5, Decimal(5)),
        (field(FieldKind.WHOLE), "-3", Decimal(-3)),
        (field(FieldKind.WHOLE), "3.00", Decimal(3)),
        (field(FieldKind.DAY), "2026-12-24", date(2026, 12, 24)),
        (field(FieldKind.YES_NO), False, False),
        (CHOICE, "uk", "uk"),
        (field(FieldKind.TEXTS), ["a", "b"], ("a", "b")),
        (field(FieldKind.TEXTS, **FROM_1_TO_5), ("a",), ("a",)),
    ],
)
def test_what_fits_is_read(one: Field, given: object, known: Known) -> None:
    filled = fill([one], {"x": given})

    assert (filled.values, filled.wrong) == ({"x": known}, {})


TEXT_EXPECTED = f"expected text of at most {LONGEST_VALUE} characters"
NUMBER_EXPECTED = "expected a number such as 1250 or 12.5, of at most 15 digits"


@pytest.mark.parametrize(
    ("one", "given", "sentence"),
    [
        (field(FieldKind.TEXT), 5, TEXT_EXPECTED),
        (field(FieldKind.TEXT), "x" * (LONGEST_VALUE + 1), TEXT_EXPECTED),
        (field(FieldKind.EMAIL), "ann", "expected an e-mail address"),
        (field(FieldKind.EMAIL), "a@b.example, c@d.example", "expected an e-mail address"),
        (field(FieldKind.EMAIL), "a,b@client.example", "expected an e-mail address"),
        (field(FieldKind.PHONE), "0412 345 678", "expected a phone number as +14155551234"),
        (
            field(FieldKind.URL),
            "client.example",
            "expected an address that begins with https://",
        ),
        (field(FieldKind.NUMBER), "1,250", NUMBER_EXPECTED),
        (field(FieldKind.NUMBER), "1_250", NUMBER_EXPECTED),
        (field(FieldKind.NUMBER), "NaN", NUMBER_EXPECTED),
        (field(FieldKind.NUMBER), "1e400", NUMBER_EXPECTED),
        (field(FieldKind.NUMBER), True, "expected a number, as text where it has a fraction"),
        (field(FieldKind.NUMBER), 1.5, "expected a number, as text where it has a fraction"),
        (field(FieldKind.NUMBER), Decimal("NaN"), "expected a number of at most 15 digits"),
        (field(FieldKind.NUMBER), 10**15, "expected a number of at most 15 digits"),
        (
            field(FieldKind.NUMBER),
            Decimal("1E-999999999"),
            "expected at most six digits after the point",
        ),
        (field(FieldKind.NUMBER, **FROM_1_TO_5), "0.99", "expected 1 or more"),
        (field(FieldKind.NUMBER, **FROM_1_TO_5), "5.01", "expected 5 or less"),
        (field(FieldKind.WHOLE), "2.5", "expected a whole number"),
        (field(FieldKind.DAY), "24.12.2026", "expected a day as 2026-12-24"),
        (field(FieldKind.DAY), "2026-02-30", "expected a day as 2026-12-24"),
        (field(FieldKind.DAY), "20261224", "expected a day as 2026-12-24"),
        (field(FieldKind.YES_NO), "yes", "expected true or false"),
        (CHOICE, "us", "expected one of eu, uk"),
        (field(FieldKind.TEXTS), "one", "expected a list of texts"),
        (field(FieldKind.TEXTS), [""], "expected a list of texts"),
        (field(FieldKind.TEXTS), [5], "expected a list of texts"),
        (
            field(FieldKind.TEXTS, minimum=Fraction(2)),
            ["a"],
            "expected 2 or more entries",
        ),
        (
            field(FieldKind.TEXTS, maximum=Fraction(1)),
            ["a", "b"],
            "expected 1 or fewer entries",
        ),
    ],
)
def test_what_does_not_fit_is_told(one: Field, given: object, sentence: str) -> None:
    filled = fill([one], {"x": given})

    assert (filled.values, filled.wrong) == ({}, {"x": sentence})


@pytest.mark.parametrize("nothing", [None, "", [], ()])
def test_nothing_is_missing_unless_the_field_may_be_empty(nothing: object) -> None:
    asked = field(FieldKind.TEXT)
    optional = field(FieldKind.TEXT, required=False)

    assert fill([asked], {"x": nothing}).wrong == {"x": "is missing: The field"}
    assert fill([asked], {}).wrong == {"x": "is missing: The field"}
    assert fill([optional], {"x": nothing}).wrong == {}


def test_what_was_not_asked_is_named() -> None:
    assert fill([], {"y": 1}).wrong == {"y": "is no field here"}


def test_conditions_know_what_a_field_can_be() -> None:
    seats = field(FieldKind.WHOLE, minimum=Fraction(1), maximum=Fraction(9))

    assert seats.domain == Domain(Kind.NUMBER, (), Fraction(1), Fraction(9), whole=True)
    assert CHOICE.domain == Domain(Kind.CHOICE, ("eu", "uk"))
    assert field(FieldKind.PHONE).domain == Domain(Kind.TEXT)
    # The bounds of a list count its entries, and are no numbers of it.
    assert field(FieldKind.TEXTS, minimum=Fraction(1)).domain == Domain(Kind.TEXTS)
