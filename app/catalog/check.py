"""Checks a catalog for the operator: its faults, or what was read."""

from pathlib import Path

from app.catalog.faults import CatalogInvalid, Fault
from app.catalog.loader import Catalog, load_catalog
from app.domain.movement import Package
from app.domain.playbook.model import Playbook
from app.domain.tiers.policy import TierPolicy
from app.domain.wording import counted


def check(directory: Path | None = None) -> list[Fault]:
    """Every fault of the catalog, by file and line; none where it can be used.

    Args:
        directory: The installation's catalog folder, if it has one.
    """
    try:
        load_catalog(directory)
    except CatalogInvalid as invalid:
        return list(invalid.faults)
    return []


def describe(catalog: Catalog) -> str:
    """What a catalog holds, in a few lines for a terminal."""
    templates = catalog.templates
    counts = (
        counted(len(catalog.packages), "package"),
        counted(len(catalog.services), "service"),
        counted(len(catalog.movements), "movement"),
        counted(len(catalog.playbooks), "playbook"),
        counted(len(catalog.policies), "pricing policy", "pricing policies"),
        counted(len(templates.names("email")), "e-mail"),
        counted(len(templates.names("chat")), "chat message"),
    )
    packages = sorted(catalog.packages.values(), key=lambda each: each.rank)
    own = [f"  own files: {', '.join(sorted(catalog.own_files))}"] if catalog.own_files else []
    return "\n".join(
        [
            ", ".join(counts),
            *(_package_line(package) for package in packages),
            *(_playbook_line(playbook) for playbook in catalog.playbooks.values()),
            *(_policy_line(policy) for policy in catalog.policies.values()),
            *own,
        ]
    )


def _package_line(package: Package) -> str:
    note = " (sample data)" if package.sample else ""
    price = f"{package.price.spoken()} {package.billing_period}"
    return f"  package {package.key}: {package.title}, {price}{note}"


def _playbook_line(playbook: Playbook) -> str:
    counts = (
        counted(len(playbook.stages), "stage"),
        counted(len(playbook.steps), "step"),
        counted(len(playbook.effects), "effect"),
        counted(len(playbook.reminders), "reminder"),
    )
    return f"  playbook {playbook.key}: version {playbook.version}, {', '.join(counts)}"


def _policy_line(policy: TierPolicy) -> str:
    note = " (sample data)" if policy.sample else ""
    titles = ", ".join(pricing.title for pricing in policy.pricings.values())
    return f"  policy {policy.key}: {titles}, in {policy.currency}{note}"
