"""`POST /webhooks/{source}`: verify, store, acknowledge; it decides nothing."""

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, NoReturn

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.db.clock import real_now
from app.domain.errors import DomainError, NotFound
from app.domain.roles import Role
from app.ports.inbound import (
    Acknowledgement,
    AgreementSender,
    CallNotParseable,
    InboundCall,
    SignatureInvalid,
)
from app.telemetry import inbound_events
from app.web.body_limit import bounds_its_body, read_bounded
from app.web.refusals import MediaTypeNotTaken, Refusal, Unauthenticated
from app.web.routing import wired_of
from app.web.security import authenticate, check_role, public
from app.web.wired import Wired
from app.webhooks.document import path_item
from app.webhooks.storing import (
    Arrived,
    Stored,
    keep_the_fact,
    plain_text,
    storable,
    store,
)

SENDERS: Final = (Role.INTEGRATION,)
"""Roles whose keys may bring events; `admin` may, as everywhere."""


class SourceUnknown(NotFound):
    """No sender is connected under this name."""

    code = "source_unknown"


class BodyNotParseable(Refusal):
    """The body is not in any form that the sender may use."""

    code: ClassVar[str] = "body_not_parseable"


@public("its sender proves itself by a key or by its signature, which the endpoint checks")
@bounds_its_body
async def receive(request: Request) -> Response:
    """Take a call in; whatever is refused leaves nothing but the fact."""
    wired = wired_of(request)
    source = request.path_params["source"]
    sender = wired.senders.get(source)
    if sender is None:
        raise SourceUnknown("No sender of events is connected under this name.")
    try:
        call, by_key = await _called(request, wired, sender, source)
        greeting = sender.handshake(call)
        if greeting is not None:
            return _answered(greeting, greeting.body or b"")
        arrived = await _admitted(wired, sender, call, by_key=by_key)
    except DomainError as refused:
        await _refuse(wired, source, request, refused)
    async with wired.sessions.begin() as session:
        stored = await store(session, call, arrived, now=call.received_at)
    for one in stored:
        inbound_events.labels(source, "accepted" if one.is_new else "duplicate").inc()
    return _acknowledged(sender.ack(), stored, as_list=_is_array(call))


async def _called(
    request: Request, wired: Wired, sender: AgreementSender, source: str
) -> tuple[InboundCall, bool]:
    """Take the call as it came, and whether a key proved it.

    A key that is given must be right, whatever else proves the call: a wrong one beside a good
    signature is somebody's mistake or somebody else's attempt.
    """
    by_key = sender.accepts_api_key and _gives_key(request)
    if by_key:
        check_role(await authenticate(request.headers, wired), SENDERS)
    body = await read_bounded(request, sender.max_body_bytes)
    call = InboundCall(
        source=source,
        headers=dict(request.headers),
        query=dict(request.query_params),
        body=body,
        received_at=await wired.clock.now(),
    )
    return call, by_key


async def _admitted(
    wired: Wired, sender: AgreementSender, call: InboundCall, *, by_key: bool
) -> list[Arrived]:
    """Prove the sender, unless its key has, and read the call."""
    if not by_key:
        async with wired.sessions() as session:
            await _verify(session, sender, call)
    return _read(sender, call)


def _gives_key(request: Request) -> bool:
    return "authorization" in request.headers or "x-api-key" in request.headers


async def _verify(session: AsyncSession, sender: AgreementSender, call: InboundCall) -> None:
    # Signatures age in real time, wherever the sandbox has put the application's clock.
    try:
        sender.verify(call, now=await real_now(session))
    except SignatureInvalid as invalid:
        raise Unauthenticated(str(invalid)) from None


def _read(sender: AgreementSender, call: InboundCall) -> list[Arrived]:
    try:
        return [
            Arrived(plain_text(sender.dedupe_key(call, document, index)), storable(document))
            for index, document in enumerate(sender.parse(call))
        ]
    except CallNotParseable as fault:
        if fault.status == 415:
            raise MediaTypeNotTaken(fault.detail) from None
        raise BodyNotParseable(fault.detail) from None


async def _refuse(wired: Wired, source: str, request: Request, refused: DomainError) -> NoReturn:
    async with wired.sessions.begin() as session:
        reason = f"{refused.code}: {refused.detail}"
        now = await wired.clock.now()
        await keep_the_fact(session, source, request.headers, reason, now=now)
    inbound_events.labels(source, "rejected").inc()
    raise refused


def _is_array(call: InboundCall) -> bool:
    is_json = "json" in call.headers.get("content-type", "").lower()
    return is_json and call.body.lstrip()[:1] == b"["


def _acknowledged(wanted: Acknowledgement, stored: Sequence[Stored], *, as_list: bool) -> Response:
    body = wanted.body
    if body is None:
        answers = [_answer(one) for one in stored]
        body = json.dumps({"events": answers} if as_list else answers[0]).encode()
    return _answered(wanted, body)


def _answered(wanted: Acknowledgement, body: bytes) -> Response:
    return Response(body, status_code=wanted.status, media_type=wanted.media_type)


def _answer(one: Stored) -> dict[str, str]:
    return {
        "event_id": str(one.event_id),
        "status": "accepted" if one.is_new else "duplicate",
    }


WEBHOOK_ROUTES: Final[Sequence[BaseRoute]] = (
    Route("/webhooks/{source}", receive, methods=["POST"], name="webhooks_receive"),
)
WEBHOOK_PATHS: Final[Mapping[str, dict[str, object]]] = {"/webhooks/{source}": path_item()}
