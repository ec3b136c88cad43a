"""Conversations and threads in the form in which Help Scout answers (HAL)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..clock import written
from .checks import CONVERSATION_STATUSES
from .errors import Refusal
from .mailbox import Conversation, Customer, Thread

PAGE_SIZE = 25
STATUSES = (*CONVERSATION_STATUSES, "all", "open", "spam")

_TERM = re.compile(r"\(?\s*(tag|email|subject|mailboxid|number):\s*(\"[^\"]*\"|[^\s()\"]+)\s*\)?")
_TAG_STRIP = re.compile(r"<[^>]*>")


def conversation_view(
    conversation: Conversation, base: str, *, with_threads: bool
) -> dict[str, Any]:
    """A conversation; its threads only where they were asked for."""
    threads = conversation.threads
    published = any(thread.state == "published" for thread in threads)
    last = threads[-1] if threads else None
    view: dict[str, Any] = {
        "id": conversation.id,
        "number": conversation.number,
        "threads": len(threads),
        "type": conversation.type,
        "status": conversation.status,
        "state": "published" if published else "draft",
        "subject": conversation.subject,
        "preview": _TAG_STRIP.sub(" ", last.body)[:120].strip() if last else "",
        "mailboxId": conversation.mailbox_id,
        "createdAt": written(conversation.created_at),
        "userUpdatedAt": written(conversation.updated_at),
        "tags": [
            {"id": place, "color": "#929499", "tag": tag}
            for place, tag in enumerate(conversation.tags, 1)
        ],
        "cc": sorted({address for thread in threads for address in thread.cc}),
        "bcc": sorted({address for thread in threads for address in thread.bcc}),
        "primaryCustomer": customer_view(conversation.customer),
        "_links": {
            "self": {"href": f"{base}/helpscout/v2/conversations/{conversation.id}"},
            "web": {"href": f"{base}/#conversation-{conversation.id}"},
        },
    }
    if conversation.assignee_id is not None:
        view["assignee"] = {"id": conversation.assignee_id, "type": "user"}
    if with_threads:
        view["_embedded"] = {"threads": [thread_view(one, conversation) for one in threads]}
    return view


def customer_view(customer: Customer) -> dict[str, Any]:
    """A customer inside a conversation."""
    return {
        "id": customer.id,
        "type": "customer",
        "first": customer.first_name,
        "last": customer.last_name,
        "email": customer.email,
    }


def thread_view(thread: Thread, conversation: Conversation) -> dict[str, Any]:
    """A thread; one that is scheduled is still a draft and carries `scheduled`."""
    view: dict[str, Any] = {
        "id": thread.id,
        "type": "message" if thread.type == "reply" else thread.type,
        "status": conversation.status,
        "state": thread.state,
        "body": thread.body,
        "source": {"type": "api", "via": "user"},
        "createdBy": {"id": 1, "type": "user", "first": "Sandbox", "last": "Owner"},
        "to": [conversation.customer.email] if thread.type == "reply" else [],
        "cc": list(thread.cc),
        "bcc": list(thread.bcc),
        "createdAt": written(thread.created_at),
    }
    if thread.customer is not None:
        view["customer"] = customer_view(thread.customer)
    if thread.scheduled_for is not None:
        view["scheduled"] = {
            "scheduledBy": 1,
            "createdAt": written(thread.scheduled_at or thread.created_at),
            "scheduledFor": written(thread.scheduled_for),
            "unscheduleOnCustomerReply": thread.unschedule_on_reply,
        }
    return view


def page_view(
    name: str, found: list[dict[str, Any]], query: Mapping[str, str], address: str
) -> dict[str, Any]:
    """One page of a list; `_embedded` is absent where the page is empty, as at Help Scout."""
    number = _page_number(query)
    pages = -(-len(found) // PAGE_SIZE)
    view: dict[str, Any] = {
        "page": {
            "size": PAGE_SIZE,
            "totalElements": len(found),
            "totalPages": pages,
            "number": number,
        },
        "_links": {"self": {"href": f"{address}?page={number}"}},
    }
    if number < pages:
        view["_links"]["next"] = {"href": f"{address}?page={number + 1}"}
    if shown := found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]:
        view["_embedded"] = {name: shown}
    return view


def _page_number(query: Mapping[str, str]) -> int:
    text = query.get("page", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        raise Refusal(400, "page must be a positive number")
    return int(text)


def status_fits(conversation: Conversation, status: str) -> bool:
    """Whether a conversation shows under a status; without one only active ones do."""
    if status not in STATUSES:
        raise Refusal(400, "status must be one of " + ", ".join(STATUSES))
    if status == "open":
        return conversation.status in ("active", "pending")
    return status in ("all", conversation.status)


def search(text: str) -> Callable[[Conversation], bool]:
    """Read a `query`: terms such as `tag:"x"`, in brackets, joined by AND.

    Raises:
        Refusal: The query is in another form; the stand-in answers only what it understands.
    """
    terms = re.split(r"\s+AND\s+", text.strip().removeprefix("(").removesuffix(")"))
    read: list[tuple[str, str]] = []
    for term in terms:
        match = _TERM.fullmatch(term.strip())
        if match is None:
            raise Refusal(400, "the query is not understood")
        read.append((match[1], match[2].strip('"').casefold()))
    return lambda conversation: all(_term_fits(conversation, *term) for term in read)


def _term_fits(conversation: Conversation, name: str, wanted: str) -> bool:
    if name == "tag":
        return wanted in conversation.tags
    if name == "email":
        return conversation.customer.email.casefold() == wanted
    if name == "subject":
        return wanted in conversation.subject.casefold()
    if name == "mailboxid":
        return str(conversation.mailbox_id) == wanted
    return str(conversation.number) == wanted
