"""What the stand-ins accept as credentials, and the paces that a test may change while they run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """How the stand-ins are set up; every default is right for a demo on one machine.

    Args:
        monday_signing_secret: Signs the calls of webhooks; empty leaves them unsigned, as monday
            does for those of a personal token.
        template_board_id: Id of the seeded template board.
        automation_secret: What verifies the requests to the automation's catch hook.
        automation_api_key: Asked for as `x-make-apikey`; empty asks for none.
        agreement_secret: Signs the automation's call backs.
        automation_answer_s: Real seconds until the automation calls back.
        stripe_api_key: What Stripe takes as its secret key.
        stripe_webhook_secret: Signs Stripe's events.
        stripe_late_s: Real seconds until a card that answers late has paid.
        provisioning_secret: What verifies the requests to the clients' own system.
        board_fill_s: Real seconds over which the copy of a board fills up.
        hold_s: Real seconds for which the fault `timeout` holds a request.
        slow_s: Real seconds by which the fault `slow` delays an answer.
        retry_after_s: Whole seconds that the fault `429` asks to wait.
        search_lag_s: Real seconds until a new conversation shows in searches by tag or query.
        enforce_limits: Refuse above the vendors' limits per minute instead of only counting down.
        ledger_file: Where the ledger is kept, so that a restart does not lose it.
    """

    monday_token: str = "sandbox-monday-token"  # noqa: S105
    monday_signing_secret: str = "sandbox-monday-signing-secret"  # noqa: S105
    template_board_id: str = "7700000001"
    helpscout_app_id: str = "sandbox-app"
    helpscout_app_secret: str = "sandbox-secret"  # noqa: S105
    helpscout_mailbox_id: int = 85
    automation_secret: str = "whsec_c2FuZGJveC1iaWxsaW5nLWhvb2stc2VjcmV0"  # noqa: S105
    automation_api_key: str = ""
    agreement_secret: str = "whsec_c2FuZGJveC1hZ3JlZW1lbnRzLXNlY3JldC1rZXk="  # noqa: S105
    stripe_api_key: str = "sk_test_sandbox"
    stripe_webhook_secret: str = "whsec_sandbox_stripe"  # noqa: S105
    provisioning_secret: str = "whsec_c2FuZGJveC1wcm92aXNpb25pbmctc2VjcmV0"  # noqa: S105
    chat_key: str = "sandbox-key"
    chat_token: str = "sandbox-token"  # noqa: S105
    chat_spaces: tuple[str, ...] = ("SUPPORT", "SALES", "MARKETING")
    board_fill_s: float = 0.4
    hold_s: float = 30.0
    slow_s: float = 2.0
    retry_after_s: int = 1
    search_lag_s: float = 0.0
    automation_answer_s: float = 1.0
    stripe_late_s: float = 1.0
    enforce_limits: bool = False
    ledger_file: Path | None = None

    def of_billing(self, base: str) -> Mapping[str, str]:
        """What the service is set to, so that the stand-in automation changes the bills.

        Args:
            base: Where the stand-ins are reached, without a slash at its end.
        """
        names = {
            "BILLING_MODE": "hook",
            "BILLING_HOOK_URL": f"{base}/automation/billing",
            "BILLING_HOOK_SECRET": self.automation_secret,
            "AGREEMENT_SECRET": self.agreement_secret,
        }
        return {f"CHANGEOVER_{name}": value for name, value in names.items()}

    def of_tiers(self, base: str) -> Mapping[str, str]:
        """What the service is set to, so that the stand-ins charge cards and set users.

        Args:
            base: Where the stand-ins are reached, without a slash at its end.
        """
        names = {
            "STRIPE_URL": f"{base}/stripe",
            "STRIPE_API_KEY": self.stripe_api_key,
            "STRIPE_WEBHOOK_SECRET": self.stripe_webhook_secret,
            "PROVISIONING_URL": f"{base}/provisioning/sites",
            "PROVISIONING_SECRET": self.provisioning_secret,
        }
        return {f"CHANGEOVER_{name}": value for name, value in names.items()}


@dataclass(slots=True)
class Tuning:
    """The settings that `PUT /settings` changes while the stand-ins run."""

    board_fill_s: float
    hold_s: float
    slow_s: float
    retry_after_s: int
    search_lag_s: float
    automation_answer_s: float
    stripe_late_s: float
    enforce_limits: bool

    @classmethod
    def of(cls, settings: SandboxSettings) -> "Tuning":
        """Start from what the stand-ins were set up with."""
        return cls(
            board_fill_s=settings.board_fill_s,
            hold_s=settings.hold_s,
            slow_s=settings.slow_s,
            retry_after_s=settings.retry_after_s,
            search_lag_s=settings.search_lag_s,
            automation_answer_s=settings.automation_answer_s,
            stripe_late_s=settings.stripe_late_s,
            enforce_limits=settings.enforce_limits,
        )
