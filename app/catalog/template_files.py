"""Reads the templates with their samples, and tries each of them before anything is sent."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from app.catalog.faults import Fault
from app.catalog.files import Files
from app.catalog.reading import Document, Path, read_yaml
from app.catalog.templates import Templates, TemplateUnusable
from app.domain.errors import Invalid
from app.domain.money import Money

FOLDER = "templates"
SAMPLES = f"{FOLDER}/samples.yaml"


def templates_of(files: Files, faults: list[Fault]) -> Templates:
    """The templates of a catalog; what is wrong with any of them is added to `faults`."""
    before = len(faults)
    samples = _samples(files, faults)
    sources = {
        name.removeprefix(f"{FOLDER}/"): files.texts[name]
        for name in files.under(FOLDER)
        if name != SAMPLES
    }
    templates = Templates(sources, samples)
    if len(faults) > before:
        return templates
    for kind in ("email", "chat"):
        for name in templates.names(kind):
            faults += _tried(templates, kind, name)
    return templates


def _tried(templates: Templates, kind: str, name: str) -> list[Fault]:
    sample = templates.sample(kind, name)
    if not sample:
        return [Fault(SAMPLES, 1, f"{kind}/{name}", "is missing; expected sample values")]
    faults: list[Fault] = []
    try:
        for part in templates.parts(kind, name):
            faults += _undeclared(templates, part, sample)
        if not faults and kind == "email":
            _refuse_empty(name, templates.email(name, sample).subject)
        if not faults and kind == "chat":
            templates.chat(name, sample)
    except TemplateUnusable as wrong:
        faults.append(Fault(f"{FOLDER}/{wrong.source}", wrong.line, "", wrong.message))
    return faults


def _undeclared(templates: Templates, part: str, sample: Mapping[str, object]) -> list[Fault]:
    return [
        Fault(
            f"{FOLDER}/{part}",
            line,
            name,
            f"is not known to this template; it may use {', '.join(sorted(sample))}",
        )
        for name, line in templates.names_used(part).items()
        if name not in sample
    ]


def _refuse_empty(name: str, subject: str) -> None:
    if not subject:
        raise TemplateUnusable(f"email/{name}/subject.j2", 1, "expected a subject of one line")


def _samples(files: Files, faults: list[Fault]) -> dict[str, dict[str, object]]:
    document = read_yaml(SAMPLES, files.texts.get(SAMPLES, ""), faults)
    if document is None:
        return {}
    samples: dict[str, dict[str, object]] = {}
    if not isinstance(document.value, dict):
        faults.append(document.fault((), "expected a mapping of templates"))
        return {}
    for template, values in document.value.items():
        if not re.fullmatch(r"chat|(chat|email)/[a-z0-9_]+", template):
            message = 'expected "email/...", "chat/..." or "chat" for all chat messages'
            faults.append(document.fault((template,), message))
        elif not isinstance(values, dict):
            faults.append(document.fault((template,), "expected a mapping of sample values"))
        else:
            samples[template] = {
                name: _sample(value, document, (template, name), faults)
                for name, value in values.items()
            }
    common = samples.get("chat", {})
    for template, values in samples.items():
        if template.startswith("chat/"):
            samples[template] = {**common, **values}
    return samples


def _sample(value: Any, document: Document, path: Path, faults: list[Fault]) -> object:
    """A sample as templates get it: `{day: ...}` is a day, `{amount: ..., currency: ...}` money."""
    try:
        if isinstance(value, list):
            return [
                _sample(item, document, (*path, index), faults) for index, item in enumerate(value)
            ]
        if isinstance(value, dict) and set(value) == {"day"}:
            return date.fromisoformat(str(value["day"]))
        if isinstance(value, dict) and set(value) == {"amount", "currency"}:
            return Money.of(str(value["amount"]), str(value["currency"]))
    except Invalid as wrong:
        faults.append(document.fault(path, wrong.detail))
    except ValueError:
        faults.append(document.fault(path, f"expected a day as 2026-12-07; found {value!r}"))
    else:
        if not isinstance(value, dict):
            return value
        faults.append(document.fault(path, "expected text, a list, {day} or {amount, currency}"))
    return ""
