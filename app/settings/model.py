"""Every setting: its meaning, its default, the form it must have, and what hangs on it."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from app.settings import forms

PREFIX = "CHANGEOVER_"
SECRET_KEY_MIN = 32

Url = Annotated[str, AfterValidator(forms.web_address)]
SecretUrl = Annotated[SecretStr, AfterValidator(forms.secret_form(forms.web_address))]


class Settings(BaseModel):
    """All settings, in the order in which an operator meets them.

    An absent or empty variable means the default. `title` of a field is what a wrong value is told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    env: Literal["production", "sandbox"] = Field(
        "production",
        title="be production or sandbox",
        description="production, or sandbox: stand-in vendors, and a clock that can be set",
    )
    timezone: Annotated[str, AfterValidator(forms.zone)] = Field(
        "UTC", description="The organisation's own time zone, by its IANA name"
    )
    database_url: Annotated[
        SecretStr | None, AfterValidator(forms.optional(forms.postgres_address))
    ] = Field(
        None,
        description="A Postgres of 15 or later, postgresql://user:password@host/name; "
        "empty: an embedded one in DATA_DIR, for one machine and not for production",
    )
    data_dir: Path = Field(
        Path(".changeover"), description="Where the embedded Postgres and its files live"
    )
    host: str = Field("127.0.0.1", description="The address to listen on")
    port: int = Field(
        8000, ge=1, le=65535, title="be a number from 1 to 65535", description="The port"
    )
    public_url: Url = Field(
        "", description="Where people reach this service; empty: http://HOST:PORT"
    )
    organisation: str = Field(
        "Your agency", description="The organisation's name, as clients read it under an e-mail"
    )
    worker: bool = Field(
        True,
        title="be on or off",
        description="Whether `serve` does the background work too; off where `worker` runs beside",
    )
    catalog_dir: Path | None = Field(
        None, description="A folder of packages, playbooks and templates; empty: the shipped one"
    )
    log_format: Literal["json", "console"] = Field(
        "json", title="be json or console", description="json, or console for reading by eye"
    )
    secret_key: SecretStr | None = Field(
        None,
        min_length=SECRET_KEY_MIN,
        title=f"have at least {SECRET_KEY_MIN} characters",
        description="Any text of 32 characters or more; keys are derived from it. Required in "
        "production; made and kept in DATA_DIR in sandbox",
    )
    bootstrap_key: SecretStr | None = Field(
        None,
        min_length=16,
        title="have at least 16 characters",
        description="An admin API key for the first start; make real ones and empty it again",
    )
    agreement_secret: Annotated[
        SecretStr | None, AfterValidator(forms.optional(forms.webhook_secrets))
    ] = Field(
        None,
        description="Signs agreement webhooks: whsec_ and base64; two, by a blank, in rotation",
    )

    monday_url: Url = Field("https://api.monday.com/v2", description="monday.com's API")
    monday_token: SecretStr | None = Field(None, description="monday.com API token")
    monday_template_board_id: Annotated[str | None, AfterValidator(forms.optional_number)] = Field(
        None, description="The board that is copied for each upgrade"
    )
    monday_signing_secret: SecretStr | None = Field(
        None,
        description="Signs monday.com's calls to us (the app's signing secret); with it, and with "
        "an https PUBLIC_URL, what is ticked on a board is ticked here",
    )
    monday_people_column: str | None = Field(
        None, description="Id of the people column; empty: the first of its kind"
    )
    monday_date_column: str | None = Field(
        None, description="Id of the date column; empty: the first of its kind"
    )
    monday_status_column: str | None = Field(
        None, description="Id of the status column; empty: the first of its kind"
    )
    monday_plan: Literal["standard", "pro", "enterprise"] = Field(
        "standard",
        title="be standard, pro or enterprise",
        description="The account's plan at monday.com, by which its calls are limited: standard "
        "(1,000 a minute and 1,000 a day), pro (2,500 and 10,000), enterprise (5,000 and 25,000)",
    )
    board_by: Literal["us", "automation"] = Field(
        "us",
        title="be us or automation",
        description="Who makes the board: us, or automation, such as a Zap; that one's is found by "
        "the agreement's number in its name, and fitted",
    )

    helpscout_url: Url = Field("https://api.helpscout.net/v2", description="Help Scout's API")
    helpscout_app_id: str | None = Field(None, description="Help Scout OAuth application id")
    helpscout_app_secret: SecretStr | None = Field(
        None, description="Help Scout OAuth application secret"
    )
    helpscout_mailbox_id: Annotated[str | None, AfterValidator(forms.optional_number)] = Field(
        None, description="The mailbox that e-mails to clients leave from"
    )
    helpscout_per_minute: int = Field(
        200,
        ge=10,
        le=10_000,
        title="be a number from 10 to 10000",
        description="Calls a minute that the account's plan at Help Scout allows, writes counted "
        "twice; its answers say it as X-RateLimit-Limit-Minute",
    )
    helpscout_webhook_secret: SecretStr | None = Field(
        None,
        description="Signs Help Scout's calls to us; with it, conversations tagged "
        "HELPSCOUT_TIER_TAG are requests for other users",
    )
    helpscout_tier_tag: str = Field(
        "tier-request", description="The tag of conversations that ask for other users"
    )
    marketing_cc: Annotated[str | None, AfterValidator(forms.optional_email)] = Field(
        None, description="Copied on client e-mails instead of the playbook's own address"
    )

    google_chat_support_url: SecretUrl | None = Field(
        None, description="Incoming webhook of the support room"
    )
    google_chat_sales_url: SecretUrl | None = Field(
        None, description="Incoming webhook of the sales room"
    )
    google_chat_marketing_url: SecretUrl | None = Field(
        None, description="Incoming webhook of the marketing room"
    )

    billing_mode: Literal["manual", "hook"] = Field(
        "manual",
        title="be manual or hook: api is not available yet",
        description="Who changes bills: manual, a person by tasks, or hook, an automation that is "
        "asked at its catch hook once a person has released the plan",
    )
    billing_hook_url: Annotated[
        SecretStr | None, AfterValidator(forms.optional(forms.hook_address))
    ] = Field(None, description="The automation's catch hook; BILLING_MODE=hook needs it")
    billing_hook_secret: Annotated[
        SecretStr | None, AfterValidator(forms.optional(forms.webhook_secrets))
    ] = Field(
        None,
        description="Signs what is sent to the catch hook: whsec_ and base64; two, by a blank, in "
        "rotation; BILLING_MODE=hook needs it",
    )
    billing_hook_api_key: Annotated[
        SecretStr | None, AfterValidator(forms.optional(forms.header_value))
    ] = Field(None, description="Sent as x-make-apikey, where Make's hook asks for a key")

    failpoint: Annotated[str | None, AfterValidator(forms.optional_failpoint)] = Field(
        None,
        description="For rehearsing faults in the sandbox, and refused elsewhere: a point of the "
        "work at which this process dies or stands still, such as settle.before:kill:3",
    )

    pacing: Literal["auto", "on", "off"] = Field(
        "auto",
        title="be auto, on or off",
        description="Whether calls are kept within the vendors' limits: auto is on in production "
        "and off in sandbox, whose stand-ins have none to keep",
    )
    stripe_url: Url = Field("https://api.stripe.com", description="Stripe's API")
    stripe_api_key: SecretStr | None = Field(
        None,
        description="Stripe's secret key; with it, prorated charges of user tiers are made by "
        "Stripe, else by people",
    )
    stripe_webhook_secret: SecretStr | None = Field(
        None, description="Signs Stripe's calls to us, which tell what became of a charge"
    )
    provisioning_url: Annotated[
        SecretStr | None, AfterValidator(forms.optional(forms.hook_address))
    ] = Field(
        None,
        description="Where users of a client's site are set; empty: by people, who look at "
        "database and site first",
    )
    provisioning_secret: Annotated[
        SecretStr | None, AfterValidator(forms.optional(forms.webhook_secrets))
    ] = Field(
        None,
        description="Signs what is sent to PROVISIONING_URL: whsec_ and base64; two in rotation",
    )

    unknown: tuple[str, ...] = Field((), exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _fill_public_url(cls, values: Any) -> Any:
        if isinstance(values, dict) and not values.get("public_url"):
            host = str(values.get("host", "127.0.0.1"))
            shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
            return {**values, "public_url": f"http://{shown}:{values.get('port', 8000)}"}
        return values

    @model_validator(mode="after")
    def _hold_production(self) -> Self:
        if self.env == "production" and self.secret_key is None:
            raise ValueError(
                f"{PREFIX}SECRET_KEY must be set in production: any text of at least "
                f"{SECRET_KEY_MIN} characters, kept for as long as the data."
            )
        return self

    @model_validator(mode="after")
    def _hold_failpoint(self) -> Self:
        if self.failpoint is not None and self.env != "sandbox":
            raise ValueError(
                f"{PREFIX}FAILPOINT must be empty in {self.env}: it makes the process die, and is "
                "for rehearsals in the sandbox."
            )
        return self

    @model_validator(mode="after")
    def _hold_hook(self) -> Self:
        missing = [variable(name) for name in HOOK_NEEDS if getattr(self, name) is None]
        if self.billing_mode == "hook" and missing:
            raise ValueError(
                f"{PREFIX}BILLING_MODE is hook, which also needs {' and '.join(missing)}: the "
                "automation's catch hook, and what signs the requests to it."
            )
        return self

    @property
    def paced(self) -> bool:
        """Whether calls are kept within the vendors' limits."""
        return self.pacing == "on" or (self.pacing == "auto" and self.env == "production")

    @property
    def embedded(self) -> bool:
        """Whether Postgres is our own."""
        return self.database_url is None

    @property
    def agreement_secrets(self) -> tuple[str, ...]:
        """The secrets that may have signed an agreement, the newest first."""
        return _each(self.agreement_secret)

    @property
    def billing_hook_secrets(self) -> tuple[str, ...]:
        """The secrets that sign requests to the billing hook, the newest first."""
        return _each(self.billing_hook_secret)

    @property
    def provisioning_secrets(self) -> tuple[str, ...]:
        """The secrets that sign what is sent to the clients' own system, the newest first."""
        return _each(self.provisioning_secret)

    @property
    def monday_connected(self) -> bool:
        """Whether boards can be made."""
        return not self.missing("monday")

    @property
    def helpscout_connected(self) -> bool:
        """Whether clients can be e-mailed."""
        return not self.missing("helpscout")

    @property
    def google_chat_connected(self) -> bool:
        """Whether every room can be written to."""
        return not self.missing("google_chat")

    def missing(self, system: str) -> tuple[str, ...]:
        """The variables that a system still needs before it is connected."""
        return tuple(variable(name) for name in NEEDED[system] if getattr(self, name) is None)

    def problems(self) -> list[str]:
        """What is set but cannot be meant so, as sentences for an operator."""
        found = [f"{name} is not a setting that Changeover knows." for name in self.unknown]
        for system, needed in NEEDED.items():
            missing = self.missing(system)
            if 0 < len(missing) < len(needed):
                found.append(
                    f"{TITLES[system]} is not connected: {', '.join(missing)} "
                    f"{'is' if len(missing) == 1 else 'are'} missing."
                )
        if self.billing_mode == "manual" and self.billing_hook_url is not None:
            found.append(
                f"{variable('billing_hook_url')} is set, but {variable('billing_mode')} is manual: "
                "people change the bills, and the hook is never called."
            )
        if self.board_by == "automation" and not self.monday_connected:
            found.append(
                f"{variable('board_by')} is automation, but monday.com is not connected: the "
                "boards that the automation makes are not found; each is a person's to fit."
            )
        if self.env != "production":
            return found
        hook = self.billing_hook_url
        if hook is not None and not hook.get_secret_value().startswith("https:"):
            found.append(
                f"{variable('billing_hook_url')} is not https: who is billed would travel in the "
                "open."
            )
        for name in ("monday_url", "helpscout_url", "stripe_url"):
            if not getattr(self, name).startswith("https:"):
                found.append(f"{variable(name)} is not https: its token would travel in the open.")
        if self.embedded:
            found.append(
                f"{variable('database_url')} is empty: the embedded Postgres is meant for one "
                "machine, not for production."
            )
        return found


NEEDED = {
    "monday": ("monday_token", "monday_template_board_id"),
    "helpscout": ("helpscout_app_id", "helpscout_app_secret", "helpscout_mailbox_id"),
    "google_chat": (
        "google_chat_support_url",
        "google_chat_sales_url",
        "google_chat_marketing_url",
    ),
    "provisioning": ("provisioning_url", "provisioning_secret"),
}
TITLES = {
    "monday": "monday.com",
    "helpscout": "Help Scout",
    "google_chat": "Google Chat",
    "provisioning": "Provisioning",
}


HOOK_NEEDS = ("billing_hook_url", "billing_hook_secret")


def _each(secrets: SecretStr | None) -> tuple[str, ...]:
    return tuple(secrets.get_secret_value().split()) if secrets else ()


def variable(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()
