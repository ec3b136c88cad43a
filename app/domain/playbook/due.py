"""When a run's steps and deadlines are due: distances from its anchors, as instants."""

from datetime import UTC, datetime, timedelta

from app.domain.business_hours import BusinessHours, add_business_hours, add_days_of_business
from app.domain.calendar import add_business_days, end_of, first_instant_at
from app.domain.playbook.model import Offset, OffsetUnit
from app.domain.playbook.reminder import Span, SpanUnit


def after_span(instant: datetime, span: Span, hours: BusinessHours) -> datetime:
    """The instant at which a span from another has passed; in UTC.

    Nothing of any unit leads to the instant itself, also out of hours.

    Args:
        instant: Aware, in any zone.
        span: So many minutes, hours or days, or as much working time.
        hours: The organisation's; days are counted on its clock.

    Source: docs/playbooks.md, "Time".
    """
    if span.amount == 0:
        return instant
    match span.unit:
        case SpanUnit.BUSINESS_HOURS:
            return add_business_hours(instant, span.amount, hours)
        case SpanUnit.BUSINESS_DAYS:
            return add_days_of_business(instant, span.amount, hours)
        case SpanUnit.DAYS:
            local = instant.astimezone(hours.zone)
            day = local.date() + timedelta(days=span.amount)
            return first_instant_at(day, local.time(), hours.zone)
    minutes = span.amount * (60 if span.unit is SpanUnit.HOURS else 1)
    return instant.astimezone(UTC) + timedelta(minutes=minutes)


def due_at(offset: Offset, anchor_at: datetime, hours: BusinessHours) -> datetime:
    """The instant until which something is to be done; in UTC.

    Days end where the due day ends in the zone of `hours`; hours end to the minute. A number of
    business hours before an anchor is not reckoned: the checks refuse it.

    Args:
        offset: The distance; fewer than none lies before the anchor.
        anchor_at: The instant of its anchor.
        hours: Working time of where the run is: zone and days off.

    Source: docs/playbooks.md, "Time".
    """
    if offset.unit is OffsetUnit.HOURS:
        return anchor_at.astimezone(UTC) + timedelta(hours=offset.amount)
    if offset.unit is OffsetUnit.BUSINESS_HOURS:
        return add_business_hours(anchor_at, offset.amount, hours)
    day = anchor_at.astimezone(hours.zone).date()
    if offset.unit is OffsetUnit.BUSINESS_DAYS:
        day = add_business_days(day, offset.amount, hours.days_off)
    else:
        day += timedelta(days=offset.amount)
    return end_of(day, hours.zone)
