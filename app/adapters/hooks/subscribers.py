"""Posts events to subscribers' addresses, signed by Standard Webhooks."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from app.adapters.answers import status_error
from app.adapters.generic.signature import machine_clock, sign
from app.adapters.http import Call, VendorHttp, encoded
from app.domain.hook import secret_of

VENDOR = "Subscriber"
_GONE = 410


class HttpSubscribers:
    """Implements `Subscribers` over HTTP.

    Args:
        http: The way out.
        secret_key: The installation's; the subscriptions' secrets are derived from it.
        real_now: The machine's clock, aware.
    """

    def __init__(
        self,
        http: VendorHttp,
        *,
        secret_key: str,
        real_now: Callable[[], datetime] = machine_clock,
    ) -> None:
        self._http = http
        self._secret_key = secret_key
        self._real_now = real_now

    async def post(self, hook_id: UUID, url: str, event: Mapping[str, object]) -> bool:
        """Post the event; any 2xx means that it was taken, 410 that nobody listens any more.

        Source: Standard Webhooks specification; REST Hooks, "Gone".
        """
        at, body, key = self._real_now(), encoded(event), str(event["id"])
        secret = secret_of(self._secret_key, hook_id)
        headers = {
            "webhook-id": key,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": sign(secret, message_id=key, at=at, body=body),
        }
        call = Call(
            VENDOR, "POST", url, effect=True, headers=headers, payload=event, secret_path=True
        )
        answer = await self._http.send(call)
        if answer.status == _GONE:
            return False
        if not answer.ok:
            raise status_error(call, answer)
        return True

    async def probe(self) -> str:
        """Nothing is posted: an address is tried by the first event."""
        return "events are sent to whoever subscribes (not tried)."
