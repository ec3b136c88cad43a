"""Loads the whole catalog once: every file read, fitted, cross-checked; or every fault named."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TypeVar

from pydantic import BaseModel

from app.catalog.calendar_file import BusinessCalendar, CalendarShape, calendar_of
from app.catalog.contract_files import ContractPolicies, ContractsShape, contracts_of
from app.catalog.contract_playbook_file import (
    FILE as CONTRACT_PLAYBOOK,
)
from app.catalog.contract_playbook_file import (
    NAMES,
    ContractPlaybookShape,
    contract_playbook_of,
)
from app.catalog.faults import CatalogInvalid, Fault
from app.catalog.files import Files, read_files
from app.catalog.fitting import fit
from app.catalog.package_files import (
    MovementsShape,
    PackagesShape,
    movements_of,
    packages_of,
)
from app.catalog.playbook_files import UPGRADE, read_playbook
from app.catalog.policy_files import PolicyShape, policy_of
from app.catalog.reading import Document, Path, read_yaml
from app.catalog.template_files import templates_of
from app.catalog.templates import Templates
from app.domain.contract.playbook import ContractPlaybook
from app.domain.movement import Movement, Package, Service, movement_between
from app.domain.playbook.effect import ChatEffect, Effect, MailEffect, RunEffect
from app.domain.playbook.model import Playbook
from app.domain.playbook.moment import Moment
from app.domain.playbook.upgrade import UpgradePlaybook
from app.domain.tiers.policy import TierPolicy

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that an installation offers and how it proceeds, as frozen values.

    `own_files` names the files that the installation's folder put in place of shipped ones, and
    `playbook_texts` holds the texts that runs keep, by the playbook's key.
    """

    services: Mapping[str, Service]
    packages: Mapping[str, Package]
    movements: tuple[Movement, ...]
    playbooks: Mapping[str, Playbook]
    policies: Mapping[str, TierPolicy]
    calendar: BusinessCalendar
    contracts: ContractPolicies
    contract_playbook: ContractPlaybook
    templates: Templates
    own_files: frozenset[str]
    playbook_texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def upgrade_playbook(self) -> UpgradePlaybook:
        """The upgrade procedure; loading made sure that it is there."""
        playbook = self.playbooks[UPGRADE]
        assert isinstance(playbook, UpgradePlaybook)  # its file has the section `procedure`
        return playbook

    def movement(self, from_key: str, to_key: str) -> Movement:
        """The movement between two packages; raises as `movement_between` does."""
        return movement_between(self.packages, self.movements, from_key, to_key)


@dataclass(slots=True)
class _Reading:
    """What is read so far; a part stays None where its file is at fault."""

    files: Files
    faults: list[Fault] = field(default_factory=list)
    services: dict[str, Service] | None = None
    packages: dict[str, Package] | None = None
    movements: tuple[Movement, ...] | None = None
    calendar: BusinessCalendar | None = None
    contracts: ContractPolicies | None = None
    contract_playbook: ContractPlaybook | None = None
    playbooks: dict[str, Playbook] = field(default_factory=dict)
    policies: dict[str, TierPolicy] = field(default_factory=dict)

    def fitted(self, name: str, shape: type[S]) -> tuple[Document, S] | None:
        if name not in self.files.texts:
            self.faults.append(Fault(name, 0, "", "there is no such file"))
            return None
        document = read_yaml(name, self.files.texts[name], self.faults)
        value = fit(shape, document, self.faults) if document else None
        return (document, value) if document and value else None


def load_catalog(directory: FilePath | None = None) -> Catalog:
    """Load the shipped catalog with the installation's own files in place of shipped ones.

    Args:
        directory: The installation's catalog folder, if it has one.

    Raises:
        CatalogInvalid: Anything in any file cannot be used; it lists every fault.
    """
    files = read_files(directory)
    reading = _Reading(files, list(files.faults))
    _read_packages(reading)
    if found := reading.fitted("calendar.yaml", CalendarShape):
        reading.calendar = calendar_of(found[1], found[0], reading.faults)
    if terms := reading.fitted("contracts.yaml", ContractsShape):
        reading.contracts = contracts_of(terms[1], terms[0], reading.faults)
    templates = templates_of(files, reading.faults)
    _read_playbooks(reading, templates)
    _read_contract_playbook(reading, templates)
    _read_policies(reading)
    if reading.faults or not (
        reading.services
        and reading.packages
        and reading.calendar
        and reading.contracts
        and reading.contract_playbook
    ):
        raise CatalogInvalid(reading.faults)
    return Catalog(
        services=reading.services,
        packages=reading.packages,
        movements=reading.movements or (),
        playbooks=reading.playbooks,
        policies=reading.policies,
        calendar=reading.calendar,
        contracts=reading.contracts,
        contract_playbook=reading.contract_playbook,
        templates=templates,
        own_files=files.own,
        playbook_texts={key: files.texts[f"playbooks/{key}.yaml"] for key in reading.playbooks},
    )


def _read_packages(reading: _Reading) -> None:
    if found := reading.fitted("packages.yaml", PackagesShape):
        both = packages_of(found[1], found[0], reading.faults)
        if both is not None:
            reading.services, reading.packages = both
    if rows := reading.fitted("movements.yaml", MovementsShape):
        reading.movements = movements_of(rows[1], rows[0], reading.packages, reading.faults)


def _read_playbooks(reading: _Reading, templates: Templates) -> None:
    read: list[tuple[Document, Playbook]] = []
    for name in reading.files.under("playbooks"):
        services = reading.services.keys() if reading.services is not None else None
        found = read_playbook(name, reading.files.texts[name], reading.faults, services=services)
        if found is not None:
            document, playbook = found
            _cross_check(playbook, document, reading, templates)
            reading.playbooks[playbook.key] = playbook
            read.append((document, playbook))
    for document, playbook in read:
        reading.faults += runs_missing(playbook, document, reading.playbooks)
        reading.faults += runs_without_end(playbook, document, reading.playbooks)
    expected = f"playbooks/{UPGRADE}.yaml"
    if expected not in reading.files.texts:
        reading.faults.append(Fault(expected, 0, "", "there is no such file"))


def _read_contract_playbook(reading: _Reading, templates: Templates) -> None:
    if found := reading.fitted(CONTRACT_PLAYBOOK, ContractPlaybookShape):
        policies = reading.contracts
        reading.contract_playbook = contract_playbook_of(
            found[1],
            found[0],
            reading.faults,
            templates=templates.that_name_only("chat", NAMES),
            announced=policies.announce_days_before if policies else None,
        )


def _read_policies(reading: _Reading) -> None:
    for name in reading.files.under("policies"):
        if found := reading.fitted(name, PolicyShape):
            policy = policy_of(found[1], found[0], reading.faults)
            if policy is not None:
                reading.policies[policy.key] = policy


def _cross_check(
    playbook: Playbook, document: Document, reading: _Reading, templates: Templates
) -> None:
    reading.faults += templates_missing(playbook, document, templates)
    if playbook.key == UPGRADE:
        reading.faults += _groups_missing(playbook, reading)


def templates_missing(playbook: Playbook, document: Document, templates: Templates) -> list[Fault]:
    """The templates that a playbook names and that are not there."""
    named: list[tuple[Path, str, str]] = []
    if isinstance(playbook, UpgradePlaybook):
        where: Path = ("procedure", "complete_email", "template")
        named.append((where, "email", playbook.complete_email.template))
    for path, effect in all_effects(playbook):
        if isinstance(effect, ChatEffect):
            named.append(((*path, "template"), "chat", effect.template))
        elif isinstance(effect, MailEffect):
            named.append(((*path, "template"), "email", effect.template))
    for index, reminder in enumerate(playbook.reminders):
        named.append((("reminders", index, "template"), "chat", reminder.template))
    return [
        document.fault(
            path,
            f"there is no {kind} template {name!r}; expected one of "
            f"{', '.join(templates.names(kind))}",
        )
        for path, kind, name in named
        if name and name not in templates.names(kind)
    ]


def all_effects(playbook: Playbook) -> Iterator[tuple[Path, Effect]]:
    """Every effect of a playbook and of its steps, with its place in the file."""
    for at, effect in enumerate(playbook.effects):
        yield ("effects", at), effect
    for index, step in enumerate(playbook.steps):
        for at, effect in enumerate(step.effects):
            yield ("steps", index, "effects", at), effect


def runs_missing(playbook: Playbook, document: Document, playbooks: Collection[str]) -> list[Fault]:
    """The playbooks whose runs a playbook starts and that are not there."""
    return [
        document.fault(
            (*path, "playbook"),
            f"there is no playbook {effect.playbook!r}; expected one of {', '.join(playbooks)}",
        )
        for path, effect in all_effects(playbook)
        if isinstance(effect, RunEffect) and effect.playbook not in playbooks
    ]


def runs_without_end(
    playbook: Playbook, document: Document, playbooks: Mapping[str, Playbook]
) -> list[Fault]:
    """A run begins none that, as it begins, begins the first anew."""
    return [
        document.fault(
            (*path, "playbook"),
            f"{effect.playbook!r} begins this one again, without end; expected another moment",
        )
        for path, effect in all_effects(playbook)
        if isinstance(effect, RunEffect)
        and effect.on is Moment.BEGUN
        and playbook.key in _begun_with(effect.playbook, playbooks)
    ]


def _begun_with(key: str, playbooks: Mapping[str, Playbook]) -> set[str]:
    found: set[str] = set()
    left = [key]
    while left:
        one = left.pop()
        if one not in found and one in playbooks:
            found.add(one)
            effects = playbooks[one].effects
            left += [
                each.playbook
                for each in effects
                if isinstance(each, RunEffect) and each.on is Moment.BEGUN
            ]
    return found


def _groups_missing(playbook: Playbook, reading: _Reading) -> list[Fault]:
    """A movement removes groups that the upgrade's board has."""
    name = "movements.yaml"
    if reading.movements is None:
        return []
    document = read_yaml(name, reading.files.texts[name], [])
    titles = [stage.title for stage in playbook.stages]
    return [
        document.fault(
            ("movements", index, "remove_groups", place),
            f"the upgrade has no stage {group!r}; expected one of {', '.join(titles)}",
        )
        for index, movement in enumerate(reading.movements)
        for place, group in enumerate(movement.removed_groups)
        if document is not None and group not in titles
    ]
