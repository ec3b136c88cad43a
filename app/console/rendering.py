"""Pages from templates: everything a template prints is escaped, nothing in a page is a script."""

from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.domain.errors import DomainError
from app.web.problems import status_of
from app.web.request_id import request_id_of
from app.web.security import public

_HERE: Final = Path(__file__).parent
_TYPES: Final = {"console.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"}
_ASSETS: Final = {name: (_HERE / "static" / name).read_bytes() for name in _TYPES}
ASSETS_VERSION: Final = sha256(b"".join(_ASSETS.values())).hexdigest()[:12]
ASSETS: Final = f"/console/static/{ASSETS_VERSION}"

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

_TITLES: Final = {
    400: "That could not be read",
    403: "That is not for your key",
    404: "There is nothing here",
    409: "That is not possible now",
    413: "That is too much",
    503: "Not available for a moment",
}


def _web_link(address: str | None) -> str | None:
    """An address that a link may lead to: the web, and never a script."""
    return address if address and address.startswith(("https://", "http://")) else None


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["assets"] = ASSETS
    environment.filters["web_link"] = _web_link
    return environment


_PAGES: Final = _environment()


def page(template: str, *, status: int = 200, **values: Any) -> Response:
    """A page as an answer; `who` is None on pages for everybody."""
    html = _PAGES.get_template(template).render({"who": None, **values})
    return HTMLResponse(html, status_code=status, headers={"Content-Security-Policy": POLICY})


def error_page(request: Request, error: DomainError | None) -> Response:
    """What went wrong, for a person; None is what nobody foresaw."""
    status = 500 if error is None else status_of(type(error))[0]
    answer = page(
        "error.html",
        status=status,
        title=_TITLES.get(status, "That did not work"),
        detail=error.detail if error else "Nothing was changed. The service's log has the details.",
        request_id=request_id_of(request.scope),
    )
    if status == 503:
        answer.headers["Retry-After"] = "1"
    return answer


@public("how the pages look is no secret")
async def static_file(request: Request) -> Response:
    """One of the files that pages load; its version is in the address, so it never changes."""
    name = request.path_params["name"]
    if name not in _ASSETS or request.path_params["version"] != ASSETS_VERSION:
        raise HTTPException(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(_ASSETS[name], media_type=_TYPES[name], headers=headers)
