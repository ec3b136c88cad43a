"""What the moments of a run set off, as its playbook says: messages, e-mails, tasks, events."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.markup import chat_value
from app.db.models import Client, PlaybookRun
from app.domain.calendar import day_of
from app.domain.delivery import DeliveryKind, System
from app.domain.effect_key import Effect as EffectKey
from app.domain.playbook.condition import Known
from app.domain.playbook.effect import (
    BoardEffect,
    ChatEffect,
    Effect,
    MailEffect,
    ReportEffect,
    RunEffect,
    TaskEffect,
    WebhookEffect,
)
from app.domain.playbook.model import Playbook
from app.domain.run.events import NAMES, own_event
from app.domain.run.figures import in_words, said
from app.domain.run.model import Happening
from app.domain.task import MESSAGE_BY_HAND
from app.services.hooks import Event, subscribers, told
from app.services.office import Office
from app.services.once import OnceOnly
from app.services.people import active_names
from app.services.runs.outbox import ByHand, Owner, Sent


@dataclass(frozen=True, slots=True)
class Scene:
    """What the effects of a run's moments are made of.

    Attributes:
        playbook: In the run's version.
        row: The run, as it is after the change.
        owner: The run, for what is written down.
        figures: What is known of it.
        client: Whom it is about, where that is a client of ours.
        occasion: Facts that tell this change of the run from its others.
    """

    playbook: Playbook
    row: PlaybookRun
    owner: Owner
    figures: Mapping[str, Known]
    client: Client | None
    occasion: str

    @property
    def about(self) -> str:
        """What people call the run: its subject, and what is done with it."""
        name = self.client.name if self.client else self.row.subject_ref
        return f"{name}: {self.playbook.title}"

    def step_title(self, key: str) -> str:
        """The title of a step, or of the playbook."""
        return next((s.title for s in self.playbook.steps if s.key == key), self.playbook.title)


def effects_on(playbook: Playbook, happening: Happening) -> Iterator[tuple[str, Effect]]:
    """What hangs on a moment, the run's own and the step's, each with its place in the file."""
    for at, effect in enumerate(playbook.effects):
        if effect.on is happening.moment:
            yield f"{at}", effect
    for step in playbook.steps:
        for at, effect in enumerate(step.effects if step.key == happening.step else ()):
            if effect.on is happening.moment:
                yield f"{step.key}/{at}", effect


async def sent_by(
    session: AsyncSession,
    scene: Scene,
    happenings: Sequence[Happening],
    *,
    office: Office,
    now: datetime,
) -> list[tuple[Owner, Sent]]:
    """Everything that moments of a run set off, but the runs that they start.

    What is not connected becomes a person's task.

    Args:
        session: Only read from.
        scene: The run.
        happenings: What befell it, in order.
        office: The installation.
        now: The present instant.
    """
    sent: list[Sent] = []
    for happening in happenings:
        sent += await _told(session, scene, happening, now=now)
        for place, effect in effects_on(scene.playbook, happening):
            occasion = f"{scene.occasion}/{happening.moment}/{happening.step}/{place}"
            make = _MAKERS.get(type(effect))
            if make is not None:
                sent += await make(session, scene, effect, happening, occasion, office, now)
    return [(scene.owner, each) for each in sent]


async def _told(
    session: AsyncSession, scene: Scene, happening: Happening, *, now: datetime
) -> list[Sent]:
    """The moment itself, and the playbook's own events on it, for whoever subscribes."""
    names = {NAMES[happening.moment]} | {
        own_event(effect.event)
        for _, effect in effects_on(scene.playbook, happening)
        if isinstance(effect, WebhookEffect)
    }
    hooks = await _subscribers(session, names)
    occasion = f"{scene.occasion}/{happening.step}/{happening.detail}"
    data = run_facts(scene.row, scene.playbook) | {
        "step": happening.step or None,
        "detail": happening.detail or None,
    }
    return [
        each
        for name in sorted(names)
        for each in told(hooks, scene.row.id, Event(name, occasion, data), now=now)
    ]


async def _subscribers(session: AsyncSession, names: set[str]) -> Sequence[Any]:
    known: dict[frozenset[str], Sequence[Any]] = session.info.setdefault("subscribers", {})
    wanted = frozenset(names)
    if wanted not in known:
        known[wanted] = await subscribers(session, wanted)
    return known[wanted]


def run_facts(row: PlaybookRun, playbook: Playbook) -> dict[str, Any]:
    """What every event says of its run."""
    return {
        "run": {
            "id": str(row.id),
            "playbook": row.playbook,
            "version": row.playbook_version,
            "title": playbook.title,
            "state": row.state,
            "subject": {"kind": row.subject_kind, "ref": row.subject_ref},
        }
    }


def chat_or_task(
    owner: Owner, room: str, text: str, subject: str, occasion: str, office: Office
) -> Sent:
    """A message in the room of a role; where there is none, somebody's task to pass it on."""
    if System.CHAT in office.connected and room in office.rooms:
        payload = {"room": room, "text": text, "thread": owner.ref}
        return OnceOnly(DeliveryKind.CHAT_POST, occasion, subject, payload)
    return ByHand(f"{MESSAGE_BY_HAND}{occasion}", subject, room, text)


async def _chat(
    session: AsyncSession,
    scene: Scene,
    effect: ChatEffect,
    happening: Happening,
    occasion: str,
    office: Office,
    now: datetime,
) -> list[Sent]:
    words = {key: chat_value(said(value)) for key, value in scene.figures.items()}
    text = in_words(effect.text, words)
    if effect.template:
        names = await active_names(session, {effect.room})
        context = {
            "client": scene.client.name if scene.client else scene.row.subject_ref,
            "plan_ref": scene.owner.ref,
            "people": names[effect.room],
            "details": [happening.detail] if happening.detail else [],
            "link": run_link(office, scene.row.id),
        }
        text = office.catalog.templates.chat(effect.template, context)
    elif happening.detail:
        text = f"{text} {chat_value(happening.detail)}"
    subject = f"{scene.about}: tell {effect.room}"
    return [chat_or_task(scene.owner, effect.room, text, subject, occasion, office)]


def run_link(office: Office, run_id: UUID) -> str:
    """Where a run is read."""
    return f"{office.public_url}/v1/runs/{run_id}"


async def _mail(
    session: AsyncSession,
    scene: Scene,
    effect: MailEffect,
    happening: Happening,
    occasion: str,
    office: Office,
    now: datetime,
) -> list[Sent]:
    subject, text = in_words(effect.subject, scene.figures), in_words(effect.text, scene.figures)
    address = scene.figures.get(effect.to) if effect.to else None
    if address is None and scene.client is not None and not effect.to:
        address = scene.client.email
    roles = {role.key for role in scene.playbook.roles}
    title = f"{scene.about}: send the {effect.title} e-mail"
    role = next(
        (s.role for s in scene.playbook.steps if s.key == happening.step), scene.playbook.owner
    )
    if System.MAIL not in office.connected or address is None or effect.template:
        whom = effect.to if effect.to in roles else said(address)
        words = f"To: {whom}\nSubject: {subject}\n\n{text}"
        return [ByHand(f"effect:{DeliveryKind.EMAIL_RUN}:{occasion}", title, role, words)]
    letter = office.catalog.templates.email(
        "run_message",
        {
            "subject": subject,
            "text": text,
            "paragraphs": [line for line in text.split("\n") if line.strip()],
            "organisation": office.organisation,
        },
    )
    marked = EffectKey(scene.owner.ref, DeliveryKind.EMAIL_RUN, occasion, None, str(address))
    payload = {
        "to_email": str(address),
        "to_name": scene.client.name if scene.client else str(address),
        "cc": [],
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "marker": marked.marker(1),
    }
    return [OnceOnly(DeliveryKind.EMAIL_RUN, occasion, effect.title, payload)]


async def _task(
    session: AsyncSession,
    scene: Scene,
    effect: TaskEffect,
    happening: Happening,
    occasion: str,
    office: Office,
    now: datetime,
) -> list[Sent]:
    title = f"{scene.about}: {in_words(effect.title, scene.figures)}"
    text = in_words(effect.text, scene.figures)
    if effect.system:
        text = "\n".join(filter(None, [text, f"{effect.system} is not connected: do it there."]))
    return [ByHand(f"effect:task:{occasion}", title, effect.role, text)]


async def _board(
    session: AsyncSession,
    scene: Scene,
    effect: BoardEffect,
    happening: Happening,
    occasion: str,
    office: Office,
    now: datetime,
) -> list[Sent]:
    """Boards of runs are made by hand: only the upgrade has a template of one."""
    return [
        ByHand(f"effect:board:{occasion}", f"{scene.about}: make its board", scene.playbook.owner)
    ]


async def _report(
    session: AsyncSession,
    scene: Scene,
    effect: ReportEffect,
    happening: Happening,
    occasion: str,
    office: Office,
    now: datetime,
) -> list[Sent]:
    today = day_of(now, office.timezone)
    titles = [m.title for m in scene.playbook.measures if m.key in effect.measures]
    address = f"{office.public_url}/v1/measures?playbook={scene.playbook.key}&to={today}"
    text = f"{effect.title}: {', '.join(titles)}. {address}"
    subject = f"{scene.about}: tell {effect.role}"
    return [chat_or_task(scene.owner, effect.role, text, subject, occasion, office)]


_MAKERS: Mapping[type, Callable[..., Any]] = {
    ChatEffect: _chat,
    MailEffect: _mail,
    TaskEffect: _task,
    BoardEffect: _board,
    ReportEffect: _report,
}
"""How each kind of effect is made; events are told with their moment, and runs are started."""


def runs_to_start(
    playbook: Playbook, happenings: Sequence[Happening]
) -> Iterator[tuple[str, RunEffect]]:
    """The runs that moments start, each with what tells it from the run's others."""
    for happening in happenings:
        for place, effect in effects_on(playbook, happening):
            if isinstance(effect, RunEffect):
                yield f"{happening.moment}/{happening.step}/{place}", effect
