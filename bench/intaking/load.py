"""A load generator in a process of its own: keep-alive connections, one request at a time on each.

    python -m bench.intaking.load --port 8000 --path /webhooks/agreement --seconds 5

The requests are bytes made beforehand, of which only the event's id changes, and of an answer only
the status and the length are read: what is measured is the server. Prints one JSON object.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import time
from typing import Any

import uvloop

ID_MARK = b"0000000000000000"
BODY_BYTES = 2048


def agreement(event_id: str) -> dict[str, Any]:
    """A signed agreement of a sample client, filled up to the wanted size by what is told of it."""
    document: dict[str, Any] = {
        "event": "agreement.signed",
        "event_id": event_id,
        "occurred_at": "2026-11-20T03:12:00Z",
        "agreement": {
            "ref": "PROP-1042",
            "provider": "ignition",
            "title": "Scale upgrade (sample)",
            "signed_at": "2026-11-20T03:11:58Z",
            "live_on": "2026-12-07",
            "total": 1490,
            "currency": "AUD",
            "document_url": None,
        },
        "client": {
            "ref": "C-77",
            "name": "Sample client",
            "email": "owner@client.example",
            "timezone": "Australia/Brisbane",
            "country": "AU",
            "services": [
                {
                    "service": name,
                    "price": {"amount": "49.00", "currency": "AUD"},
                    "billing_period": "week",
                    "anchor": "monday",
                    "paid_through": "2026-12-06",
                }
                for name in ("sms", "email_marketing", "booking", "reviews", "payments")
            ],
        },
        "movement": {"from": "sprint", "to": "scale"},
        "staff": {"sales": "sam@agency.example", "support": None, "marketing": None},
        "notes": "",
    }
    missing = BODY_BYTES - len(json.dumps(document))
    document["notes"] = ("As agreed with the client on the phone. " * 60)[:missing]
    return document


def request_of(path: str, key: str) -> bytes:
    """One whole request, with a mark where the event's id belongs."""
    body = json.dumps(agreement(ID_MARK.decode())).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Sender(asyncio.Protocol):
    """One connection: sends the next request when the answer to the last is whole."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.answer = b""
        self.sent_at = 0.0
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self.transport = transport
        self.send()

    def send(self) -> None:
        """Send the next event, or hang up when the time is over."""
        self.sent_at = time.perf_counter()
        if self.sent_at >= self.load.until:
            self.transport.close()
            return
        self.transport.write(self.load.next_request())

    def data_received(self, data: bytes) -> None:
        """Read on until the answer is whole."""
        self.answer += data
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if not found:
            return
        _, _, rest = head.lower().partition(b"content-length: ")
        if len(body) < int(rest.split(b"\r\n", 1)[0]):
            return
        self.load.note(self.sent_at, head[9:12], body)
        self.answer = b""
        self.send()

    def connection_lost(self, fault: Exception | None) -> None:
        """Say whether it ended as it should."""
        if not self.over.done():
            if fault is not None or time.perf_counter() < self.load.until:
                self.over.set_exception(fault or ConnectionError("The server hung up."))
            else:
                self.over.set_result(None)


class Load:
    """What all connections share: the requests to come, and what was answered."""

    def __init__(self, request: bytes, *, warm_up_s: float, seconds: float, repeat_every: int):
        self.before, self.after = request.split(ID_MARK)
        self.from_, self.number, self.repeat_every = os.urandom(4).hex(), 0, repeat_every
        self.counts_from = time.perf_counter() + warm_up_s
        self.until = self.counts_from + seconds
        self.statuses: dict[str, int] = {}
        self.taken: list[float] = []
        self.accepted = 0

    def next_request(self) -> bytes:
        """The next event; every so manieth is one that was sent before."""
        self.number += 1
        number = self.number
        if self.repeat_every and number % self.repeat_every == 0:
            number = max(1, number - 200)
        return b"%s%s%08x%s" % (self.before, self.from_.encode(), number, self.after)

    def note(self, sent_at: float, status: bytes, body: bytes) -> None:
        """Count an answer; its time only once the server is warm."""
        now = time.perf_counter()
        name = status.decode()
        self.statuses[name] = self.statuses.get(name, 0) + 1
        self.accepted += b'"accepted"' in body
        if sent_at >= self.counts_from:
            self.taken.append(now - sent_at)


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Drive all connections to the end."""
    load = Load(
        request_of(options.path, options.key),
        warm_up_s=options.warm_up,
        seconds=options.seconds,
        repeat_every=options.repeat_every,
    )
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    senders = [
        (await loop.create_connection(lambda: Sender(load), "127.0.0.1", options.port))[1]
        for _ in range(options.connections)
    ]
    await asyncio.gather(*(sender.over for sender in senders))
    used = resource.getrusage(resource.RUSAGE_SELF)
    percentiles = statistics.quantiles(load.taken, n=100)
    return {
        "rate": len(load.taken) / options.seconds,
        "p50_ms": percentiles[49] * 1000,
        "p99_ms": percentiles[98] * 1000,
        "most_ms": max(load.taken) * 1000,
        "statuses": load.statuses,
        "accepted": load.accepted,
        "own_cpu": (used.ru_utime + used.ru_stime) / (time.perf_counter() - began),
    }


def main() -> None:
    """Run, and print what was seen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default="/")
    parser.add_argument("--key", default="none")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--warm-up", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--repeat-every", type=int, default=0)
    print(json.dumps(uvloop.run(run(parser.parse_args()))))


if __name__ == "__main__":
    main()
