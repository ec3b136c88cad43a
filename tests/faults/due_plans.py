"""Plans that are due at one instant, written straight into their tables: a wave, without its past.

Each is in its window, acknowledged, and has no task left: it goes live and is completed, which is
told in two rooms and in one.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

FIRST = 5000
"""The number of the first such client; those that sign are counted from nought."""

_NUMBERS = "generate_series(CAST(:first AS int), CAST(:last AS int)) n"
_OF = "changeover_uuid7(1, 1, n::text, {})"
_NAMED = "lpad(n::text, 4, '0')"
_STATEMENTS = (
    f"""INSERT INTO clients (id, ref, name, email, timezone, language, package, version)
        SELECT {_OF.format(1)}, 'C-' || n, 'Sample Client ' || {_NAMED},
            'owner' || {_NAMED} || '@client.example', 'Australia/Brisbane', 'en', 'sprint', 1
        FROM {_NUMBERS}""",
    f"""INSERT INTO agreements (id, ref, kind, client_id, from_package, to_package, signed_at,
            services)
        SELECT {_OF.format(2)}, 'DUE-' || n, 'upgrade', {_OF.format(1)}, 'sprint', 'scale',
            CAST(:live_at AS timestamptz) - interval '3 weeks', '[]'
        FROM {_NUMBERS}""",
    f"""INSERT INTO plans (id, version, ref, agreement_id, client_id, playbook_key,
            playbook_version, state, from_package, to_package, timezone, signed_at, live_on,
            live_at, window_opens_at, flags, sales_id, support_id, marketing_id, staff_named,
            acknowledged_at, acknowledged_by, begun_at, complete_email, blockers, waits,
            board_state, created_at, updated_at)
        SELECT {_OF.format(3)}, 20, 'UPG-D' || n, {_OF.format(2)}, {_OF.format(1)},
            'client-upgrade', 1, 'in_window', 'sprint', 'scale', 'Australia/Brisbane',
            t.live_at - interval '3 weeks', date_trunc('week', t.live_at)::date, t.live_at,
            t.live_at - interval '6 days', '{{}}', s.id, p.id, m.id, '{{}}',
            t.live_at - interval '3 days', 'Sample', t.live_at - interval '3 weeks', 'delivered',
            0, '{{}}', 'by_hand', t.live_at - interval '3 weeks', t.live_at - interval '3 days'
        FROM {_NUMBERS}
        CROSS JOIN (SELECT CAST(:live_at AS timestamptz) AS live_at) t
        JOIN staff s ON s.role = 'sales'
        JOIN staff p ON p.role = 'support'
        JOIN staff m ON m.role = 'marketing'""",
)


async def write_due_plans(session: AsyncSession, first: int, plans: int, at: datetime) -> None:
    """Write so many plans that go live at an instant."""
    values: Mapping[str, object] = {"first": first, "last": first + plans - 1, "live_at": at}
    for statement in _STATEMENTS:
        named = {name: value for name, value in values.items() if f":{name}" in statement}
        await session.execute(text(statement), named)
