"""Every error is a problem document, and every domain error has a status."""

import importlib
import pkgutil

import pytest
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

import app.domain
from app.domain.errors import DomainError, NotFound
from app.web import refusals
from app.web.database_errors import refusal_for
from app.web.problems import STATUSES, refusal_answer, status_of
from tests.unit.web.toy_app import BOOTSTRAP, calling, toy_app

APP = toy_app()
PROBLEM = "application/problem+json"


def every_subclass(root: type[DomainError]) -> set[type[DomainError]]:
    below = set(root.__subclasses__())
    return below.union(*(every_subclass(one) for one in below))


def test_every_error_of_the_domain_has_a_status() -> None:
    # given
    for module in pkgutil.walk_packages(app.domain.__path__, "app.domain."):
        importlib.import_module(module.name)

    # when
    without = [
        error.__name__
        for error in every_subclass(DomainError)
        if error.__module__.startswith("app.") and not set(error.__mro__) & set(STATUSES)
    ]

    # then
    assert not without


def test_every_refusal_of_the_toolkit_has_a_status_and_a_code_of_its_own() -> None:
    # given
    errors = every_subclass(refusals.Refusal)

    # then
    assert len({error.code for error in errors}) == len(errors)
    assert all(400 <= status_of(error)[0] < 600 for error in errors)


def test_an_error_takes_the_status_of_its_nearest_base() -> None:
    # given
    class PlanNotFound(NotFound):
        code = "plan_not_found"

    # then
    assert status_of(PlanNotFound)[0] == 404
    assert status_of(DomainError)[0] == 422


async def test_an_unknown_address_is_a_problem() -> None:
    # when
    async with calling(APP, key=None) as client:
        answer = await client.get("/nothing/here")

    # then
    assert answer.status_code == 404
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json() == {
        "type": "/problems/not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing at this address.",
        "code": "not_found",
        "request_id": answer.headers["x-request-id"],
    }


async def test_a_trailing_slash_is_another_address() -> None:
    # when
    async with calling(APP) as client:
        answer = await client.get("/alive/")

    # then
    assert answer.status_code == 404
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/toys", "GET, POST"),
        ("PUT", "/toys/versioned", "GET, PATCH"),
        ("GET", "/raw/agreement", "POST"),
        ("POST", "/docs", "GET, HEAD"),
        ("PUT", "/toys/act", "POST"),
        ("PUT", "/toys/0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11", "GET"),
        ("BREW", "/alive", "GET"),
    ],
)
async def test_a_wrong_method_names_all_that_the_address_takes(
    method: str, path: str, allowed: str
) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.request(method, path)

    # then
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert answer.json()["code"] == "method_not_allowed"


async def test_a_fault_of_our_own_is_logged_once_and_tells_nothing() -> None:
    # when
    with capture_logs() as logs:
        async with calling(APP) as client:
            answer = await client.get("/toys/broken", headers={"X-Request-Id": "abc-1"})

    # then
    assert answer.status_code == 500
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["code"] == "internal_error"
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "abc-1"
    assert "secret" not in answer.text
    assert [(log["event"], log["log_level"]) for log in logs] == [("request failed", "error")]


async def test_a_database_that_is_away_is_a_503_that_says_when_to_come_back() -> None:
    # given
    key = "cov_sandbox_" + "x" * 43

    # when
    async with calling(APP, key=key) as client:
        asking_for_the_key = await client.get("/toys")
    async with calling(APP, key=BOOTSTRAP) as client:
        in_the_endpoint = await client.get("/toys")

    # then
    for answer in (asking_for_the_key, in_the_endpoint):
        assert answer.status_code == 503
        assert answer.json()["code"] == "unavailable"
        assert answer.headers["retry-after"] == "1"


class DriverError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__()
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "status"),
    [
        ("", 503),
        ("57P01", 503),
        ("08006", 503),
        ("53300", 503),
        ("40001", 503),
        ("40P01", 503),
        ("55P03", 503),
        ("57014", 503),
        ("23505", 409),
        ("23P01", 409),
        ("22003", 422),
        ("22021", 422),
    ],
)
def test_what_the_database_refuses_has_a_status(sqlstate: str, status: int) -> None:
    # when
    with capture_logs():
        refusal = refusal_for(DBAPIError("select", {}, DriverError(sqlstate)))

    # then
    assert refusal is not None
    assert status_of(type(refusal))[0] == status


def test_a_statement_that_is_wrong_is_a_fault_of_our_own() -> None:
    assert refusal_for(DBAPIError("select", {}, DriverError("42601"))) is None
    assert refusal_for(RuntimeError()) is None


def test_too_many_requests_say_when_to_come_back() -> None:
    # when
    answer = refusal_answer(refusals.TooManyRequests("Slow down.", retry_after_s=30), "r")

    # then
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
