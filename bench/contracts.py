"""How long money takes: a row prorated, a change previewed, the timeline of a day.

    .venv/bin/python bench/contracts.py [--previews 50] [--lines 1000000]

The database is the embedded one, made for the run. A preview is of a contract with 1,000 lines and
200 past changes: loaded, decided, billed before and after. The timeline of a day is one question
to a database of a million lines. Prints medians with their spread.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.catalog.loader import load_catalog
from app.db.contracts import lately, line_ids, load
from app.db.embedded import EmbeddedPostgres
from app.db.engine import make_engine, make_sessions
from app.db.ids import new_id
from app.db.migrating import migrate
from app.db.models import Client
from app.domain.calendar import zone_of
from app.domain.contract.change import ChangeKind, ChangeOrder, LineEdit, Rights
from app.domain.contract.model import RenewalTerms
from app.domain.contract.preview import Asked, previewed
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod, Days
from app.domain.proration import Priced, prorated, row_of
from app.domain.reckoning import ReckoningKind
from app.queries.entitlements import entitlements_on
from app.services.contracts.carrying_out import CLOCK
from app.services.contracts.changing import EnterChange, enter_change
from app.services.contracts.creating import NewContract, NewLine, create_contract
from app.services.office import Office

START, TODAY = date(2026, 1, 1), date(2026, 9, 16)
ROWS = 20_000
PRODUCTS = 800
CHANGES = 200
DAYS = 200


def aud(amount: str) -> Money:
    """An amount in AUD."""
    return Money.of(amount, "AUD")


def rows_a_second() -> None:
    """Rows prorated in pure Python, without and with their sentence."""
    whole, part = Days(date(2026, 5, 1), date(2026, 6, 1)), Days(date(2026, 5, 7), date(2026, 6, 1))
    price = aud("599.95")
    named = Priced(price, "150 x Seats", "month")
    money: Callable[[], object] = lambda: prorated(price, part, whole)  # noqa: E731
    row: Callable[[], object] = lambda: row_of(ReckoningKind.CREDIT, part, whole, named)  # noqa: E731
    for name, once in (("money of a row", money), ("a row with its sentence", row)):
        rates = []
        for _ in range(7):
            started = time.perf_counter()
            for _ in range(ROWS):
                once()
            rates.append(ROWS / (time.perf_counter() - started))
        print(
            f"{name:28} median {statistics.median(rates):,.0f}/s   "
            f"least {min(rates):,.0f}   most {max(rates):,.0f}   n={len(rates)} x {ROWS:,}"
        )


def show(name: str, milliseconds: list[float]) -> None:
    """One line: median, quartiles, extremes."""
    low, median, high = statistics.quantiles(milliseconds, n=4)
    print(
        f"{name:28} median {median:.2f} ms   quartiles {low:.2f} to {high:.2f}   "
        f"least {min(milliseconds):.2f}   most {max(milliseconds):.2f}   n={len(milliseconds)}"
    )


async def measured(once: Callable[[], Awaitable[object]], count: int) -> list[float]:
    """Milliseconds of each call, the first few left out."""
    taken = []
    for number in range(count + 5):
        started = time.perf_counter()
        await once()
        if number >= 5:
            taken.append((time.perf_counter() - started) * 1000)
    return taken


async def a_long_contract(sessions: async_sessionmaker[AsyncSession], office: Office) -> UUID:
    """A contract with 1,000 lines, 200 of which its 200 past changes have opened."""
    client = Client(
        id=new_id(),
        ref="C-BENCH",
        name="Sample client",
        email="owner@client.example",
        timezone="Australia/Brisbane",
        language="en",
    )
    new = NewContract(
        client_id=client.id,
        currency="AUD",
        period=BillingPeriod.MONTH,
        anchor=Anchor(1),
        starts_on=START,
        ends_on=date(2028, 1, 1),
        renewal=RenewalTerms.AUTOMATIC,
        notice_days=0,
        basis=None,
        order_ref="BENCH",
        lines=tuple(NewLine(f"product-{at}", 10, aud("9.95")) for at in range(PRODUCTS)),
    )
    now = _noon(START)
    async with sessions.begin() as session:
        session.add(client)
        await session.flush()
        made = await create_contract(session, new, office=office, actor=CLOCK, now=now)
        contract_id = made.id
    for number in range(CHANGES):
        on = START + timedelta(days=1 + number)
        edit = LineEdit(f"product-{number}", add=5)
        order = ChangeOrder(ChangeKind.UPGRADE, on, on, (edit,))
        async with sessions.begin() as session:
            await enter_change(
                session,
                EnterChange(contract_id, order, Rights()),
                office=office,
                actor=CLOCK,
                now=_noon(on),
            )
    return contract_id


def _noon(on: date) -> datetime:
    """Noon in Brisbane."""
    return datetime(on.year, on.month, on.day, 2, tzinfo=UTC)


async def previews(sessions: async_sessionmaker[AsyncSession], office: Office, count: int) -> None:
    """Preview a change of a long contract, loaded anew each time."""
    contract_id = await a_long_contract(sessions, office)
    policies = office.catalog.contracts
    order = ChangeOrder(
        ChangeKind.UPGRADE,
        TODAY,
        TODAY,
        (LineEdit("product-3", add=7), LineEdit("product-700", add=1)),
    )

    async def once() -> object:
        async with sessions() as session:
            since = lately(TODAY, _noon(TODAY))
            loaded = await load(session, contract_id, since=since)
        change_id = new_id()
        asked = Asked(
            change_id,
            order,
            policies.changes[ChangeKind.UPGRADE],
            TODAY,
            Rights(),
            line_ids(change_id),
        )
        return previewed(loaded.known, asked, policies.bands)

    seen = await once()
    async with sessions() as session:
        lines = await session.scalar(text("SELECT count(*) FROM contract_lines"))
        changes = await session.scalar(text("SELECT count(*) FROM contract_changes"))
    assert seen is not None
    print(f"one contract with {lines:,} lines and {changes} past changes")
    show("preview of a change", await measured(once, count))


FILL = """
    INSERT INTO clients (id, ref, name, email, timezone, language, version)
    SELECT gen_random_uuid(), 'B-' || n, 'Sample ' || n, n || '@client.example', 'UTC', 'en', 1
    FROM generate_series(1, :clients) n;
    INSERT INTO contracts (id, version, client_id, currency, period, anchor_day, starts_on,
        term_ends_on, ends_on, renewal, notice_days, basis, is_terminated, created_at, created_by)
    SELECT gen_random_uuid(), 1, id, 'AUD', 'month', 1, '2026-01-01', '2028-01-01', '2028-01-01',
        'manual', 0, 'actual_days', false, now(), 'bench'
    FROM clients WHERE ref LIKE 'B-%';
    INSERT INTO contract_products (contract_id, product)
    SELECT c.id, 'product-' || p FROM contracts c, generate_series(1, 20) p
    WHERE c.created_by = 'bench';
    INSERT INTO contract_lines (id, contract_id, product_no, product, title, quantity,
        unit_price_minor, kind, period, anchor_day, days, billed_from, billed_to, until,
        discount_once)
    SELECT gen_random_uuid(), p.contract_id, p.no, p.product, p.product, 10, 995, 'recurring',
        'month', 1, daterange(d::date, (d + interval '1 month')::date), d::date,
        (d + interval '1 month')::date, '2028-01-01', false
    FROM contract_products p,
        generate_series('2026-01-01'::timestamp, '2026-10-01', interval '1 month') d
    WHERE p.product LIKE 'product-%' AND p.contract_id IN
        (SELECT id FROM contracts WHERE created_by = 'bench');
    ANALYZE contract_lines; ANALYZE contracts; ANALYZE clients; ANALYZE contract_changes
"""


async def timelines(sessions: async_sessionmaker[AsyncSession], lines: int) -> None:
    """Ask what a client has on a day, in a database of a million lines."""
    clients = lines // 200  # twenty products a client, ten lines a product
    for statement in FILL.split(";"):
        async with sessions.begin() as session:
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            wanted = {"clients": clients} if ":clients" in statement else {}
            await session.execute(text(statement), wanted)
    async with sessions() as session:
        held = await session.scalar(text("SELECT count(*) FROM contract_lines"))
        ids = list(
            await session.scalars(text("SELECT id FROM clients WHERE ref LIKE 'B-%' LIMIT 500"))
        )
    print(f"a database with {held:,} lines of {clients:,} clients")
    numbers = iter(range(10**9))
    async with sessions() as session:
        policy = load_catalog().contracts.changes[ChangeKind.RENEWAL]

        async def once() -> object:
            number = next(numbers)
            on = START + timedelta(days=number % 270)
            found = await entitlements_on(session, ids[number % len(ids)], on, policy=policy)
            assert len(found) == 20
            return found

        show("timeline of a day", await measured(once, DAYS))


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--previews", type=int, default=50)
    parser.add_argument("--lines", type=int, default=1_000_000)
    given = parser.parse_args()
    rows_a_second()
    office = Office(
        load_catalog(),
        zone_of("Australia/Brisbane"),
        frozenset(),
        organisation="Sample",
        public_url="http://localhost",
    )
    with (
        tempfile.TemporaryDirectory(prefix="changeover-bench-") as folder,
        EmbeddedPostgres(Path(folder), durable=False) as server,
    ):
        await asyncio.to_thread(migrate, server.url)
        engine = make_engine(server.url)
        sessions = make_sessions(engine)
        await previews(sessions, office, given.previews)
        await timelines(sessions, given.lines)
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
