"""Keys, marks, and the check that no route forgot to say who may call it."""

import re
from hashlib import sha256

import pytest
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.domain.actor import Actor, ActorKind
from app.domain.roles import Role
from app.web.application import make_app
from app.web.refusals import RoleNotAllowed
from app.web.routing import make_router
from app.web.security import access_of, allow, check_role, make_key, public
from app.web.wired import Wired
from tests.builders import office
from tests.unit.web.toy_app import BOOTSTRAP, StandingClock, absent_database, calling, toy_app

APP = toy_app()


def wired() -> Wired:
    return Wired(
        sessions=absent_database(),
        clock=StandingClock(),
        environment="sandbox",
        version="1",
        office=office(),
    )


def test_a_key_names_its_environment_and_is_kept_as_a_hash_only() -> None:
    # when
    key, other = make_key("production"), make_key("production")

    # then
    assert re.fullmatch(r"cov_production_[A-Za-z0-9_-]{43}", key.plain)
    assert key.hash == sha256(key.plain.encode()).digest()
    assert key.plain.startswith(key.prefix)
    assert len(key.prefix) == len("cov_production_") + 6
    assert key.plain != other.plain


def test_the_wired_objects_do_not_print_the_bootstrap_key() -> None:
    assert BOOTSTRAP not in repr(APP.state.wired)


def test_an_actor_says_what_kind_of_doer_it_is() -> None:
    assert Actor.service("clock") == Actor(kind=ActorKind.SERVICE, id="clock", name="clock")


def test_admin_may_call_whatever_is_marked() -> None:
    # given
    @allow("sales")
    async def endpoint() -> None: ...

    # then
    access = access_of(endpoint)
    assert access is not None
    assert access.roles == {Role.SALES, Role.ADMIN}


def test_a_mark_names_roles_that_exist() -> None:
    with pytest.raises(ValueError, match="nobody"):
        allow("nobody")
    with pytest.raises(ValueError, match="needs a role"):
        allow()


def test_an_actor_of_another_role_is_told_which_roles_may() -> None:
    # given
    actor = Actor(kind=ActorKind.KEY, id="k", name="K", role="sales")

    # when
    with pytest.raises(RoleNotAllowed) as refused:
        check_role(actor, [Role.MANAGER, Role.SUPPORT])

    # then
    assert refused.value.facts == {"roles": ["admin", "manager", "support"]}


def test_a_route_that_forgot_its_mark_does_not_start() -> None:
    # given
    router = make_router(tags=["x"])

    @router.get("/open", operation_id="open_door")
    async def open_door() -> None: ...

    # then
    with pytest.raises(RuntimeError, match=r"/open: neither @allow\(...\) nor @public"):
        make_app(wired(), [router])


def test_a_route_without_an_operation_id_does_not_start() -> None:
    # given
    router = make_router(tags=["x"])

    @router.get("/nameless")
    @allow("sales")
    async def nameless() -> None: ...

    # then
    with pytest.raises(RuntimeError, match="/nameless: no operation_id"):
        make_app(wired(), [router])


def test_a_route_outside_the_unit_of_work_does_not_start() -> None:
    # given
    router = APIRouter()

    @router.get("/foreign", operation_id="foreign")
    @allow("sales")
    async def foreign() -> None: ...

    # then
    with pytest.raises(RuntimeError, match="/foreign: not made by make_router"):
        make_app(wired(), [router])


def test_a_raw_route_needs_a_mark_too() -> None:
    # given
    async def unmarked(request: Request) -> Response:
        return Response()

    # then
    with pytest.raises(RuntimeError, match="/unmarked: neither"):
        make_app(wired(), [], raw_routes=[Route("/unmarked", unmarked)])
    make_app(wired(), [], raw_routes=[Route("/marked", public("a reason")(unmarked))])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": BOOTSTRAP},
        {"Authorization": f"Basic {BOOTSTRAP}"},
        {"Authorization": f"Bearer {BOOTSTRAP} {BOOTSTRAP}"},
        {"Authorization": f"Bearer {BOOTSTRAP}x"},
        {"Authorization": b"Bearer \xff\xfe"},
        {"X-API-Key": ""},
        {"X-API-Key": "cov_sandbox_x"},
        {"X-API-Key": "cov_production_" + "x" * 43},
        {"X-API-Key": "Ж".encode()},
        {"Authorization": f"Bearer {BOOTSTRAP}", "X-API-Key": "another"},
        {"Authorization": f"Basic {BOOTSTRAP}", "X-API-Key": BOOTSTRAP},
    ],
)
async def test_without_a_valid_key_nobody_is_let_in(headers: dict[str, str]) -> None:
    # when
    async with calling(APP, key=None) as client:
        answer = await client.post("/toys/echo", content=b"not even read", headers=headers)

    # then
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthenticated"
    assert BOOTSTRAP not in answer.text


async def test_who_gives_no_key_is_told_how_to_give_one() -> None:
    # when
    async with calling(APP, key=None) as client:
        answer = await client.post("/toys/echo")

    # then
    assert answer.json()["detail"] == (
        "A valid API key is needed: send it in the header X-API-Key, or as Bearer in the header "
        "Authorization."
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {BOOTSTRAP}"},
        {"Authorization": f"bearer  {BOOTSTRAP}"},
        {"X-API-Key": BOOTSTRAP},
        {"X-API-Key": BOOTSTRAP, "Authorization": f"Bearer {BOOTSTRAP}"},
    ],
)
async def test_a_key_is_taken_from_either_header(headers: dict[str, str]) -> None:
    # when
    async with calling(APP, key=None) as client:
        answer = await client.post("/toys/echo", json={"name": "x"}, headers=headers)

    # then
    assert answer.status_code == 200


async def test_a_public_route_asks_for_no_key() -> None:
    # when
    async with calling(APP, key=None) as client:
        answer = await client.get("/alive")

    # then
    assert answer.json() == {"alive": True}
