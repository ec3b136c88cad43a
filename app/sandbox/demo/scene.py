"""What every act does: it moves the clock, acts, looks, and stops where something is amiss."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from app.sandbox.demo.caller import Caller, Surprised
from app.sandbox.demo.cast import STAFF, Person
from app.sandbox.demo.telling import Teller

Fields = dict[str, Any]
MakeKeys = Callable[[Sequence[Person]], Callable[[], Sequence[str]]]


class Scene:
    """An act's hands and its voice.

    Args:
        caller: Calls the service and the stand-ins, with a key that may do everything.
        teller: Prints what happened.
        make_keys: Begins to make people keys of their own; what it returns waits for them.
    """

    def __init__(self, caller: Caller, teller: Teller, make_keys: MakeKeys) -> None:
        self.caller = caller
        self.teller = teller
        self._make_keys = make_keys
        self._now = ""
        self._keys: Callable[[], Sequence[str]] = list
        self._holders: Sequence[Person] = ()
        self._callers: dict[str, Caller] = {}

    def callers_of(self, *names: str) -> list[Caller]:
        """People who were hired with a key of their own, as callers.

        Args:
            names: First names, in small letters.
        """
        if not self._callers:
            keys = zip(self._holders, self._keys(), strict=True)
            self._callers = {one.first_name: self.caller.with_key(key) for one, key in keys}
        return [self._callers[name] for name in names]

    def moment(self, instant: str) -> None:
        """Move the clock, let happen what is due, and put the moment down as a heading."""
        self.caller.set_clock(instant)
        self.teller.day(instant)
        self._now = instant

    def settle(self) -> None:
        """Let all be worked off that follows from what was just done."""
        self.caller.set_clock(self._now)

    def say(self, who: str, what: str) -> None:
        """One thing that happened, and by whom."""
        self.teller.say(who, what)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Stop the act where the service did otherwise than is told.

        Raises:
            Surprised: it does not hold.
        """
        if not holds:
            raise Surprised(otherwise)

    def hire(self, *holders: str) -> None:
        """The agency's people.

        Args:
            holders: First names of those who get a key of their own.
        """
        for one in STAFF:
            self.caller.post("/v1/staff", {"name": one.name, "email": one.email, "role": one.role})
        self._holders = [one for one in STAFF if one.first_name in holders]
        self._keys = self._make_keys(self._holders)

    def plan(self, agreement_ref: str) -> Any:
        """The one plan of an agreement, whole."""
        found = self.caller.get("/v1/plans", agreement_ref=agreement_ref)["items"]
        self.expect(len(found) == 1, f"One agreement was to make one plan, not {len(found)}.")
        return self.caller.get(f"/v1/plans/{found[0]['id']}")

    def delivery(self, plan_id: str, kind: str) -> Any:
        """The one outside effect of a kind, with every attempt."""
        found = self.caller.get("/v1/deliveries", plan_id=plan_id, kind=kind)["items"]
        self.expect(len(found) == 1, f"One {kind} was to be delivered, not {len(found)}.")
        return self.caller.get(f"/v1/deliveries/{found[0]['id']}")

    def refused(self, path: str, body: Fields, code: str, by: Caller | None = None) -> Any:
        """Try what the service refuses, and tell the refusal in its own words.

        Args:
            path: Where.
            body: With what.
            code: The refusal that the act expects.
            by: Whose key is used; the demonstration's own where left out.
        """
        problem = (by or self.caller).refused(path, body)
        self.expect(problem["code"] == code, f"{path}: refused as {problem['code']}, not {code}.")
        self.say("service", f"refuses, {code}: {problem['detail']}")
        return problem

    def set_up(self, plan: Fields) -> int:
        """Support ticks every open task that stands for no change in billing."""
        tasks = [one for one in plan["tasks"] if one["state"] == "open" and not is_billing(one)]
        for task in tasks:
            self.caller.post(f"/v1/tasks/{task['id']}/complete", {})
        return len(tasks)

    def acknowledge(self, plan_id: str) -> None:
        """Marketing says that it takes the services over."""
        self.caller.post(f"/v1/plans/{plan_id}/acknowledge")
        self.say("marketing", "acknowledges the plan.")

    def send_complete(self, plan_id: str) -> None:
        """Support looks at the Complete e-mail, and sends it."""
        path = f"/v1/plans/{plan_id}/complete-email"
        preview = self.caller.post(path, {"dry_run": True})
        copied = ", ".join(preview["email"]["cc"])
        self.say("support", f"previews the Complete e-mail, in copy to {copied}, and sends it.")
        self.caller.post(path, {"dry_run": False})

    def mail(self, title: str, to: str) -> None:
        """Show an e-mail that has left, once."""
        found = self.mails_of(title, to)
        self.expect(len(found) == 1, f"The e-mail {title} was to be sent to {to}.")
        self.say("client", f"has got the e-mail {title}:")
        self.teller.mail(found[0])

    def mails_of(self, title: str, to: str) -> list[Fields]:
        """The e-mails of that title that have left for a client; one at most."""
        sent = self.caller.ledger(system="helpscout", operation="email.sent")
        found = [line["body"] for line in sent if title in line["body"]["subject"]]
        found = [body for body in found if to in body["to"]]
        self.expect(len(found) < 2, f"{title} was sent {len(found)} times to {to}.")
        return found

    def newest_chat(self, room: str) -> str:
        """The first line of the newest message in a room."""
        posts = self.caller.ledger(system="google_chat", effect="true")
        texts = [line["body"]["text"] for line in posts if line["body"]["space"] == room]
        self.expect(bool(texts), f"Something was to be said in the room {room}.")
        return str(texts[-1]).split("\n", 1)[0]

    def reckon_up(self, twice: str | None = None) -> None:
        """At the end: each effect once, and a chain of audit entries that is whole.

        Args:
            twice: A title that two items of a board have, because two tasks have it.
        """
        effects = [line for line in self.caller.ledger() if line["effect"]]
        repeated = Counter(_content(line) for line in effects if twice not in line["body"].values())
        again = [content for content, times in repeated.items() if times > 1]
        audit = self.caller.get("/v1/audit/verify")
        self.expect(not again, f"Effects happened a second time: {again}")
        self.expect(audit["intact"], "The audit's chain is broken.")
        self.say(
            "service",
            f"{len(effects)} effects at the vendors, none of them twice; "
            f"{audit['sealed']} audit entries sealed, their chain whole.",
        )


def dates(first: str, end: str) -> str:
    """Days [first, end) as a table shows them: "4 to 6 December"."""
    start, last = date.fromisoformat(first), date.fromisoformat(end) - timedelta(days=1)
    if start == last:
        return f"{start.day} {start:%B}"
    if start.month == last.month:
        return f"{start.day} to {last.day} {last:%B}"
    return f"{start.day} {start:%B} to {last.day} {last:%B}"


def is_billing(task: Fields) -> bool:
    """Whether a task stands for a change in billing."""
    return task["adjustment_id"] is not None


def amount(one: Fields) -> str:
    """An adjustment's amount as a table shows it."""
    money = one["money"]
    return f"{money['amount']} {money['currency']}" if money else "-"


def _content(line: Fields) -> str:
    """What an effect is: its system, its operation, and what it carries less the new id."""
    body = {name: value for name, value in line["body"].items() if name != "result_id"}
    return json.dumps([line["system"], line["operation"], body], sort_keys=True)
