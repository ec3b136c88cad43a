"""The demonstration's hands: it calls the service as automations and people do, over HTTP."""

from collections.abc import Mapping
from typing import Any, Self

import httpx


class Surprised(Exception):
    """The service answered otherwise than the story expects."""


class Caller:
    """Calls the service and the stand-ins.

    Args:
        service: Address of the service.
        vendors: Address of the stand-ins.
        key: An API key.
    """

    def __init__(self, service: str, vendors: str, key: str) -> None:
        self._addresses = service, vendors
        self._others: list[Caller] = []
        self._service = httpx.Client(
            base_url=service, headers={"Authorization": f"Bearer {key}"}, timeout=40.0
        )
        self._vendors = httpx.Client(base_url=vendors, timeout=10.0)

    def close(self) -> None:
        """Close the connections."""
        for other in self._others:
            other.close()
        self._service.close()
        self._vendors.close()

    def with_key(self, key: str) -> Self:
        """The same doors, opened with somebody else's key; closed with this one."""
        other = type(self)(*self._addresses, key)
        self._others.append(other)
        return other

    def get(self, path: str, **query: str) -> Any:
        """Read from the service."""
        return self._expect(self._service.get(path, params=query))

    def post(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> Any:
        """Act on the service."""
        return self._expect(self._service.post(path, json=body, headers=headers))

    def zap(self, event: Mapping[str, Any]) -> Any:
        """Post an event as a Zap does; what becomes of it is seen afterwards."""
        return self.post("/webhooks/agreement", event, **{"User-Agent": "Zapier"})

    def confirm(self, adjustment: Mapping[str, Any], proof: Mapping[str, Any]) -> None:
        """Confirm that a change in billing was made."""
        self.post(f"/v1/adjustments/{adjustment['id']}/confirm", proof)

    def break_once(self, system: str, operation: str, fault: str) -> None:
        """Have a stand-in fail the next request of an operation."""
        script = {"system": system, "operation": operation, "fault": fault}
        self._expect(self._vendors.post("/faults", json=script))

    def refused(self, path: str, body: Mapping[str, Any]) -> Any:
        """Act on the service where the story expects a refusal; returns the problem."""
        answer = self._service.post(path, json=body)
        if answer.is_success:
            raise Surprised(f"POST {path} was expected to be refused, and was not.")
        return answer.json()

    def set_clock(self, instant: str) -> None:
        """Move the service's clock; everything that falls due has run when this returns."""
        answer = self._expect(self._service.put("/sandbox/clock", json={"now": instant}))
        if not answer["settled"]:
            raise Surprised(f"Work was left after 30 s: {answer['left']}")

    def ledger(self, **query: str) -> list[dict[str, Any]]:
        """What the stand-ins received."""
        items: list[dict[str, Any]] = self._expect(self._vendors.get("/ledger", params=query))[
            "items"
        ]
        return items

    def _expect(self, answer: httpx.Response) -> Any:
        if not answer.is_success:
            raise Surprised(
                f"{answer.request.method} {answer.request.url.path}: {answer.status_code} "
                f"{answer.text[:600]}"
            )
        return answer.json() if answer.content else None
