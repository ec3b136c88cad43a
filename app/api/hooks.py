"""Subscriptions to events: REST hooks for Zapier, Make, n8n and one's own code."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import ConfigDict, Field

from app.api.acting import ActingDep
from app.api.permissions import READ, SUBSCRIBE
from app.domain.hook import MOST_EVENTS, checked_target, secret_of
from app.queries import hooks as queries
from app.services.hooks import events_sent, subscribe, unsubscribe
from app.web.bodies import Body, Out
from app.web.pages import Page, PageDep, page
from app.web.routing import SessionDep, WiredDep, make_router
from app.web.scalars import Id, Instant, Text
from app.web.security import allow

hooks = make_router(tags=["hooks"], prefix="/v1/hooks")

EventName = Annotated[str, Text(max=102)]


class HookIn(Body):
    """An address, and the events that it is to be told of."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"target_url": "https://hooks.example/abc", "events": ["contract.renewal_ahead"]}
            ]
        }
    )

    target_url: Annotated[str, Text(max=2000)]
    events: Annotated[list[EventName], Field(min_length=1, max_length=MOST_EVENTS)] = Field(
        description="Types of events; `contract.*` stands for all of a kind."
    )


class HookOut(Out):
    """A subscription."""

    id: Id
    target_url: str
    events: list[str]
    created_at: Instant
    created_by: str


class NewHookOut(HookOut):
    """A subscription as it was made, with the secret that its events are signed by."""

    secret: str = Field(description="Standard Webhooks secret; shown here and never again.")


@hooks.get("", operation_id="hooks_list")
@allow(*SUBSCRIBE)
async def hooks_list(
    session: SessionDep,
    asked: PageDep,
    target_url: Annotated[
        str | None, Query(description="Only the one with this address.", max_length=2000)
    ] = None,
) -> Page[HookOut]:
    """List the subscriptions that have not ended."""
    found = await page(
        session, queries.hooks_listed(target_url), queries.NEWEST, asked.limit, asked.cursor
    )
    return found.page(lambda row: HookOut.model_validate(row[0]))


@hooks.post("", operation_id="hooks_create", status_code=201)
@allow(*SUBSCRIBE)
async def hooks_create(body: HookIn, wired: WiredDep, call: ActingDep) -> NewHookOut:
    """Subscribe an address to events.

    They are signed by Standard Webhooks; an answer of 410 unsubscribes.
    """
    target = checked_target(body.target_url, is_sandbox=wired.environment == "sandbox")
    hook = await subscribe(
        call.session,
        target,
        body.events,
        known=events_sent(call.office),
        actor=call.actor,
        now=call.now,
    )
    await call.session.flush()
    call.response.headers["Location"] = f"/v1/hooks/{hook.id}"
    shown = HookOut.model_validate(hook)
    return NewHookOut(**shown.model_dump(), secret=secret_of(wired.secret_key, hook.id))


@hooks.delete("/{hook_id}", operation_id="hooks_delete", status_code=204)
@allow(*SUBSCRIBE)
async def hooks_delete(hook_id: Id, call: ActingDep) -> None:
    """End a subscription; what has not left yet does not leave."""
    why = f"{call.actor.name} has ended it."
    await unsubscribe(call.session, hook_id, why, actor=call.actor, now=call.now)


@hooks.get("/samples/{event}", operation_id="hooks_samples")
@allow(*READ)
async def hooks_samples(event: EventName, session: SessionDep) -> list[dict[str, Any]]:
    """Show the newest events of a type, as they were sent: a bare array, each with its `id`.

    Empty where none was sent yet.
    """
    return await queries.newest_events(session, event)
