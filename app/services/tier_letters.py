"""The words of a change of users: the costs before, the recap after, the note, the alert."""

from datetime import date, timedelta
from typing import Any

from app.catalog.templates import RenderedMail
from app.db.models import TierQuote
from app.domain.calendar import day_of, spoken, spoken_span
from app.domain.money import Money
from app.services.office import Office
from app.services.tier_rows import COSTS, account_in, money_in

TEMPLATES = {COSTS: "user_tier_prorated_upgrade", "recap": "user_tier_recap"}


def reference_of(row: TierQuote) -> str:
    """What people and vendors call the quote: short, and found again."""
    return f"TQ-{row.id.hex[-12:].upper()}"


def letter_of(row: TierQuote, letter: str, office: Office) -> RenderedMail:
    """One of the two e-mails of a quote, rendered from the quote as it is kept."""
    return office.catalog.templates.email(TEMPLATES[letter], _context(row, office))


def _context(row: TierQuote, office: Office) -> dict[str, object]:
    quote, charge = row.quote, row.charge or {}
    prorated = quote["prorated"]
    policy = office.catalog.policies[row.policy]
    account = account_in(row)
    rises = quote["limit"] is not None and quote["effective_on"] != quote["price_from"]
    return {
        "client": row.contact.get("name") or "your account",
        "contact_name": row.contact.get("contact_name") or "",
        "language": row.contact.get("language") or "en",
        "from_band": policy.numbered(account.band.first, account.band.last),
        "from_price": money_in(quote["from"]["money"]),
        "to_band": quote["description"],
        "to_price": money_in(quote["to"]["money"]),
        "limit": quote["limit"],
        "rises": rises,
        "effective_on": date.fromisoformat(quote["effective_on"]),
        "price_from": date.fromisoformat(quote["price_from"]),
        "billing_period": str(account.billing_period),
        "prorated": money_in(prorated["money"]) if prorated else None,
        "charged_days": _days_of(prorated) if prorated else "",
        "days": prorated["days"] if prorated else 0,
        "waived": bool(quote["waived"]),
        "credit": money_in(row.credit["money"]) if row.credit else None,
        "card": charge.get("card") or "",
        "alternatives": quote["alternatives"],
        "answer_by": day_of(row.expires_at, office.timezone),
        "reference": reference_of(row),
        "organisation": office.organisation,
        "support_name": "",
    }


def _days_of(prorated: dict[str, Any]) -> str:
    first, end = (date.fromisoformat(prorated[name]) for name in ("from", "to"))
    return spoken_span(first, end - timedelta(days=1))


def billing_note(row: TierQuote) -> str:
    """The note on the billing record: what was changed, what was charged, where it was read."""
    quote, charge = row.quote, row.charge or {}
    price_from = spoken(date.fromisoformat(quote["price_from"]))
    old, new = money_in(quote["from"]["money"]), money_in(quote["to"]["money"])
    parts = [
        f"{reference_of(row)}: {quote['from']['band']} at {old.spoken()} to "
        f"{quote['description']} at {new.spoken()} from {price_from}.",
        _charged(quote, charge),
        *[f"{kind}: {each['state']} by {each['by']}." for kind, each in row.approvals.items()],
        *[f"Read in {name}: {where}." for name, where in row.sources.items() if where],
    ]
    if row.asked["credit"]:
        money = money_in(row.asked["credit"]["money"])
        parts.append(
            f"A credit of {money.spoken()} is to be given: {row.asked['credit']['reason']}"
        )
    return " ".join(part for part in parts if part)


def _charged(quote: dict[str, Any], charge: dict[str, Any]) -> str:
    prorated = quote["prorated"]
    if prorated:
        money: Money = money_in(prorated["money"])
        ref = charge.get("ref") or (charge.get("evidence") or {}).get("reference") or ""
        return f"Charged {money.spoken()} for {_days_of(prorated)} ({ref})."
    if quote["waived"]:
        return f"The prorated {money_in(quote['waived']['money']).spoken()} was waived."
    return "Nothing was charged now."


def stuck_message(row: TierQuote, details: list[str], office: Office) -> str:
    """What the team's room is told of a quote that needs a person."""
    context = {
        "client": row.contact.get("name") or reference_of(row),
        "plan_ref": reference_of(row),
        "details": details,
        "people": [],
        "link": f"{office.public_url}/v1/tier-quotes/{row.id}",
    }
    return office.catalog.templates.chat("tier_quote_stuck", context)
