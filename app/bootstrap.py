"""Settings in, wired objects out: the only file that names concrete adapters."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version

import httpx
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from app.adapters.billing_hook.hook import BillingHook
from app.adapters.generic.inbound import GenericAgreements
from app.adapters.generic.tier_requests import TierRequests
from app.adapters.google_chat.room import GoogleChat
from app.adapters.helpscout.inbound import HelpScoutEvents
from app.adapters.helpscout.mail import HelpScoutMail
from app.adapters.hooks.subscribers import HttpSubscribers
from app.adapters.http import VendorHttp
from app.adapters.monday.board import MondayBoard
from app.adapters.monday.inbound import MondayEvents
from app.adapters.provisioning.sites import HttpSites
from app.adapters.stripe.inbound import StripeEvents
from app.catalog.loader import load_catalog
from app.db.clock import DatabaseClock
from app.db.driver import Lines
from app.db.embedded import EmbeddedPostgres
from app.db.engine import database_url, make_engine, make_sessions
from app.db.migrating import migrate
from app.delivery.systems import Systems
from app.domain.adjustment import BillingMode
from app.domain.board_search import BoardBy
from app.domain.calendar import zone_of
from app.domain.pacing import Limits, MondayPlan, limits_of
from app.ports.charges import Charges
from app.ports.failpoints import Failpoint, arm
from app.ports.inbound import AgreementSender
from app.ports.provisioning import Sites
from app.scheduler.work import Work
from app.services.office import Office
from app.settings import Settings, secret_key_of
from app.web.wired import Wired

CONNECTIONS, MORE_AT_PEAKS = 10, 30
"""Of each process: the embedded server, as most, takes a hundred of all together."""
QUICK_CONNECTIONS = 6
"""Kept for the clock and for intake, which try again by themselves on a lost connection."""


@dataclass(slots=True)
class Built:
    """Everything that a process works with, and what it must close at its end."""

    settings: Settings
    wired: Wired
    work: Work
    engine: AsyncEngine
    lines: Lines
    http: httpx.AsyncClient
    server: EmbeddedPostgres | None

    async def close(self) -> None:
        """Close connections; the embedded server stops with its last user."""
        await self.http.aclose()
        await self.engine.dispose()
        await self.lines.close()
        if self.server is not None:
            self.server.stop()


def this_version() -> str:
    """The version of the installed distribution."""
    try:
        return version("changeover")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0"


def start_database(settings: Settings) -> tuple[URL, EmbeddedPostgres | None]:
    """The database of the settings; the embedded one is started and brought up to date."""
    if settings.database_url is not None:
        return database_url(settings.database_url.get_secret_value()), None
    server = EmbeddedPostgres(settings.data_dir)
    url = server.start()
    migrate(url)
    return url, server


def build(settings: Settings) -> Built:
    """Wire everything that the settings name.

    Raises:
        CatalogInvalid: the catalog has faults; all of them are listed.
        EmbeddedPostgresFailed: the embedded server does not start.
    """
    office = make_office(settings)
    arm(Failpoint.read(settings.failpoint) if settings.failpoint else None)
    url, server = start_database(settings)
    engine = make_engine(url, pool_size=CONNECTIONS, more_at_peaks=MORE_AT_PEAKS)
    sessions = make_sessions(engine)
    sandbox = settings.env == "sandbox"
    quick = make_engine(url, pool_size=QUICK_CONNECTIONS, more_at_peaks=0, asks_first=False)
    lines = Lines(quick, keeps=QUICK_CONNECTIONS)
    clock = DatabaseClock(lines, movable=sandbox)
    http = _http_client(clock if sandbox else None)
    systems = make_systems(settings, VendorHttp(http))
    office = replace(office, connected=systems.connected)
    work = Work(url, sessions, clock, office, systems, make_limits(settings))
    key = settings.bootstrap_key
    wired = Wired(
        sessions=sessions,
        lines=lines,
        clock=clock,
        environment=settings.env,
        version=this_version(),
        senders=make_senders(settings),
        bootstrap_key=key.get_secret_value() if key else None,
        office=office,
        secret_key=secret_key_of(settings),
    )
    return Built(settings, wired, work, engine, lines, http, server)


def make_office(settings: Settings) -> Office:
    """The installation as the services see it; its systems are filled in once they are made."""
    return Office(
        catalog=load_catalog(settings.catalog_dir),
        timezone=zone_of(settings.timezone),
        connected=frozenset(),
        organisation=settings.organisation,
        public_url=settings.public_url.rstrip("/"),
        marketing_cc=(settings.marketing_cc,) if settings.marketing_cc else (),
        billing_mode=BillingMode(settings.billing_mode),
        board_events_url=_board_events_url(settings),
        board_by=BoardBy(settings.board_by),
    )


def _board_events_url(settings: Settings) -> str | None:
    """Where monday.com tells us of changes, if it can reach us and we can tell that it is it."""
    reachable = settings.env == "sandbox" or settings.public_url.startswith("https://")
    if settings.monday_signing_secret is None or not reachable:
        return None
    return f"{settings.public_url.rstrip('/')}/webhooks/monday"


def _http_client(clock: DatabaseClock | None) -> httpx.AsyncClient:
    """One client for all vendors; in the sandbox every request tells the application's time."""

    async def tell_time(request: httpx.Request) -> None:
        if clock is not None:
            request.headers["X-Sandbox-Now"] = (await clock.now()).isoformat()

    return httpx.AsyncClient(
        event_hooks={"request": [tell_time]} if clock else {},
        headers={"User-Agent": f"changeover/{this_version()}"},
        follow_redirects=False,
        timeout=httpx.Timeout(20.0, connect=5.0),
    )


def make_systems(settings: Settings, http: VendorHttp) -> Systems:
    """The outside systems that have all their settings."""
    board = mail = chat = None
    if settings.monday_token and settings.monday_template_board_id:
        board = MondayBoard(
            http,
            url=settings.monday_url,
            token=settings.monday_token.get_secret_value(),
            template_board_id=settings.monday_template_board_id,
            people_column=settings.monday_people_column,
            date_column=settings.monday_date_column,
            status_column=settings.monday_status_column,
        )
    app_id, secret = settings.helpscout_app_id, settings.helpscout_app_secret
    if app_id and secret and settings.helpscout_mailbox_id:
        mail = HelpScoutMail(
            http,
            url=settings.helpscout_url,
            app_id=app_id,
            app_secret=secret.get_secret_value(),
            mailbox_id=settings.helpscout_mailbox_id,
        )
    if settings.google_chat_connected:
        chat = GoogleChat(http, rooms=_rooms(settings))
    return Systems(
        board,
        mail,
        chat,
        _billing_hook(settings, http),
        _charges(settings, http),
        _sites(settings, http),
        HttpSubscribers(http, secret_key=secret_key_of(settings)),
    )


def _charges(settings: Settings, http: VendorHttp) -> Charges | None:
    """Stripe, where its key is set; its library is loaded only then, as it takes its time."""
    if settings.stripe_api_key is None:
        return None
    from app.adapters.stripe.charges import StripeCharges  # noqa: PLC0415

    key = settings.stripe_api_key.get_secret_value()
    return StripeCharges(http, api_key=key, url=settings.stripe_url)


def _sites(settings: Settings, http: VendorHttp) -> Sites | None:
    """The clients' own system, where an address and what signs the calls to it are set."""
    url = settings.provisioning_url
    if url is None or not settings.provisioning_secrets:
        return None
    return HttpSites(http, url=url.get_secret_value(), secrets=settings.provisioning_secrets)


def make_limits(settings: Settings) -> Limits:
    """What the vendors' accounts allow; nothing where nobody counts."""
    if not settings.paced:
        return {}
    return limits_of(
        monday=MondayPlan(settings.monday_plan), helpscout_a_minute=settings.helpscout_per_minute
    )


def _billing_hook(settings: Settings, http: VendorHttp) -> BillingHook | None:
    """The automation that changes bills, where that is how they are changed."""
    url, key = settings.billing_hook_url, settings.billing_hook_api_key
    if settings.billing_mode != "hook" or url is None:
        return None
    return BillingHook(
        http,
        url=url.get_secret_value(),
        secrets=settings.billing_hook_secrets,
        api_key=key.get_secret_value() if key else None,
    )


def _rooms(settings: Settings) -> Mapping[str, str]:
    """The rooms by role; the lead is told in Support's room, which everybody watches."""
    urls = {
        "support": settings.google_chat_support_url,
        "sales": settings.google_chat_sales_url,
        "marketing": settings.google_chat_marketing_url,
        "lead": settings.google_chat_support_url,
    }
    return {room: url.get_secret_value() for room, url in urls.items() if url}


def make_senders(settings: Settings) -> Mapping[str, AgreementSender]:
    """Who may bring events, by the source's name in the address."""
    senders: dict[str, AgreementSender] = {
        "agreement": GenericAgreements(secrets=settings.agreement_secrets)
    }
    senders["tier-request"] = TierRequests(secrets=settings.agreement_secrets)
    if settings.helpscout_webhook_secret is not None:
        senders["helpscout"] = HelpScoutEvents(
            secret=settings.helpscout_webhook_secret.get_secret_value(),
            tag=settings.helpscout_tier_tag,
        )
    if settings.stripe_webhook_secret is not None:
        stripe_secret = settings.stripe_webhook_secret.get_secret_value()
        senders["stripe"] = StripeEvents(secret=stripe_secret)
    address, secret = _board_events_url(settings), settings.monday_signing_secret
    if address is not None and secret is not None:
        senders["monday"] = MondayEvents(signing_secret=secret.get_secret_value(), address=address)
    return senders
