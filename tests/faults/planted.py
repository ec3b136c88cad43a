"""A worker with a part taken out, to see the judge find what that part prevents.

It is composed as the honest one is, with one faulty piece in place of a good one.
"""

import asyncio
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, cast

from sqlalchemy import update
from typing_extensions import override

from app.bootstrap import Built, build
from app.db.models import Delivery
from app.delivery.attempts import Claimed, Outcome
from app.delivery.deliver import Courier
from app.delivery.systems import Systems
from app.domain.delivery import DeliveryState
from app.ports.exchange import Exchange
from app.ports.gate import gated
from app.scheduler.work import Work
from app.settings import load_settings
from app.telemetry import set_up_logging
from app.worker import run_worker

FENCE, LOOK_UP = "fence", "lookup"


class Ungated:
    """An outside system that is called without asking whether the delivery is still held."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Any] = getattr(self._port, name)
        if not inspect.iscoroutinefunction(method):
            return method  # it calls nobody

        async def called(*given: Any, **named: Any) -> Any:
            with gated(_open):
                return await method(*given, **named)

        return called


async def _open() -> None:
    pass


class Unfenced(Courier):
    """A courier that writes down what it did whoever holds the delivery by now."""

    @override
    async def _remember(self, claimed: Claimed, progress: Mapping[str, Any]) -> None:
        await self._seize(claimed)
        await super()._remember(claimed, progress)

    @override
    async def _settle(
        self, claimed: Claimed, outcome: Outcome, exchanges: Sequence[Exchange]
    ) -> None:
        await self._seize(claimed)
        await super()._settle(claimed, outcome, list(exchanges))

    async def _seize(self, claimed: Claimed) -> None:
        async with self.sessions.begin() as session:
            await session.execute(
                update(Delivery)
                .where(Delivery.id == claimed.delivery.id)
                .values(token=claimed.token, state=DeliveryState.SENDING, settled_at=None)
            )


class UnfencedWork(Work):
    """What a worker works with, less the fence."""

    @property
    def courier(self) -> Courier:
        return Unfenced(**_values(super().courier))


class Forgetful:
    """An outside system in which nothing is ever found that an attempt may have made."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        return _nothing if name in ("find", "find_item") else getattr(self._port, name)


async def _nothing(*_given: Any, **_named: Any) -> None:
    return None


def planted(work: Work, plant: str) -> Work:
    """The same work with a part of it taken out."""
    faulty = Ungated if plant == FENCE else Forgetful
    systems = work.systems
    systems = replace(
        systems,
        **{name: cast(Any, faulty(port)) for name, port in _values(systems).items() if port},
    )
    work = replace(work, systems=systems)
    return UnfencedWork(**_values(work)) if plant == FENCE else work


def _values(whole: Work | Courier | Systems) -> dict[str, Any]:
    return {field.name: getattr(whole, field.name) for field in fields(whole)}


async def _run(built: Built, plant: str) -> None:
    built.work = planted(built.work, plant)
    await run_worker(built)


if __name__ == "__main__":
    set_up_logging()
    asyncio.run(_run(build(load_settings()), sys.argv[1]))
