"""A plan's page when things change: put back, waived, seconded, released, decided, called off."""

from dataclasses import replace
from html import unescape
from typing import Any

import httpx

from app.domain.adjustment import BillingMode
from app.services.office import Office
from tests.api.conftest import Service
from tests.api.console_visits import sign_in, visiting
from tests.api.decisions import made, resolve, seen, two
from tests.api.test_changed_bills import EVIDENCE, IN_THE_WINDOW, one
from tests.api.test_plan_actions import until
from tests.builders import (
    BOOTSTRAP,
    THURSDAYS,
    calling,
    make_service,
    office,
    stored_key,
    stored_staff,
)


async def page_of(service: Service, plan: dict[str, Any], at: Office | None = None) -> str:
    """What the plan's page says."""
    async with visiting(service.sessions, clock=service.clock, office=at or office()) as browser:
        await sign_in(browser, BOOTSTRAP)
        page = await browser.get(f"/console/plans/{plan['id']}")
    assert page.status_code == 200
    return " ".join(unescape(page.text).split())


async def act(client: httpx.AsyncClient, path: str, body: Any = None) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.is_success, answer.text
    done: dict[str, Any] = answer.json()
    return done


async def test_what_is_to_be_put_back_says_so_and_leads_to_its_task(
    client: httpx.AsyncClient, service: Service
) -> None:
    # given a start that was made for a date that then moved
    plan = await made(client)
    await until(service, IN_THE_WINDOW)
    start = one(plan, "start_service", "priority_support")
    await act(client, f"/v1/adjustments/{start['id']}/confirm", {"evidence": EVIDENCE})
    move = {"live_on": "2026-12-14", "reason": "Later."}
    moved = (await act(client, f"/v1/plans/{plan['id']}/live-date", move))["plan"]
    (task,) = (each for each in moved["tasks"] if each["kind"] == "reversal")

    # when
    before = await page_of(service, plan)
    ticked = await act(client, f"/v1/tasks/{task['id']}/complete", {"evidence": EVIDENCE})
    after = await page_of(service, plan)

    # then
    assert (task["reverses_id"], ticked["evidence"]) == (start["id"], EVIDENCE)
    assert '<span class="pill warn">To be put back</span>' in before
    assert f'<a href="#task-{task["id"]}">Take back the start of Priority Support</a>' in before
    assert f'<a href="#bill-{start["id"]}">a change in billing</a>' in before
    assert '<span class="pill calm">Put back</span>' in after
    assert "It was made, and taken back again: INV-1." in after


async def test_a_second_person_and_what_is_typed_are_named(
    client: httpx.AsyncClient, service: Service
) -> None:
    staff = await stored_staff(service.sessions)
    sue = await stored_key(service.sessions, "support", staff_id=staff["support"])
    plan = await made(client)

    async with calling(service.app, sue) as by_sue:
        ending = one(plan, "cancel_service", "sms")
        await act(by_sue, f"/v1/adjustments/{ending['id']}/second")
    page = await page_of(service, plan)

    assert "<dt>Second person</dt><dd>Sue Support, " in page
    assert "</time>; somebody else makes it</dd>" in page
    assert "<code>Harbour Dental / email_marketing</code>, or a second person agrees first" in page
    assert "<code>Harbour Dental / sms</code>" not in page


async def test_a_waived_credit_names_who_waived_it_and_why(
    client: httpx.AsyncClient, service: Service
) -> None:
    plan = await made(client, client__services=[THURSDAYS])
    credit = one(plan, "credit", "sms")

    await act(client, f"/v1/adjustments/{credit['id']}/void", {"reason": "A gesture."})
    page = await page_of(service, plan)

    assert '<span class="pill calm">Waived</span>' in page
    assert "<dt>Waived</dt><dd>Bootstrap key: A gesture.</dd>" in page


async def test_the_page_tells_what_cancelling_would_undo_until_it_is_done(
    client: httpx.AsyncClient, service: Service
) -> None:
    # given
    plan = await made(client)
    await until(service, IN_THE_WINDOW)
    ending = one(plan, "cancel_service", "sms")
    proof = {"typed": "Harbour Dental / sms", "evidence": EVIDENCE}
    await act(client, f"/v1/adjustments/{ending['id']}/confirm", proof)

    # when
    before = await page_of(service, plan)
    await act(client, f"/v1/plans/{plan['id']}/cancel", {"reason": "They are selling."})
    after = await page_of(service, plan)

    # then
    told = before.partition("What cancelling would undo")[2]
    assert 'Cannot be undone <span class="count">1</span>' in told
    assert "<li>Cancel service 'SMS'</li>" in told
    assert "Nothing is cancelled by looking." in told
    assert "What cancelling would undo" not in after
    assert "What only people can put back is among the tasks below." in after
    assert "Start SMS again as it was" in after
    assert "cannot go live before" not in after


async def test_in_hook_mode_the_page_says_what_is_typed_to_release_and_by_whom_it_was(
    service: Service,
) -> None:
    # given an installation whose bills an automation changes
    automated = replace(office(), billing_mode=BillingMode.HOOK)
    app = make_service(service.sessions, service.clock, at=automated)
    async with calling(app) as client:
        plan = await made(client)

        # when
        before = await page_of(service, plan, automated)
        await act(client, f"/v1/plans/{plan['id']}/release", {"typed": "Harbour Dental / sprint"})
        after = await page_of(service, plan, automated)
        await act(client, f"/v1/plans/{plan['id']}/hold", {"reason": "A day to think."})
        held = await page_of(service, plan, automated)

    # then
    assert "Not released</span> 9 changes wait for a person" in before
    assert "<code>Harbour Dental / sprint</code>" in before
    assert "Released</span> by Bootstrap key, " in after
    assert "9 are still to be made." in after
    assert "Nothing can be let go while the plan is on hold." in held


async def test_where_people_change_the_bills_nothing_is_said_of_a_release(
    client: httpx.AsyncClient, service: Service
) -> None:
    assert "Letting the changes go" not in await page_of(service, await made(client))


async def test_a_second_agreement_shows_what_differs_and_what_may_be_chosen(
    client: httpx.AsyncClient, service: Service
) -> None:
    # given
    first, second = await two(client)

    # when
    waiting = await page_of(service, second)
    await resolve(client, await seen(client, second), "queue")
    queued = await page_of(service, second)

    # then
    row = '<th scope="row">The live date</th><td>Monday 7 December 2026</td>'
    assert f"{row}<td>Monday 14 December 2026</td>" in waiting
    taken = '<th scope="row">The package taken</th><td>Sprint</td><td>Scale</td>'
    assert taken in waiting
    for choice in ("Supersede", "Queue", "Merge", "Reject"):
        assert f"<strong>{choice}.</strong>" in waiting
    assert f'<a href="/console/plans/{first["id"]}">{first["ref"]}</a>' in waiting
    assert "while the plan needs a review." in waiting
    assert "It waits its turn" in queued
    assert "It waits behind another plan, and comes by itself." in queued
    assert "<strong>Queue.</strong>" not in queued
