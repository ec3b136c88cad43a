"""What each call of the Inbox API does to the mailbox."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from ..ledger import Outcome
from ..stage import Stage
from .checks import (
    CONVERSATION_STATUSES,
    CONVERSATION_TYPES,
    MAX_SUBJECT,
    THREAD_TYPES,
    Fields,
    is_email,
    refuse_if,
)
from .errors import Refusal, bad_request, not_found
from .mailbox import SYSTEM, Conversation, Customer, Mailbox, Thread
from .views import conversation_view, page_view, search, status_fits, thread_view

_REPLACE = ("replace",)
_SCHEDULABLE = ("reply",)


@dataclass(frozen=True, slots=True)
class DeskCall:
    """One request that passed the door: `body` is parsed JSON, None where none is taken."""

    operation: str
    ids: dict[str, int]
    query: dict[str, str]
    body: Any
    base: str


class Desk:
    """The calls; each answers as the vendor would, or raises Refusal."""

    def __init__(self, stage: Stage, mailbox: Mailbox) -> None:
        self._stage = stage
        self._mailbox = mailbox

    def create_conversation(self, call: DeskCall) -> Response:
        """`POST /conversations`: a reply thread that is no draft is mailed at once."""
        errors: list[dict[str, Any]] = []
        fields = Fields(call.body, errors)
        subject = fields.text("subject", required=True, longest=MAX_SUBJECT)
        kind = fields.choice("type", CONVERSATION_TYPES)
        status = fields.choice("status", CONVERSATION_STATUSES)
        mailbox_id = fields.number("mailboxId", required=True)
        if mailbox_id not in (None, self._stage.settings.helpscout_mailbox_id):
            fields.wrong("mailboxId", "inbox does not exist", "Exists")
        assignee_id = fields.number("assignTo")
        tags = fields.tags("tags")
        imported = fields.flag("imported")
        fields.flag("autoReply")
        if fields.has("createdAt") and not imported:
            fields.wrong("createdAt", "is taken only with imported", "Imported")
        customer = self._customer(fields.part("customer"))
        threads = [self._thread(one) for one in fields.objects("threads")]
        refuse_if(errors)
        conversation = self._mailbox.open(
            subject=subject,
            kind=kind,
            status=status,
            mailbox_id=mailbox_id or 0,
            customer=customer,
            assignee_id=assignee_id,
            tags=tags,
        )
        made = [self._mailbox.add_thread(conversation, **thread) for thread in threads]
        self._note(call, {**call.body, "conversation_id": conversation.id})
        if not imported:
            self._mail_at_once(conversation, made)
        return _created(call, conversation.id, f"conversations/{conversation.id}", conversation.id)

    def create_reply(self, call: DeskCall) -> Response:
        """`POST /conversations/{id}/reply`: mailed at once unless it is a draft."""
        conversation = self._mailbox.conversation(call.ids["conversation"])
        errors: list[dict[str, Any]] = []
        fields = Fields(call.body, errors)
        status = fields.choice("status", CONVERSATION_STATUSES, required=False)
        thread = self._thread(fields, kind="reply")
        refuse_if(errors)
        made = self._mailbox.add_thread(conversation, **thread)
        # Without a status a reply makes the conversation active again.
        conversation.status = status or "active"
        body = {**call.body, "conversation_id": conversation.id, "thread_id": made.id}
        self._note(call, body)
        self._mail_at_once(conversation, [made])
        address = f"conversations/{conversation.id}/threads/{made.id}"
        return _created(call, made.id, address, conversation.id)

    def list_conversations(self, call: DeskCall) -> Response:
        """`GET /conversations`: only active ones where no status is named."""
        query = call.query
        status = query.get("status", "active")
        fits = search(query["query"]) if query.get("query") else None
        tags = {tag.strip().lower() for tag in query.get("tag", "").split(",") if tag.strip()}
        now = self._stage.clock.real_now()
        found = [
            conversation
            for conversation in self._mailbox.newest_first()
            if status_fits(conversation, status)
            and query.get("mailbox", str(conversation.mailbox_id)) == str(conversation.mailbox_id)
            and (not tags or tags & set(conversation.tags))
            and (fits is None or fits(conversation))
            and (conversation.seen_from <= now or not (tags or fits))
        ]
        with_threads = "threads" in query.get("embed", "").split(",")
        views = [conversation_view(one, call.base, with_threads=with_threads) for one in found]
        address = f"{call.base}/helpscout/v2/conversations"
        return self._read(call, page_view("conversations", views, query, address))

    def get_conversation(self, call: DeskCall) -> Response:
        """`GET /conversations/{id}`."""
        conversation = self._mailbox.conversation(call.ids["conversation"])
        with_threads = "threads" in call.query.get("embed", "").split(",")
        view = conversation_view(conversation, call.base, with_threads=with_threads)
        return self._read(call, view)

    def delete_conversation(self, call: DeskCall) -> Response:
        """`DELETE /conversations/{id}`: gone, with its drafts and what was scheduled."""
        conversation = self._mailbox.conversation(call.ids["conversation"])
        self._mailbox.remove(conversation)
        return self._done(call)

    def update_conversation(self, call: DeskCall) -> Response:
        """`PATCH /conversations/{id}`: status, subject or assignee."""
        conversation = self._mailbox.conversation(call.ids["conversation"])
        errors: list[dict[str, Any]] = []
        fields = Fields(call.body, errors)
        fields.choice("op", _REPLACE)
        path = fields.choice("path", ("/status", "/subject", "/assignTo"))
        if path == "/status":
            status = fields.choice("value", CONVERSATION_STATUSES)
            refuse_if(errors)
            changed, conversation.status = conversation.status != status, status
        elif path == "/subject":
            subject = fields.text("value", required=True, longest=MAX_SUBJECT)
            refuse_if(errors)
            changed, conversation.subject = conversation.subject != subject, subject
        else:
            assignee = fields.number("value")
            refuse_if(errors)
            changed, conversation.assignee_id = conversation.assignee_id != assignee, assignee
        return self._done(call, changed=changed)

    def replace_tags(self, call: DeskCall) -> Response:
        """`PUT /conversations/{id}/tags`: the whole set."""
        conversation = self._mailbox.conversation(call.ids["conversation"])
        errors: list[dict[str, Any]] = []
        tags = Fields(call.body, errors).tags("tags", required=True)
        refuse_if(errors)
        changed, conversation.tags = conversation.tags != tags, tags
        return self._done(call, changed=changed)

    def list_threads(self, call: DeskCall) -> Response:
        """`GET /conversations/{id}/threads`."""
        conversation = self._mailbox.conversation(call.ids["conversation"])
        views = [thread_view(thread, conversation) for thread in reversed(conversation.threads)]
        address = f"{call.base}/helpscout/v2/conversations/{conversation.id}/threads"
        return self._read(call, page_view("threads", views, call.query, address))

    def delete_thread(self, call: DeskCall) -> Response:
        """`DELETE` of a draft; what was mailed cannot be deleted."""
        conversation, thread = self._find(call)
        if thread.state != "draft":
            raise Refusal(400, "only a draft can be deleted")
        self._mailbox.remove_thread(conversation, thread)
        return self._done(call)

    def schedule(self, call: DeskCall) -> Response:
        """`PUT …/schedule`: a later request overrides an earlier one."""
        conversation, thread = self._find(call)
        errors: list[dict[str, Any]] = []
        fields = Fields(call.body, errors)
        at = fields.instant("scheduledFor", after=self._stage.clock.now())
        on_reply = fields.flag("unscheduleOnCustomerReply", required=True)
        fields.flag("sendAsCreator")
        if at is None or errors:
            raise bad_request(errors)
        if thread.state != "draft" or thread.type not in _SCHEDULABLE:
            raise Refusal(400, "only a draft of a reply can be scheduled")
        changed = self._mailbox.schedule(conversation, thread, at, on_reply=on_reply)
        return self._done(call, changed=changed)

    def publish(self, call: DeskCall) -> Response:
        """`PATCH …/schedule`: what is scheduled is mailed now."""
        conversation, thread = self._find(call)
        errors: list[dict[str, Any]] = []
        fields = Fields(call.body, errors)
        fields.choice("op", _REPLACE)
        fields.choice("path", ("/state",))
        fields.choice("value", ("published",))
        refuse_if(errors)
        if thread.scheduled_for is None:
            raise Refusal(400, "the thread is not scheduled")
        answer = self._done(call)
        self._mailbox.send(conversation, thread, self._stage.clock.now())
        return answer

    def unschedule(self, call: DeskCall) -> Response:
        """`DELETE …/schedule`: back to a plain draft."""
        _, thread = self._find(call)
        if thread.state != "draft":
            raise Refusal(400, "the thread is already published")
        return self._done(call, changed=self._mailbox.unschedule(thread))

    def get_mailbox(self, call: DeskCall) -> Response:
        """`GET /mailboxes/{id}`."""
        if call.ids["mailbox"] != self._stage.settings.helpscout_mailbox_id:
            raise not_found()
        return self._read(call, self._mailbox_view())

    def list_mailboxes(self, call: DeskCall) -> Response:
        """`GET /mailboxes`."""
        address = f"{call.base}/helpscout/v2/mailboxes"
        view = page_view("mailboxes", [self._mailbox_view()], call.query, address)
        return self._read(call, view)

    def get_me(self, call: DeskCall) -> Response:
        """`GET /users/me`: the owner of the app."""
        owner = {"id": 1, "firstName": "Sandbox", "lastName": "Owner", "type": "user"}
        return self._read(call, {**owner, "email": "owner@agency.example", "role": "owner"})

    def _mailbox_view(self) -> dict[str, Any]:
        mailbox_id = self._stage.settings.helpscout_mailbox_id
        view = {"id": mailbox_id, "name": "Sample Agency", "slug": "sample-agency"}
        return {**view, "email": "support@agency.example"}

    def _customer(self, fields: Fields) -> Customer:
        nobody = Customer(0, "", "", "")
        if (customer_id := fields.number("id")) is not None:
            known = self._mailbox.customer_by_id(customer_id)
            if known is None:
                fields.wrong("id", "customer does not exist", "Exists")
            return known or nobody
        email = fields.text("email", required=True)
        names = [fields.text(name, longest=40) for name in ("firstName", "lastName")]
        if email and not is_email(email):
            fields.wrong("email", "not a well-formed email address", "Email")
        # Only a faultless body may leave a trace, a customer among them.
        return nobody if fields.errors else self._mailbox.customer(email, names[0], names[1])

    def _thread(self, fields: Fields, kind: str | None = None) -> dict[str, Any]:
        kind = kind or fields.choice("type", THREAD_TYPES)
        addressed = kind in ("reply", "customer")
        return {
            "kind": kind,
            "body": fields.text("text", required=True),
            "customer": self._customer(fields.part("customer")) if addressed else None,
            "cc": fields.emails("cc"),
            "bcc": fields.emails("bcc"),
            "draft": fields.flag("draft"),
        }

    def _find(self, call: DeskCall) -> tuple[Conversation, Thread]:
        return self._mailbox.thread(call.ids["conversation"], call.ids["thread"])

    def _mail_at_once(self, conversation: Conversation, threads: list[Thread]) -> None:
        for thread in threads:
            if thread.type == "reply" and thread.state == "published":
                self._mailbox.send(conversation, thread, self._stage.clock.now())

    def _note(self, call: DeskCall, body: object, outcome: Outcome = Outcome.EFFECT) -> None:
        self._stage.ledger.write(SYSTEM, call.operation, outcome, body)

    def _read(self, call: DeskCall, view: dict[str, Any]) -> Response:
        self._note(call, {**call.ids, **call.query}, Outcome.READ)
        return JSONResponse(view, media_type="application/hal+json")

    def _done(self, call: DeskCall, *, changed: bool = True) -> Response:
        given = call.body if isinstance(call.body, dict) else {}
        names = {f"{name}_id": value for name, value in call.ids.items()}
        self._note(call, {**given, **names}, Outcome.EFFECT if changed else Outcome.UNCHANGED)
        return Response(status_code=204)


def _created(call: DeskCall, resource_id: int, address: str, conversation_id: int) -> Response:
    headers = {
        "Resource-ID": str(resource_id),
        "Location": f"{call.base}/helpscout/v2/{address}",
        "Web-Location": f"{call.base}/#conversation-{conversation_id}",
    }
    return Response(status_code=201, headers=headers)
