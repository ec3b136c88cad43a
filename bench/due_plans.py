"""Databases full of plans that are due at one instant, set up in bulk, and the bare SQL beside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import alembic.command
from alembic.config import Config
from sqlalchemy import URL

from app.db.engine import connect_raw

ROOT = Path(__file__).resolve().parents[1]

SETTING_UP = (
    """INSERT INTO staff (id, name, email, role, active, refs, version)
       SELECT gen_random_uuid(), initcap(role) || ' (sample) ' || n, role || n || '@agency.example',
           role, true, '{}', 1
       FROM unnest(ARRAY['sales', 'support', 'marketing', 'lead']) role, generate_series(1, 5) n""",
    """INSERT INTO clients (id, ref, name, email, timezone, language, package, version)
       SELECT changeover_uuid7(1, 1, n::text, 1), 'C-' || n, 'Sample client ' || n,
           'owner' || n || '@client.example', 'Australia/Brisbane', 'en', 'sprint', 1
       FROM generate_series(1, $1) n""",
    """INSERT INTO agreements (id, ref, kind, client_id, from_package, to_package, signed_at,
           services)
       SELECT changeover_uuid7(1, 1, n::text, 2), 'BENCH-' || n, 'upgrade',
           changeover_uuid7(1, 1, n::text, 1), 'sprint', 'scale', now() - interval '3 weeks', '[]'
       FROM generate_series(1, $1) n""",
    """INSERT INTO playbook_texts (id, playbook, playbook_version, digest, body, created_at)
       SELECT gen_random_uuid(), 'client-upgrade', 1, 'sample', 'Sample text', now()""",
    """INSERT INTO runs (id, playbook, playbook_version, text_id, subject_kind, subject_ref,
           client_id, cause, state, inputs, anchors, stages, people, started_at, started_by,
           version)
       SELECT changeover_uuid7(1, 1, n::text, 6), 'client-upgrade', 1, t.id, 'client', 'CO-B' || n,
           changeover_uuid7(1, 1, n::text, 1), 'plan/CO-B' || n, 'running', '{}', '{}', '{}', '{}',
           now() - interval '3 weeks', 'clock', 20
       FROM generate_series(1, $1) n, playbook_texts t""",
    """INSERT INTO plans (id, version, ref, agreement_id, client_id, playbook_key, playbook_version,
           state, from_package, to_package, timezone, signed_at, live_on, live_at, window_opens_at,
           flags, sales_id, support_id, marketing_id, staff_named, acknowledged_at,
           acknowledged_by, begun_at, complete_email, blockers, waits, board_ref, board_state,
           run_id, created_at, updated_at)
       SELECT changeover_uuid7(1, 1, n::text, 3), 20, 'CO-B' || n,
           changeover_uuid7(1, 1, n::text, 2), changeover_uuid7(1, 1, n::text, 1),
           'client-upgrade', 1, 'in_window', 'sprint', 'scale',
           'Australia/Brisbane', now() - interval '3 weeks', date_trunc('week', now())::date,
           now() - interval '1 second', now() - interval '6 days', '{}', s.id, p.id, m.id, '{}',
           now() - interval '3 days', 'Sample', now() - interval '3 weeks', 'delivered', 0, '{}',
           'B' || n, 'ready', changeover_uuid7(1, 1, n::text, 6), now() - interval '3 weeks',
           now() - interval '3 days'
       FROM generate_series(1, $1) n
       JOIN staff s ON s.email = 'sales' || (1 + n % 5) || '@agency.example'
       JOIN staff p ON p.email = 'support' || (1 + n % 5) || '@agency.example'
       JOIN staff m ON m.email = 'marketing' || (1 + n % 5) || '@agency.example'""",
    """INSERT INTO tasks (id, plan_id, version, key, kind, position, title, board_group, role,
           assignee_id, due_on, state, blocks_ready, checklist, instructions, board_item_ref,
           done_at, done_by, run_id, step, step_state)
       SELECT changeover_uuid7(1, t, p.id::text, 4), p.id, 2, 'step' || t, 'setup', t,
           'Sample step ' || t, 'SMS', 'support', p.support_id, p.live_on - 5, 'done', true,
           '[{"text": "Sample check", "required": true, "done": true}]', 'Sample instructions.',
           p.board_ref || t, now() - interval '4 days', 'Sample', p.run_id, 'step' || t, 'done'
       FROM plans p, generate_series(1, 9) t""",
    """INSERT INTO timers (id, plan_id, moment, fires_at, state)
       SELECT changeover_uuid7(1, 1, p.id::text, 5), p.id, 'acknowledgement_due',
           now() - interval '3 days', 'dropped'
       FROM plans p""",
)
BARE = """
WITH mine AS MATERIALIZED (
    SELECT id, client_id, run_id, ref FROM plans WHERE hashtext(id::text) & 1 = ANY($1::int[])
), moved AS (
    UPDATE plans p SET state = 'completed', went_live_at = now(), completed_at = now(),
        version = p.version + 1, updated_at = now()
    FROM mine WHERE p.id = mine.id
), given AS (
    UPDATE clients c SET package = 'scale', version = c.version + 1
    FROM mine WHERE c.id = mine.client_id
), over AS (
    UPDATE runs r SET state = 'completed', ended_at = now(), version = r.version + 1
    FROM mine WHERE r.id = mine.run_id
), noted AS (
    INSERT INTO audit (id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id,
        plan_id, before, after)
    SELECT changeover_uuid7(2, n, mine.id::text, 6), now(), 'service', 'clock', 'clock',
        'plan.went_live', 'plan', mine.id, mine.id, '{"state": "in_window"}', '{"state": "live"}'
    FROM mine, generate_series(1, 3) n
)
INSERT INTO deliveries (id, plan_id, kind, system, subject, key, generation, state, payload,
    progress, attempts, withdraw, created_at, version)
SELECT changeover_uuid7(2, n, mine.id::text, 7), mine.id, 'chat.post', 'google_chat',
    'live/marketing', mine.ref || '/chat.post/' || n, 1, 'pending', $2::jsonb, '{}', 0,
    false, now(), 1
FROM mine, generate_series(1, 3) n
"""
PAYLOAD = {
    "room": "marketing",
    "thread": "CO-B100000",
    "template": "plan_live",
    "people": ["Marketing (sample) 1"],
    "words": {
        "client": "Sample client 100000",
        "plan_ref": "CO-B100000",
        "from_package": "sprint",
        "to_package": "scale",
        "live_on": "2026-12-07",
        "link": "https://changeover.example/console/plans/01a22020-9e20-7001-8c1f-4be1d5d9a2f0",
        "details": [],
    },
}


class Databases:
    """Databases with plans that are due, each a copy of one that was set up for their number."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._templates: dict[int, URL] = {}

    async def run(self, statement: str) -> None:
        """Carry out a statement outside any transaction."""
        connection = await connect_raw(self._server)
        await connection.execute(statement)
        await connection.close()

    async def template(self, plans: int) -> URL:
        """The database with so many plans, made at its first use."""
        if plans not in self._templates:
            url = self._server.set(database=f"plans_{plans}")
            await self.run(f"CREATE DATABASE {url.database}")
            config = Config()
            config.set_main_option("script_location", str(ROOT / "migrations"))
            config.attributes["url"] = url.render_as_string(hide_password=False)
            await asyncio.to_thread(alembic.command.upgrade, config, "head")
            connection = await connect_raw(url)
            for statement in SETTING_UP:
                await connection.execute(statement, *([plans] if "$1" in statement else []))
            # A fresh load has neither statistics nor a visibility map; a living database has both.
            await connection.execute("VACUUM ANALYZE")
            await connection.close()
            self._templates[plans] = url
        return self._templates[plans]

    @asynccontextmanager
    async def copy(self, plans: int) -> AsyncIterator[URL]:
        """A copy, dropped afterwards; what setting up left to be written is written before."""
        template = await self.template(plans)
        await self.run(f"CREATE DATABASE wave TEMPLATE {template.database} STRATEGY file_copy")
        await self.run("CHECKPOINT")
        try:
            yield template.set(database="wave")
        finally:
            await self.run("DROP DATABASE wave WITH (FORCE)")
