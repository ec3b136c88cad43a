"""A small application on the toolkit: enough routes to try every rule, none of the product's."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import httpx
from fastapi import Query
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.db.models.api_keys import ApiKey
from app.domain.errors import Conflict, NotFound
from app.web.application import Service, make_app
from app.web.bodies import Body, Out
from app.web.etags import IfMatchDep, etag
from app.web.money_fields import MoneyIn, MoneyOut
from app.web.pages import Page, PageDep, page
from app.web.routing import ActorDep, NowDep, SessionDep, WiredDep, make_router
from app.web.scalars import Day, Id, Instant, Name, Note, QueryFlag, Slug, StrictBool, Whole
from app.web.security import ANY_ROLE, NewKey, allow, make_key, public
from app.web.wired import Wired
from tests.builders import office

BOOTSTRAP = "a-bootstrap-key-for-tests-only"
NOW = datetime(2026, 11, 20, 3, 12, tzinfo=UTC)


@dataclass
class StandingClock:
    """A clock that says what it is told."""

    at: datetime = NOW
    readings: int = 0

    async def now(self) -> datetime:
        self.readings += 1
        return self.at


@dataclass
class Gate:
    """Holds a request inside its endpoint until the test lets it go on."""

    entered: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Wheel(Body):
    size: Whole


class ToyIn(Body):
    name: Name
    note: Note | None = None
    colour: Colour = Colour.RED
    made_on: Day | None = None
    made_at: Instant | None = None
    owner_id: Id | None = None
    kind: Slug | None = None
    price: MoneyIn | None = None
    loud: StrictBool = False
    wheels: Annotated[list[Wheel], Field(default_factory=list, max_length=20)]
    refs: Annotated[dict[str, Name], Field(default_factory=dict)]


class ToyOut(Out):
    id: Id
    name: str
    created_at: Instant
    price: MoneyOut | None = None


toys = make_router(tags=["toys"], prefix="/toys")
others = make_router(tags=["toys"])


@toys.get("", operation_id="toys_list")
@allow(*ANY_ROLE)
async def toys_list(
    session: SessionDep,
    asked: PageDep,
    role: Annotated[Slug | None, Query(description="Only of this role.")] = None,
    loud: QueryFlag = False,
) -> Page[ToyOut]:
    """List the toys."""
    wanted = select(ApiKey.id, ApiKey.name, ApiKey.created_at)
    if role is not None:
        wanted = wanted.where(ApiKey.role == role)
    found = await page(
        session, wanted, (ApiKey.created_at, ApiKey.id), limit=asked.limit, cursor=asked.cursor
    )
    return found.page(ToyOut.model_validate)


@others.post("/toys", operation_id="toys_create", status_code=201)
@allow("support")
async def toys_create(body: ToyIn, session: SessionDep, now: NowDep, response: Response) -> ToyOut:
    """Make a toy."""
    toy = await _stored(session, body.name, now)
    response.headers["Location"] = f"/toys/{toy.id}"
    response.headers["ETag"] = etag(1)
    return ToyOut(id=toy.id, name=toy.name, created_at=toy.created_at, price=body.price)


@toys.post("/echo", operation_id="toys_echo")
@allow("support")
async def toys_echo(body: ToyIn) -> dict[str, object]:
    """Say what was read, without a database."""
    return body.model_dump(mode="json")


@toys.get("/count", operation_id="toys_count")
@allow(*ANY_ROLE)
async def toys_count(session: SessionDep) -> int:
    """Count the toys."""
    return await session.scalar(select(func.count()).select_from(ApiKey)) or 0


@toys.get("/versioned", operation_id="toys_versioned")
@allow("read_only")
async def toys_versioned(response: Response) -> dict[str, int]:
    """One that has a version."""
    response.headers["ETag"] = etag(7)
    return {"version": 7}


@toys.patch("/versioned", operation_id="toys_change")
@allow("support")
async def toys_change(body: Wheel, expected: IfMatchDep) -> dict[str, int]:
    """Change the one that has a version."""
    expected.check(7)
    return {"version": 8, "size": body.size}


@toys.post("/act", operation_id="toys_act")
@allow("manager", "support")
async def toys_act(session: SessionDep, now: NowDep, actor: ActorDep) -> dict[str, str | None]:
    """Act, without a body."""
    await _stored(session, "acted", now)
    return {"actor": actor.id, "role": actor.role}


@toys.post("/raise", operation_id="toys_raise")
@allow("support")
async def toys_raise(session: SessionDep, now: NowDep) -> None:
    """Store, then meet a rule."""
    await _stored(session, "half made", now)
    raise Conflict("It is already on its way.", pointer="/name", facts={"state": "sent"})


@toys.post("/answer-409", operation_id="toys_answer_409")
@allow("support")
async def toys_answer_409(session: SessionDep, now: NowDep) -> Response:
    """Store, then answer that it did not work."""
    await _stored(session, "half made", now)
    return JSONResponse({}, status_code=409)


@toys.post("/crash", operation_id="toys_crash")
@allow("support")
async def toys_crash(session: SessionDep, now: NowDep) -> None:
    """Store, then fail as nobody foresaw."""
    await _stored(session, "half made", now)
    raise RuntimeError("a secret that must not be answered")


@toys.post("/twice", operation_id="toys_twice")
@allow("support")
async def toys_twice(session: SessionDep, now: NowDep) -> None:
    """Break a constraint of the database."""
    key = make_key("sandbox")
    for name in ("one", "two"):
        session.add(ApiKey(name=name, role="support", key_hash=key.hash, prefix=key.prefix))
    await session.flush()


@toys.post("/slow", operation_id="toys_slow", status_code=201)
@allow("support")
async def toys_slow(request: Request, session: SessionDep, now: NowDep) -> dict[str, str]:
    """Store, and wait at the gate."""
    gate: Gate = request.app.state.gate
    toy = await _stored(session, "slow", now)
    gate.entered.set()
    await gate.opened.wait()
    return {"id": str(toy.id)}


@toys.get("/time", operation_id="toys_time")
@allow("support")
async def toys_time(now: NowDep, wired: WiredDep) -> dict[str, str]:
    """Tell the time."""
    return {"now": now.isoformat(), "environment": wired.environment}


@toys.get("/broken", operation_id="toys_broken")
@allow("support")
async def toys_broken() -> None:
    """Fail as nobody foresaw, without a database."""
    raise FileNotFoundError("a secret that must not be answered")


@toys.get("/{toy_id}", operation_id="toys_get")
@allow("read_only")
async def toys_get(toy_id: Id, session: SessionDep) -> ToyOut:
    """Get one toy."""
    found = await session.execute(
        select(ApiKey.id, ApiKey.name, ApiKey.created_at).where(ApiKey.id == toy_id)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound("There is no such toy.")
    return ToyOut.model_validate(row)


@others.get("/alive", operation_id="alive")
@public("a probe has no key")
async def alive() -> dict[str, bool]:
    """Say that it lives."""
    return {"alive": True}


@public("its sender signs instead")
async def raw(request: Request) -> Response:
    """Answer with the size of the body, outside the unit of work."""
    return JSONResponse({"size": len(await request.body())})


async def _stored(session: AsyncSession, name: str, now: datetime) -> ApiKey:
    key = make_key("sandbox")
    toy = ApiKey(name=name, role="read_only", key_hash=key.hash, prefix=key.prefix, created_at=now)
    session.add(toy)
    await session.flush()
    return toy


def toy_app(
    sessions: async_sessionmaker[AsyncSession] | None = None, clock: StandingClock | None = None
) -> Service:
    """The toy application; without sessions its database is away."""
    wired = Wired(
        sessions=sessions or absent_database(),
        clock=clock or StandingClock(),
        environment="sandbox",
        version="1.2.3",
        bootstrap_key=BOOTSTRAP,
        office=office(),
    )
    app = make_app(
        wired,
        [toys, others],
        raw_routes=[Route("/raw/{source}", raw, methods=["POST"])],
        larger_bodies={"/raw/large": 2 * 1024 * 1024},
        tags=[{"name": "toys", "description": "Things to play with"}],
    )
    app.state.gate = Gate()
    return app


def absent_database() -> async_sessionmaker[AsyncSession]:
    """Sessions on a database that is not there."""
    engine = create_async_engine("postgresql+asyncpg://postgres@/none?host=/nowhere/at/all")
    return async_sessionmaker(engine)


@asynccontextmanager
async def calling(app: Service, key: str | None = BOOTSTRAP) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, with a key unless None."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://toys", headers=headers
    ) as client:
        yield client


def in_bytes(headers: Mapping[str, str | bytes]) -> list[tuple[bytes, bytes]]:
    """Headers as they go over the wire, so that a value need not be ASCII."""
    return [
        (name.encode(), value.encode() if isinstance(value, str) else value)
        for name, value in headers.items()
    ]


async def stored_key(sessions: async_sessionmaker[AsyncSession], role: str) -> NewKey:
    """A key of a role, stored as the command would."""
    key = make_key("sandbox")
    async with sessions() as session, session.begin():
        session.add(ApiKey(name=f"the {role} key", role=role, key_hash=key.hash, prefix=key.prefix))
    return key
