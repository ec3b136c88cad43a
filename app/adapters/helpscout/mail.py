"""E-mail to the client through Help Scout: drafted, then scheduled, so no repeat mails twice."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from app.adapters.answers import must_be, plain_ref
from app.adapters.helpscout.client import HelpScoutApi, is_status
from app.adapters.http import Answer, VendorHttp
from app.ports.errors import OutcomeUnknown, Refused, Transient, VendorError
from app.ports.mail import ClientMessage, DraftRef, MailState

VENDOR = "Help Scout"
COMMON_TAG = "upgrade"
THREAD_PAGES_READ = 5
LONGEST_NAME = 40
NO_CONTENT = 204

# What the client can receive; line items, notes and the client's own messages are not.
_OUTGOING = frozenset({"reply", "message"})
# Of several conversations with one marker, the one furthest on is the e-mail.
_FURTHEST_FIRST = (MailState.PUBLISHED, MailState.SCHEDULED, MailState.DRAFT)
_ID = re.compile(r"[0-9]{1,20}", re.ASCII)


class HelpScoutMail:
    """Implements `ClientMail` on Help Scout.

    Args:
        http: The way out.
        url: Base address of the API.
        app_id: The app's id.
        app_secret: The app's secret.
        mailbox_id: The inbox whose address the client sees as sender.
    """

    def __init__(
        self, http: VendorHttp, *, url: str, app_id: str, app_secret: str, mailbox_id: str
    ) -> None:
        self._api = HelpScoutApi(http, url=url, app_id=app_id, app_secret=app_secret)
        self._mailbox_id = mailbox_id

    async def draft(self, message: ClientMessage) -> DraftRef:
        """Create a conversation with one draft reply, tagged with the marker; nobody is mailed.

        A failure after the conversation was made is an unknown outcome, never a transient one:
        only a search by marker may follow, or a second conversation would be made.

        Source: Help Scout, "Create conversation", "List threads".
        """
        if message.conversation_ref is not None:
            return await self._draft_reply(message, message.conversation_ref)
        answer = await self._api.change("POST", "/conversations", self._conversation(message))
        conversation = plain_ref(answer.headers.get("resource-id"))
        if conversation is None or not _ID.fullmatch(conversation):
            raise _made_but_unread("Help Scout did not say which conversation it made.")
        try:
            thread = _outgoing(await self._threads(conversation))
        except VendorError as error:
            raise _made_but_unread("The conversation was made but cannot be read.") from error
        if thread is None:
            raise _made_but_unread("The conversation was made but its draft is not shown yet.")
        told, asked = _recipients(thread), message.to_email.casefold()
        must_be(
            VENDOR, "client", asked if asked in told or not told else told[0], asked, effect=True
        )
        url = plain_ref(answer.headers.get("web-location"))
        return DraftRef(conversation, _id(thread), url)

    async def _draft_reply(self, message: ClientMessage, conversation_ref: str) -> DraftRef:
        """Add a draft to a conversation that is there; its marker is its last line.

        Source: Help Scout, "Create reply": without a status a reply re-activates.
        """
        conversation = str(_number(conversation_ref, "conversation"))
        reply: dict[str, object] = {
            "customer": {"email": message.to_email},
            "text": f"{message.html}<p>{message.marker}</p>",
            "draft": True,
            "status": "pending",
        }
        if message.cc:
            reply["cc"] = list(message.cc)
        answer = await self._api.change("POST", f"/conversations/{conversation}/reply", reply)
        thread = plain_ref(answer.headers.get("resource-id"))
        if thread is None or not _ID.fullmatch(thread):
            raise _made_but_unread("Help Scout did not say which reply it made.")
        return DraftRef(conversation, thread, plain_ref(answer.headers.get("web-location")))

    async def _find_reply(self, marker: str, conversation_ref: str) -> DraftRef | None:
        conversation = str(_number(conversation_ref, "conversation"))
        carrying = [
            thread
            for thread in await self._threads(conversation)
            if marker.lower() in str(thread.get("body", "")).lower()
        ]
        thread = _outgoing(carrying)
        return None if thread is None else DraftRef(conversation, _id(thread))

    async def find(self, marker: str, *, conversation_ref: str | None = None) -> DraftRef | None:
        """Search all conversations of the inbox by the marker's tag, the newest first.

        An e-mail that was sent or scheduled goes before a spare draft, so that adopting never
        mails twice. The search is an index and may lag by seconds behind a create.
        """
        if conversation_ref is not None:
            return await self._find_reply(marker, conversation_ref)
        tag = marker.lower()
        body = await self._api.read(
            "/conversations",
            {
                "mailbox": self._mailbox_id,
                "status": "all",
                "tag": tag,
                "embed": "threads",
                "sortField": "createdAt",
                "sortOrder": "desc",
            },
        )
        found: dict[MailState, DraftRef] = {}
        for conversation in _embedded(body, "conversations"):
            if tag not in _tags(conversation) or conversation.get("state") == "deleted":
                continue
            threads = list(_embedded(conversation, "threads"))
            if not threads:
                threads = await self._threads(_id(conversation))
            thread = _outgoing(threads)
            if thread is not None:
                ref = DraftRef(_id(conversation), _id(thread), _web_url(conversation))
                found.setdefault(_state(thread), ref)
        return next((found[state] for state in _FURTHEST_FIRST if state in found), None)

    async def schedule(self, ref: DraftRef, at: datetime) -> None:
        """Set the instant at which the draft is sent; each request overrides the one before.

        Raises:
            ValueError: `at` has no zone.

        Source: Help Scout, "Schedule thread".
        """
        if at.tzinfo is None:
            raise ValueError("An instant without a zone cannot be scheduled.")
        instant = at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
        answer = await self._api.change(
            "PUT",
            _schedule_path(ref),
            {"scheduledFor": instant, "unscheduleOnCustomerReply": False, "sendAsCreator": False},
        )
        _must_be_done(answer)

    async def unschedule(self, ref: DraftRef) -> None:
        """Take the e-mail back to a draft; a refusal counts only if it is not one afterwards."""
        try:
            _must_be_done(await self._api.change("DELETE", _schedule_path(ref)))
        except Refused as refusal:
            if not is_status(refusal, 400, 404, 409, 412):
                raise
            state = await self.state(ref)
            if state is MailState.PUBLISHED:
                raise Refused(
                    "The e-mail has been sent already.",
                    code="already_published",
                    request_ref=refusal.request_ref,
                ) from None
            if state is MailState.SCHEDULED:
                raise

    async def state(self, ref: DraftRef) -> MailState:
        """Read the thread's state from its conversation; what is not there any more is gone."""
        try:
            threads = await self._threads(str(_number(ref.conversation_ref, "conversation")))
        except Refused as refusal:
            if is_status(refusal, 404, 410):
                return MailState.GONE
            raise
        for thread in threads:
            if _id(thread) == ref.thread_ref:
                return _state(thread)
        return MailState.GONE

    async def probe(self) -> str:
        """Read the inbox that mails are sent from: token and inbox id are right."""
        inbox = await self._api.read(f"/mailboxes/{_number(self._mailbox_id, 'inbox')}")
        name, address = inbox.get("name"), inbox.get("email")
        shown = name if isinstance(name, str) and name else self._mailbox_id
        sender = f" <{address}>" if isinstance(address, str) and address else ""
        return f"Help Scout answers: mails go out from the inbox {shown}{sender}."

    def _conversation(self, message: ClientMessage) -> dict[str, object]:
        first, _, last = message.to_name.strip().partition(" ")
        customer: dict[str, object] = {"email": message.to_email}
        if first:
            customer["firstName"] = first[:LONGEST_NAME]
        if last.strip():
            customer["lastName"] = last.strip()[:LONGEST_NAME]
        thread: dict[str, object] = {
            "type": "reply",
            "customer": {"email": message.to_email},
            "text": message.html,
            "draft": True,
        }
        if message.cc:
            thread["cc"] = list(message.cc)
        conversation: dict[str, object] = {
            "subject": message.subject,
            "type": "email",
            "mailboxId": _number(self._mailbox_id, "inbox"),
            "status": "pending",
            "customer": customer,
            "tags": [COMMON_TAG, message.marker.lower()],
            # `imported` suppresses every e-mail, for good: it is always said, and always false.
            "autoReply": False,
            "imported": False,
            "threads": [thread],
        }
        if message.assignee_ref is not None:
            conversation["assignTo"] = _number(message.assignee_ref, "assignee")
        return conversation

    async def _threads(self, conversation: str) -> list[Mapping[str, object]]:
        found: list[Mapping[str, object]] = []
        for number in range(1, THREAD_PAGES_READ + 1):
            body = await self._api.read(
                f"/conversations/{conversation}/threads", {"page": str(number)}
            )
            found.extend(_embedded(body, "threads"))
            page = body.get("page")
            pages = page.get("totalPages") if isinstance(page, dict) else None
            if not isinstance(pages, int) or number >= pages:
                break
        return found


def _outgoing(threads: list[Mapping[str, object]]) -> Mapping[str, object] | None:
    """The thread that mails the client; of several, the one furthest on."""
    mails = [thread for thread in threads if thread.get("type") in _OUTGOING]
    for state in _FURTHEST_FIRST:
        for thread in mails:
            if _state(thread) is state:
                return thread
    return None


def _recipients(thread: Mapping[str, object]) -> list[str]:
    """Whom the thread mails, in small letters; none where it does not say."""
    to, customer = thread.get("to"), thread.get("customer")
    told = list(to) if isinstance(to, list) else []
    told += [customer.get("email")] if isinstance(customer, dict) else []
    return [email.casefold() for email in told if isinstance(email, str) and email]


def _state(thread: Mapping[str, object]) -> MailState:
    """Read a thread's state; a draft with a time is scheduled, a hidden thread is gone."""
    state = thread.get("state")
    if state == "published":
        return MailState.PUBLISHED
    # Help Scout's pages do not show a scheduled thread; both plausible forms are taken.
    scheduled = thread.get("scheduled") or thread.get("schedule")
    if state == "scheduled" or (state == "draft" and scheduled):
        return MailState.SCHEDULED
    return MailState.DRAFT if state == "draft" else MailState.GONE


def _embedded(body: Mapping[str, object], name: str) -> Iterator[Mapping[str, object]]:
    """The entries of a list; Help Scout leaves `_embedded` out where a list is empty."""
    embedded = body.get("_embedded")
    entries = embedded.get(name) if isinstance(embedded, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            yield entry


def _tags(conversation: Mapping[str, object]) -> set[str]:
    tags = conversation.get("tags")
    named = [
        tag.get("tag") if isinstance(tag, dict) else tag
        for tag in (tags if isinstance(tags, list) else [])
    ]
    return {name.lower() for name in named if isinstance(name, str)}


def _web_url(conversation: Mapping[str, object]) -> str | None:
    links = conversation.get("_links")
    web = links.get("web") if isinstance(links, dict) else None
    return plain_ref(web.get("href")) if isinstance(web, dict) else None


def _id(raw: Mapping[str, object]) -> str:
    value = raw.get("id")
    if isinstance(value, bool) or not isinstance(value, int | str) or not _ID.fullmatch(str(value)):
        raise Transient("Help Scout answered without an id.", code="unexpected_json")
    return str(value)


def _number(ref: str, what: str) -> int:
    if not _ID.fullmatch(ref):
        raise Refused(f"The Help Scout id of the {what} is not a number.", code="id_invalid")
    return int(ref)


def _schedule_path(ref: DraftRef) -> str:
    conversation = _number(ref.conversation_ref, "conversation")
    thread = _number(ref.thread_ref, "thread")
    return f"/conversations/{conversation}/threads/{thread}/schedule"


def _must_be_done(answer: Answer) -> None:
    """Help Scout answers a change with 204 and nothing else; a page of a proxy's says nothing."""
    if answer.status != NO_CONTENT:
        raise OutcomeUnknown("Help Scout did not say that it is done.", code="unexpected_answer")


def _made_but_unread(detail: str) -> OutcomeUnknown:
    return OutcomeUnknown(detail, code="made_but_unread")
