"""The shapes of a playbook's effects, and the values made of them."""

from typing import Annotated, Literal

from pydantic import Field

from app.catalog.shapes import FileKey, Key, Line, Shape, Text
from app.domain.playbook.effect import (
    BoardEffect,
    ChatEffect,
    Effect,
    MailEffect,
    ReportEffect,
    RunEffect,
    TaskEffect,
    WebhookEffect,
)
from app.domain.playbook.moment import Moment

_AT = Field(description="a moment of the run")


class ChatShape(Shape):
    """`do: chat`."""

    do: Literal["chat"]
    on: Moment = _AT
    room: Key
    template: Key | None = None
    text: Text = ""


class MailShape(Shape):
    """`do: mail`."""

    do: Literal["mail"]
    on: Moment = _AT
    template: Key | None = None
    title: Line
    to: Key | None = None
    subject: Line | None = None
    text: Text = ""


class BoardShape(Shape):
    """`do: board`."""

    do: Literal["board"]
    on: Moment = _AT


class TaskShape(Shape):
    """`do: task`."""

    do: Literal["task"]
    on: Moment = _AT
    role: Key
    title: Line
    system: Key | None = None
    text: Text = ""


class WebhookShape(Shape):
    """`do: webhook`."""

    do: Literal["webhook"]
    on: Moment = _AT
    event: Key = Field(description="what the event is called, after `run.`")


class ReportShape(Shape):
    """`do: report`."""

    do: Literal["report"]
    on: Moment = _AT
    role: Key
    title: Line
    measures: tuple[Key, ...] = Field(min_length=1, description="a list of measures")


class RunShape(Shape):
    """`do: run`."""

    do: Literal["run"]
    on: Moment = _AT
    playbook: FileKey


EffectShape = Annotated[
    ChatShape | MailShape | BoardShape | TaskShape | WebhookShape | ReportShape | RunShape,
    Field(discriminator="do"),
]


def effect_of(shape: EffectShape) -> Effect:
    """The effect of an entry."""
    match shape:
        case ChatShape():
            return ChatEffect(shape.on, shape.room, shape.template or "", shape.text)
        case MailShape():
            return MailEffect(
                shape.on,
                shape.template or "",
                shape.title,
                shape.to or "",
                shape.subject or "",
                shape.text,
            )
        case TaskShape():
            return TaskEffect(shape.on, shape.role, shape.title, shape.system or "", shape.text)
        case WebhookShape():
            return WebhookEffect(shape.on, f"run.{shape.event}")
        case ReportShape():
            return ReportEffect(shape.on, shape.role, shape.title, shape.measures)
        case RunShape():
            return RunEffect(shape.on, shape.playbook)
    return BoardEffect(shape.on)
