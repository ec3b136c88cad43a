"""An agreement said by options or by a file, as the document that an event would bring."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.cli.running import fail
from app.domain.calendar import first_instant_at, zone_of
from app.domain.errors import DomainError
from app.domain.fields import INSTANT, Fault

WALL = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)", re.ASCII)
CANNOT = "This cannot be run ahead:"
SERVICE = "SERVICE:PERIOD:ANCHOR:PRICE:PAID-THROUGH"
_SERVICE_PARTS = 5
_SERVICES = "/client/services"

_OPTIONS = {
    "/agreement/live_on": "--live-on",
    "/agreement/signed_at": "--signed",
    "/client/timezone": "--zone",
    "/client/country": "--country",
    "/client/region": "--region",
    "/client/name": "--client",
    "/movement/from": "--from",
    "/movement/to": "--to",
    "/from_package": "--from",
    "/to_package": "--to",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What the options of the command say of an agreement; None is what nobody said.

    Attributes:
        services: Each `SERVICE:PERIOD:ANCHOR:PRICE:PAID-THROUGH`; parts from the end may be
            left out, and each of them may be empty.
    """

    client: str
    signed: str | None
    zone: str | None
    left: str | None
    taken: str | None
    live_on: str | None
    country: str | None
    region: str | None
    services: Sequence[str]


def document_of(said: Said, zone: ZoneInfo) -> dict[str, Any]:
    """The document of the event that such an agreement would bring.

    Args:
        said: The options.
        zone: The client's, where the options name none.
    """
    if said.left is None or said.taken is None:
        fail(CANNOT, ["--from and --to: Name the package left and the package taken."])
    here = _zone(said.zone) if said.zone else zone
    signed_at = _instant(said.signed, here) if said.signed else None
    client = {
        "name": said.client,
        "email": "client@run-ahead.example",
        "timezone": here.key,
        "country": said.country,
        "region": said.region,
        "services": [_service(text) for text in said.services] or None,
    }
    agreement = {"ref": "RUN-AHEAD", "signed_at": signed_at, "live_on": said.live_on}
    movement = {"from": said.left, "to": said.taken}
    return {
        "event": "agreement.signed",
        "agreement": agreement,
        "client": client,
        "movement": movement,
    }


def _zone(name: str) -> ZoneInfo:
    try:
        return zone_of(name)
    except DomainError as refusal:
        fail(CANNOT, [f"--zone: {refusal.detail}"])


def _instant(text: str, zone: ZoneInfo) -> str:
    """The instant of a local time; an instant with its own zone stays as it is."""
    if INSTANT.fullmatch(text.strip()):
        return text.strip()
    wall = WALL.fullmatch(text.strip())
    if wall is None:
        fail(CANNOT, ["--signed: Write a local time, such as 2026-11-20 23:30."])
    try:
        day, hour = date.fromisoformat(wall[1]), time.fromisoformat(wall[2])
    except ValueError:
        fail(CANNOT, ["--signed: This is a time that never comes."])
    at = first_instant_at(day, hour, zone)
    if at.astimezone(zone).replace(tzinfo=None) != datetime.combine(day, hour):
        jumped = f"--signed: {zone.key} has no such time: its clock jumps over it."
        fail(CANNOT, [jumped])
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _service(text: str) -> dict[str, Any]:
    parts: list[str | None] = [part.strip() or None for part in text.split(":")]
    if len(parts) > _SERVICE_PARTS:
        fail(CANNOT, [f"--service: Write it as {SERVICE}."])
    parts += [None] * (_SERVICE_PARTS - len(parts))
    service, period, anchor, price, paid_through = parts
    amount, _, currency = (price or "").partition(" ")
    return {
        "service": service,
        "billing_period": period,
        "anchor": anchor,
        "price": {"amount": amount, "currency": currency or None} if price else None,
        "paid_through": paid_through,
    }


def event_in(path: Path) -> Mapping[str, object]:
    """The one event document in a file, in any form that the webhook takes as JSON."""
    from app.adapters.generic.inbound import GenericAgreements  # noqa: PLC0415
    from app.domain.agreement import EventType, event_type  # noqa: PLC0415
    from app.ports.inbound import CallNotParseable, InboundCall  # noqa: PLC0415

    try:
        body = path.read_bytes()
    except OSError as fault:
        fail(CANNOT, [f"{path}: {fault.strerror}"])
    headers = {"content-type": "application/json"}
    try:
        call = InboundCall("agreement", headers, {}, body)
        documents = GenericAgreements().parse(call)
        kind = event_type(documents[0]) if len(documents) == 1 else None
    except CallNotParseable as fault:
        fail(CANNOT, [f"{path}: {fault.detail}"])
    except DomainError as refusal:
        fail(CANNOT, [f"{path}: {refusal.detail}"])
    if kind is not EventType.SIGNED:
        fail(
            CANNOT,
            [f"{path}: It must hold one event, and that must be agreement.signed."],
        )
    return documents[0]


def faults_said(faults: Sequence[Fault], *, by_options: bool) -> list[str]:
    """Faults of a document, each with the option or the field that it is about."""
    if not by_options:
        return [each.detail for each in faults]
    return [f"{_named(each.pointer)}: {each.detail.split(' ', 1)[1]}" for each in faults]


def refusal_said(refusal: DomainError, *, by_options: bool) -> str:
    """A rule's refusal, with the option or the field that it is about where there is one."""
    if refusal.pointer is None:
        return refusal.detail
    if not by_options:
        return f"{refusal.pointer.strip('/').replace('/', '.')}: {refusal.detail}"
    return f"{_named(refusal.pointer)}: {refusal.detail}"


def _named(pointer: str) -> str:
    """The option that says a field; of a service, which of its parts."""
    if pointer.startswith(_SERVICES):
        part = " ".join(pointer.split("/")[4:])
        return f"--service ({part})" if part else "--service"
    return _OPTIONS.get(pointer, pointer.strip("/").replace("/", "."))
