"""A story on paper: a diary by the client's days, then tasks, bills, and how it ends."""

from collections.abc import Iterator
from itertools import groupby
from textwrap import indent

from app.cli.story_entries import Clocks, Told, told
from app.domain.adjustment import adjustment_summary
from app.domain.calendar import spoken, zone_of
from app.domain.plan import PlanState, in_words
from app.domain.three_bills import Bill
from app.services.stories import AdjustmentTold, Story

_FIRST = 4
"""How many things in the way are named, unless all are asked for."""


def story_lines(story: Story, *, whole: bool) -> Iterator[str]:
    """Tell a story, line by line.

    Args:
        story: The story.
        whole: Whether messages and lists are told whole, not by their first line.
    """
    clocks = Clocks(zone_of(story.timezone), zone_of(story.organisation_timezone))
    yield from _head(story)
    entries = (each for entry in story.entries if (each := told(entry, clocks)) is not None)
    for day, of_day in groupby(entries, key=lambda each: clocks.day(each.at)):
        yield from ("", day)
        for each in of_day:
            yield from _entry(each, clocks, whole=whole)
    yield from _tasks(story)
    yield from _billing(story)
    yield from _end(story)


def _head(story: Story) -> Iterator[str]:
    live = f", live {spoken(story.live_on)}" if story.live_on else ""
    yield f"{story.client}: {story.from_package} to {story.to_package}{live} ({story.plan_ref})"
    yield "Run ahead: nothing is stored, nothing is sent."
    zones = f"Days and hours are those of {story.timezone}"
    if story.organisation_timezone != story.timezone:
        zones += f"; where it is another hour in {story.organisation_timezone}, in brackets"
    yield f"{zones}."
    yield from story.warnings


def _entry(each: Told, clocks: Clocks, *, whole: bool) -> Iterator[str]:
    there = clocks.elsewhere(each.at)
    hour = f"{clocks.time(each.at)} [{there}]" if there else clocks.time(each.at)
    by = f" - {each.by}" if each.by else ""
    yield f"  {hour:<{clocks.width}}{each.sign:<9}{each.what}{by}"
    left = " " * (clocks.width + 11)
    if whole and each.text:
        yield indent(each.text, left)
        return
    for detail in each.details[:_FIRST]:
        yield f"{left}{detail}"
    if len(each.details) > _FIRST:
        yield f"{left}and {len(each.details) - _FIRST} more"


def _tasks(story: Story) -> Iterator[str]:
    if not story.tasks:
        return
    yield from ("", "Tasks, by their due days")
    for task in story.tasks:
        due = f"{task.due_on:%a %d %b}" if task.due_on else "no day"
        who = task.assignee or f"nobody of {task.role}"
        why = f" ({task.reason})" if task.reason else ""
        yield f"  {due:<11}{task.state:<9}{task.title} - {who}{why}"


def _billing(story: Story) -> Iterator[str]:
    if story.adjustments:
        yield from ("", "Changes of the bill")
        for one in story.adjustments:
            yield f"  {one.state:<11}{_adjustment(one)}"
    if story.bills is None:
        return
    yield from ("", "Bills")
    for bill in (story.bills.last_old, story.bills.change_over, story.bills.first_new):
        yield from _bill(bill)


def _adjustment(one: AdjustmentTold) -> str:
    money = f", {one.money.spoken()}" if one.money else ", amount not known"
    safe = "; ".join(days.spoken() for days in one.safe)
    days = f", safe {safe}" if safe else ", no day is safe"
    why = f"\n{' ' * 13}{one.sentence}." if one.sentence else ""
    return f"{adjustment_summary(one.kind, one.service)}{money}{days}{why}"


def _bill(bill: Bill) -> Iterator[str]:
    yield f"  {bill.sentence}"
    for row in bill.rows:
        yield f"    {row.sentence}"


def _end(story: Story) -> Iterator[str]:
    yield ""
    flags = f", flagged {', '.join(story.flags)}" if story.flags else ""
    yield f"In the end the plan {in_words(PlanState(story.state))}{flags}."
    if story.in_the_way:
        yield "Still in its way:"
        for detail in story.in_the_way:
            yield f"  {detail}"
    if story.cut_short:
        yield "There is more to come than is told here."
