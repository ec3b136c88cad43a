"""The shape of a playbook's reminders: of what, when, to whom, and how often."""

from typing import Self

from pydantic import Field, model_validator

from app.catalog.shapes import ClockTime, Day, Key, Line, Shape, Whole
from app.domain.playbook.reminder import Awaited, Reminder, Repeat, Span, SpanUnit
from app.domain.playbook.week import WeekTime


class WeekTimeShape(Shape):
    """`{weekday: friday, time: "09:00"}`."""

    weekday: Day
    time: ClockTime


class SpanShape(Shape):
    """`{business_hours: 4}`, `{hours: 48}`: so much working time, or time that passes."""

    minutes: Whole | None = None
    hours: Whole | None = None
    days: Whole | None = None
    business_hours: Whole | None = None
    business_days: Whole | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if sum(getattr(self, unit) is not None for unit in SpanUnit) != 1:
            raise ValueError(f"expected one of {', '.join(SpanUnit)}, and a whole number")
        return self


class ReminderShape(Shape):
    """One reminder."""

    key: Key
    title: Line
    of: Awaited = Field(description="what it reminds of")
    after: SpanShape | None = None
    at: WeekTimeShape | None = None
    tell: tuple[Key, ...] = Field(min_length=1, description="a list of roles")
    template: Key | None = Field(None, description="the words, where runs are plans")
    every: SpanShape | None = None
    most: Whole | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.after is None) == (self.at is None):
            raise ValueError("expected either `after` or `at`: when it is told first")
        if (self.every is None) != (self.most is None):
            raise ValueError(
                "expected `every` and `most` together: how long until it is told again, and how "
                "often in all"
            )
        return self


def reminder_of(shape: ReminderShape) -> Reminder:
    """The reminder of an entry."""
    again = None
    if shape.every is not None and shape.most is not None:
        again = Repeat(span_of(shape.every), shape.most)
    return Reminder(
        key=shape.key,
        title=shape.title,
        of=shape.of,
        when=span_of(shape.after) if shape.after else _week_time(shape.at),
        tell=shape.tell,
        template=shape.template or "",
        again=again,
    )


def span_of(shape: SpanShape) -> Span:
    """The span of an entry: the one unit that it names."""
    return next(
        Span(getattr(shape, unit), unit) for unit in SpanUnit if getattr(shape, unit) is not None
    )


def _week_time(shape: WeekTimeShape | None) -> WeekTime:
    assert shape is not None  # the shape has either
    return WeekTime(shape.weekday, shape.time)
