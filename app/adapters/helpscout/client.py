"""Calls Help Scout with a token of its own making, fetched once for all that wait for it."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.adapters.answers import plain_code, plain_ref, read_object, status_error
from app.adapters.http import Answer, Call, VendorHttp
from app.domain.strict_json import MalformedJson, parse
from app.ports.errors import Refused, Transient, Unauthorized, VendorError

VENDOR = "Help Scout"
# Tokens live 48 hours; one is replaced before it can expire on the way.
_SPARE_S = 60.0

_SAID = {
    301: "Help Scout moved or merged the conversation.",
    404: "Help Scout does not know the conversation or inbox.",
    412: "The Help Scout conversation is full: it holds 100 threads already.",
    413: "The message is too large for Help Scout.",
}


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    good_until: float


class HelpScoutApi:
    """Help Scout's Inbox API with client credentials.

    Args:
        http: The way out.
        url: Base address, `https://api.helpscout.net/v2`.
        app_id: The app's id.
        app_secret: The app's secret; it leaves only for the token endpoint.
        monotonic: Seconds of a clock that never goes back, for the age of the token.
    """

    def __init__(
        self,
        http: VendorHttp,
        *,
        url: str,
        app_id: str,
        app_secret: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._app_id = app_id
        self._app_secret = app_secret
        self._monotonic = monotonic
        self._token: _Token | None = None
        self._fetching = asyncio.Lock()

    async def read(
        self, path: str, params: Mapping[str, str] | None = None
    ) -> Mapping[str, object]:
        """GET one resource as a JSON object; raises the errors of `app.ports.errors`."""
        call = Call(VENDOR, "GET", self._url + path, effect=False, params=params or {})
        return read_object(call, await self._authorized(call))

    async def change(self, method: str, path: str, payload: object | None = None) -> Answer:
        """Make one change, never twice; raises the errors of `app.ports.errors`."""
        call = Call(VENDOR, method, self._url + path, effect=True, payload=payload)
        return await self._authorized(call)

    async def _authorized(self, call: Call) -> Answer:
        """Send with the token held, once more with a new one on a 401: that was not executed."""
        token = await self._held_token(refused=None)
        answer = await self._http.send(_with_token(call, token))
        if answer.status == 401:
            token = await self._held_token(refused=token)
            answer = await self._http.send(_with_token(call, token))
        if not answer.ok:
            raise failure(call, answer)
        return answer

    async def _held_token(self, *, refused: _Token | None) -> _Token:
        """The token held, or a new one: whoever comes first fetches it, the others wait for it."""
        async with self._fetching:
            held = self._token
            if held is None or held is refused or self._monotonic() >= held.good_until:
                held = self._token = await self._fetch_token()
            return held

    async def _fetch_token(self) -> _Token:
        call = Call(
            VENDOR,
            "POST",
            f"{self._url}/oauth2/token",
            effect=False,
            form={
                "grant_type": "client_credentials",
                "client_id": self._app_id,
                "client_secret": self._app_secret,
            },
        )
        answer = await self._http.send(call)
        if answer.status in {400, 401, 403}:
            raise Unauthorized(
                "Help Scout does not accept the app id and secret.", code=f"http_{answer.status}"
            )
        if not answer.ok:
            raise failure(call, answer)
        body = read_object(call, answer)
        value, lasts_s = body.get("access_token"), body.get("expires_in")
        if not isinstance(value, str) or not value or not isinstance(lasts_s, int):
            raise Transient("Help Scout answered without a token.", code="unexpected_json")
        return _Token(value, self._monotonic() + max(lasts_s - _SPARE_S, 0.0))


def failure(call: Call, answer: Answer) -> VendorError:
    """The error that an answer of failure means, with Help Scout's log reference.

    Of what it found wrong only the names of the fields are kept: messages and rejected values
    may hold the client's data.

    Source: Help Scout, "Errors"; "Rate limiting".
    """
    try:
        body = parse(answer.body)
    except MalformedJson:
        body = None
    held: Mapping[str, object] = body if isinstance(body, dict) else {}
    said = _SAID.get(answer.status)
    if answer.status == 400 and (fields := _fields_at_fault(held)):
        said = f"Help Scout refused the fields {', '.join(fields)}."
    return status_error(call, answer, detail=said, request_ref=plain_ref(held.get("logRef")))


def _fields_at_fault(body: Mapping[str, object]) -> list[str]:
    embedded = body.get("_embedded")
    errors = embedded.get("errors") if isinstance(embedded, dict) else None
    named = [
        plain_code(error.get("path"))
        for error in (errors if isinstance(errors, list) else [])
        if isinstance(error, dict)
    ]
    return sorted({name for name in named if name is not None})[:10]


def is_status(error: Refused, *statuses: int) -> bool:
    """Whether Help Scout refused with one of these statuses."""
    return error.code in {f"http_{status}" for status in statuses}


def _with_token(call: Call, token: _Token) -> Call:
    return Call(
        call.vendor,
        call.method,
        call.url,
        effect=call.effect,
        headers={**call.headers, "Authorization": f"Bearer {token.value}"},
        params=call.params,
        payload=call.payload,
        form=call.form,
    )
