"""Asks an automation's catch hook for one change of a bill, signed by Standard Webhooks."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from app.adapters.answers import status_error
from app.adapters.generic.signature import key_of, machine_clock, sign
from app.adapters.http import Answer, Call, VendorHttp, encoded
from app.ports.errors import Refused, Transient, VendorError

VENDOR = "Billing hook"
# Make answers so, in plain text, while its queue has no room; nothing was taken.
_QUEUE_IS_FULL = b"queue is full"


class BillingHook:
    """Implements `BillingChanges` on a catch hook.

    Args:
        http: The way out.
        url: The hook's address; it is a secret, since whoever has it may call the hook.
        secrets: Standard Webhooks secrets (`whsec_...`); with two, in rotation, each signs.
        api_key: Sent as `x-make-apikey` where the hook asks for one, as Make's may.
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
        api_key: str | None = None,
        real_now: Callable[[], datetime] = machine_clock,
    ) -> None:
        for secret in secrets:
            key_of(secret)
        self._http = http
        self._url = url
        self._secrets = tuple(secrets)
        self._fixed = {"x-make-apikey": api_key} if api_key else {}
        self._real_now = real_now

    async def submit(self, change: Mapping[str, object], *, key: str) -> None:
        """Post the change; any 2xx means that it was taken, whatever the answer's text is.

        Source: Standard Webhooks specification; Make, "Webhooks" (answers are free text).
        """
        call = Call(
            VENDOR,
            "POST",
            self._url,
            effect=True,
            headers={**self._fixed, **self._signed(change, key)},
            payload=change,
            secret_path=True,
        )
        answer = await self._http.send(call)
        if not answer.ok:
            raise _failure(call, answer)

    def _signed(self, change: Mapping[str, object], key: str) -> Mapping[str, str]:
        at, body = self._real_now(), encoded(change)
        signatures = [sign(one, message_id=key, at=at, body=body) for one in self._secrets]
        return {
            "webhook-id": key,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    async def probe(self) -> str:
        """Name the hook's host; nothing is posted."""
        return f"changes of bills are sent to {urlsplit(self._url).hostname} (not tried)."


def _failure(call: Call, answer: Answer) -> VendorError:
    """The error that a status means; the answer's text is never more than a hint."""
    if answer.status == 400 and _QUEUE_IS_FULL in answer.body[:200].lower():
        return Transient("The billing hook's queue is full.", code="queue_full")
    if answer.status == 410:
        return Refused(
            "The billing hook is gone: switch its scenario on again, or set its new address.",
            code="hook_gone",
        )
    return status_error(call, answer)
