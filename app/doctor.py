"""Looks an installation over and says in plain words what is connected and what is not right."""

from typing import TextIO

from sqlalchemy import func, select, text

from app.bootstrap import Built
from app.db.migrating import is_migrated
from app.db.models import ApiKey, Staff
from app.delivery.systems import probe
from app.domain.delivery import System
from app.queries.inbound_events import quarantined_count
from app.queries.stuck import StuckView, stuck
from app.settings import Settings

TITLES = {
    System.BOARD: "monday.com (boards)",
    System.MAIL: "Help Scout (client e-mails)",
    System.CHAT: "Google Chat (rooms)",
    System.BILLING: "billing hook",
    System.CHARGES: "Stripe (charges of a changed user tier)",
    System.PROVISIONING: "provisioning (users of a client's site)",
    System.HOOKS: "subscribers to events",
}
OLDEST_POSTGRES = 150000


async def examine(built: Built, out: TextIO) -> bool:
    """Print what is found; True where nothing has to be put right.

    Args:
        built: The wired installation.
        out: Where the lines go: `ok`, `--` for what is merely absent, `!!` for what is wrong.
    """
    wrong = [*built.settings.problems(), *_unchanged_policy(built)]
    out.write(f"ok  Environment: {built.settings.env}, time zone {built.settings.timezone}\n")
    wrong += await _database(built, out)
    wrong += await _systems(built, out)
    catalog = built.work.office.catalog
    out.write(
        f"ok  Catalog: {len(catalog.packages)} packages, {len(catalog.movements)} movements\n"
    )
    if catalog.own_files:
        out.write(f"ok  Own catalog files: {', '.join(sorted(catalog.own_files))}\n")
    if any(package.sample for package in catalog.packages.values()):
        out.write("--  The packages and their prices are the shipped sample data.\n")
    out.writelines(f"!!  {sentence}\n" for sentence in wrong)
    out.write("All is well.\n" if not wrong else f"{len(wrong)} to be put right.\n")
    return not wrong


def _unchanged_policy(built: Built) -> list[str]:
    """The CC address of the shipped procedure belongs to those who wrote it."""
    settings: Settings = built.settings
    catalog = built.work.office.catalog
    own = "playbooks/client-upgrade.yaml" in catalog.own_files
    if settings.env != "production" or settings.marketing_cc or own:
        return []
    address = ", ".join(built.work.office.complete_email_cc)
    return [
        f"Complete e-mails go in CC to {address}, the shipped procedure's own address: "
        "set CHANGEOVER_MARKETING_CC."
    ]


async def _database(built: Built, out: TextIO) -> list[str]:
    wrong = []
    async with built.work.sessions() as session:
        number = await session.scalar(text("SELECT current_setting('server_version_num')::int"))
        shown = await session.scalar(text("SELECT current_setting('server_version')"))
        kind = "embedded" if built.settings.embedded else "given"
        out.write(f"ok  Postgres {shown} ({kind})\n")
        if (number or 0) < OLDEST_POSTGRES:
            wrong.append("Postgres is older than version 15.")
        if not await is_migrated(session):
            return [*wrong, "The database is not at the newest version: run changeover migrate."]
        people = await session.scalar(select(func.count()).where(Staff.active))
        keys = await session.scalar(select(func.count()).where(ApiKey.revoked_at.is_(None)))
        quarantined = await quarantined_count(session)
        found = await stuck(session)
    out.write(f"{'ok' if people else '--'}  {people} active members of staff\n")
    out.write(f"{'ok' if keys else '--'}  {keys} API keys\n")
    out.write(_quarantine_line(quarantined))
    out.writelines(_stuck_lines(found))
    return wrong


def _quarantine_line(count: int) -> str:
    if not count:
        return "ok  No inbound event is quarantined\n"
    events = "1 inbound event is" if count == 1 else f"{count} inbound events are"
    return f"--  {events} quarantined; see GET /v1/inbound-events?status=quarantined\n"


def _stuck_lines(found: StuckView) -> list[str]:
    """What is stuck beside the events: effects, quotes, jobs, systems that are paused or down."""
    lines = [
        f"--  {TITLES[one.system]} is {one.state}: {one.paused_because or one.last_failure}\n"
        for one in found.systems
    ]
    for what, counted in (
        ("effects", found.deliveries),
        ("changes of users", found.quotes),
        ("jobs of the queue", found.jobs),
    ):
        told = ", ".join(f"{count} {why}" for why, count in sorted(counted.items()) if count)
        lines += [f"--  Stuck {what}: {told}; see GET /v1/stuck\n"] if told else []
    return lines or ["ok  No effect, no change of users and no job is stuck\n"]


async def _systems(built: Built, out: TextIO) -> list[str]:
    wrong = []
    answered = set()
    async for system, well, sentence in probe(built.work.systems):
        answered.add(system)
        if well:
            out.write(f"ok  {TITLES[system]}: {sentence}\n")
        else:
            wrong.append(f"{TITLES[system]}: {sentence}")
    if built.work.office.awaits_boards:
        out.write("ok  Boards: made by an automation, found by the agreement's number\n")
    for system in System:
        if system not in answered:
            out.write(f"--  {TITLES[system]}: not connected; its work becomes tasks for a person\n")
    return wrong
