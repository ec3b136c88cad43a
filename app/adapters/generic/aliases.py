"""Maps the words of Zapier, Ignition and Standard Webhooks documents to our own."""

from collections.abc import Mapping

from app.domain.strict_json import MalformedJson, parse
from app.ports.inbound import CallNotParseable

# Where ours stands in the document, and the words for it, the most telling first.
_ALIASES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "agreement",
        "ref",
        (
            "proposal_number",
            "reference_number",
            "agreement_ref",
            "agreement_id",
            "proposal_ref",
            "proposal_id",
        ),
    ),
    ("agreement", "title", ("proposal_name", "agreement_title", "name")),
    ("agreement", "provider", ("provider",)),
    (
        "agreement",
        "live_on",
        (
            "live_on",
            "live_date",
            "effective_start_date",
            "proposal_start_date",
            "start_date",
            "billing_starts_on",
        ),
    ),
    ("agreement", "signed_at", ("signed_at", "accepted_at")),
    ("agreement", "document_url", ("document_url", "proposal_url")),
    ("agreement", "total", ("total", "total_value")),
    ("agreement", "currency", ("currency",)),
    ("client", "ref", ("client_ref", "client_id")),
    ("client", "name", ("client_name",)),
    ("client", "email", ("client_email",)),
    ("client", "timezone", ("client_timezone", "timezone")),
    ("client", "country", ("client_country",)),
    ("client", "region", ("client_region",)),
    ("client", "services", ("client_services",)),
    ("movement", "from", ("from_tier", "from_package")),
    ("movement", "to", ("to_tier", "to_package")),
)
_WORDS = frozenset(word for _, _, words in _ALIASES for word in words)
_ACCEPTED = frozenset({"accepted"})


def canonical(document: Mapping[str, object]) -> dict[str, object]:
    """Put every value where our own document has it; a key of ours is never overwritten.

    Args:
        document: A nested document in the sender's words or ours.

    Returns:
        The document in our words. Words that mean nothing to us stay where they were.

    Raises:
        CallNotParseable: The client's services are text that is neither a list of names nor JSON.

    Source: docs/api.md, "Intake"; Ignition's "Proposal Accepted" as Zapier offers it.
    """
    whole = dict(document)
    if not _WORDS.isdisjoint(whole):
        for section, key, words in _ALIASES:
            _fill(whole, section, key, words)
    status = whole.get("status")
    if (
        whole.get("event") is None
        and isinstance(status, str)
        and status.strip().lower() in _ACCEPTED
    ):
        whole["event"] = "agreement.signed"
    _read_services(whole)
    return whole


def unwrapped(document: dict[str, object]) -> dict[str, object]:
    """Open a Standard Webhooks document, `{"type", "timestamp", "data": {...}}`, if it is one.

    Returns:
        A new document with what the envelope held; the same one where there is no envelope.
    """
    data, kind = document.get("data"), document.get("type")
    if not isinstance(data, dict) or not isinstance(kind, str) or "event" in document:
        return document
    envelope = {"type", "timestamp", "data"}
    rest = {key: value for key, value in document.items() if key not in envelope}
    whole = {"occurred_at": document.get("timestamp"), **rest, **data}
    whole.setdefault("event", kind)
    return whole


def _fill(whole: dict[str, object], section: str, key: str, words: tuple[str, ...]) -> None:
    """Take the first word that holds a value; all of them leave the top level with that."""
    held = whole.get(section)
    if held is not None and not isinstance(held, dict):
        return
    found = [(word, whole[word]) for word in words if _is_plain(whole.get(word))]
    if not found:
        return
    inner = dict(held or {})
    if inner.get(key) is None:
        inner[key] = found[0][1]
    whole[section] = inner
    for word, _ in found:
        del whole[word]


def _is_plain(value: object) -> bool:
    return value is not None and not isinstance(value, dict | list | bool)


def _read_services(whole: dict[str, object]) -> None:
    """Read the client's services from text: `SMS,Email` or a JSON list, as line items arrive."""
    client = whole.get("client")
    if not isinstance(client, dict):
        return
    services = client.get("services")
    if isinstance(services, str):
        services = _services_from_text(services)
    if isinstance(services, list):
        named = [{"service": one.strip()} if isinstance(one, str) else one for one in services]
        whole["client"] = {**client, "services": named}


def _services_from_text(text: str) -> list[object]:
    if not text.lstrip().startswith(("[", "{")):
        return [name for part in text.split(",") if (name := part.strip())]
    try:
        value = parse(text.encode("utf-8", "surrogatepass"))
    except MalformedJson:
        raise CallNotParseable("client.services is neither a list of names nor JSON.") from None
    return value if isinstance(value, list) else [value]
