"""Versions as entity tags: what a caller's copy is compared with."""

import re
from typing import Annotated, Final

from fastapi import Depends, Header
from starlette.requests import Request
from starlette.responses import Response

from app.web.refusals import StaleVersion

_TAG: Final = re.compile(r'\s*((?:W/)?"[\x21\x23-\x7e]*")\s*')


def etag(version: int | str) -> str:
    """The strong entity tag of a version."""
    return f'"{version}"'


def check_if_match(request: Request, version: int | str) -> None:
    """Refuse to act where the caller says which version it means, and it is not the present one.

    Raises:
        StaleVersion: `If-Match` is there and names neither `*` nor the present version.
    """
    given = request.headers.getlist("if-match")
    if not given or [value.strip() for value in given] == ["*"]:
        return
    if etag(version) not in _tags(given):
        raise StaleVersion(
            "It has changed since it was read: read it again.",
            headers={"ETag": etag(version)},
        )


def unchanged(request: Request, response: Response) -> bool:
    """Whether the caller has this answer already (`If-None-Match`, compared weakly)."""
    tag = response.headers.get("etag")
    given = request.headers.getlist("if-none-match")
    if tag is None or not given:
        return False
    return given == ["*"] or _bare(tag) in {_bare(one) for one in _tags(given)}


class Precondition:
    """What an `If-Match` header asks for; documents the header on the routes that use it."""

    def __init__(
        self,
        request: Request,
        if_match: Annotated[
            str | None,
            Header(
                alias="If-Match",
                description="The version meant, as its ETag; another one is answered with 412.",
                examples=['"7"'],
            ),
        ] = None,
    ) -> None:
        self._request = request

    def check(self, version: int | str) -> None:
        """See `check_if_match`."""
        check_if_match(self._request, version)


IfMatchDep = Annotated[Precondition, Depends(Precondition)]


def _tags(given: list[str]) -> set[str]:
    found: set[str] = set()
    for part in ",".join(given).split(","):
        match = _TAG.fullmatch(part)
        if match:
            found.add(match[1])
    return found


def _bare(tag: str) -> str:
    return tag.removeprefix("W/")
