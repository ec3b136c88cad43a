"""`POST /webhooks/{source}`: verify, store, acknowledge; it decides nothing."""

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, NoReturn

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.domain.errors import DomainError, NotFound
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
from app.web.security import public
from app.webhooks.document import path_item
from app.webhooks.intake import Intake, Stored
from app.webhooks.key_checks import KEY_HEADERS
from app.webhooks.storing import (
    Arrived,
    Brought,
    content_type_of,
    keep_the_fact,
)


class SourceUnknown(NotFound):
    """No sender is connected under this name."""

    code = "source_unknown"


class BodyNotParseable(Refusal):
    """The body is not in any form that the sender may use."""

    code: ClassVar[str] = "body_not_parseable"


class Door:
    """The endpoint: whatever is refused leaves nothing but the fact.

    Args:
        intake: What stands behind it.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    @public("its sender proves itself by a key or by its signature, which the endpoint checks")
    @bounds_its_body
    async def receive(self, request: Request) -> Response:
        """Take a call in, and answer once it is kept."""
        source = request.path_params["source"]
        sender = self._intake.wired.senders.get(source)
        if sender is None:
            raise SourceUnknown("No sender of events is connected under this name.")
        try:
            call, by_key = await self._called(request, sender, source)
            greeting = sender.handshake(call)
            if greeting is not None:
                return _answered(greeting, greeting.body or b"")
            if not by_key:
                await self._verify(sender, call)
            arrived = _read(sender, call)
        except DomainError as refused:
            await self._refuse(source, request, refused)
        brought = Brought(source, content_type_of(call.headers), call.body, arrived)
        stored = await self._intake.store(brought)
        for one in stored:
            inbound_events.labels(source, "accepted" if one.is_new else "duplicate").inc()
        return _acknowledged(sender.ack(), stored, as_list=_is_array(call))

    async def _called(
        self, request: Request, sender: AgreementSender, source: str
    ) -> tuple[InboundCall, bool]:
        """Take the call as it came, and whether a key proved it.

        A key that is given must be right, whatever else proves the call: a wrong one beside a
        good signature is somebody's mistake or somebody else's attempt.
        """
        headers = _first_of_each(request)
        by_key = sender.accepts_api_key and not headers.keys().isdisjoint(KEY_HEADERS)
        if by_key:
            await self._intake.keys.check(request.headers)
        body = await read_bounded(request, sender.max_body_bytes)
        call = InboundCall(
            source=source,
            headers=headers,
            query=dict(request.query_params) if request.scope["query_string"] else {},
            body=body,
        )
        return call, by_key

    async def _verify(self, sender: AgreementSender, call: InboundCall) -> None:
        # Signatures age in real time, wherever the sandbox has put the application's clock.
        try:
            sender.verify(call, now=await self._intake.real_time.now())
        except SignatureInvalid as invalid:
            raise Unauthenticated(str(invalid)) from None

    async def _refuse(self, source: str, request: Request, refused: DomainError) -> NoReturn:
        wired = self._intake.wired
        reason = f"{refused.code}: {refused.detail}"
        now = await wired.clock.now()
        async with wired.sessions.begin() as session:
            await keep_the_fact(session, source, request.headers, reason, now=now)
        inbound_events.labels(source, "rejected").inc()
        raise refused


def _first_of_each(request: Request) -> dict[str, str]:
    raw = request.scope["headers"]
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(raw)}


def _read(sender: AgreementSender, call: InboundCall) -> list[Arrived]:
    try:
        return [
            Arrived(sender.dedupe_key(call, document, index), document)
            for index, document in enumerate(sender.parse(call))
        ]
    except CallNotParseable as fault:
        if fault.status == 415:
            raise MediaTypeNotTaken(fault.detail) from None
        raise BodyNotParseable(fault.detail) from None


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


def webhook_routes(intake: Intake) -> Sequence[Route]:
    """The routes by which events come in."""
    door = Door(intake)
    return (Route("/webhooks/{source}", door.receive, methods=["POST"], name="webhooks_receive"),)


WEBHOOK_PATHS: Final[Mapping[str, dict[str, object]]] = {"/webhooks/{source}": path_item()}
