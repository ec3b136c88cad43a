"""Parameters of the address: known ones, once, in one spelling."""

import pytest

from tests.unit.web.toy_app import calling, toy_app

APP = toy_app()


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("colour=red", "parameter_unknown", None),
        ("limit=5&x", "parameter_unknown", None),
        ("limit=5&limit=6", "parameter_repeated", "limit"),
        ("limit=5&limit=5", "parameter_repeated", "limit"),
        ("role=%00", "parameter_invalid", None),
        ("cursor=x", "cursor_invalid", "cursor"),
    ],
)
async def test_a_parameter_that_cannot_be_meant_is_refused(
    query: str, code: str, parameter: str | None
) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.get(f"/toys?{query}")

    # then
    assert answer.status_code == 422
    assert answer.json()["code"] == code
    named = [error.get("parameter") for error in answer.json().get("errors", [])]
    assert named == ([parameter] if parameter else [])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "page_limit_invalid"),
        ("limit=201", "page_limit_invalid"),
        ("limit=1_0", "page_limit_invalid"),
        ("limit=%2B5", "page_limit_invalid"),
        ("limit=%205", "page_limit_invalid"),
        ("limit=\u0665", "page_limit_invalid"),
        ("limit=", "page_limit_invalid"),
        ("limit=5.0", "page_limit_invalid"),
        ("limit=999999999999999999999999", "page_limit_invalid"),
        ("loud=1", "flag_invalid"),
        ("loud=yes", "flag_invalid"),
        ("role=Not%20A%20Slug", "slug_invalid"),
    ],
)
async def test_a_parameter_of_a_wrong_form_is_named(query: str, code: str) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.get(f"/toys?{query}")

    # then
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["code"] == code
    assert error["parameter"] == query.partition("=")[0]
    assert "pointer" not in error


@pytest.mark.parametrize("toy_id", ["1", "x", "%00", "0193A6C2-7B1E-7CC0-8F0A-3D1F6A2B9C11", "..."])
async def test_an_id_of_a_wrong_form_is_refused(toy_id: str) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.get(f"/toys/{toy_id}")

    # then
    assert answer.status_code == 422
    assert "0193A6C2" not in answer.text


async def test_the_time_is_read_once_for_a_request() -> None:
    # given
    app = toy_app()

    # when
    async with calling(app) as client:
        answer = await client.get("/toys/time")

    # then
    assert answer.json() == {"now": "2026-11-20T03:12:00+00:00", "environment": "sandbox"}
    assert app.state.wired.clock.readings == 1
