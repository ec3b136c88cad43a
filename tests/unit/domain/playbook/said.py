"""What the checks say of a playbook, as lines of field and message."""

from app.domain.playbook.checks import contradictions
from app.domain.playbook.model import Playbook

Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def said(playbook: Playbook) -> list[str]:
    found = contradictions(playbook, services=frozenset({"sms"}))
    return [f"{dotted(each.path)}: {each.message}" for each in found]
