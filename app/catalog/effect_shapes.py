"""The shapes of a playbook's effects, and the values made of them."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from app.catalog.faults import shown
from app.catalog.shapes import FileKey, Key, Line, Several, Shape, Text
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
from app.domain.playbook.moment import OF_RUNS, OF_STEPS, Moment


def _moment(value: object) -> object:
    if isinstance(value, str) and value in {*Moment}:
        return Moment(value)
    moments = ", ".join(sorted(OF_RUNS | OF_STEPS))
    raise ValueError(f"expected a moment such as {moments}; found {shown(value)}")


At = Annotated[
    Moment,
    BeforeValidator(_moment),
    Field(description="a moment of the run or of the step"),
    WithJsonSchema({"enum": [str(each) for each in Moment]}),
]


class ChatShape(Shape):
    """`do: chat`."""

    do: Literal["chat"]
    on: At
    room: Key
    template: Key | None = None
    text: Text = ""


class MailShape(Shape):
    """`do: mail`."""

    do: Literal["mail"]
    on: At
    template: Key | None = None
    title: Line
    to: Key | None = None
    subject: Line | None = None
    text: Text = ""


class BoardShape(Shape):
    """`do: board`."""

    do: Literal["board"]
    on: At


class TaskShape(Shape):
    """`do: task`."""

    do: Literal["task"]
    on: At
    role: Key
    title: Line
    system: Key | None = None
    text: Text = ""


class WebhookShape(Shape):
    """`do: webhook`."""

    do: Literal["webhook"]
    on: At
    event: Key = Field(description="what the event is called, after `run.`")


class ReportShape(Shape):
    """`do: report`."""

    do: Literal["report"]
    on: At
    role: Key
    title: Line
    measures: Several[Key] = Field(min_length=1, description="a list of measures")


class RunShape(Shape):
    """`do: run`."""

    do: Literal["run"]
    on: At
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
