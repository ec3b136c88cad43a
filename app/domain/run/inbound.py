"""What events say to the runs that they start: a new client, a deal that is won."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.agreement import ClientFacts, read_client
from app.domain.fields import DocumentNotUnderstood, Reader

NEW = "new"
"""The kind of an agreement that is a client's first: it makes no upgrade plan."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an event tells of the run that it may start.

    Attributes:
        subject_ref: What it is about: the agreement's ref, the deal's.
        figures: What may fill the form of a run, by key.
        occurred_at: When it happened; None is not said.
    """

    subject_ref: str
    figures: Mapping[str, object]
    occurred_at: datetime | None


def is_first_agreement(document: Mapping[str, object]) -> bool:
    """Whether a signed agreement is a client's first, by its kind."""
    return _kind(document) == NEW


def _kind(document: Mapping[str, object]) -> str:
    return (
        Reader(Reader(document).inner("agreement").document).text("kind", most=32) or ""
    ).lower()


def read_first(document: Mapping[str, object]) -> ClientFacts:
    """Read who the client of a first agreement is.

    Raises:
        DocumentNotUnderstood: It names no agreement, or nobody.
    """
    reader = Reader(document)
    reader.inner("agreement").text("ref", required=True)
    client = read_client(reader.inner("client"))
    if reader.faults:
        raise DocumentNotUnderstood(reader.faults)
    return client


def told_by_agreement(
    document: Mapping[str, object], signed_on: str, client: Mapping[str, object]
) -> Told:
    """What a signed agreement tells: its client, its day, and whatever its `inputs` hold.

    Args:
        document: The event.
        signed_on: The ISO day of signing where the client is.
        client: `name`, `email` and `ref` of the client as it is known here.
    """
    reader = Reader(document)
    agreement = reader.inner("agreement")
    ref = agreement.text("ref") or ""
    figures = {
        "client_name": client.get("name"),
        "client_email": client.get("email"),
        "client_ref": client.get("ref"),
        "new_client": is_first_agreement(document),
        "signed_on": signed_on,
        "agreement_ref": ref,
        **reader.inner("inputs").document,
    }
    occurred_at = agreement.instant("signed_at") or reader.instant("occurred_at")
    return Told(ref, _given(figures), occurred_at)


def told_by_deal(document: Mapping[str, object]) -> Told:
    """What an event about a deal tells: its own fields, and whatever its `inputs` hold.

    Raises:
        DocumentNotUnderstood: The deal has no ref.
    """
    reader = Reader(document)
    deal = reader.inner("deal")
    ref = deal.text("ref", required=True)
    occurred_at = reader.instant("occurred_at")
    inputs = reader.inner("inputs").document
    if reader.faults or ref is None:
        raise DocumentNotUnderstood(reader.faults)
    return Told(ref, _given({**deal.document, **inputs}), occurred_at)


def _given(figures: Mapping[str, object]) -> Mapping[str, object]:
    return {key: value for key, value in figures.items() if value is not None}
