"""What comes with a request: the fields of a form, and the page to go back to."""

import hmac
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from app.domain.errors import Forbidden
from app.web.refusals import MediaTypeNotTaken, Refusal

HOME: Final = "/console"
MOST_FIELDS: Final = 10
# Only pages of the console, spelled plainly: nothing that a browser could read as another host.
_LOCAL: Final = re.compile(r"/console(/[A-Za-z0-9-]+)*")


class FormNotUnderstood(Refusal):
    """The body is not a form."""

    code = "form_not_understood"


class FormNotOurs(Forbidden):
    """The form was not one that this session was given."""

    code = "form_not_ours"


async def fields_of(request: Request) -> Mapping[str, str]:
    """The fields of a form as browsers send it; of a field given twice, the last.

    Raises:
        MediaTypeNotTaken: It is something else than a form.
        FormNotUnderstood: It has too many fields, or is not UTF-8.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/x-www-form-urlencoded":
        raise MediaTypeNotTaken("Use the form on the page.")
    body = await request.body()
    try:
        text = body.decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise FormNotUnderstood("Use the form on the page.") from None
    return dict(pairs)


def refuse_other_sites(request: Request) -> None:
    """Let a form through only if it was sent from a page of ours, where the browser says so.

    Raises:
        FormNotOurs: Another site sent it.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise FormNotOurs("This was sent from another site, so nothing was done.")


def check_token(fields: Mapping[str, str], expected: str) -> None:
    """Let a form through only with the token of its session.

    Raises:
        FormNotOurs: It has none, or another.
    """
    given = fields.get("token", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise FormNotOurs("The page was too old. Open it again and repeat what you did.")


def local_page(asked: str | None) -> str:
    """The page of the console that somebody wanted, or the first one."""
    asked = asked or HOME
    safe = len(asked) <= 200 and _LOCAL.fullmatch(asked) and "/console/sign-" not in asked
    return asked if safe else HOME
