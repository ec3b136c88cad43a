"""The words of a timeline: what actions and outcomes of deliveries mean to a reader."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from app.domain.adjustment import adjustment_summary
from app.domain.calendar import spoken
from app.domain.delivery import DeliveryKind, DeliveryState
from app.domain.playbook.reminder import Awaited

Values = Mapping[str, Any]
Sentence = Callable[[Values, Values], str]

# What a delivery's own row tells, with its attempts and its last state.
TOLD_BY_DELIVERIES: Final = frozenset(
    {"board.created"}
    | {f"{kind}.{end}" for kind in DeliveryKind for end in ("accepted", "expired")}
)
FAILED: Final = "delivery.failed"

# When a reminder that is to come is not told.
UNLESS: Final[Mapping[Awaited, str]] = {
    Awaited.ACKNOWLEDGEMENT: "Unless it is acknowledged before.",
    Awaited.LIVE_DATE: "Unless the live date is set before.",
    Awaited.REVIEW: "Unless somebody decides before.",
    Awaited.MISSED_PLAN: "Unless it is moved or forced before.",
    Awaited.OVERDUE_TASKS: "Unless the tasks are done before.",
    Awaited.BLOCKED_TASKS: "Unless the tasks go on before.",
}


def _plan_made(_: Values, after: Values) -> str:
    return f"Plan {after['ref']} was made: {after['from_package']} to {after['to_package']}"


def _date_moved(before: Values, after: Values) -> str:
    return f"The live date moved from {_day(before['live_on'])} to {_day(after['live_on'])}"


def _rezoned(before: Values, after: Values) -> str:
    return f"The time zone changed from {before['timezone']} to {after['timezone']}"


def _refitted(_: Values, after: Values) -> str:
    changes = after["changes"]
    return f"{len(changes)} value{'s' * (len(changes) > 1)} followed from it"


def _adjustment(end: str) -> Sentence:
    return lambda _, after: f"{adjustment_summary(after['kind'], after['service'])} {end}"


def _task(end: str) -> Sentence:
    return lambda _, after: f"Task '{after['title']}' {end}"


def _task_amended(before: Values, after: Values) -> str:
    changes = []
    if "due_on" in before:
        changes.append(f"is due on {_day(after['due_on'])}")
    if "assignee_id" in before:
        changes.append("was given to somebody else")
    return f"Task '{after['title']}' {' and '.join(changes)}"


def _amended(_: Values, after: Values) -> str:
    names = " and ".join("people" if name == "staff" else name for name in sorted(after))
    return f"The plan's {names} were changed"


def _plainly(sentence: str) -> Sentence:
    return lambda _before, _after: sentence


SENTENCES: Final[Mapping[str, Sentence]] = {
    "plan.created": _plan_made,
    "plan.scheduled": lambda _, after: f"The live date was set: {_day(after['live_on'])}",
    "plan.rescheduled": _date_moved,
    "plan.rezoned": _rezoned,
    "plan.zone_kept": lambda _, after: f"The plan keeps the time zone {after['timezone']}",
    "plan.amended": _amended,
    "plan.refitted": _refitted,
    "plan.held": _plainly("The plan was put on hold"),
    "plan.resumed": _plainly("The plan was resumed"),
    "plan.cancelled": _plainly("The plan was cancelled"),
    "plan.window_opened": _plainly("The pre-live window opened"),
    "plan.went_live": _plainly("The services went live"),
    "plan.missed": _plainly("The live date was missed: something still blocked it"),
    "plan.forced_live": _plainly("The plan was forced live"),
    "plan.acknowledged": _plainly("Marketing acknowledged the plan"),
    "plan.completed": _plainly("The plan was completed"),
    "plan.released": _plainly("The billing changes were released to the automation"),
    "plan.release_withdrawn": _plainly("The release of the billing changes was withdrawn"),
    "plan.reviewed": _plainly("The review of the plan ended: it begins"),
    "plan.queued": lambda _, after: f"The plan was queued after {after['queued_after']}",
    "plan.unqueued": _plainly("The plan is no longer queued"),
    "plan.merged": lambda _, after: (
        f"The agreement's terms were merged into {after['merged_into']}"
    ),
    "plan.terms_taken": _plainly("The plan took other terms"),
    "plan.agreement_amended": _plainly("The agreement was amended"),
    "plan.amendment_taken": _plainly("The amended terms of the agreement were taken"),
    "plan.amendment_rejected": _plainly("The amended terms of the agreement were dropped"),
    "plan.agreement_voided": _plainly("The agreement was taken back by its system"),
    "plan.agreement_kept": _plainly("The plan goes on although its agreement was taken back"),
    "board.filled": _plainly("The upgrade board was filled and fitted"),
    "board.given_up": _plainly("The upgrade board was not filled in time"),
    "board.found": _plainly("The automation's upgrade board was found"),
    "board.not_awaited": _plainly("No upgrade board is looked for any more"),
    "board.missing": _plainly("No board has the agreement's number in its name so far"),
    "board.several": _plainly("Several boards have the agreement's number in their names"),
    "board.named": _plainly("A person named the plan's board"),
    "board.refused": _plainly("The board that was found or named cannot be used"),
    "board.change_refused": _plainly("A change on the upgrade board was not taken over"),
    "board.by_hand": _plainly("The upgrade board is kept by hand"),
    "complete_email.requested": _plainly("The Upgrade Complete e-mail was asked for"),
    "complete_email.withdrawn": _plainly("The Upgrade Complete e-mail was taken back"),
    "adjustment.confirmed": _adjustment("was carried out"),
    "adjustment.submitted": _adjustment("was handed to the automation"),
    "adjustment.uncertain": _adjustment("is uncertain: somebody has to look in billing"),
    "adjustment.put_back": _adjustment("is to be made again: it was never sent"),
    "adjustment.failed": _adjustment("could not be carried out"),
    "adjustment.voided": _adjustment("was voided"),
    "adjustment.waived": _adjustment("was waived"),
    "adjustment.seconded": _adjustment("was agreed to by a second person"),
    "adjustment.reversed": _adjustment("was put back"),
    "adjustment.not_reversed": _adjustment("is to be put back after all"),
    "task.completed": _task("is done"),
    "task.reopened": _task("was opened again"),
    "task.skipped": _task("was skipped"),
    "task.blocked": _task("is blocked"),
    "task.amended": _task_amended,
    "delivery.retry": _plainly("A delivery that had failed was tried again"),
    "delivery.skip": _plainly("A delivery was skipped"),
    "delivery.mark_done": _plainly("A delivery was done by hand"),
    FAILED: lambda _, after: f"{effect_words(after['kind'], {})} failed",
    "plan.reminded": lambda _, after: str(after["title"]),
}
"""Every action that the services write down about a plan, and the sentence that it reads as."""


def sentence_of(action: str, before: Values | None, after: Values | None) -> str:
    """What an audit entry says to a reader; an action of a later version is said as it is."""
    sentence = SENTENCES.get(action)
    if sentence is None:
        return action.replace("_", " ").replace(".", " ").capitalize()
    return sentence(before or {}, after or {})


def detail_of(after: Values | None, reason: str | None) -> str | None:
    """What is worth adding: the reason, the proof, what was missing."""
    parts = [reason] if reason else []
    values = after or {}
    if evidence := values.get("evidence"):
        parts.append(f"Seen at: {evidence['reference']}")
        parts += [evidence["note"]] if evidence.get("note") else []
    parts += values.get("missing") or []
    parts += [f"{each.removesuffix('.')}." for each in values.get("about") or []]
    return " ".join(parts) or None


EFFECTS: Final[Mapping[str, str]] = {
    DeliveryKind.BOARD_CREATE: "The upgrade board",
    DeliveryKind.BOARD_ARCHIVE_GROUP: "Removing the board's group '{subject}'",
    DeliveryKind.BOARD_ADD_ITEM: "Adding '{title}' to the board",
    DeliveryKind.BOARD_FIT_ITEMS: "Bringing the board's items up to date",
    DeliveryKind.BOARD_WATCH: "Having the board tell of changes",
    DeliveryKind.EMAIL_BEGUN: "The Upgrade Begun e-mail",
    DeliveryKind.EMAIL_COMPLETE: "The Upgrade Complete e-mail",
    DeliveryKind.EMAIL_WITHDRAW: "Taking back an e-mail",
    DeliveryKind.CHAT_POST: "A message to the room '{room}'",
    DeliveryKind.BILLING_SUBMIT: "The request to the automation ({subject})",
    DeliveryKind.EMAIL_QUOTE: "The quote of other users",
    DeliveryKind.EMAIL_RECAP: "The recap of a change of users",
    DeliveryKind.EMAIL_RUN: "The e-mail {subject}",
    DeliveryKind.CHARGE_CREATE: "Charging for a change of users",
    DeliveryKind.SITE_APPLY: "Setting the users of a site",
    DeliveryKind.HOOK_POST: "The event {subject} to a subscriber",
}
_FALLBACKS: Final = {"subject": "?", "title": "a task", "room": "?"}

OUTCOMES: Final[Mapping[str, str]] = {
    DeliveryState.PENDING: "waits to go out",
    DeliveryState.SENDING: "is going out",
    DeliveryState.RETRYING: "did not go through yet and is tried again",
    DeliveryState.UNCERTAIN: "went out; whether it arrived is being found out",
    DeliveryState.DELIVERED: "went out",
    DeliveryState.FAILED: "failed",
    DeliveryState.EXPIRED: "was dropped: it came too late",
    DeliveryState.CANCELLED: "was dropped before it went out",
    DeliveryState.PARKED: "was stopped after too many failures",
    DeliveryState.SKIPPED: "was skipped",
    DeliveryState.DONE_BY_HAND: "was done by hand",
}


# Boards and bills are not sent, and an e-mail taken back does not go out.
_DONE: Final[Mapping[str, str]] = {
    DeliveryKind.BOARD_CREATE: "The upgrade board was made",
    DeliveryKind.BOARD_ARCHIVE_GROUP: "The board's group '{subject}' was removed",
    DeliveryKind.BOARD_ADD_ITEM: "'{title}' was added to the board",
    DeliveryKind.BOARD_FIT_ITEMS: "The board's items were brought up to date",
    DeliveryKind.BOARD_WATCH: "The board was asked to tell of changes",
    DeliveryKind.EMAIL_WITHDRAW: "An e-mail was taken back",
    DeliveryKind.BILLING_SUBMIT: "The automation took on: {subject}",
    DeliveryKind.CHARGE_CREATE: "A change of users was charged",
    DeliveryKind.SITE_APPLY: "The users of a site were set",
}
_OF_WORK: Final[Mapping[str, str]] = {
    DeliveryState.PENDING: "waits its turn",
    DeliveryState.SENDING: "is under way",
    DeliveryState.UNCERTAIN: "was tried; whether it worked is being found out",
    DeliveryState.CANCELLED: "was dropped before it began",
}


def effect_words(kind: str, named: Mapping[str, str | None]) -> str:
    """What an outside effect is called; `named` may hold its `subject`, `title` and `room`."""
    return _filled(EFFECTS.get(kind, kind), named)


def outcome_words(kind: str, named: Mapping[str, str | None], state: str) -> str:
    """What became of an outside effect."""
    if kind not in _DONE:
        return f"{effect_words(kind, named)} {OUTCOMES.get(state, state)}"
    if state == DeliveryState.DELIVERED:
        return _filled(_DONE[kind], named)
    return f"{effect_words(kind, named)} {_OF_WORK.get(state) or OUTCOMES.get(state, state)}"


def _filled(words: str, named: Mapping[str, str | None]) -> str:
    given = {name: value for name, value in named.items() if value}
    return words.format_map({**_FALLBACKS, **given})


def _day(text: str | None) -> str:
    return spoken(date.fromisoformat(text)) if text else "no date"
