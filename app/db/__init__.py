"""Tables, sessions, enqueueing and the embedded server: everything that speaks to Postgres."""

import os
from collections.abc import MutableMapping

# PgQueuer's tables live in a schema of their own, out of sight of the migrations' autogeneration.
QUEUE_SCHEMA = "jobs"

# Names that PgQueuer 1.6 reads without any prefix: `CHANNEL=x` would move the queue.
_BARE_NAMES = frozenset(
    {
        "channel",
        "function",
        "statistics_table",
        "queue_status_type",
        "queue_table",
        "queue_table_log",
        "trigger",
        "schedules_table",
        "durability",
        "widen_id",
        "db_schema",
        "pgdsn",
    }
)


def guard_pgqueuer_environment(environ: MutableMapping[str, str] | None = None) -> None:
    """Fix where PgQueuer keeps its tables, whatever the environment says.

    To be called before pgqueuer is imported: it reads its settings once a process.

    Args:
        environ: The environment to guard; the process' own when None.
    """
    names = os.environ if environ is None else environ
    for name in list(names):
        lowered = name.lower()
        if lowered in _BARE_NAMES or lowered.startswith("pgqueuer_"):
            del names[name]
    names["PGQUEUER_SCHEMA"] = QUEUE_SCHEMA
