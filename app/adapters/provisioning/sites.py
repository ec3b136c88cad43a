"""Looks at clients' sites and changes them, at one address, signed by Standard Webhooks."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from app.adapters.answers import read_object, status_error
from app.adapters.generic.signature import key_of, machine_clock, sign
from app.adapters.http import Call, VendorHttp, encoded
from app.ports.provisioning import SiteFound

VENDOR = "Provisioning"


class HttpSites:
    """Implements `Sites` on an address of one's own.

    Args:
        http: The way out.
        url: The address; looks and changes are POSTs to it, told apart by `action`.
        secrets: Standard Webhooks secrets (`whsec_...`); with two, in rotation, each signs.
        real_now: The machine's clock, aware.

    Raises:
        ValueError: A secret is empty or not base64.
    """

    def __init__(
        self,
        http: VendorHttp,
        *,
        url: str,
        secrets: Sequence[str],
        real_now: Callable[[], datetime] = machine_clock,
    ) -> None:
        for secret in secrets:
            key_of(secret)
        self._http = http
        self._url = url
        self._secrets = tuple(secrets)
        self._real_now = real_now

    async def look(self, database: str, site_id: str) -> SiteFound:
        """Ask which site is there; nothing changes."""
        asked = {"action": "look", "database": database, "site_id": site_id}
        return await self._asked(asked, f"look/{database}/{site_id}", effect=False)

    async def apply(self, change: Mapping[str, object], *, key: str) -> SiteFound:
        """Set what the change says."""
        return await self._asked({"action": "apply", **change}, key, effect=True)

    async def probe(self) -> str:
        """Name the address's host; nothing is posted."""
        return f"limits of users are set at {urlsplit(self._url).hostname} (not tried)."

    async def _asked(self, payload: Mapping[str, object], key: str, *, effect: bool) -> SiteFound:
        at, body = self._real_now(), encoded(payload)
        signatures = [sign(one, message_id=key, at=at, body=body) for one in self._secrets]
        call = Call(
            VENDOR,
            "POST",
            self._url,
            effect=effect,
            headers={
                "webhook-id": key,
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": " ".join(signatures),
            },
            payload=payload,
        )
        answer = await self._http.send(call)
        if not answer.ok:
            raise status_error(call, answer)
        found = read_object(call, answer)
        limit = found.get("limit")
        return SiteFound(
            str(found.get("database", "")),
            str(found.get("site_id", "")),
            limit if isinstance(limit, int) and not isinstance(limit, bool) else None,
        )
