"""A plan's page where a person is to decide: why, what differs, and what may be chosen."""

from html import unescape

from app.db.plans import lock
from app.domain.amendment import read_amended
from app.domain.review import Choice
from app.services.amendments import keep_amendment
from app.services.resolving import Resolve, resolve_plan
from tests.api.console_visits import sign_in, visiting
from tests.builders import (
    BOOTSTRAP,
    TESTER,
    FixedClock,
    Sessions,
    office,
    stored_plan,
    stored_staff,
)

NOW = FixedClock().at


async def shown(sessions: Sessions, plan_id: object) -> str:
    """The page of a plan, as text."""
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)
        page = await browser.get(f"/console/plans/{plan_id}")
    assert page.status_code == 200
    assert "<script" not in page.text
    return unescape(page.text)


async def test_a_plan_under_review_says_why_and_what_may_be_chosen(sessions: Sessions) -> None:
    # given
    await stored_staff(sessions)
    first = await stored_plan(sessions, movement__from="start", movement__to="sprint")
    second = await stored_plan(sessions, agreement__ref="PROP-2", movement__from="start")

    # when
    page = await shown(sessions, second.id)

    # then
    for words in (
        "Why it waits for a decision",
        f"The client has the open plan {first.ref} already.",
        f'<a href="/console/plans/{first.id}">{first.ref}</a>, live Monday 7 December 2026',
        '<th scope="row">The package taken</th><td>Sprint</td><td>Scale</td>',
        "<strong>Supersede.</strong> Cancels",
        "<strong>Queue.</strong> Leaves",
        "<strong>Merge.</strong>",
        "<strong>Reject.</strong> Ends this plan; nothing else changes.",
        f"POST /v1/plans/{second.id}/resolve",
    ):
        assert words in page, words
    assert "Why it waits for a decision" not in await shown(sessions, first.id)


async def test_a_queued_plan_says_what_it_waits_for(sessions: Sessions) -> None:
    # given
    first = await stored_plan(sessions, movement__from="start", movement__to="sprint")
    second = await stored_plan(sessions, agreement__ref="PROP-2")
    async with sessions.begin() as session:
        command = Resolve(second.id, Choice.QUEUE, "One after the other.")
        await resolve_plan(session, command, office=office(), actor=TESTER, now=NOW)

    # when
    page = await shown(sessions, second.id)

    # then
    assert f'begin after <a href="/console/plans/{first.id}">{first.ref}</a>' in page
    assert "<strong>Queue.</strong>" not in page
    assert f"The plan was queued after {first.ref}" in page


async def test_amended_terms_are_shown_beside_the_plan(sessions: Sessions) -> None:
    # given
    plan = await stored_plan(sessions, movement__from="start", movement__to="sprint")
    amended = read_amended(
        {
            "event": "agreement.amended",
            "agreement": {"ref": "PROP-1042", "title": "<script>alert(1)</script>"},
            "movement": {"to": "scale"},
        }
    )
    async with sessions.begin() as session:
        held = await lock(session, plan.id)
        await keep_amendment(session, held, amended, office=office(), actor=TESTER, now=NOW)

    # when
    page = await shown(sessions, plan.id)

    # then
    title = "<td>Scale upgrade</td><td><script>alert(1)</script></td>"
    assert f'<th scope="row">The title</th>{title}' in page
    assert "The agreement was amended" in page
    assert '<th scope="row">The package taken</th><td>Sprint</td><td>Scale</td>' in page
    assert "<strong>Merge.</strong>" in page
