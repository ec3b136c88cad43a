"""Outside effects: read with every attempt; retried, skipped, done by hand where one is stuck."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.acting import ActingDep
from app.api.locking import hold_delivery
from app.api.permissions import OPERATE, READ
from app.api.shapes import EvidenceIn, EvidenceOut, MaybeWhyIn, WhyIn
from app.domain.carrying_out import Evidence
from app.domain.delivery import DeliveryKind, DeliveryState, System
from app.queries import deliveries as queries
from app.services.bulk_retries import MOST_AT_ONCE, RetryMany, retry_many
from app.services.decisions import Decide
from app.services.deliveries import decide
from app.services.letters import as_it_reads
from app.services.office import Office
from app.web.bodies import Body, Out
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import ActorDep, NowDep, SessionDep, WiredDep, make_router
from app.web.scalars import Id, Instant, Reason, Whole
from app.web.security import allow

deliveries = make_router(tags=["deliveries"], prefix="/v1/deliveries")


class DeliverySummaryOut(Out):
    """An outside effect, as lists show it."""

    id: Id
    plan_id: Id | None = Field(description="The plan that it belongs to, if to one.")
    quote_id: Id | None = Field(description="The change of users that it belongs to, if to one.")
    contract_id: Id | None = Field(description="The contract that it belongs to, if to one.")
    run_id: Id | None = Field(description="The run of a playbook that it belongs to, if to one.")
    playbook_version_id: Id | None = Field(
        description="The version of a playbook that it belongs to, if to one."
    )
    hook_id: Id | None = Field(description="The subscription that an event goes to.")
    version: int
    kind: DeliveryKind
    system: System
    subject: str = Field(description="What it concerns, in words.")
    key: str = Field(description="The idempotency key that the vendor is sent.")
    generation: int = Field(description="New after a definite refusal that is tried again.")
    state: DeliveryState
    attempts: int
    reason: str | None = Field(description="Why it failed, waits or was dropped.")
    not_after: Instant | None = Field(description="Too late at this instant.")
    next_attempt_at: Instant | None
    created_at: Instant
    settled_at: Instant | None


class AttemptOut(Out):
    """One try, with what went over the wire: bounded, and without secrets."""

    number: int
    started_at: Instant
    finished_at: Instant | None
    outcome: str | None = Field(description="Null while it runs, or when it was killed.")
    detail: str | None
    exchanges: list[dict[str, Any]]


class DeliveryOut(DeliverySummaryOut):
    """An outside effect whole, with every attempt."""

    published_at: Instant | None = Field(description="When an e-mail was seen as sent.")
    payload: dict[str, Any] = Field(description="The effect, as it was intended.")
    result: dict[str, Any] | None = Field(description="The vendor's ids of the effect.")
    evidence: EvidenceOut | None
    tries: list[AttemptOut]


class DoneByHandIn(Body):
    """That a person did it in the outside system, and where that can be seen."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"evidence": {"reference": "Mailbox, conversation 4711"}}]}
    )

    evidence: EvidenceIn
    reason: Reason | None = None


class RetryManyIn(Body):
    """Which stuck deliveries to try again; at least one field of the filter is given."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"system": "helpscout", "reason": "It is up again."}]}
    )

    plan_id: Annotated[Id | None, Field(description="Only of this plan.")] = None
    system: Annotated[System | None, Field(description="Only to this system.")] = None
    kind: Annotated[DeliveryKind | None, Field(description="Only of this kind.")] = None
    state: Annotated[
        Literal["failed", "parked"] | None, Field(description="Only in this state.")
    ] = None
    limit: Annotated[
        Whole, Field(ge=1, le=MOST_AT_ONCE, description="Most tried again by this call.")
    ] = MOST_AT_ONCE
    reason: Reason | None = None


class LeftOut(Out):
    """A delivery that was left as it is, and why."""

    delivery_id: Id
    code: str
    detail: str


class RetriedOut(Out):
    """What became of a retry of many."""

    retried: int
    refused: list[LeftOut] = Field(description="Left as they are: each with the reason.")
    left: int = Field(description="How many more the filter lets through; call again for them.")


@deliveries.post("/retry", operation_id="deliveries_retry_many")
@allow(*OPERATE)
async def deliveries_retry_many(
    body: RetryManyIn, session: SessionDep, wired: WiredDep, actor: ActorDep, now: NowDep
) -> RetriedOut:
    """Try many stuck effects again.

    Failed and parked ones that the filter lets through, at most 200 a call, each as if it were
    tried again on its own. An empty filter is refused.
    """
    command = RetryMany(**body.model_dump())
    found = await retry_many(session, command, office=wired.office, actor=actor, now=now)
    return RetriedOut.model_validate(found)


@deliveries.get("", operation_id="deliveries_list")
@allow(*READ)
async def deliveries_list(
    session: SessionDep,
    asked: PageDep,
    plan_id: Annotated[Id | None, Query(description="Only of this plan.")] = None,
    quote_id: Annotated[Id | None, Query(description="Only of this change of users.")] = None,
    contract_id: Annotated[Id | None, Query(description="Only of this contract.")] = None,
    system: Annotated[System | None, Query(description="Only to this system.")] = None,
    kind: Annotated[DeliveryKind | None, Query(description="Only of this kind.")] = None,
    state: Annotated[DeliveryState | None, Query(description="Only in this state.")] = None,
) -> Page[DeliverySummaryOut]:
    """List outside effects.

    Newest first. `failed` and `parked` ones wait for a person.
    """
    by = queries.DeliveryFilter(plan_id, quote_id, contract_id, system, kind, state)
    wanted = queries.deliveries_listed(by)
    found = await page(session, wanted, queries.NEWEST, asked.limit, asked.cursor)
    return found.page(
        lambda row: DeliverySummaryOut.model_validate(queries.delivery_summary_of(row))
    )


@deliveries.get("/{delivery_id}", operation_id="deliveries_get")
@allow(*READ)
async def deliveries_get(
    delivery_id: Id, session: SessionDep, wired: WiredDep, response: Response
) -> DeliveryOut:
    """Get an outside effect with its attempts."""
    return await _answer(session, delivery_id, wired.office, response)


@deliveries.post("/{delivery_id}/retry", operation_id="deliveries_retry")
@allow(*OPERATE)
async def deliveries_retry(
    delivery_id: Id,
    call: ActingDep,
    body: MaybeWhyIn | None = None,
) -> DeliveryOut:
    """Try a refused effect again.

    Under a new idempotency key, since the refusal was definite.
    """
    await hold_delivery(call.session, delivery_id, call.expected)
    command = Decide(delivery_id, "retry", body.reason if body else None)
    await decide(call.session, command, office=call.office, actor=call.actor, now=call.now)
    return await _answer(call.session, delivery_id, call.office, call.response)


@deliveries.post("/{delivery_id}/skip", operation_id="deliveries_skip")
@allow(*OPERATE)
async def deliveries_skip(
    delivery_id: Id,
    body: WhyIn,
    call: ActingDep,
) -> DeliveryOut:
    """Leave an effect out, with the reason."""
    await hold_delivery(call.session, delivery_id, call.expected)
    command = Decide(delivery_id, "skip", body.reason)
    await decide(call.session, command, office=call.office, actor=call.actor, now=call.now)
    return await _answer(call.session, delivery_id, call.office, call.response)


@deliveries.post("/{delivery_id}/mark-done", operation_id="deliveries_mark_done")
@allow(*OPERATE)
async def deliveries_mark_done(
    delivery_id: Id,
    body: DoneByHandIn,
    call: ActingDep,
) -> DeliveryOut:
    """Say that a person did it by hand, and where it can be seen."""
    await hold_delivery(call.session, delivery_id, call.expected)
    evidence = Evidence(body.evidence.reference, body.evidence.note)
    command = Decide(delivery_id, "mark-done", body.reason, evidence)
    await decide(call.session, command, office=call.office, actor=call.actor, now=call.now)
    return await _answer(call.session, delivery_id, call.office, call.response)


async def _answer(
    session: AsyncSession, delivery_id: Id, office: Office, response: Response
) -> DeliveryOut:
    one = await queries.delivery_by_id(session, delivery_id)
    response.headers["ETag"] = etag(one.version)
    return DeliveryOut.model_validate(replace(one, payload=dict(as_it_reads(one.payload, office))))
