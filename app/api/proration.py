"""Proration by itself: what a change of price inside a period comes to, without any state."""

from typing import Annotated

from pydantic import ConfigDict, Field

from app.api.permissions import READ
from app.domain.day_count import Basis
from app.domain.errors import DomainError
from app.domain.period import Days
from app.domain.proration import Manner, net_of, prorated_change
from app.domain.reckoning import ReckoningKind
from app.web.bodies import Body, Out
from app.web.money_fields import MoneyIn, MoneyOut
from app.web.routing import make_router
from app.web.scalars import Day
from app.web.security import allow

proration = make_router(tags=["contracts"], prefix="/v1/proration")


class PeriodIn(Body):
    """A billing period: its first day, and the day after its last."""

    from_: Day = Field(alias="from")
    to: Day


class ProrationIn(Body):
    """A change of price inside a period."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "period": {"from": "2026-05-01", "to": "2026-06-01"},
                    "change_on": "2026-05-07",
                    "old": {"amount": "599.95", "currency": "USD"},
                    "new": {"amount": "9.95", "currency": "USD"},
                    "policy": "full",
                    "basis": "actual_days",
                }
            ]
        }
    )

    period: PeriodIn
    change_on: Annotated[Day, Field(description="First day at the new price.")]
    old: MoneyIn = Field(description="Price of the whole period before.")
    new: MoneyIn = Field(description="Price of the whole period after.")
    policy: Manner = Field(
        Manner.FULL,
        description="full: a credit and a charge; charge_only: the difference, rounded once, "
        "nothing on a fall; none: no rows.",
    )
    basis: Basis = Field(Basis.ACTUAL_DAYS, description="actual_days, or thirty_days (30E/360).")


class ProrationRowOut(Out):
    """A credit or a charge with its reckoning."""

    kind: ReckoningKind
    money: MoneyOut = Field(description="Never negative: `kind` gives the direction.")
    days: int
    of_days: int
    price: MoneyOut
    sentence: str


class ProrationOut(Out):
    """The rows of a change, and what they come to."""

    rows: list[ProrationRowOut]
    net: MoneyOut = Field(description="Charges less credits: below zero in the client's favour.")


@proration.post("/preview", operation_id="proration_preview")
@allow(*READ)
async def proration_preview(body: ProrationIn) -> ProrationOut:
    """Reckon a change of price inside a period.

    By the day, on the whole period, each row rounded once, half up on its magnitude. This is the
    engine that contracts and cut-overs are reckoned with, and nothing else.
    """
    try:
        period = Days.of(body.period.from_, body.period.to)
    except DomainError as refusal:
        refusal.pointer = "/period"
        raise
    rows = prorated_change(
        period,
        body.change_on,
        old=body.old,
        new=body.new,
        manner=body.policy,
        basis=body.basis,
    )
    return ProrationOut(
        rows=[ProrationRowOut.model_validate(row) for row in rows],
        net=net_of(rows, body.old.currency),
    )
