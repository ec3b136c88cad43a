"""The figures of a run: what its forms hold, and what scores and tables make of it."""

from collections.abc import Mapping
from fractions import Fraction

from app.domain.playbook.condition import FigureMissing, Known
from app.domain.playbook.model import Playbook
from app.domain.playbook.score import score_of
from app.domain.playbook.table import decide
from app.domain.run.model import Run


def figures_of(playbook: Playbook, run: Run) -> Mapping[str, Known]:
    """Every figure that is known: inputs, answers, scores with their bands, outcomes of tables.

    Scores are reckoned from what is known; a table decides once all that it asks is.

    Args:
        playbook: In the run's version.
        run: As it is.

    Source: docs/playbook-runs.md, "Figures".
    """
    answers = [step.answers for step in run.steps.values()]
    return reckoned(playbook, {**run.inputs, **{k: v for each in answers for k, v in each.items()}})


def reckoned(playbook: Playbook, filled: Mapping[str, Known]) -> Mapping[str, Known]:
    """What forms hold, with what scores and tables make of it; tables may ask other tables."""
    figures: dict[str, Known] = dict(filled)
    for score in playbook.scores:
        found = score_of(score, figures)
        figures |= {score.key: Fraction(found.points), f"{score.key}.band": found.band}
    for _ in playbook.tables:
        for table in playbook.tables:
            try:
                outcome = decide(table, figures)
            except FigureMissing:
                continue
            figures |= {f"{table.key}.{name}": value for name, value in outcome.items()}
    return figures


def in_words(text: str, figures: Mapping[str, Known | None]) -> str:
    """A text of the playbook with every `{key}` in the words of its figure; unknown ones stay.

    Args:
        text: As the playbook has it.
        figures: By name.
    """
    for key, value in figures.items():
        text = text.replace(f"{{{key}}}", said(value))
    return text


def said(value: Known | None) -> str:
    """A figure as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(value)
    return str(value)
