"""What a database holds, to see that nothing of it changed."""

from collections.abc import Mapping

from sqlalchemy import text

from tests.builders import Sessions

TABLES = """
    SELECT quote_ident(table_schema) || '.' || quote_ident(table_name)
    FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
"""
HELD = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"


async def contents(sessions: Sessions) -> Mapping[str, tuple[int, str | None]]:
    """Every table by its name: how many rows it has, and a hash of all of them."""
    async with sessions() as session:
        held = {}
        for table in (await session.scalars(text(TABLES))).all():
            rows, of_all = (await session.execute(text(HELD.format(table=table)))).one()
            held[table] = (rows, of_all)
        return held
