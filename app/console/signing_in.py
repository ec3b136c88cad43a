"""Signing in with an API key, and signing out."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.console.admission import forget, remember, ticket_for, whoever_is_signed_in
from app.console.forms import HOME, fields_of, local_page, refuse_other_sites
from app.console.rendering import page
from app.console.visits import SIGN_IN, Visit
from app.web.refusals import Unauthenticated
from app.web.routing import wired_of


async def sign_in_page(request: Request) -> Response:
    """Ask for a key; whoever is signed in already goes on to the page they wanted."""
    wanted = local_page(request.query_params.get("next"))
    if request.headers.get("sec-fetch-site") == "cross-site":
        # A link in a chat or a mail: browsers keep a strict cookie back from it, and send it
        # again on the next step, which is one of our own.
        return page("onward.html", wanted=wanted)
    wired = wired_of(request)
    async with wired.sessions() as session:
        if await whoever_is_signed_in(request, wired, session):
            return RedirectResponse(wanted, status_code=303)
    if not wired.secret_key:
        fault = "This installation has no secret key yet, so nobody can sign in."
        return page("sign_in.html", status=503, wanted=wanted, fault=fault, closed=True)
    return page("sign_in.html", wanted=wanted, fault=None, closed=False)


async def sign_in(request: Request) -> Response:
    """Exchange a key for a session.

    Raises:
        Unavailable: The installation has no secret to sign with.
    """
    refuse_other_sites(request)
    fields = await fields_of(request)
    wanted = local_page(fields.get("next"))
    wired = wired_of(request)
    try:
        async with wired.sessions() as session:
            token = await ticket_for(wired, session, fields.get("key", "").strip())
    except Unauthenticated as refused:
        return page("sign_in.html", status=401, wanted=wanted, fault=refused.detail, closed=False)
    answer = RedirectResponse(wanted, status_code=303)
    remember(answer, token, secure=request.url.scheme == "https")
    return answer


async def sign_out(visit: Visit) -> Response:
    """End the session in this browser."""
    answer = RedirectResponse(f"{SIGN_IN}?next={HOME}", status_code=303)
    forget(answer, secure=visit.request.url.scheme == "https")
    return answer
