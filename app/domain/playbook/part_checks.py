"""Parts that are lawful alone and make no sense together: moments, words, checklists, subjects."""

from collections.abc import Iterator

from app.domain.playbook.contradiction import Contradiction, Path
from app.domain.playbook.effect import ChatEffect, Effect, MailEffect
from app.domain.playbook.model import Playbook, Step, Subject
from app.domain.playbook.moment import OF_RUNS, OF_STEPS
from app.domain.playbook.reminder_checks import span_absurd
from app.domain.playbook.upgrade import UpgradePlaybook


def parts_absurd(playbook: Playbook) -> Iterator[Contradiction]:
    """Effects hang on moments that come, steps can be done, a trigger starts something."""
    trigger = playbook.trigger
    if not (trigger.events or trigger.schedules or trigger.by_hand):
        message = "starts nothing; expected events, schedules, or by_hand: true"
        yield Contradiction(("trigger",), message)
    for at, effect in enumerate(playbook.effects):
        if effect.on not in OF_RUNS and not isinstance(playbook, UpgradePlaybook):
            moments = ", ".join(sorted(OF_RUNS))
            message = f"no run of this playbook is {effect.on}; expected one of {moments}"
            yield Contradiction(("effects", at, "on"), message)
        yield from _words(("effects", at), effect)
    for at, step in enumerate(playbook.steps):
        yield from _step_absurd(("steps", at), step)
    if (playbook.subject is Subject.PLAN) is not isinstance(playbook, UpgradePlaybook):
        message = "a plan is what the upgrade is about, and nothing else is"
        yield Contradiction(("subject",), message)
    if playbook.governance is not None:
        governance = playbook.governance
        yield from span_absurd(("governance", "within"), governance.within, 1)
        yield from span_absurd(("governance", "newcomers_within"), governance.newcomers_within, 1)


def _words(path: Path, effect: Effect) -> Iterator[Contradiction]:
    if isinstance(effect, ChatEffect | MailEffect) and bool(effect.template) is bool(effect.text):
        yield Contradiction((*path, "template"), "expected either `template` or `text`")
    if isinstance(effect, MailEffect) and bool(effect.text) is not bool(effect.subject):
        yield Contradiction((*path, "subject"), "expected `subject` with `text`, and only there")


def _step_absurd(path: Path, step: Step) -> Iterator[Contradiction]:
    for at, effect in enumerate(step.effects):
        if effect.on not in OF_STEPS:
            moments = ", ".join(sorted(OF_STEPS))
            message = f"a step is never {effect.on}; expected one of {moments}"
            yield Contradiction((*path, "effects", at, "on"), message)
        yield from _words((*path, "effects", at), effect)
    if step.key in step.blocks:
        yield Contradiction((*path, "blocks"), f"{step.key!r} blocks itself")
    if step.takes is not None and not 1 <= step.takes.least <= step.takes.most:
        yield Contradiction((*path, "takes"), "expected minutes from `least` to `most`, 1 or more")
    if step.ordered and not step.checklist:
        yield Contradiction((*path, "ordered"), "there is no checklist to be done in order")
    texts = [item.text for item in step.checklist]
    for at, text in enumerate(texts):
        if text in texts[:at]:
            message = f"{text!r} stands here a second time"
            yield Contradiction((*path, "checklist", at, "text"), message)
