"""YAML read strictly: plain mappings, lists and scalars, with the line of every field kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unicodedata import category

import yaml
from yaml.events import AliasEvent, NodeEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.catalog.faults import Fault

LAYOUT = frozenset("\n\t")
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of a text, so that people read another one than the machine."""
OWN_WORDS = {
    "but found another document": "a file holds one document; expected no line of ---",
    "mapping values are not allowed here": "a text with a colon in it is put in quotes",
    "found character '\\t'": "lines are indented with blanks, not with tabs",
    "found character": "a text that begins with this sign is put in quotes",
    "could not find expected ':'": "expected a colon and a blank after the name of the field",
    "expected ',' or": "a bracket that was opened has no end before this line",
    "expected <block end>": "indented otherwise than the lines above it that it belongs to",
}
"""What people can act on, by how the reader's own words begin."""
DEEPEST_NESTING = 20
WHOLE_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
PLAIN = {"null": None, "~": None, "": None, "true": True, "false": False}

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: its values, and the line (from 1) on which each path stands."""

    file: str
    value: Any
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of a field, or of the nearest thing around it that is there."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: Path, message: str) -> Fault:
        """A fault at a field of this file."""
        return Fault(self.file, self.line_of(path), dotted(path), message)


def dotted(path: Path) -> str:
    """A path as people write it: `steps[2].waits_for[0]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


class _StrictLoader(yaml.SafeLoader):
    """Refuses what makes a file mean more than it shows: tags, anchors, aliases, deep nesting.

    YAML's own scalars are left aside: `49.00` stays text, so that no digit is lost, and so do
    `on`, `no`, dates and `09:30`, which YAML 1.1 would turn into truth values and numbers.
    """

    def __init__(self, file: str, text: str, faults: list[Fault]) -> None:
        super().__init__(text)
        self.file = file
        self.faults = faults
        self.depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        if self.check_event(AliasEvent):
            event = self.get_event()  # type: ignore[no-untyped-call]
            self._refuse(event.start_mark, "aliases are not used here; write the value out")
            return ScalarNode("", "", event.start_mark, event.end_mark)
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, NodeEvent) and event.anchor is not None:
            self._refuse(event.start_mark, "anchors are not used here; write the value out")
            event.anchor = None
        if getattr(event, "tag", None) is not None:
            self._refuse(event.start_mark, "tags are not used here; expected a plain value")
            event.tag = None
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            raise yaml.MarkedYAMLError(
                problem=f"nested deeper than {DEEPEST_NESTING} levels",
                problem_mark=event.start_mark,
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _refuse(self, mark: Any, message: str) -> None:
        self.faults.append(Fault(self.file, mark.line + 1, "", message))


def read_yaml(file: str, text: str, faults: list[Fault]) -> Document | None:
    """Read one YAML document; what it must not hold is added to `faults`.

    Returns:
        The document, or None where any fault was found in it.
    """
    before = len(faults)
    try:
        # A control character is refused on construction, so that stands inside as well.
        node = _StrictLoader(file, text, faults).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        faults.append(Fault(file, line, "", f"not readable as YAML: {_in_own_words(error)}"))
        return None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        faults.append(Fault(file, line, "", _unreadable(chr(int(error.character)))))
        return None
    except yaml.YAMLError as error:
        faults.append(Fault(file, 1, "", f"not readable as YAML: {error}".splitlines()[0]))
        return None
    if node is None:
        faults.append(Fault(file, 1, "", "the file is empty"))
        return None
    lines: dict[Path, int] = {}
    value = _value(node, (), file, lines, faults)
    return Document(file, value, lines) if len(faults) == before else None


def _value(node: Node, path: Path, file: str, lines: dict[Path, int], faults: list[Fault]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        return _mapping(node, path, file, lines, faults)
    if isinstance(node, SequenceNode):
        return [
            _value(item, (*path, index), file, lines, faults)
            for index, item in enumerate(node.value)
        ]
    if (sign := _unreadable_in(str(node.value))) is not None:
        faults.append(Fault(file, lines[path], dotted(path), _unreadable(sign)))
    return _scalar(node)


def _in_own_words(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem)
    words = (own for begins, own in OWN_WORDS.items() if problem.startswith(begins))
    return next(words, problem)


def _unreadable_in(text: str) -> str | None:
    """The first sign in a text that nobody sees: controls, halves of signs, turned directions."""
    if text.isprintable():
        return None
    return next(
        (
            each
            for each in text
            if each in TURNING or (category(each) in {"Cc", "Cs"} and each not in LAYOUT)
        ),
        None,
    )


def _unreadable(sign: str) -> str:
    return f"holds U+{ord(sign):04X}, a sign that nobody sees; expected plain text"


def _mapping(
    node: MappingNode, path: Path, file: str, lines: dict[Path, int], faults: list[Fault]
) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            faults.append(Fault(file, line, dotted(path), "expected a plain word as a field name"))
            continue
        key = str(key_node.value)
        if (sign := _unreadable_in(key)) is not None:
            faults.append(Fault(file, line, dotted(path), _unreadable(sign)))
            continue
        if key in mapping:
            field = dotted((*path, key))
            first = lines[(*path, key)]
            faults.append(Fault(file, line, field, f"stands here twice; first on line {first}"))
            continue
        lines[(*path, key)] = line
        mapping[key] = _value(value_node, (*path, key), file, lines, faults)
    return mapping


def _scalar(node: Node) -> str | int | bool | None:
    text = str(node.value)
    if getattr(node, "style", None) is not None:
        return text
    if text in PLAIN:
        return PLAIN[text]
    # Twelve digits are beyond any figure here, and short of what int() refuses to read.
    if WHOLE_NUMBER.fullmatch(text) and len(text) <= 12:
        return int(text)
    return text
