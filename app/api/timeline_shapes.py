"""A timeline as it is answered."""

from typing import Literal, Self

from pydantic import Field

from app.queries.timeline_views import TimelineView
from app.web.bodies import Out
from app.web.scalars import Day, Id, Instant


class SubjectOut(Out):
    """What an entry is about."""

    kind: str
    id: Id


class TimelineEntryOut(Out):
    """One thing that happened or will happen."""

    at: Instant = Field(description="Of a day that is meant whole, its first instant.")
    on: Day = Field(description="The day in the client's zone.")
    kind: Literal["past", "future"]
    what: str
    detail: str | None
    by: str | None = Field(description="Who did it or will do it.")
    subject: SubjectOut


class TimelineOut(Out):
    """A plan's story: the past oldest first, then what is to come."""

    items: list[TimelineEntryOut]
    next_cursor: None = Field(None, description="Always null: a story is told whole.")
    timezone: str = Field(description="The zone that `on` is counted in.")

    @classmethod
    def of(cls, view: TimelineView) -> Self:
        """The answer for a view."""
        items = [TimelineEntryOut.model_validate(entry) for entry in view.entries]
        return cls(items=items, timezone=view.timezone)
