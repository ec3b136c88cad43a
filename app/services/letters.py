"""The words of messages: what templates are given of a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.templates import RenderedMail, TemplateUnusable
from app.db.models import Adjustment, Plan
from app.db.plans import adjustments_of, client_of, person_of
from app.domain.adjustment import AdjustmentKind, AdjustmentState
from app.domain.calendar import day_of, spoken, zone_of
from app.domain.live_date import mondays_to_offer
from app.domain.plan import PlanFlag
from app.services.office import Office


@dataclass(frozen=True, slots=True)
class PlanWords:
    """A plan as messages name it: titles instead of keys."""

    client: str
    language: str
    plan_ref: str
    from_package: str
    to_package: str
    live_on: date | None
    link: str


async def plan_words(session: AsyncSession, plan: Plan, office: Office) -> PlanWords:
    """What every message about a plan may name."""
    client = await client_of(session, plan)
    packages = office.catalog.packages
    return PlanWords(
        client.name,
        client.language,
        plan.ref,
        packages[plan.from_package].title,
        packages[plan.to_package].title,
        plan.live_on,
        office.plan_link(plan.id),
    )


def board_name(plan: Plan, words: PlanWords) -> str:
    """The board's name: the client, the packages, the live date, and the plan's marker."""
    return (
        f"{words.client}: {words.from_package} to {words.to_package}, "
        f"live {plan.live_on} · {plan.ref}"
    )


def chat_words(
    office: Office,
    template: str,
    words: PlanWords,
    people: Sequence[str],
    details: Sequence[str],
    more: Mapping[str, object] | None = None,
) -> str:
    """Render a chat message about a plan; `more` holds what only its template names."""
    context = {
        "client": words.client,
        "plan_ref": words.plan_ref,
        "from_package": words.from_package,
        "to_package": words.to_package,
        "live_on": words.live_on,
        "link": words.link,
        "people": list(people),
        "details": list(details),
        **(more or {}),
    }
    return office.catalog.templates.chat(template, context)


def in_full(payload: Mapping[str, Any], office: Office) -> Mapping[str, Any]:
    """An effect with its words: those of a wave keep what they say, and are rendered when read.

    What is said was fixed when the effect was intended; how it is put is the catalog's.
    """
    said = payload.get("words")
    if said is None:
        return payload
    packages = office.catalog.packages
    from_package, to_package = (
        packages[key].title if key in packages else key
        for key in (said["from_package"], said["to_package"])
    )
    words = PlanWords(
        client=said["client"],
        language="en",
        plan_ref=said["plan_ref"],
        from_package=from_package,
        to_package=to_package,
        live_on=date.fromisoformat(said["live_on"]),
        link=said["link"],
    )
    text = chat_words(office, payload["template"], words, payload["people"], said["details"])
    return {"room": payload["room"], "text": text, "thread": payload["thread"]}


def as_it_reads(payload: Mapping[str, Any], office: Office) -> Mapping[str, Any]:
    """An effect for people to read; one whose template is gone says what it has to say."""
    try:
        return in_full(payload, office)
    except TemplateUnusable as gone:
        said = payload["words"]
        lines = [f"{said['client']} ({said['plan_ref']})", *said["details"], f"{gone}"]
        return {"room": payload["room"], "text": "\n".join(lines), "thread": payload["thread"]}


def live_date_question(
    wrong: PlanFlag, day: date | None, plan: Plan, *, now: datetime
) -> dict[str, object]:
    """What the question for a live date adds: what is wrong with the day, and Mondays to come.

    Args:
        wrong: Why there is no live date.
        day: The day that was given, where it was one.
        plan: The plan.
        now: The present instant.
    """
    if day is None:
        return {"wrong": str(wrong), "given_day": None, "mondays": []}
    today = day_of(now, zone_of(plan.timezone))
    mondays = list(mondays_to_offer(day, today=today))
    return {"wrong": str(wrong), "given_day": spoken(day), "mondays": mondays}


async def _signature(session: AsyncSession, plan: Plan, office: Office) -> dict[str, object]:
    support = await person_of(session, plan.support_id)
    return {
        "organisation": office.organisation,
        "support_name": support.name if support else "",
        "contact_name": "",
    }


async def begun_letter(
    session: AsyncSession, plan: Plan, template: str, office: Office
) -> RenderedMail:
    """The e-mail that the upgrade is under way."""
    words = await plan_words(session, plan, office)
    package = office.catalog.packages[plan.to_package]
    context = {
        "client": words.client,
        "from_package": words.from_package,
        "to_package": words.to_package,
        "live_on": words.live_on,
        "language": words.language,
        "services": [part.service.title for part in package.services],
        **await _signature(session, plan, office),
    }
    return office.catalog.templates.email(template, context)


async def complete_letter(session: AsyncSession, plan: Plan, office: Office) -> RenderedMail:
    """The e-mail that the services are set up, when they go live, and what is billed."""
    words = await plan_words(session, plan, office)
    package = office.catalog.packages[plan.to_package]
    carried_out = [
        one
        for one in await adjustments_of(session, plan)
        if one.state != AdjustmentState.VOIDED and one.reversal is None
    ]
    context = {
        "client": words.client,
        "from_package": words.from_package,
        "to_package": words.to_package,
        "live_on": words.live_on,
        "language": words.language,
        "services": [part.service.title for part in package.services],
        "ended": _titles(carried_out, AdjustmentKind.CANCEL_SERVICE, office),
        "started": _titles(carried_out, AdjustmentKind.START_SERVICE, office),
        "first_bill_on": words.live_on,
        "price": package.price,
        "billing_period": package.billing_period,
        "billing_notes": [
            one.reckoning["sentence"] + "." for one in carried_out if one.reckoning is not None
        ],
        **await _signature(session, plan, office),
    }
    return office.catalog.templates.email(office.playbook.complete_email.template, context)


def _titles(adjustments: Sequence[Adjustment], kind: AdjustmentKind, office: Office) -> list[str]:
    services = office.catalog.services
    return [services[one.service].title for one in adjustments if one.kind == kind]
