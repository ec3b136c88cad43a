"""Versions as entity tags."""

import pytest

from tests.unit.web.toy_app import calling, in_bytes, toy_app

APP = toy_app()


@pytest.mark.parametrize("given", ['"7"', "*", '"6", "7"', ' "7" '])
async def test_the_present_version_may_be_changed(given: str) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.patch(
            "/toys/versioned", json={"size": 1}, headers={"If-Match": given}
        )

    # then
    assert answer.status_code == 200


@pytest.mark.parametrize("given", ['"6"', '"70"', "7", 'W/"7"', "", '"', "*, *", b"\xff"])
async def test_another_version_is_stale(given: str | bytes) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.patch(
            "/toys/versioned", json={"size": 1}, headers=in_bytes({"If-Match": given})
        )

    # then
    assert answer.status_code == 412
    assert answer.json()["code"] == "stale_version"
    assert answer.headers["etag"] == '"7"'


async def test_without_a_version_the_change_is_made() -> None:
    # when
    async with calling(APP) as client:
        answer = await client.patch("/toys/versioned", json={"size": 1})

    # then
    assert answer.json() == {"version": 8, "size": 1}


@pytest.mark.parametrize("given", ['"7"', 'W/"7"', "*", '"1", "7"'])
async def test_what_the_caller_has_already_is_not_sent_again(given: str) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.get("/toys/versioned", headers={"If-None-Match": given})

    # then
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == '"7"'


@pytest.mark.parametrize("given", ['"6"', "7", ""])
async def test_what_the_caller_does_not_have_is_sent(given: str) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.get("/toys/versioned", headers={"If-None-Match": given})

    # then
    assert answer.json() == {"version": 7}
