"""Strict bodies: the models' base, and how a request's bytes become a document."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from starlette.datastructures import Headers
from starlette.requests import Request

from app.domain.strict_json import parse
from app.web.refusals import MediaTypeNotTaken
from app.web.scalars import refuse


class Body(BaseModel):
    """What a caller may send: no field but those named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _only_an_object(cls, value: object) -> object:
        # The framework also reads attributes, and a number has some: it would pass as empty.
        if isinstance(value, (dict, cls)):
            return value
        raise refuse("not_an_object")


class Out(BaseModel):
    """What is answered; may be built from any object that has the attributes."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class StrictRequest(Request):
    """A request whose JSON was read by our own parser, once."""

    _document: Any = None

    async def read(self) -> bytes:
        """Read the body, and what it says where there is one.

        Raises:
            MediaTypeNotTaken: There is a body, and it is not JSON in UTF-8.
            MalformedJson: It is not strict JSON.
            BodyTooLarge: It is over the limit.
        """
        body = await self.body()
        if body:
            check_media_type(self.headers)
            self._document = parse(body)
        return body

    @property
    def document(self) -> Any:
        """What the body says; None where there is none."""
        return self._document

    async def json(self) -> Any:
        """What the framework asks for when it fills the body's model."""
        return self._document


def check_media_type(headers: Headers) -> None:
    """Take `application/json`, in UTF-8 if it names a charset.

    Raises:
        MediaTypeNotTaken: Anything else, several types, or none.
    """
    given = headers.getlist("content-type")
    media, *parameters = given[0].split(";") if len(given) == 1 else ("",)
    if media.strip().lower() != "application/json":
        raise MediaTypeNotTaken("Send the body as application/json.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() != "utf-8":
            raise MediaTypeNotTaken("Send the body in UTF-8.")
