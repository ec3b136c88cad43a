"""The demonstration's acts; that they hold is tried by telling them, in .ci/run."""

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.sandbox.demo.cast import STAFF, Agreement
from app.sandbox.demo.scene import dates
from app.sandbox.demo.story import AGREEMENT
from app.sandbox.demo.trouble import calling_off, signing_twice, thursday_biller

AGREEMENTS = [
    AGREEMENT,
    calling_off.AGREEMENT,
    signing_twice.AGREEMENT,
    thursday_biller.AGREEMENT,
]


def test_an_act_that_nobody_wrote_is_refused_with_those_there_are() -> None:
    result = CliRunner().invoke(app, ["demo", "--act", "three"])

    assert result.exit_code == 2
    assert "There are the acts main, trouble and tiers." in result.output


def test_nobody_who_plays_can_be_reached() -> None:
    addresses = [one.email for one in STAFF] + [one.client.email for one in AGREEMENTS]
    assert all(address.endswith(".example") for address in addresses)
    assert len({one.ref for one in AGREEMENTS}) == len(AGREEMENTS)


@pytest.mark.parametrize("agreement", AGREEMENTS, ids=lambda one: one.ref)
def test_a_zap_sends_the_document_flattened_with_what_is_unknown_left_empty(
    agreement: Agreement,
) -> None:
    sent = agreement.as_a_zap_sends_it()

    assert sent["client__name"] == agreement.client.name
    assert sent["movement__from"] == agreement.movement[0]
    assert sent["staff__support"] == ""
    assert not any(isinstance(value, dict) for value in sent.values())


@pytest.mark.parametrize(
    ("first", "end", "said"),
    [
        ("2026-12-04", "2026-12-07", "4 to 6 December"),
        ("2026-12-06", "2026-12-07", "6 December"),
        ("2026-11-30", "2026-12-03", "30 November to 2 December"),
    ],
)
def test_days_are_said_short(first: str, end: str, said: str) -> None:
    assert dates(first, end) == said
