"""Measures of playbooks: what each came to in a period, beside its target."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.permissions import READ
from app.domain.calendar import day_of, first_instant_of
from app.domain.playbook.condition import number
from app.domain.playbook.measure import MeasureKind
from app.domain.run.errors import PlaybookNotFound
from app.queries.measures import Measured, Period, Status, measured
from app.services.playbooks.in_force import all_in_force
from app.web.bodies import Out
from app.web.refusals import ParameterInvalid
from app.web.routing import NowDep, SessionDep, WiredDep, make_router
from app.web.scalars import Day, Slug
from app.web.security import allow

measures = make_router(tags=["playbooks"], prefix="/v1/measures")
USUAL = timedelta(days=90)


class TargetOut(Out):
    """What a measure is to be."""

    sign: str = Field(examples=[">"])
    value: str = Field(examples=["95"])


class MeasureOut(Out):
    """What a measure came to."""

    playbook: str
    key: str
    title: str
    kind: MeasureKind
    unit: str
    figure: str | None = Field(
        description="Null where there was nothing to measure; rates are in percent.",
        examples=["96.5"],
    )
    of: int = Field(description="How many runs, steps, items or answers it was computed from.")
    target: TargetOut | None
    status: Status
    otherwise: str = Field(description="What is done where it is not what it is to be.")


class MeasuresOut(Out):
    """The measures of a period, which begins with `from` and ends before `to`."""

    from_: Day = Field(alias="from", serialization_alias="from")
    to: Day
    items: list[MeasureOut]


@measures.get("", operation_id="measures_list")
@allow(*READ)
async def measures_list(
    session: SessionDep,
    wired: WiredDep,
    now: NowDep,
    playbook: Annotated[Slug | None, Query(description="Only of this playbook.")] = None,
    from_: Annotated[
        Day | None, Query(alias="from", description="First day; left out, 90 days before `to`.")
    ] = None,
    to: Annotated[Day | None, Query(description="First day after it; left out, tomorrow.")] = None,
) -> MeasuresOut:
    """Compute the measures of playbooks from the runs of a period.

    Days are the organisation's.
    """
    office = wired.office
    last = to or day_of(now, office.timezone) + timedelta(days=1)
    first = from_ or last - USUAL
    if first >= last:
        raise ParameterInvalid("The period is empty: `from` lies before `to`.", parameter="from")
    found = await all_in_force(session, office)
    books = {key: each.playbook for key, each in found.items()}
    if playbook is not None and playbook not in books:
        raise PlaybookNotFound("There is no playbook with this key.")
    wanted = [books[playbook]] if playbook else list(books.values())
    period = Period(
        first_instant_of(first, office.timezone), first_instant_of(last, office.timezone)
    )
    items = [
        _out(book.key, await measured(session, book, measure, period))
        for book in wanted
        for measure in book.measures
    ]
    return _answer(first, last, items)


def _answer(first: date, last: date, items: list[MeasureOut]) -> MeasuresOut:
    return MeasuresOut.model_validate({"from": first, "to": last, "items": items})


def _out(playbook: str, found: Measured) -> MeasureOut:
    target = found.measure.target
    return MeasureOut(
        playbook=playbook,
        key=found.measure.key,
        title=found.measure.title,
        kind=found.measure.kind,
        unit=found.measure.unit,
        figure=_plain(found.figure) if found.figure is not None else None,
        of=found.of,
        target=TargetOut(sign=str(target.sign), value=number(target.value)) if target else None,
        status=found.status,
        otherwise=found.measure.otherwise,
    )


def _plain(figure: Decimal) -> str:
    """A figure as people write it, as far as three digits after the point."""
    return f"{figure:.3f}".rstrip("0").rstrip(".")
