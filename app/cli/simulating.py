"""The command that runs a plan ahead on a clock of its own, and tells what would happen."""

import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

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
    document = event_in(event) if event else None

    async def job(built: Any) -> None:
        story = await _story(built, said, document, plan, People(people), connected=connected)
        _print(story, texts=texts, as_json=as_json)

    run(settings_for_looking(), job)


async def _story(
    built: Any, said: Said, document: Any, plan: str | None, people: Any, *, connected: bool
) -> Any:
    """Run it ahead; what cannot be is said without a traceback."""
    from dataclasses import replace  # noqa: PLC0415

    from app.domain.agreement import read_signed  # noqa: PLC0415
    from app.domain.delivery import System  # noqa: PLC0415
    from app.domain.errors import DomainError  # noqa: PLC0415
    from app.domain.fields import DocumentNotUnderstood  # noqa: PLC0415
    from app.services.simulation import run_plan, run_signed  # noqa: PLC0415

    office = built.work.office
    if connected:
        pretended = {System.BOARD, System.MAIL, System.CHAT}
        office = replace(office, connected=office.connected | pretended)
    now = await built.work.clock.now()
    by_options = document is None and plan is None
    try:
        async with built.work.sessions() as session:
            if plan is not None:
                plan_id = await _plan_id(session, plan)
                return await run_plan(session, plan_id, people=people, office=office, now=now)
            signed = read_signed(document or document_of(said, office.timezone))
            begins_at = signed.occurred_at or signed.agreement.signed_at or now
            return await run_signed(
                session, signed, people=people, office=office, begins_at=begins_at
            )
    except DocumentNotUnderstood as refusal:
        fail(CANNOT, faults_said(refusal.faults, by_options=by_options))
    except DomainError as refusal:
        fail(CANNOT, [refusal_said(refusal, by_options=by_options)])


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
