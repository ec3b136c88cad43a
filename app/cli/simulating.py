"""The command that runs a plan ahead on a clock of its own, and tells what would happen."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer

from app.cli.agreement_options import (
    CANNOT,
    SERVICE,
    Said,
    document_of,
    event_in,
    faults_said,
    refusal_said,
)
from app.cli.commands import app
from app.cli.running import fail, run, settings_for_looking
from app.domain.agreement import SignedAgreement, read_signed
from app.domain.calendar import zone_of
from app.domain.delivery import System
from app.domain.errors import DomainError
from app.domain.fields import DocumentNotUnderstood

_WAYS = "Say which plan: --event FILE, --plan PLAN, or at least --from, --to and --live-on."
PeopleOption = Annotated[
    str, typer.Option(help="diligent: everything on its day; or idle: nobody does anything.")
]


@app.command()
def simulate(  # noqa: PLR0913 - one argument an option
    *,
    event: Annotated[Path | None, typer.Option(help="A file with an agreement.signed.")] = None,
    plan: Annotated[str | None, typer.Option(help="A plan's ref or id: from where it is.")] = None,
    signed: Annotated[
        str | None, typer.Option(help='When it is signed, there: "2026-11-20 23:30"; else now.')
    ] = None,
    zone: Annotated[str | None, typer.Option(help="The client's: Australia/Sydney.")] = None,
    left: Annotated[str | None, typer.Option("--from", help="The package left.")] = None,
    taken: Annotated[str | None, typer.Option("--to", help="The package taken.")] = None,
    live_on: Annotated[str | None, typer.Option(help="The live date, a Monday.")] = None,
    client: Annotated[str, typer.Option(help="The client's name.")] = "Sample Client",
    country: Annotated[str | None, typer.Option(help="Whose holidays count: AU.")] = None,
    region: Annotated[str | None, typer.Option(help="And of which region: QLD.")] = None,
    service: Annotated[
        list[str] | None,
        typer.Option(help=f"How it is billed, {SERVICE}: sms:week:thursday:49.00 AUD:2026-12-09."),
    ] = None,
    people: PeopleOption = "diligent",
    connected: Annotated[
        bool, typer.Option("--connected", help="As if board, helpdesk and chat were connected.")
    ] = False,
    texts: Annotated[bool, typer.Option("--texts", help="Tell messages whole.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with a JSON document.")] = False,
) -> None:
    """Run a plan ahead on a clock of its own: every date, message and amount, and what blocks it.

    Nothing is stored and nothing is sent: the services do it, in one transaction that is taken
    back.
    """
    from app.services.stories import People  # noqa: PLC0415 - a quick start

    said = Said(client, signed, zone, left, taken, live_on, country, region, tuple(service or ()))
    told = any((signed, zone, left, taken, live_on, country, region, service))
    if [event is not None, plan is not None, told].count(True) != 1:
        fail(CANNOT, [_WAYS])
    if people not in set(People):
        fail(CANNOT, [f"--people: There are {' and '.join(People)} ones."])
    settings = settings_for_looking()
    agreement = None if plan else _agreement(event, said, zone_of(settings.timezone))

    async def job(built: Any) -> None:
        office = _as_if_connected(built.work.office) if connected else built.work.office
        try:
            story = await _story(built, agreement, plan, People(people), office)
        except DomainError as refusal:
            fail(CANNOT, [refusal_said(refusal, by_options=told)])
        _print(story, texts=texts, as_json=as_json)

    run(settings, job)


def _agreement(event: Path | None, said: Said, zone: ZoneInfo) -> SignedAgreement:
    document = event_in(event) if event else document_of(said, zone)
    try:
        return read_signed(document)
    except DocumentNotUnderstood as refusal:
        fail(CANNOT, faults_said(refusal.faults, by_options=event is None))


def _as_if_connected(office: Any) -> Any:
    return replace(office, connected=office.connected | {System.BOARD, System.MAIL, System.CHAT})


async def _story(
    built: Any, agreement: SignedAgreement | None, plan: str | None, people: Any, office: Any
) -> Any:
    from app.services.simulation import run_plan, run_signed  # noqa: PLC0415

    now = await built.work.clock.now()
    async with built.work.sessions() as session:
        if agreement is None:
            plan_id = await _plan_id(session, str(plan))
            return await run_plan(session, plan_id, people=people, office=office, now=now)
        begins_at = agreement.occurred_at or agreement.agreement.signed_at or now
        return await run_signed(
            session, agreement, people=people, office=office, begins_at=begins_at
        )


async def _plan_id(session: Any, named: str) -> UUID:
    from sqlalchemy import select  # noqa: PLC0415

    from app.db.models import Plan  # noqa: PLC0415
    from app.db.plans import PlanNotFound  # noqa: PLC0415

    try:
        return UUID(named)
    except ValueError:
        found = await session.scalar(select(Plan.id).where(Plan.ref == named.strip().upper()))
    if found is None:
        raise PlanNotFound("There is no plan with this ref or id.")
    plan_id: UUID = found
    return plan_id


def _print(story: Any, *, texts: bool, as_json: bool) -> None:
    from app.cli.story_json import story_document  # noqa: PLC0415
    from app.cli.story_text import story_lines  # noqa: PLC0415

    if as_json:
        typer.echo(json.dumps(story_document(story), indent=2, ensure_ascii=False))
        return
    for line in story_lines(story, whole=texts):
        typer.echo(line)
