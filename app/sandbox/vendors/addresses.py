"""Where the stand-ins are reached from, so that the links they give out can be followed."""

import re

from starlette.requests import Request

_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")


def base_url(request: Request) -> str:
    """The address that the caller used, without a slash at its end."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        host = "sandbox"
    return f"{request.scope.get('scheme', 'http')}://{host}"
