"""What happens by itself at a moment of a run: messages, tasks, calls, reports, other runs."""

from dataclasses import dataclass

from app.domain.playbook.moment import Moment


@dataclass(frozen=True, slots=True)
class ChatEffect:
    """The room of a role is told, in the words of a template or in these."""

    on: Moment
    room: str
    template: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class MailEffect:
    """Somebody gets an e-mail; `title` is its name among people.

    Attributes:
        on: The moment.
        template: Its words, where they are a template's.
        title: Its name among people.
        to: The field that holds the address, or the role; "" is the client of the run.
        subject: Of an e-mail in words of the playbook.
        text: Its words; `{key}` stands for a field.
    """

    on: Moment
    template: str
    title: str
    to: str = ""
    subject: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class BoardEffect:
    """The board is made from its template."""

    on: Moment


@dataclass(frozen=True, slots=True)
class TaskEffect:
    """Something is to be done or noted in a system; while that is not connected, by a person.

    Attributes:
        on: The moment.
        role: Who does it by hand.
        title: What is to be done.
        system: Which system would do it: "psa", "crm"; "" is always a person's.
        text: More words; `{key}` stands for a field.
    """

    on: Moment
    role: str
    title: str
    system: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class WebhookEffect:
    """Subscribers of outbound events are told; `event` is a name like `run.handed_off`."""

    on: Moment
    event: str


@dataclass(frozen=True, slots=True)
class ReportEffect:
    """A report over the playbook's measures is sent to the room of a role."""

    on: Moment
    role: str
    title: str
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunEffect:
    """A run of another playbook begins, with the figures of this one that have the same names."""

    on: Moment
    playbook: str


Effect = (
    ChatEffect | MailEffect | BoardEffect | TaskEffect | WebhookEffect | ReportEffect | RunEffect
)
