"""Golden files: what a vendor is asked and what it answers, one exchange a file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

FOLDER = Path(__file__).parent.parent / "golden"


@dataclass(frozen=True, slots=True)
class Golden:
    """One exchange; `request` is None in files that hold an answer to any request."""

    request: dict[str, Any] | None
    status: int
    headers: dict[str, str]
    body: Any

    def response(self) -> httpx.Response:
        """The answer as the vendor sends it; a body of None is empty."""
        if self.body is None:
            return httpx.Response(self.status, headers=self.headers)
        return httpx.Response(self.status, headers=self.headers, json=self.body)


def golden(vendor: str, name: str) -> Golden:
    """Load `tests/golden/<vendor>/<name>.json`."""
    held = json.loads((FOLDER / vendor / f"{name}.json").read_text(encoding="utf-8"))
    answer = held["answer"]
    return Golden(held.get("request"), answer["status"], answer["headers"], answer.get("body"))
