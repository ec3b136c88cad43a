"""The page at `/docs`: the OpenAPI document to read and try, with nothing loaded from elsewhere."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from app.web.headers import PAGE_POLICY
from app.web.security import public

SWAGGER_UI: Final = "5.35.0"
_STATIC: Final = Path(__file__).parent / "static"
_ASSETS: Final = {
    "swagger-ui-bundle.js": (_STATIC / "swagger-ui" / "swagger-ui-bundle.js", "text/javascript"),
    "swagger-ui.css": (_STATIC / "swagger-ui" / "swagger-ui.css", "text/css"),
    "docs.js": (_STATIC / "docs" / "docs.js", "text/javascript"),
}
_PAGE: Final = _STATIC / "docs" / "index.html"


def install_docs(app: FastAPI) -> None:
    """Serve `/openapi.json`, `/docs` and what the page needs."""
    app.router.routes.extend(
        [
            Route("/openapi.json", _document, methods=["GET"]),
            Route("/docs", _page, methods=["GET"]),
            Route(f"/docs/assets/{SWAGGER_UI}/{{name}}", _asset, methods=["GET"]),
        ]
    )


@public("the document describes the service and holds no client's data")
async def _document(request: Request) -> Response:
    return JSONResponse(request.app.openapi())


@public("the page only shows the document; trying a call takes a key")
async def _page(request: Request) -> Response:
    # Swagger UI sets style attributes, which the policy of the other pages forbids.
    policy = f"{PAGE_POLICY}; style-src 'self' 'unsafe-inline'"
    return FileResponse(_PAGE, media_type="text/html", headers={"Content-Security-Policy": policy})


@public("part of the page at /docs")
async def _asset(request: Request) -> Response:
    found = _ASSETS.get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    path, media_type = found
    # The version is in the address, so what lies there never changes.
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(path, media_type=media_type, headers=headers)
