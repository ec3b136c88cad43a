"""The outside systems as delivery sees them: ports, where they are connected."""

from dataclasses import dataclass
from typing import TypeVar

from app.domain.delivery import System
from app.domain.errors import Conflict
from app.ports.billing import BillingChanges
from app.ports.board import TaskBoard
from app.ports.chat import TeamChat
from app.ports.mail import ClientMail


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

    @property
    def connected(self) -> frozenset[System]:
        """Which systems there are."""
        present = (
            (System.BOARD, self.board),
            (System.MAIL, self.mail),
            (System.CHAT, self.chat),
            (System.BILLING, self.billing),
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


Port = TypeVar("Port")


def _connected(port: Port | None, system: System) -> Port:
    if port is None:
        raise NotConnected(f"{system} is not connected: it has no settings.")
    return port
