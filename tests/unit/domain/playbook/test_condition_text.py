"""Conditions as people write them: what is read, what is refused, and in which words."""

from fractions import Fraction

import pytest

from app.domain.playbook.condition import (
    All,
    Compare,
    Condition,
    Has,
    Not,
    OneOf,
    Sign,
    Some,
)
from app.domain.playbook.condition_text import DEEPEST, LONGEST, NotUnderstood, read_condition

EU = Compare("region", Sign.IS, "eu")
HOT = Compare("lead", Sign.FROM, Fraction(80))
PARTNER = Has("partner")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("region == 'eu'", EU),
        ('region == "eu"', EU),
        ("  lead>=80 ", HOT),
        ("lead >= 80.5", Compare("lead", Sign.FROM, Fraction("80.5"))),
        ("change > -10", Compare("change", Sign.ABOVE, Fraction(-10))),
        ("lead.band != 'hot'", Compare("lead.band", Sign.IS_NOT, "hot")),
        ("size < 5", Compare("size", Sign.BELOW, Fraction(5))),
        ("size <= 5", Compare("size", Sign.UP_TO, Fraction(5))),
        ("new_client", Compare("new_client", Sign.IS, True)),
        ("new_client == false", Compare("new_client", Sign.IS, False)),
        ("!new_client", Not(Compare("new_client", Sign.IS, True))),
        ("has(partner)", PARTNER),
        ("has == 1", Compare("has", Sign.IS, Fraction(1))),
        ("region in ['eu', 'uk']", OneOf("region", ("eu", "uk"))),
        ("size in [1]", OneOf("size", (Fraction(1),))),
        ("lead >= 80 && region == 'eu'", All((HOT, EU))),
        ("lead >= 80 || region == 'eu' || has(partner)", Some((HOT, EU, PARTNER))),
        # And binds closer than or; brackets say otherwise.
        ("has(partner) || lead >= 80 && region == 'eu'", Some((PARTNER, All((HOT, EU))))),
        ("(has(partner) || lead >= 80) && region == 'eu'", All((Some((PARTNER, HOT)), EU))),
        ("!(lead >= 80)", Not(HOT)),
    ],
)
def test_a_condition_is_read(text: str, condition: Condition) -> None:
    assert read_condition(text) == condition


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected the name of a figure; found the end"),
        ("lead >=", "expected a value at the end of the condition"),
        ("lead = 80", "not readable as a condition from '= 80' on"),
        (
            "lead >= 80 and hot",
            "'and' does not belong there; expected a comparison, &&, || or the end",
        ),
        ("lead >= score", "expected a number, 'text', true or false; found 'score'"),
        ("80 <= lead", "expected the name of a figure; found '80'"),
        ("lead >= 80 &&", "expected the name of a figure; found the end"),
        ("(lead >= 80", "expected ')'; found the end"),
        ("(lead >= 80 region", "expected ')'; found 'region'"),
        ("has(partner", "expected ')'; found the end"),
        ("region in 'eu'", "expected '['; found \"'eu'\""),
        ("region in ['eu'", "expected ']'; found the end"),
        ("region in []", "expected a number, 'text', true or false; found ']'"),
        ("lead + 1 > 80", "not readable as a condition from '+ 1 > 80' on"),
        ("region == 'eu", 'not readable as a condition from "\'eu" on'),
        ("Region == 'eu'", "not readable as a condition from \"Region == 'eu'\" on"),
        ("size > 1e9", "not readable as a condition from '1e9' on"),
        ("size > 1.2.3", "not readable as a condition from '1.2.3' on"),
        (
            "open('/etc/passwd')",
            "'(' does not belong there; expected a comparison, &&, || or the end",
        ),
        ("a.b.c", "not readable as a condition from '.c' on"),
    ],
)
def test_what_is_no_condition_is_refused_with_what_was_expected(text: str, words: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_condition(text)

    assert str(refused.value) == words


def test_a_condition_has_a_length_and_a_depth() -> None:
    longest = f"region == '{'x' * (LONGEST - 12)}'"
    deepest = "!" * (DEEPEST - 1) + "new_client"

    assert read_condition(longest) == Compare("region", Sign.IS, "x" * (LONGEST - 12))
    assert isinstance(read_condition(deepest), Not)
    with pytest.raises(NotUnderstood, match="at most 500 characters"):
        read_condition(longest + " ")
    for deeper in ("!" + deepest, "(" * DEEPEST + "new_client" + ")" * DEEPEST):
        with pytest.raises(NotUnderstood, match="nested deeper than 10 levels"):
            read_condition(deeper)
