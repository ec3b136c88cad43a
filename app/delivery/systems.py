"""The outside systems as delivery sees them: ports, where they are connected."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TypeVar

from app.domain.delivery import System
from app.domain.errors import Conflict
from app.ports.billing import BillingChanges
from app.ports.board import TaskBoard
from app.ports.charges import Charges
from app.ports.chat import TeamChat
from app.ports.errors import VendorError
from app.ports.mail import ClientMail
from app.ports.provisioning import Sites
from app.ports.subscribers import Subscribers


class NotConnected(Conflict):
    """An effect was intended for a system that has no settings any more."""

    code = "system_not_connected"


@dataclass(frozen=True, slots=True)
class Systems:
    """The connected outside systems; None for one without settings."""

    board: TaskBoard | None = None
    mail: ClientMail | None = None
    chat: TeamChat | None = None
    billing: BillingChanges | None = None
    charges: Charges | None = None
    sites: Sites | None = None
    subscribers: Subscribers | None = None

    @property
    def connected(self) -> frozenset[System]:
        """Which systems there are."""
        present = (
            (System.BOARD, self.board),
            (System.MAIL, self.mail),
            (System.CHAT, self.chat),
            (System.BILLING, self.billing),
            (System.CHARGES, self.charges),
            (System.PROVISIONING, self.sites),
            (System.HOOKS, self.subscribers),
        )
        return frozenset(system for system, port in present if port is not None)

    def the_board(self) -> TaskBoard:
        """The task board; raises NotConnected."""
        return _connected(self.board, System.BOARD)

    def the_mail(self) -> ClientMail:
        """The helpdesk; raises NotConnected."""
        return _connected(self.mail, System.MAIL)

    def the_chat(self) -> TeamChat:
        """The chat; raises NotConnected."""
        return _connected(self.chat, System.CHAT)

    def the_billing(self) -> BillingChanges:
        """The automation that changes bills; raises NotConnected."""
        return _connected(self.billing, System.BILLING)

    def the_charges(self) -> Charges:
        """Whoever charges cards; raises NotConnected."""
        return _connected(self.charges, System.CHARGES)

    def the_sites(self) -> Sites:
        """The clients' own system; raises NotConnected."""
        return _connected(self.sites, System.PROVISIONING)

    def the_subscribers(self) -> Subscribers:
        """Whoever asked for events; raises NotConnected."""
        return _connected(self.subscribers, System.HOOKS)


Port = TypeVar("Port")


def _connected(port: Port | None, system: System) -> Port:
    if port is None:
        raise NotConnected(f"{system} is not connected: it has no settings.")
    return port


async def probe(systems: Systems) -> AsyncIterator[tuple[System, bool, str]]:
    """Try the credentials of every connected system; say what each answered."""
    ports = {
        System.BOARD: systems.board,
        System.MAIL: systems.mail,
        System.CHAT: systems.chat,
        System.BILLING: systems.billing,
        System.CHARGES: systems.charges,
        System.PROVISIONING: systems.sites,
        System.HOOKS: systems.subscribers,
    }
    for system, port in ports.items():
        if port is not None:
            try:
                yield system, True, await port.probe()
            except VendorError as failure:
                yield system, False, failure.detail
