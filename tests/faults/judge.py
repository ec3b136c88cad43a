"""The judge: what was intended for every client, beside what the vendors' ledger says happened."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.services.billing_changes import BILLING_GROUP
from tests.faults.database import client_email, client_name

Effect = tuple[str, str, str]
"""System, whose, what."""

ITEMS = (
    *(f"End {service} of the old package" for service in ("Email Marketing", "SMS")),
    *(f"End {service} of the old package" for service in ("Google Business", "Website Care")),
    *(f"Start {service} of the new package" for service in ("Email Marketing", "SMS")),
    *(f"Start {service} of the new package" for service in ("Google Business", "Website Care")),
    "Start Priority Support of the new package",
)
FITTED = 16
"""Items of a board that get their person and their day: seven of the template, nine added."""

SYSTEMS = {
    "monday": "boards",
    "google_chat": "chat",
    "helpscout": "e-mail",
    "automation": "money",
    "stripe": "money",
    "provisioning": "sites",
}
"""Bills changed by the automation and charges of cards are both money."""

CHANGES = (
    *(f"cancel_service {name}" for name in ("sms", "email_marketing")),
    *(f"cancel_service {name}" for name in ("google_business", "website_care")),
    *(f"start_service {name}" for name in ("sms", "email_marketing")),
    *(f"start_service {name}" for name in ("google_business", "website_care")),
    "start_service priority_support",
)
_NOTE = re.compile(r"Note [0-9]+ on UPG-[A-Z0-9]+\.")
# Steps on the way to an effect: a draft that nobody gets, and the order to send it.
_STEPS = ("conversations.create", "threads.schedule")
_OF_TIERS = ("Your user tier", "Done")


@dataclass
class Tally:
    """Of one system: effects intended, happened, lost, doubled, and left to a person."""

    intended: int = 0
    happened: int = 0
    lost: int = 0
    doubled: int = 0
    with_a_person: int = 0

    def add(self, other: "Tally") -> None:
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Verdict:
    """What the judge found: a tally a system, and the effects that are not as they should be."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    lost: list[Effect] = field(default_factory=list)
    doubled: list[Effect] = field(default_factory=list)

    def said(self) -> str:
        return f"lost {self.lost[:5]}, doubled {self.doubled[:5]}"


def of_a_begun_plan(number: int) -> list[Effect]:
    """What a signature sets off: a board with nine items more, a message, an e-mail."""
    name = client_name(number)
    return [
        ("monday", name, "board"),
        ("monday", name, "archive_group"),
        ("monday", name, f"group {BILLING_GROUP}"),
        *(("monday", name, f"item {title}") for title in ITEMS),
        ("google_chat", name, "Upgrade signed"),
        ("helpscout", name, f"Upgrade Begun: {name} moves to Scale"),
    ]


ROOMS_OF_LIVE = ("MARKETING", "SUPPORT")


def of_a_completed_plan(number: int) -> list[Effect]:
    """What a plan says as it goes live with nothing left to do."""
    name = client_name(number)
    return [
        *(("google_chat", name, f"Live in {room}") for room in ROOMS_OF_LIVE),
        ("google_chat", name, "Completed"),
    ]


def of_sold_users(number: int) -> list[Effect]:
    """What a client sets off that takes more users: two e-mails, a charge, a limit."""
    email = client_email(number)
    return [
        ("helpscout", email, "Your user tier"),
        ("stripe", email, "charge"),
        ("provisioning", f"site-{number:04d}", "limit"),
        ("helpscout", email, "Done"),
    ]


def of_changed_bills(number: int) -> list[Effect]:
    """What a released plan has its automation change."""
    return [("automation", client_name(number), change) for change in CHANGES]


def judge(
    intended: Iterable[Effect],
    ledger: Iterable[Mapping[str, Any]],
    *,
    fits: int = 0,
    notes: int = 0,
    with_people: Iterable[Effect] = (),
) -> Verdict:
    """Count what happened against what was intended.

    Args:
        intended: One by one, from the story; each is to happen once.
        ledger: Every effect that the vendors carried out.
        fits: Items that are to be fitted once each; which, their boards say.
        notes: Messages beside, each with a text of its own.
        with_people: What somebody is told to look up: it may have happened or not.
    """
    happened = Counter(effect for effect in _read(ledger) if effect is not None)
    wanted, left = set(intended), set(with_people)
    noted = {e for e in happened if _NOTE.fullmatch(e[2])}
    fitted = {e for e in happened if e[2].startswith("fit ")}
    verdict = Verdict(tallies={name: Tally() for name in SYSTEMS.values()})
    for effect in wanted | set(happened):
        tally = verdict.tallies[SYSTEMS[effect[0]]]
        times = happened[effect]
        # What is said beside, of stuck deliveries for example, is not counted unless it doubles.
        if effect in wanted | noted | fitted:
            tally.happened += min(times, 1)
        tally.doubled += max(times - 1, 0)
        verdict.doubled += [effect] * (times > 1)
        if effect in wanted:
            tally.intended += 1
            if not times and effect in left:
                tally.with_a_person += 1
            elif not times:
                tally.lost += 1
                verdict.lost.append(effect)
    for system, number, seen in (("monday", fits, fitted), ("google_chat", notes, noted)):
        tally = verdict.tallies[SYSTEMS[system]]
        tally.intended += number
        tally.lost += max(number - len(seen), 0)
        verdict.lost += [(system, "?", "note or fit")] * max(number - len(seen), 0)
    return verdict


def _read(ledger: Iterable[Mapping[str, Any]]) -> Iterable[Effect | None]:
    """Each line of the ledger as the effect that it is, whoever's board or thread it is on."""
    boards: dict[str, str] = {}
    for line in ledger:
        system, operation, body = line["system"], line["operation"], line["body"]
        if operation == "duplicate_board":
            boards[body["result_id"]] = str(body["board_name"]).partition(":")[0]
        if system == "monday":
            # A copy's board is the one that was made, not the template.
            at = "result_id" if operation == "duplicate_board" else "board_id"
            yield (system, boards[body[at]], _on_a_board(line))
        elif system == "google_chat":
            yield _message(body["text"], body["space"])
        elif operation == "email.sent":
            yield _mailed(body)
        elif operation not in _STEPS:
            yield (system, *_OTHERS[system](body))


def _on_a_board(line: Mapping[str, Any]) -> str:
    operation, body = str(line["operation"]), line["body"]
    return {
        "duplicate_board": "board",
        # Tasks of people who are asked meanwhile have a group of their own.
        "create_group": f"group {body.get('group_name')}",
        "create_item": f"item {body.get('item_name')}",
        "change_multiple_column_values": f"fit {body.get('item_id')}",
    }.get(operation, operation)


_OTHERS: Mapping[str, Callable[[Any], tuple[str, str]]] = {
    "automation": lambda body: (body["client"]["name"], f"{body['kind']} {body['service']}"),
    "stripe": lambda body: (body["receipt_email"], "charge"),
    "provisioning": lambda body: (body["site_id"], "limit"),
}


def _mailed(body: Mapping[str, Any]) -> Effect:
    subject = str(body["subject"])
    if subject.startswith(_OF_TIERS):
        return ("helpscout", body["to"][0], subject.partition(":")[0])
    return ("helpscout", subject.removeprefix("Upgrade Begun: ")[:18], subject)


def _message(text: str, space: str) -> Effect:
    told = re.search(r"\*(Upgrade signed|Live|Completed): (.+?)\*", text)
    if told is None:
        return ("google_chat", "", text)
    where = f" in {space}" if told[1] == "Live" else ""
    return ("google_chat", told[2], f"{told[1]}{where}")
