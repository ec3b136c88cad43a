"""The OpenAPI document without a running service, for the committed file and for integrators."""

import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import async_sessionmaker

from app.api.hook_bodies import written_of
from app.api.router import ROUTERS, TAGS
from app.catalog.loader import load_catalog
from app.services.office import Office
from app.web.application import make_app
from app.web.wired import Wired


class _NoClock:
    """A document has no present."""

    async def now(self) -> NoReturn:
        raise RuntimeError("the document was asked for the time")


def openapi_document(raw_paths: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The document of the API as every installation serves it at `/openapi.json`.

    Args:
        raw_paths: Path items of the routes outside the framework: `webhooks.router.WEBHOOK_PATHS`.
    """
    try:
        number = version("changeover")
    except PackageNotFoundError:  # run from a folder that was never installed
        number = "0"
    office = Office(load_catalog(), ZoneInfo("UTC"), frozenset(), organisation="", public_url="")
    wired = Wired(
        async_sessionmaker(), _NoClock(), environment="production", version=number, office=office
    )
    written = written_of(raw_paths, office.catalog)
    return make_app(wired, ROUTERS, written=written, tags=TAGS).openapi()


def openapi_text(raw_paths: Mapping[str, dict[str, Any]]) -> str:
    """The document as `openapi/openapi.json` holds it."""
    return json.dumps(openapi_document(raw_paths), indent=2, ensure_ascii=False) + "\n"
