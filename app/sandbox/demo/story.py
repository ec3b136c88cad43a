"""The story: one client's upgrade from Sprint to Scale, with everybody's part in it."""

import json
from decimal import Decimal
from typing import Any

from app.sandbox.demo.caller import Caller, Surprised
from app.sandbox.demo.telling import Teller

ZONE = "Australia/Brisbane"
CLIENT = "Harbour Dental (sample)"

STAFF = (
    ("Sam Sample", "sam@agency.example", "sales"),
    ("Sue Sample", "sue@agency.example", "support"),
    ("Max Sample", "max@agency.example", "marketing"),
    ("Lea Sample", "lea@agency.example", "lead"),
)

# As a Zap sends it: keys flattened, ids and amounts as text, what is unknown left empty.
ZAP = {
    "event": "agreement.signed",
    "event_id": "zap-81723",
    "occurred_at": "2026-11-20T03:12:00Z",
    "agreement__ref": "PROP-1042",
    "agreement__provider": "ignition",
    "agreement__title": "Scale upgrade",
    "agreement__signed_at": "2026-11-20T03:11:58Z",
    "agreement__live_on": "2026-12-07",
    "client__ref": "C-77",
    "client__name": CLIENT,
    "client__email": "owner@harbourdental.example",
    "client__timezone": ZONE,
    "client__services": [
        {
            "service": "sms",
            "price": {"amount": "49.00", "currency": "AUD"},
            "billing_period": "week",
            "anchor": "thursday",
            "paid_through": "2026-11-25",
        }
    ],
    "movement__from": "sprint",
    "movement__to": "scale",
    "staff__sales": "sam@agency.example",
    "staff__support": "",
}

SIGNED = "2026-11-20T03:12:00+00:00"
EVE_OF_WINDOW = "2026-11-30T04:00:00+00:00"
WINDOW_OPENS = "2026-11-30T14:00:00+00:00"
TUESDAY = "2026-11-30T23:30:00+00:00"
FRIDAY_NINE = "2026-12-03T22:00:00+00:00"
FRIDAY = "2026-12-04T01:00:00+00:00"
FRIDAY_LATER = "2026-12-04T01:05:00+00:00"
LIVE = "2026-12-06T14:00:00+00:00"


def tell(caller: Caller, teller: Teller) -> str:
    """Tell the whole story and check it as it goes; returns the plan's id.

    Raises:
        Surprised: something happened otherwise.
    """
    teller.title(
        f"{CLIENT} moves from Sprint to Scale",
        "Real HTTP, a real Postgres; monday.com, Help Scout and Google Chat are stand-ins.",
    )
    plan_id = _signed(caller, teller)
    _set_up(caller, teller, plan_id)
    _window(caller, teller, plan_id)
    _friday(caller, teller, plan_id)
    _live(caller, teller, plan_id)
    return plan_id


def _moment(caller: Caller, teller: Teller, instant: str) -> None:
    caller.set_clock(instant)
    teller.day(instant)


def _signed(caller: Caller, teller: Teller) -> str:
    _moment(caller, teller, SIGNED)
    for name, email, role in STAFF:
        caller.post("/v1/staff", {"name": name, "email": email, "role": role})
    teller.say("client", "signs the agreement PROP-1042 in Ignition; a Zap posts it.")
    answer = caller.post("/webhooks/agreement", ZAP, **{"User-Agent": "Zapier"})
    again = caller.post("/webhooks/agreement", ZAP, **{"User-Agent": "Zapier"})
    teller.say("service", f"answers 202, {answer['status']}; the same again: {again['status']}.")
    caller.set_clock(SIGNED)
    plan = _the_plan(caller)
    teller.say(
        "service",
        f"made the plan {plan['ref']}: live on {plan['live_on']}, {len(plan['tasks'])} tasks, "
        f"{len(plan['adjustments'])} billing adjustments.",
    )
    board = plan["board"]
    teller.say("service", f"made the board, without the Google Business group: {board['url']}")
    room = caller.ledger(system="google_chat", effect="true")
    teller.say("support", f"reads in chat: {_first_line(room[0]['body']['text'])}")
    rows = [[task["title"], task["due_on"]] for task in plan["tasks"] if not _is_billing(task)]
    teller.table(["Support's tasks", "due"], rows)
    return str(plan["id"])


def _is_billing(task: dict[str, Any]) -> bool:
    return bool(task["key"].startswith("adjustment:"))


def _first_line(text: str) -> str:
    return str(text).split("\n", 1)[0]


def _the_plan(caller: Caller) -> Any:
    plans = caller.get("/v1/plans", agreement_ref="PROP-1042")["items"]
    if len(plans) != 1:
        raise Surprised(f"One agreement was to make one plan, not {len(plans)}.")
    return caller.get(f"/v1/plans/{plans[0]['id']}")


def _set_up(caller: Caller, teller: Teller, plan_id: str) -> None:
    _moment(caller, teller, EVE_OF_WINDOW)
    _mails(caller, teller, "Begun")
    plan = caller.get(f"/v1/plans/{plan_id}")
    setup = [task for task in plan["tasks"] if not _is_billing(task)]
    for task in setup:
        caller.post(f"/v1/tasks/{task['id']}/complete", {})
    teller.say("support", f"sets the services up: {len(setup)} tasks done, ticked on the board.")
    early = next(one for one in plan["adjustments"] if one["service"] == "website_care")
    problem = caller.refused(f"/v1/adjustments/{early['id']}/confirm", _evidence(early))
    teller.say("support", "tries to end a service one day early.")
    teller.say("service", f"refuses, {problem['code']}: {problem['detail']}")


def _mails(caller: Caller, teller: Teller, title: str) -> None:
    sent = caller.ledger(system="helpscout", operation="email.sent")
    found = [line["body"] for line in sent if title in line["body"]["subject"]]
    if len(found) != 1:
        raise Surprised(f"One e-mail Upgrade {title} was to be sent, not {len(found)}.")
    teller.say("client", f"has got the e-mail Upgrade {title}:")
    teller.mail(found[0])


def _evidence(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "typed": f"{CLIENT} / {one['service']}",
        "evidence": {"reference": f"IGN-{one['service']}", "note": "Sample evidence"},
    }


def _window(caller: Caller, teller: Teller, plan_id: str) -> None:
    _moment(caller, teller, WINDOW_OPENS)
    teller.say("service", "opens the pre-live window: old services may be ended from now on.")
    _moment(caller, teller, TUESDAY)
    adjustments = caller.get(f"/v1/plans/{plan_id}")["adjustments"]
    weekly = [one for one in adjustments if not _is_thursdays(one)]
    for one in weekly:
        caller.post(f"/v1/adjustments/{one['id']}/confirm", _evidence(one))
    teller.say("support", f"makes {len(weekly)} changes in billing, each with its evidence.")
    (sms,) = (one for one in adjustments if _is_thursdays(one) and one["kind"] == "cancel_service")
    problem = caller.refused(f"/v1/adjustments/{sms['id']}/confirm", _evidence(sms))
    teller.say("support", "wants to end SMS as well, which is billed on Thursdays.")
    teller.say("service", f"refuses, {problem['code']}: {problem['detail']}")


def _is_thursdays(one: dict[str, Any]) -> bool:
    """Ending SMS, and the credit that it leaves."""
    return bool(one["service"] == "sms" and one["kind"] in ("cancel_service", "credit"))


def _friday(caller: Caller, teller: Teller, plan_id: str) -> None:
    _moment(caller, teller, FRIDAY_NINE)
    room = caller.ledger(system="google_chat", effect="true")
    teller.say("marketing", f"is reminded in chat: {_first_line(room[-1]['body']['text'])}")
    _moment(caller, teller, FRIDAY)
    adjustments = caller.get(f"/v1/plans/{plan_id}")["adjustments"]
    for one in filter(_is_thursdays, adjustments):
        caller.post(f"/v1/adjustments/{one['id']}/confirm", _evidence(one))
    (credit,) = (one for one in adjustments if one["kind"] == "credit")
    teller.say("support", "ends SMS after its last bill, and credits what overlaps:")
    teller.say("", credit["reckoning"]["sentence"])
    caller.post(f"/v1/plans/{plan_id}/acknowledge")
    teller.say("marketing", "acknowledges the plan.")
    preview = caller.post(f"/v1/plans/{plan_id}/complete-email", {"dry_run": True})
    copied = ", ".join(preview["email"]["cc"])
    teller.say("support", f"previews the Complete e-mail, in copy to {copied}, and sends it.")
    caller.post(f"/v1/plans/{plan_id}/complete-email", {"dry_run": False})
    caller.set_clock(FRIDAY)
    _moment(caller, teller, FRIDAY_LATER)
    _mails(caller, teller, "Complete")


def _live(caller: Caller, teller: Teller, plan_id: str) -> None:
    _moment(caller, teller, LIVE)
    plan = caller.get(f"/v1/plans/{plan_id}")
    if plan["state"] != "completed":
        raise Surprised(f"The plan was to be completed, and is {plan['state']}.")
    teller.say("service", "ended Sprint and began Scale at midnight; Marketing and Support know.")
    rows = [
        [one["kind"].replace("_", " "), one["service"], _amount(one)] for one in plan["adjustments"]
    ]
    teller.table(["What changed in billing", "service", "amount"], rows)
    before, after = _sum(plan, "cancel_service"), _sum(plan, "start_service")
    teller.say("client", f"paid {before} AUD a week, and pays {after} AUD from today.")
    effects = [line for line in caller.ledger() if line["effect"]]
    audit = caller.get("/v1/audit/verify")
    chain = "whole" if audit["intact"] else "BROKEN"
    teller.say(
        "service",
        f"{len(effects)} effects at the vendors, {_repeated(effects)} of them twice; "
        f"{audit['sealed']} audit entries sealed, their chain {chain}.",
    )


def _sum(plan: dict[str, Any], kind: str) -> Decimal:
    amounts = (
        Decimal(one["money"]["amount"]) for one in plan["adjustments"] if one["kind"] == kind
    )
    return sum(amounts, Decimal(0))


def _repeated(effects: list[dict[str, Any]]) -> int:
    """How many effects were carried out a second time: same system, operation and content."""
    seen = {_content(line) for line in effects}
    return len(effects) - len(seen)


def _content(line: dict[str, Any]) -> str:
    body = {name: value for name, value in line["body"].items() if name != "result_id"}
    return json.dumps([line["system"], line["operation"], body], sort_keys=True)


def _amount(one: dict[str, Any]) -> str:
    money = one["money"]
    return f"{money['amount']} {money['currency']}" if money else "-"
