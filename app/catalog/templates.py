"""E-mail and chat texts: Jinja templates in a sandbox, rendered only with what they declare."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import css_inline
from jinja2 import BaseLoader, FunctionLoader, StrictUndefined, TemplateError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from app.catalog.markup import chat_value, day, link, mentions, money, one_line, unit

EMAIL_PARTS = ("subject.j2", "body.txt.j2", "body.html.j2")
STYLESHEET = "email/mail.css"
LONGEST_SUBJECT = 250


class TemplateUnusable(Exception):
    """A template that is not there, or that cannot be rendered with what it was given.

    Attributes:
        source: Name of the source file, below `templates/`.
        line: The line in it, 0 where none is known.
    """

    def __init__(self, source: str, line: int, message: str) -> None:
        super().__init__(f"{source}:{line}: {message}")
        self.source = source
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """An e-mail ready to be sent: subject of one line, plain text, and an HTML fragment."""

    subject: str
    text: str
    html: str


class Templates:
    """All texts of a catalog.

    Args:
        sources: Text by name below `templates/`: "email/upgrade_begun/subject.j2".
        samples: Sample values by template ("email/upgrade_begun", "chat/plan_live"); the
            names in them are what the template may use.
    """

    def __init__(
        self, sources: Mapping[str, str], samples: Mapping[str, Mapping[str, object]]
    ) -> None:
        self._sources = dict(sources)
        self._samples = dict(samples)
        loader = FunctionLoader(self._load)
        self._html = _environment(loader, autoescape=True)
        self._text = _environment(loader, autoescape=False)
        self._chat = _environment(loader, autoescape=False)
        self._chat.finalize = chat_value
        self._inliner = css_inline.CSSInliner(load_remote_stylesheets=False)

    def email(self, name: str, context: Mapping[str, object]) -> RenderedMail:
        """Render an e-mail.

        Args:
            name: Such as "upgrade_begun".
            context: A value for every name that the template uses.

        Raises:
            TemplateUnusable: No such template, or a value is missing or of the wrong kind.
        """
        folder = f"email/{name}"
        subject = one_line(self._render(self._text, f"{folder}/subject.j2", context))
        html = self._render(self._html, f"{folder}/body.html.j2", context)
        return RenderedMail(
            subject=subject[:LONGEST_SUBJECT],
            text=self._render(self._text, f"{folder}/body.txt.j2", context).strip() + "\n",
            html=self._inliner.inline_fragment(html, self._sources.get(STYLESHEET, "")).strip(),
        )

    def chat(self, name: str, context: Mapping[str, object]) -> str:
        """Render a chat message; values are made harmless, only the template's marks count.

        Args:
            name: Such as "upgrade_signed".
            context: A value for every name that the template uses.

        Raises:
            TemplateUnusable: No such template, or a value is missing or of the wrong kind.
        """
        return self._render(self._chat, f"chat/{name}.j2", context).strip()

    def names(self, kind: str) -> tuple[str, ...]:
        """The templates of a kind ("email" or "chat"), sorted."""
        found: set[str] = set()
        for source in self._sources:
            parts = source.split("/")
            if parts[0] == "email" == kind and len(parts) == 3:
                found.add(parts[1])
            if parts[0] == "chat" == kind and len(parts) == 2 and not parts[1].startswith("_"):
                found.add(parts[1].removesuffix(".j2"))
        return tuple(sorted(found))

    def sample(self, kind: str, name: str) -> Mapping[str, object]:
        """Sample values of a template, for previews and checks; chat templates share theirs."""
        return self._samples.get(f"{kind}/{name}") or self._samples.get(kind, {})

    def content_hash(self, kind: str, name: str) -> str:
        """SHA-256 over everything that the template is made of, included files too.

        Raises:
            TemplateUnusable: No such template.
        """
        waiting = list(self.parts(kind, name))
        if kind == "email":
            waiting.append(STYLESHEET)
        seen: set[str] = set()
        digest = hashlib.sha256()
        while waiting:
            source = waiting.pop(0)
            if source in seen:
                continue
            seen.add(source)
            text = self._sources.get(source, "")
            digest.update(f"{source}\0{len(text)}\0{text}".encode())
            if source.endswith(".j2"):
                waiting += sorted(self.used_by(source))
        return digest.hexdigest()

    def parts(self, kind: str, name: str) -> tuple[str, ...]:
        """The source files of a template.

        Raises:
            TemplateUnusable: One of them is not there.
        """
        if kind == "email":
            parts = tuple(f"email/{name}/{part}" for part in EMAIL_PARTS)
        else:
            parts = (f"chat/{name}.j2",)
        for part in parts:
            if part not in self._sources:
                raise TemplateUnusable(part, 0, "there is no such template file")
        return parts

    def used_by(self, source: str) -> set[str]:
        """The source files that this one includes or extends, by fixed name."""
        with _parsing(source):
            tree = self._text.parse(self._sources.get(source, ""), source)
            return {name for name in meta.find_referenced_templates(tree) if name is not None}

    def names_used(self, source: str) -> dict[str, int]:
        """The names that a source file takes from outside, each with its first line."""
        with _parsing(source):
            tree = self._text.parse(self._sources.get(source, ""), source)
            free = meta.find_undeclared_variables(tree)
        used: dict[str, int] = {}
        for node in tree.find_all(nodes.Name):
            if node.name in free:
                used.setdefault(node.name, node.lineno)
        return used

    def that_name_only(self, kind: str, names: Collection[str]) -> tuple[str, ...]:
        """The templates of a kind that take no other names from outside than these.

        Args:
            kind: "email" or "chat".
            names: The names that whoever renders them has.
        """
        return tuple(name for name in self.names(kind) if self._names(kind, name) <= set(names))

    def _names(self, kind: str, name: str) -> set[str]:
        try:
            return {used for part in self.parts(kind, name) for used in self.names_used(part)}
        except TemplateUnusable:
            return set()  # its own fault is told where the templates are read

    def _load(self, source: str) -> tuple[str, str | None, None] | None:
        # The name doubles as file name, so that a traceback says where in which source.
        text = self._sources.get(source)
        return None if text is None else (text, source, None)

    def _render(
        self, environment: SandboxedEnvironment, source: str, context: Mapping[str, object]
    ) -> str:
        try:
            return environment.get_template(source).render(dict(context))
        # A template is data, and what runs inside it may fail in any way.
        except Exception as error:
            file, line = _place(error, self._sources, source)
            message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise TemplateUnusable(file, line, message) from error


@contextmanager
def _parsing(source: str) -> Iterator[None]:
    try:
        yield
    except TemplateError as error:
        raise TemplateUnusable(source, getattr(error, "lineno", 0), str(error.message)) from None
    except RecursionError:
        raise TemplateUnusable(source, 0, "nested too deeply") from None


def _environment(loader: BaseLoader, *, autoescape: bool) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=loader,
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.globals = {}
    environment.filters |= {
        "day": day,
        "link": link,
        "mentions": mentions,
        "money": money,
        "unit": unit,
    }
    return environment


def _place(error: Exception, sources: Mapping[str, str], source: str) -> tuple[str, int]:
    """Where in the sources an error arose: Jinja maps its tracebacks onto them."""
    line = getattr(error, "lineno", None)
    if line is not None:
        return getattr(error, "name", None) or source, int(line)
    found = (source, 0)
    trace: Any = error.__traceback__
    while trace is not None:
        for name in sources:
            if trace.tb_frame.f_code.co_filename == name:
                found = (name, trace.tb_lineno)
        trace = trace.tb_next
    return found
