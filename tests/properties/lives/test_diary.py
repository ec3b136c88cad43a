"""A counterexample is printed as a diary, in the client's zone, up to what is broken."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import URL

from app.domain.cutover import Preference
from tests.properties.lives.diary import Broken
from tests.properties.lives.drawn import Facts, Step, Story
from tests.properties.lives.life import Moment
from tests.properties.lives.living import live
from tests.properties.lives.stage import stage_on

IN_BRISBANE = Facts(
    zone="Australia/Brisbane",
    office_zone="UTC",
    monday=date(2026, 12, 7),
    lead=timedelta(days=17),
    movement=("sprint", "scale"),
    bills=(),
    prefer=Preference.CREDIT,
    connected=frozenset(),
    mailed_by_service=False,
    billed_by_hook=False,
    boards_by_automation=False,
)


def i0_nothing_is_ever_held(m: Moment) -> Iterator[str]:
    """An invariant that somebody made up."""
    if any(plan.state == "on_hold" for plan in m.after.plans):
        yield "a plan is on hold"


def test_a_broken_invariant_is_told_as_a_diary(database_template: URL) -> None:
    # given a life in which a plan is held after five hours, and a day that is no Monday refused
    steps = [
        Step("signed", (0, 0, 0)),
        Step("nothing", ()),
        Step("date_moved", (0, 6)),
        Step("time_passes", (1, 0)),
        Step("held", ()),
        Step("resumed", ()),
    ]
    story = Story(IN_BRISBANE, 0, (), steps, to_the_end=False)

    with stage_on(database_template) as stage, pytest.raises(Broken) as broken:
        stage.runner.run(live(stage, story, [i0_nothing_is_ever_held]))

    assert str(broken.value).strip().splitlines() == [
        "Friday 20 November 2026 00:00 (Brisbane) - PROP-1 signed: sprint to scale, live on "
        "2026-12-07",
        "Friday 20 November 2026 00:00 (Brisbane) - Sales sets the live date of the plan of PROP-1 "
        "(scheduled): Tuesday 8 December 2026: refused, not_a_monday",
        "Friday 20 November 2026 05:00 (Brisbane) - time has passed",
        "Friday 20 November 2026 05:00 (Brisbane) - Support holds the plan of PROP-1 (scheduled)",
        "I0 broken: a plan is on hold",
    ]
