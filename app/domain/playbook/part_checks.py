"""Parts that are lawful alone and make no sense together: moments, words, checklists, subjects."""

from collections.abc import Iterator

from app.domain.playbook.condition import holds
from app.domain.playbook.contradiction import Contradiction, Path
from app.domain.playbook.effect import ChatEffect, Effect, MailEffect
from app.domain.playbook.form import FieldKind
from app.domain.playbook.model import Playbook, Step, Subject
from app.domain.playbook.moment import OF_RUNS, OF_STEPS
from app.domain.playbook.reminder_checks import span_absurd
from app.domain.playbook.trigger import Trigger
from app.domain.playbook.upgrade import UpgradePlaybook

_OF_A_CLIENT = frozenset({Subject.CLIENT, Subject.PLAN})


def parts_absurd(playbook: Playbook) -> Iterator[Contradiction]:
    """Effects hang on moments that come, steps can be done, a trigger starts something."""
    trigger = playbook.trigger
    if not (trigger.events or trigger.schedules or trigger.by_hand):
        message = "starts nothing; expected events, schedules, or by_hand: true"
        yield Contradiction(("trigger",), message)
    for at, field in enumerate(playbook.inputs):
        if trigger.schedules and field.required:
            message = "nobody fills it where a schedule starts the run; expected required: false"
            yield Contradiction(("inputs", at, "required"), message)
    yield from _asks_nobody(trigger)
    for at, effect in enumerate(playbook.effects):
        if effect.on not in OF_RUNS and not isinstance(playbook, UpgradePlaybook):
            moments = ", ".join(sorted(OF_RUNS))
            message = f"{effect.on} is no moment of these runs; expected one of {moments}"
            yield Contradiction(("effects", at, "on"), message)
        yield from _words(("effects", at), effect)
        yield from _addressee(playbook, ("effects", at), effect)
    for at, step in enumerate(playbook.steps):
        yield from _step_absurd(("steps", at), step)
        for place, effect in enumerate(step.effects):
            yield from _addressee(playbook, ("steps", at, "effects", place), effect)
    if (playbook.subject is Subject.PLAN) is not isinstance(playbook, UpgradePlaybook):
        message = "a plan is what the upgrade is about, and nothing else is"
        yield Contradiction(("subject",), message)
    if playbook.governance is not None:
        governance = playbook.governance
        yield from span_absurd(("governance", "within"), governance.within, 1)
        yield from span_absurd(("governance", "newcomers_within"), governance.newcomers_within, 1)


def _asks_nobody(trigger: Trigger) -> Iterator[Contradiction]:
    """A schedule fills no form: a condition on it holds for none of its runs, or for all."""
    if trigger.when is None or not trigger.schedules:
        return
    alone = not (trigger.events or trigger.by_hand)
    if alone or not holds(trigger.when, {}):
        message = "asks for inputs that nobody fills where a schedule starts the run"
        yield Contradiction(("trigger", "when"), message)


def _words(path: Path, effect: Effect) -> Iterator[Contradiction]:
    if isinstance(effect, ChatEffect | MailEffect) and bool(effect.template) is bool(effect.text):
        yield Contradiction((*path, "template"), "expected either `template` or `text`")
    if isinstance(effect, MailEffect) and bool(effect.text) is not bool(effect.subject):
        yield Contradiction((*path, "subject"), "expected `subject` with `text`, and only there")


def _addressee(playbook: Playbook, path: Path, effect: Effect) -> Iterator[Contradiction]:
    """An e-mail goes to a role, to a field that holds an address, or to the client of the run."""
    if not isinstance(effect, MailEffect):
        return
    fields = {field.key: field for field in playbook.fields}
    roles = {role.key for role in playbook.roles}
    if effect.to in fields and effect.to in roles:
        message = f"{effect.to!r} is a role and a field; expected a name that is one of them"
        yield Contradiction((*path, "to"), message)
    elif effect.to in fields and fields[effect.to].kind is not FieldKind.EMAIL:
        message = f"{effect.to!r} is of kind: {fields[effect.to].kind}; expected kind: email"
        yield Contradiction((*path, "to"), message)
    elif not effect.to and playbook.subject not in _OF_A_CLIENT:
        message = f"is missing; a {playbook.subject.replace('_', ' ')} has no address of its own"
        yield Contradiction((*path, "to"), message)


def _step_absurd(path: Path, step: Step) -> Iterator[Contradiction]:
    for at, effect in enumerate(step.effects):
        if effect.on not in OF_STEPS:
            moments = ", ".join(sorted(OF_STEPS))
            message = f"{effect.on} is no moment of a step; expected one of {moments}"
            yield Contradiction((*path, "effects", at, "on"), message)
        yield from _words((*path, "effects", at), effect)
    if step.key in step.blocks:
        yield Contradiction((*path, "blocks"), f"{step.key!r} blocks itself")
    if step.takes is not None and not 1 <= step.takes.least <= step.takes.most:
        message = "expected minutes: `least` 1 or more, `most` not below it"
        yield Contradiction((*path, "takes"), message)
    if step.ordered and not step.checklist:
        yield Contradiction((*path, "ordered"), "expected `checklist` beside it: what is in order")
    texts = [item.text for item in step.checklist]
    for at, text in enumerate(texts):
        if text in texts[:at]:
            message = f"{text!r} stands here a second time"
            yield Contradiction((*path, "checklist", at, "text"), message)
