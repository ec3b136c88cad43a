"""Subscriptions: which events there are, which an address asks for, and by what it knows us."""

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Collection, Sequence
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from app.domain.errors import Invalid, NotFound

_TYPE: Final = re.compile(r"[a-z_]{1,40}\.(\*|[a-z_]{1,60})")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
MOST_EVENTS: Final = 50


class HookNotFound(NotFound):
    """There is no subscription with this id."""

    code = "hook_not_found"


class EventUnknown(Invalid):
    """Not an event that this service sends."""

    code = "event_unknown"


class TargetInvalid(Invalid):
    """Not an address that events can be sent to."""

    code = "target_invalid"


def checked_events(asked: Sequence[str], known: Collection[str]) -> list[str]:
    """The events that a subscription asks for, each once; `contract.*` stands for all of a kind.

    Args:
        asked: As the caller gave them.
        known: The types that are sent.

    Raises:
        EventUnknown: There is no such event.
    """
    kinds = {f"{name.split('.')[0]}.*" for name in known}
    for at, name in enumerate(asked):
        if not _TYPE.fullmatch(name) or (name not in known and name not in kinds):
            raise EventUnknown(
                f"Expected one of {', '.join(sorted({*known, *kinds}))}.", pointer=f"/events/{at}"
            )
    return list(dict.fromkeys(asked))


def checked_target(url: str, *, is_sandbox: bool) -> str:
    """An address that events may be sent to: https, on a host that is not this machine or network.

    Args:
        url: As the caller gave it.
        is_sandbox: Where stand-ins on this machine listen, plain http and loopback are taken.

    Raises:
        TargetInvalid: It is none.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    schemes = {"https", "http"} if is_sandbox else {"https"}
    plain = url.isascii() and not any(each.isspace() for each in url)
    if not host or parts.scheme not in schemes or parts.username is not None or not plain:
        raise TargetInvalid(
            "Expected an https address without a name in it.", pointer="/target_url"
        )
    if not is_sandbox and _is_inside(host):
        raise TargetInvalid("The address lies inside this network.", pointer="/target_url")
    return url


def _is_inside(host: str) -> bool:
    """Whether a name or number stands for this machine or network; names are not looked up.

    A name that ends in a number is an address in an old way of writing: 127.1, 0x7f.0.0.1.
    """
    host = host.removesuffix(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        old = _NUMBER.fullmatch(host.rsplit(".", 1)[-1]) is not None
        return old or "." not in host or host.endswith((".localhost", ".local", ".internal"))
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return not (inner or address).is_global


def names_for(event: str) -> tuple[str, str]:
    """The two names by which a subscription may ask for an event."""
    return event, f"{event.split('.', 1)[0]}.*"


def secret_of(secret_key: str, hook_id: UUID) -> str:
    """A subscription's Standard Webhooks secret, derived: nobody has to keep it.

    Args:
        secret_key: The installation's.
        hook_id: The subscription.
    """
    key = hmac.digest(secret_key.encode(), b"hook/" + hook_id.bytes, hashlib.sha256)
    return f"whsec_{base64.b64encode(key).decode('ascii')}"
