"""Logs that carry their request and plan, and the numbers that Prometheus asks for."""

import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Literal, TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from structlog.contextvars import bound_contextvars

# Names whose values never reach a log, whoever logs them.
_SECRET = re.compile(
    r"authori[sz]ation|cookie|password|secret|signature|token|api_?key|(^|_)key$|dsn|database_url",
    re.IGNORECASE,
)
# Ours that end in `_key` and are safe: they name an effect, they open nothing.
_NOT_SECRET = frozenset({"idempotency_key", "dedupe_key", "package_key", "step_key", "item_key"})
# `user:password@` in an address, `key=...&token=...` in the address of a chat room.
_SECRET_IN_TEXT = re.compile(r"(://)[^/\s@]+@|([?&](?:key|token)=)[^&\s\"']+")

REGISTRY = CollectorRegistry()

inbound_events = Counter(
    "changeover_inbound_events",
    "Events that came in, by sender and by what became of them.",
    ["source", "status"],
    registry=REGISTRY,
)
plan_transitions = Counter(
    "changeover_plan_transitions",
    "State changes of plans, by kind.",
    ["kind"],
    registry=REGISTRY,
)
deliveries_settled = Counter(
    "changeover_deliveries_settled",
    "Attempts at outside effects, by system, kind and outcome.",
    ["system", "kind", "outcome"],
    registry=REGISTRY,
)
delivery_seconds = Histogram(
    "changeover_delivery_seconds",
    "How long an attempt at an outside effect took.",
    ["system"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
deliveries_waiting = Gauge(
    "changeover_deliveries",
    "Deliveries that are not settled or wait for a person, by system and state.",
    ["system", "state"],
    registry=REGISTRY,
)
deliveries_held = Gauge(
    "changeover_deliveries_held",
    "Deliveries that wait for a system that is paused or down, without an attempt.",
    ["system"],
    registry=REGISTRY,
)
oldest_due_seconds = Gauge(
    "changeover_delivery_oldest_due_seconds",
    "Age of the oldest delivery whose time has come, by system.",
    ["system"],
    registry=REGISTRY,
)
system_down = Gauge(
    "changeover_system_down",
    "1 where a system counts as down: only one attempt tries it at a time.",
    ["system"],
    registry=REGISTRY,
)
system_paused = Gauge(
    "changeover_system_paused",
    "1 where a person has paused a system.",
    ["system"],
    registry=REGISTRY,
)
queue_jobs = Gauge(
    "changeover_queue_jobs",
    "Jobs of the queue, by kind and status.",
    ["job", "status"],
    registry=REGISTRY,
)
events_waiting = Gauge(
    "changeover_inbound_events_waiting",
    "Events that are not dealt with: received or quarantined.",
    ["status"],
    registry=REGISTRY,
)
quotes_waiting = Gauge(
    "changeover_tier_quotes_waiting",
    "Changes of users that wait for a person, by what is to be done.",
    ["why"],
    registry=REGISTRY,
)
transition_lag_seconds = Gauge(
    "changeover_transition_lag_seconds",
    "How long ago the oldest plan should have moved that has not.",
    registry=REGISTRY,
)
database_up = Gauge(
    "changeover_database_up",
    "0 where the database could not be asked; what it alone knows is missing then.",
    registry=REGISTRY,
)
tick_seconds = Histogram(
    "changeover_tick_seconds",
    "How long a tick of the clock took, by its name.",
    ["tick"],
    buckets=(0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30),
    registry=REGISTRY,
)
tick_failures = Counter(
    "changeover_tick_failures",
    "Ticks that failed, by name.",
    ["tick"],
    registry=REGISTRY,
)


def metrics() -> bytes:
    """All numbers of this process in Prometheus' text form."""
    return generate_latest(REGISTRY)


def set_up_logging(
    form: Literal["json", "console"] = "json", *, to: TextIO | None = None, level: str = "INFO"
) -> None:
    """Send our own and the libraries' logs to one place in one form.

    Args:
        form: json for machines, console for eyes.
        to: Where lines go; standard error when None.
        level: The least level that is shown.
    """
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
    ]
    finish: list[structlog.types.Processor]
    if form == "json":
        # Tracebacks as text, without the local variables: those hold clients' data.
        finish = [structlog.processors.format_exc_info, redact, structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback
        finish = [redact, structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *finish],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    _quiet_libraries()


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger that adds what `logging_about` has bound."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound


@contextmanager
def logging_about(**facts: object) -> Iterator[None]:
    """Add facts (`request_id`, `plan_id`, `delivery_id`) to every line logged inside."""
    with bound_contextvars(**{name: str(value) for name, value in facts.items()}):
        yield


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out what would open a door: by the name of a value, and inside addresses."""
    for name, value in event.items():
        if name not in _NOT_SECRET and _SECRET.search(name):
            event[name] = "[redacted]"
        elif isinstance(value, str):
            event[name] = _SECRET_IN_TEXT.sub(_without_secret, value)
    return event


def _without_secret(found: re.Match[str]) -> str:
    return f"{found[1]}[redacted]@" if found[1] else f"{found[2]}[redacted]"


def _quiet_libraries() -> None:
    """Have servers' loggers pass through ours, and libraries speak only when it matters."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    # httpx names every address at INFO, and a chat room's address holds its token.
    for name in ("httpx", "httpcore", "uvicorn.access", "pgqueuer", "alembic.runtime.migration"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # A slow tick that is skipped is not news: the next one does its work.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
