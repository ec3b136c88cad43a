"""The button with which Marketing acknowledges a plan: who may, and what does not count."""

import pytest
from sqlalchemy import select

from app.api.permissions import ACKNOWLEDGE
from app.console.plan_page import ACKNOWLEDGING
from app.db.models import AuditEntry
from app.domain.roles import Role
from tests.api.console_visits import acknowledge, acknowledged_by, field_of, sign_in, visiting
from tests.builders import BOOTSTRAP, Sessions, stored_key, stored_plan


async def test_marketing_acknowledges_a_plan_under_the_name_of_the_key(sessions: Sessions) -> None:
    # given
    plan = await stored_plan(sessions)
    key = await stored_key(sessions, "marketing")

    async with visiting(sessions) as browser:
        await sign_in(browser, key)

        # when
        answer = await acknowledge(browser, plan)
        page = await browser.get(answer.headers["location"])

    # then
    assert answer.status_code == 303
    assert await acknowledged_by(sessions, plan) == "the marketing key"
    assert "Acknowledge the plan" not in page.text
    assert "the marketing key, <time" in page.text
    async with sessions() as session:
        entry = await session.scalar(
            select(AuditEntry.actor_name).where(AuditEntry.action == "plan.acknowledged")
        )
    assert entry == "the marketing key"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
async def test_every_role_sees_a_plan_and_only_some_may_acknowledge_it(
    sessions: Sessions, role: Role
) -> None:
    # given
    plan = await stored_plan(sessions)
    key = await stored_key(sessions, role)
    may = role in (Role.MARKETING, Role.MANAGER)

    async with visiting(sessions) as browser:
        await sign_in(browser, key)

        # when
        page = await browser.get(f"/console/plans/{plan.id}")
        answer = await acknowledge(browser, plan)

    # then
    assert page.status_code == 200
    assert ("Acknowledge the plan" in page.text) is may
    assert answer.status_code == (303 if may else 403)
    assert (await acknowledged_by(sessions, plan) is not None) is may
    if not may:
        assert "That is not for your key" in answer.text


def test_the_console_and_the_api_let_the_same_roles_acknowledge() -> None:
    assert set(ACKNOWLEDGING) == set(ACKNOWLEDGE)


async def test_a_plan_that_changed_meanwhile_is_shown_again_and_not_acknowledged(
    sessions: Sessions,
) -> None:
    # given
    plan = await stored_plan(sessions)

    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)

        # when
        stale = await acknowledge(browser, plan, version=str(plan.version - 1))
        again = await acknowledge(browser, plan, version=field_of(stale, "version"))

    # then
    assert stale.status_code == 409
    assert "The plan has changed since you opened this page" in stale.text
    assert again.status_code == 303


async def test_acknowledging_twice_says_who_did_it_first(sessions: Sessions) -> None:
    # given
    plan = await stored_plan(sessions)
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)
        await acknowledge(browser, plan)

        # when
        again = await acknowledge(browser, plan, version=str(plan.version + 1))

    # then
    assert again.status_code == 409
    assert "Bootstrap key acknowledged it already." in again.text


@pytest.mark.parametrize("token", ["", "x", "ü"])
async def test_a_form_without_the_sessions_own_token_does_nothing(
    sessions: Sessions, token: str
) -> None:
    # given
    plan = await stored_plan(sessions)
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)

        # when
        answer = await acknowledge(browser, plan, token=token)

    # then
    assert answer.status_code == 403
    assert await acknowledged_by(sessions, plan) is None


async def test_a_form_of_another_session_does_nothing(sessions: Sessions) -> None:
    # given
    plan = await stored_plan(sessions)
    async with visiting(sessions) as theirs:
        await sign_in(theirs, BOOTSTRAP)
        token = field_of(await theirs.get("/console"), "token")

    # when
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)
        answer = await acknowledge(browser, plan, token=token)

    # then
    assert answer.status_code == 403
    assert await acknowledged_by(sessions, plan) is None


async def test_a_form_sent_from_another_site_does_nothing(sessions: Sessions) -> None:
    # given
    plan = await stored_plan(sessions)
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)

        # when
        browser.headers["Sec-Fetch-Site"] = "cross-site"
        acted = await acknowledge(browser, plan)
        signed_in = await sign_in(browser, BOOTSTRAP)

    # then
    assert (acted.status_code, signed_in.status_code) == (403, 403)
    assert await acknowledged_by(sessions, plan) is None


async def test_a_form_sent_after_the_session_ended_leads_to_the_sign_in_page(
    sessions: Sessions,
) -> None:
    # given
    plan = await stored_plan(sessions)

    # when
    async with visiting(sessions) as browser:
        answer = await browser.post(
            f"/console/plans/{plan.id}/acknowledge", data={"version": str(plan.version)}
        )

    # then
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"%2Fconsole%2Fplans%2F{plan.id}")
    assert await acknowledged_by(sessions, plan) is None
