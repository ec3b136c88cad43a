"""How the demonstration tells its story: days as headings, what happened, what was sent."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 100
STYLES = {"client": "green", "service": "cyan", "support": "yellow", "marketing": "magenta"}


class Teller:
    """Prints the story; without a terminal it is plain text.

    Args:
        zone: The client's zone, in which the story's days are told.
    """

    def __init__(self, zone: str) -> None:
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        self._console = Console(highlight=False, width=width)
        self._zone = ZoneInfo(zone)
        self._city = zone.rsplit("/", 1)[-1]

    def title(self, text: str, below: str) -> None:
        """The story's name."""
        self._console.print()
        self._console.print(Text(text, style="bold"))
        self._console.print(Text(below, style="dim"))

    def day(self, instant: str) -> None:
        """A heading: a moment in the client's zone."""
        local = datetime.fromisoformat(instant).astimezone(self._zone)
        shown = f"{local:%A} {local.day} {local:%B %Y, %H:%M} in {self._city}"
        self._console.print()
        self._console.rule(Text(shown, style="bold"), align="left", style="dim")

    def say(self, who: str, what: str) -> None:
        """One thing that happened, and by whom."""
        line = Table.grid(padding=(0, 1))
        line.add_column(width=10, no_wrap=True)
        line.add_column()
        line.add_row(Text(who, style=STYLES.get(who, "")), Text(what))
        self._console.print(line)

    def mail(self, body: dict[str, Any]) -> None:
        """An e-mail as the client got it."""
        to, cc = ", ".join(body["to"]), ", ".join(body.get("cc") or [])
        head = f"To: {to}" + (f"   CC: {cc}" if cc else "")
        self._console.print(
            Panel(
                Text(readable(str(body.get("text", "")))),
                title=Text(str(body["subject"]), style="bold"),
                subtitle=Text(head, style="dim"),
                title_align="left",
                subtitle_align="left",
                border_style="green",
                padding=(0, 1),
            )
        )

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A small table; the last column is for figures."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
        table.add_column("", width=9)
        for column in columns:
            table.add_column(column, justify="right" if column == columns[-1] else "left")
        for row in rows:
            table.add_row("", *map(Text, row))
        self._console.print(table)

    def address(self, what: str, where: str) -> None:
        """Something to look at; never cut or wrapped, so that it can be copied."""
        self._console.print(Text(f"{what + ':':38}"), Text(where, style="cyan"), soft_wrap=True)

    def fail(self, text: str) -> None:
        """Why the story could not be told."""
        self._console.print(Text(text, style="red"))


class _Reading(HTMLParser):
    """Gathers an e-mail's text: a line a block, nothing of its style."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = [""]

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begin a new line at a block."""
        if tag in {"p", "div", "h1", "h2", "li", "tr", "ul"} and self.lines[-1]:
            self.lines.append("")
        if tag == "li":
            self.lines[-1] = "- "

    def handle_data(self, data: str) -> None:
        """Add to the line."""
        self.lines[-1] += data


def readable(html: str) -> str:
    """An e-mail's HTML as the lines that the client reads."""
    reading = _Reading()
    reading.feed(html)
    lines = (" ".join(line.split()) for line in reading.lines)
    return "\n".join(line for line in lines if line not in ("", "-"))
