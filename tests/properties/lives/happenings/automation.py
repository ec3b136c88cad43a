"""Billing by an automation: a person lets it go, it is asked, and it calls back, or says wrong."""

from typing import Any

from app.db.ids import new_id
from app.domain.adjustment import AdjustmentKind
from app.domain.submission import CALL_BACKS
from app.services.releases import Release, release_plan
from tests.properties.lives.happenings.agreements import arrive
from tests.properties.lives.happenings.billing import named
from tests.properties.lives.happenings.listed import happens
from tests.properties.lives.happenings.people import lively, of
from tests.properties.lives.life import Life, NothingToDo, Pick


@happens(3)
async def released(life: Life, pick: Pick) -> None:
    """A person lets the billing changes of a plan go."""
    if not life.facts.billed_by_hook:
        raise NothingToDo
    plan = pick.of(lively(life))
    life.write(f"Billing releases {of(plan, life)}")
    typed = f"{life.seen.clients[0].name} / {pick.of([plan.from_package] * 3 + ['other'])}"
    await life.do(release_plan, Release(plan.id, typed), by="Bo Billing")


@happens(3)
async def called_back(life: Life, pick: Pick) -> None:
    """The automation says that it has made a change that it was asked for."""
    asked = [one.about for one in life.outside.ledger if one.kind == "billing.submit"]
    one = pick.of([one for one in life.seen.adjustments if str(one.id) in asked])
    life.write(f"the automation says that it has made the {named(one)}")
    await arrive(life, _call_back(one.id, one.kind), at_once=pick.number(4) < 3)


@happens(3)
async def all_called_back(life: Life, pick: Pick) -> None:
    """The automation calls back about everything that it was asked for."""
    asked = [one.about for one in life.outside.ledger if one.kind == "billing.submit"]
    rows = [one for one in life.seen.adjustments if str(one.id) in asked]
    rows = [one for one in rows if one.state in ("submitted", "uncertain")]
    if not rows:
        raise NothingToDo
    life.write(f"the automation says that it has made {len(rows)} changes")
    for one in rows:
        await arrive(life, _call_back(one.id, one.kind), at_once=True)


@happens(1)
async def called_back_wrongly(life: Life, pick: Pick) -> None:
    """The automation says what cannot be: of another plan, of another kind, without evidence."""
    if not life.facts.billed_by_hook:
        raise NothingToDo
    one = pick.of(life.seen.adjustments)
    event = _call_back(one.id, one.kind)
    wrong: dict[str, Any] = pick.of(
        [
            {"agreement": {"ref": "PROP-9"}},
            {"event": "billing.service_started"},
            {"evidence": None},
            {"adjustment_id": str(new_id())},
            {},
        ]
    )
    life.write(f"the automation says of the {named(one)}: {wrong or 'made'}")
    await arrive(life, {**event, **wrong}, at_once=True)


def _call_back(adjustment_id: object, kind: str) -> dict[str, Any]:
    return {
        "event": str(CALL_BACKS[AdjustmentKind(kind)]),
        "event_id": str(new_id()),
        "adjustment_id": str(adjustment_id),
        "evidence": {"reference": "HOOK-1"},
    }
