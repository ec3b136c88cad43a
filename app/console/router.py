"""The console's addresses."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.console.forms import HOME
from app.console.plan_list import plan_list
from app.console.plan_page import ACKNOWLEDGING, acknowledge, plan_page
from app.console.rendering import static_file
from app.console.signing_in import sign_in, sign_in_page, sign_out
from app.console.visits import for_everybody, for_roles
from app.domain.errors import NotFound

_NO_KEY_YET = "whoever signs in is not signed in yet"


async def _nothing(request: Request) -> Response:
    if request.url.path == f"{HOME}/":
        return RedirectResponse(HOME, status_code=308)
    raise NotFound("The console has no page at this address.")


async def _to_home(_: Request) -> Response:
    return RedirectResponse(HOME, status_code=303)


def console_router() -> APIRouter:
    """The pages, none of them part of the API's document."""
    plan = "/console/plans/{plan_id}"
    pages = {
        ("/", "GET"): for_everybody(_to_home, "it only says where the console is"),
        (HOME, "GET"): for_roles(plan_list),
        (plan, "GET"): for_roles(plan_page),
        (f"{plan}/acknowledge", "POST"): for_roles(acknowledge, *ACKNOWLEDGING),
        ("/console/sign-in", "GET"): for_everybody(sign_in_page, _NO_KEY_YET),
        ("/console/sign-in", "POST"): for_everybody(sign_in, _NO_KEY_YET),
        ("/console/sign-out", "POST"): for_roles(sign_out),
        ("/console/static/{version}/{name}", "GET"): static_file,
        ("/console/{rest:path}", "GET"): for_everybody(_nothing, "there is nothing to protect"),
    }
    return APIRouter(
        routes=[
            Route(path, endpoint, methods=[method], include_in_schema=False)
            for (path, method), endpoint in pages.items()
        ]
    )
