"""Signing in to the console: who is let in, for how long, and where it leads."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.console import tickets
from app.console.admission import COOKIE
from app.db.models import ApiKey
from tests.api.console_visits import SECRET, field_of, sign_in, visiting
from tests.builders import BOOTSTRAP, Sessions, stored_key, stored_plan

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_somebody_who_is_not_signed_in_is_brought_back_to_the_page_they_wanted(
    sessions: Sessions,
) -> None:
    # given
    plan = await stored_plan(sessions)
    key = await stored_key(sessions, "support")

    async with visiting(sessions) as browser:
        # when
        sent_away = await browser.get(f"/console/plans/{plan.id}")
        form = await browser.get(sent_away.headers["location"])
        signed_in = await sign_in(browser, key, field_of(form, "next"))
        page = await browser.get(signed_in.headers["location"])

    # then
    assert [one.status_code for one in (sent_away, form, signed_in, page)] == [303, 200, 303, 200]
    assert str(page.url) == f"http://console.test/console/plans/{plan.id}"
    assert "Harbour Dental" in page.text


async def test_the_bare_address_leads_to_the_console(sessions: Sessions) -> None:
    # when
    async with visiting(sessions) as browser:
        answer = await browser.get("/")

    # then
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(sessions: Sessions) -> None:
    # given
    key = await stored_key(sessions, "support")

    # when
    async with visiting(sessions) as browser, visiting(sessions, scheme="https") as secure:
        plain = (await sign_in(browser, key)).headers["set-cookie"]
        over_tls = (await sign_in(secure, key)).headers["set-cookie"]

    # then
    for part in ("HttpOnly", "SameSite=strict", "Path=/console", "Max-Age=43200"):
        assert part in plain
    assert key not in plain
    assert "Secure" not in plain
    assert "Secure" in over_tls


@pytest.mark.parametrize(
    "key", ["", "wrong", "cov_sandbox_" + "A" * 43, BOOTSTRAP + "x", "schlüssel", "\x00", "日本"]
)
async def test_a_wrong_key_opens_nothing_and_is_not_repeated(sessions: Sessions, key: str) -> None:
    # when
    async with visiting(sessions) as browser:
        answer = await sign_in(browser, key)

    # then
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "not known here" in answer.text
    assert not key or f">{key}<" not in answer.text


async def test_the_bootstrap_key_opens_the_console_until_it_is_changed(sessions: Sessions) -> None:
    # given
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)
        before = await browser.get("/console")
        cookies = browser.cookies

    # when
    async with visiting(sessions, bootstrap_key="another-key") as browser:
        browser.cookies = cookies
        changed = await browser.get("/console")
    async with visiting(sessions, bootstrap_key=None) as browser:
        browser.cookies = cookies
        removed = await browser.get("/console")

    # then
    assert [one.status_code for one in (before, changed, removed)] == [200, 303, 303]


async def test_a_key_that_is_revoked_ends_its_sessions(sessions: Sessions) -> None:
    # given
    key = await stored_key(sessions, "support")
    async with visiting(sessions) as browser:
        await sign_in(browser, key)
        before = await browser.get("/console")

        # when
        async with sessions() as session, session.begin():
            await session.execute(update(ApiKey).values(revoked_at=func.now()))
        after = await browser.get("/console")

    # then
    assert (before.status_code, after.status_code) == (200, 303)


async def key_id(sessions: Sessions) -> str:
    await stored_key(sessions, "support")
    async with sessions() as session:
        return str(await session.scalar(select(ApiKey.id)))


async def test_a_session_is_over_after_twelve_hours(sessions: Sessions) -> None:
    # given
    holder, now = await key_id(sessions), datetime.now(UTC)
    signing = tickets.signing_key(SECRET)
    young = tickets.issue(signing, holder, now=now - timedelta(hours=11, minutes=59))
    old = tickets.issue(signing, holder, now=now - timedelta(hours=12, seconds=1))

    # when
    statuses = []
    for token in (young, old):
        async with visiting(sessions) as browser:
            browser.cookies.set(COOKIE, token)
            statuses.append((await browser.get("/console")).status_code)

    # then
    assert statuses == [200, 303]


async def test_a_cookie_that_was_touched_or_made_elsewhere_opens_nothing(
    sessions: Sessions,
) -> None:
    # given
    holder, now = await key_id(sessions), datetime.now(UTC)
    good = tickets.issue(tickets.signing_key(SECRET), holder, now=now)
    body, seal = good.split(".")
    touched = [
        tickets.issue(tickets.signing_key("another secret"), holder, now=now),
        f"{'A' if body[0] != 'A' else 'B'}{body[1:]}.{seal}",
        f"{body}.{'A' if seal[0] != 'A' else 'B'}{seal[1:]}",
        f"{body}.",
        body,
        ".",
        "x" * 3000,
        "%00.%00",
    ]

    # when
    statuses = []
    for token in (good, *touched):
        async with visiting(sessions) as browser:
            browser.cookies.set(COOKIE, token)
            statuses.append((await browser.get("/console")).status_code)

    # then
    assert statuses == [200, *[303] * len(touched)]


async def test_an_installation_without_a_secret_signs_nobody_in(sessions: Sessions) -> None:
    # given
    forged = tickets.issue(b"", await key_id(sessions), now=datetime.now(UTC))

    # when
    async with visiting(sessions, secret_key="") as browser:
        form = await browser.get("/console/sign-in")
        tried = await sign_in(browser, BOOTSTRAP)
        browser.cookies.set(COOKIE, forged)
        inside = await browser.get("/console")

    # then
    assert (form.status_code, tried.status_code, inside.status_code) == (503, 503, 303)
    assert "CHANGEOVER_SECRET_KEY" in form.text


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/console",
        "/console/../v1/plans",
        "/console\\evil",
        "/console/sign-out",
        "/v1/plans",
        "/consoles",
        "javascript:alert(1)",
        "/console/plans/x?y=1",
        "",
    ],
)
async def test_signing_in_leads_to_pages_of_the_console_only(
    sessions: Sessions, wanted: str
) -> None:
    # when
    async with visiting(sessions) as browser:
        answer = await sign_in(browser, BOOTSTRAP, wanted)

    # then
    assert answer.headers["location"] == "/console"


async def test_signing_out_ends_the_session_in_this_browser(sessions: Sessions) -> None:
    # given
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)
        page = await browser.get("/console")

        # when
        out = await browser.post("/console/sign-out", data={"token": field_of(page, "token")})
        after = await browser.get("/console")

    # then
    assert (out.status_code, after.status_code) == (303, 303)
    assert COOKIE not in browser.cookies


async def test_a_link_from_elsewhere_goes_on_from_a_page_of_ours(sessions: Sessions) -> None:
    # given: a strict cookie does not come with the first step from another site

    # when
    async with visiting(sessions) as browser:
        answer = await browser.get(
            "/console/sign-in?next=/console/plans/1", headers={"Sec-Fetch-Site": "cross-site"}
        )

    # then
    assert '<meta http-equiv="refresh" content="0; url=/console/plans/1">' in answer.text


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"", {}, 415),
        (b"key=%ff%fe", FORM, 400),
        (b"\xff=1", FORM, 400),
        (b"&".join(b"a=%d" % number for number in range(50)), FORM, 400),
        (b"key=" + b"x" * 1_100_000, FORM, 413),
    ],
)
async def test_a_body_that_is_no_form_is_answered_with_a_page(
    sessions: Sessions, body: bytes, headers: dict[str, str], status: int
) -> None:
    # when
    async with visiting(sessions) as browser:
        answer = await browser.post("/console/sign-in", content=body, headers=headers)

    # then
    assert answer.status_code == status
