"""One bounded, recorded, redacted HTTP call to a vendor; failures told apart by what they mean."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from app.adapters.redaction import secrets_of, shown_body, shown_url
from app.ports.errors import OutcomeUnknown, Refused, Transient, VendorError
from app.ports.exchange import Exchange, note_exchange
from app.ports.failpoints import Point, failpoint
from app.ports.gate import pass_gate

DEADLINE_S = 20.0
CONNECT_S = 5.0
MAX_ANSWER_BYTES = 2 * 1024 * 1024

# Raised before a byte of the request can have reached the vendor.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# Our own address or header is wrong: no repeat will make it right.
_CANNOT_BE_SENT = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a vendor answered, whole; `cut` marks an error body that was longer than we read."""

    status: int
    headers: httpx.Headers
    body: bytes
    cut: bool = False

    @property
    def ok(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a vendor.

    Args:
        vendor: The vendor's name as an operator knows it.
        method: HTTP method.
        url: Absolute address; a secret in its query never appears in records or errors.
        effect: Whether the request changes something at the vendor. It decides what a lost
            answer means: an unknown outcome for an effect, nothing at all for a read.
        headers: Further request headers.
        params: Query parameters, merged into those of `url`.
        payload: A JSON body; None sends none.
        form: A urlencoded body; None sends none.
        secret_path: Whether the path of `url` is a secret too, as that of a catch hook is.
    """

    vendor: str
    method: str
    url: str
    effect: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    payload: object | None = None
    form: Mapping[str, str] | None = None
    secret_path: bool = False

    def lost(self, detail: str, *, code: str) -> VendorError:
        """The error for a request that left while no usable answer came back."""
        if self.effect:
            return OutcomeUnknown(f"{detail} Whether it took effect is unknown.", code=code)
        return Transient(detail, code=code)


class VendorHttp:
    """The one way out: total deadline, bounded answer, no redirect followed, nothing repeated.

    Args:
        client: Shared connection pool; the caller opens and closes it and adds its event hooks.
        deadline_s: Seconds for a whole call: connecting, sending, and reading to the end.
        max_answer_bytes: Most bytes read of an answer.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        deadline_s: float = DEADLINE_S,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._client = client
        self._deadline_s = deadline_s
        self._max_answer_bytes = max_answer_bytes
        _silence_httpx()

    async def send(self, call: Call) -> Answer:
        """Make one call and read its answer whole, whatever its status.

        Raises:
            Transient: The vendor was never reached, or a read got no usable answer.
            OutcomeUnknown: An effect may have left, and no usable answer came.
            Refused: The address or a header of ours cannot be sent at all.
            Exception: Whatever the gate of the attempt raises; nothing has left.
        """
        await pass_gate()
        failpoint(Point.CALL_BEFORE, call.vendor)
        request = self._request(call)
        started = time.monotonic()
        answer: Answer | None = None
        try:
            async with asyncio.timeout(self._deadline_s):
                answer = await self._exchange(request, call)
        except TimeoutError:
            raise call.lost(f"{call.vendor} did not answer in time.", code="deadline") from None
        except _NEVER_LEFT as error:
            raise Transient(f"{call.vendor} could not be reached.", code=_name_of(error)) from None
        except _CANNOT_BE_SENT as error:
            raise _unsendable(call, error) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise call.lost(
                f"The connection to {call.vendor} broke before its answer was read.",
                code=_name_of(error),
            ) from None
        finally:
            _note(call, request, answer, started)
        failpoint(Point.CALL_AFTER, call.vendor)
        return answer

    def _request(self, call: Call) -> httpx.Request:
        headers = {"accept-encoding": "identity", **{k.lower(): v for k, v in call.headers.items()}}
        content: bytes | None = None
        if call.form is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
            content = urlencode(call.form).encode("ascii")
        elif call.payload is not None:
            headers["content-type"] = "application/json; charset=UTF-8"
            content = encoded(call.payload)
        try:
            url = httpx.URL(call.url).copy_merge_params(dict(call.params))
            if url.scheme not in {"http", "https"} or not url.host:
                raise httpx.UnsupportedProtocol("Not a web address.")
            return self._client.build_request(
                call.method,
                url,
                headers=headers,
                content=content,
                timeout=httpx.Timeout(self._deadline_s, connect=CONNECT_S, pool=CONNECT_S),
            )
        except (*_CANNOT_BE_SENT, UnicodeEncodeError) as error:
            raise _unsendable(call, error) from None

    async def _exchange(self, request: httpx.Request, call: Call) -> Answer:
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._max_answer_bytes:
                    # A failure is told by its status; a success nobody can read is none.
                    if response.status_code >= 300:
                        break
                    raise call.lost(f"{call.vendor} answered too much to read.", code="too_large")
            kept = bytes(body[: self._max_answer_bytes])
            cut = len(body) > len(kept)
            return Answer(response.status_code, response.headers, kept, cut)
        finally:
            await response.aclose()


def encoded(payload: object) -> bytes:
    """Write a JSON body as it goes over the wire: UTF-8, no blanks, no NaN."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(
        "utf-8"
    )


def _unsendable(call: Call, error: Exception) -> Refused:
    # The library's text may quote the address, and with it a secret of its query.
    return Refused(
        f"The request to {call.vendor} cannot be sent: its address or token is malformed.",
        code=_name_of(error),
    )


def _name_of(error: Exception) -> str:
    return type(error).__name__


def _note(call: Call, request: httpx.Request, answer: Answer | None, started: float) -> None:
    secrets = secrets_of(request.url, request.headers, request.content)
    if call.secret_path and len(request.url.path) > 1:
        secrets |= {str(request.url), request.url.path}
    note_exchange(
        Exchange(
            method=request.method,
            url=shown_url(request.url, secret_path=call.secret_path),
            request=shown_body(request.content, secrets),
            status=None if answer is None else answer.status,
            answer="" if answer is None else shown_body(answer.body, secrets),
            duration_ms=round((time.monotonic() - started) * 1000),
        )
    )


def _drop_record(_record: logging.LogRecord) -> bool:
    return False


def _silence_httpx() -> None:
    """Drop httpx's own request log: at INFO it writes every address with its query."""
    logger = logging.getLogger("httpx")
    if _drop_record not in logger.filters:
        logger.addFilter(_drop_record)
