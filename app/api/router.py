"""The table of contents of the API: every door, in the order of the document."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import APIRouter

from app.api.adjustments import adjustments
from app.api.approvals import approvals
from app.api.audit import audit
from app.api.client_timeline import client_timeline
from app.api.clients import clients
from app.api.contract_changes import contract_changes
from app.api.contracts import contracts
from app.api.deliveries import deliveries
from app.api.escalations import escalations
from app.api.health import health
from app.api.hooks import hooks
from app.api.inbound_events import inbound_events
from app.api.me import me
from app.api.measures import measures
from app.api.packages import packages
from app.api.plan_actions import plan_actions
from app.api.plan_boards import plan_boards
from app.api.plan_reviews import plan_reviews
from app.api.plans import plans
from app.api.playbook_versions import playbook_versions
from app.api.playbooks import playbooks
from app.api.previews import previews
from app.api.proration import proration
from app.api.renewals import renewals
from app.api.run_steps import run_steps
from app.api.runs import runs
from app.api.staff import staff
from app.api.systems import systems_and_stuck
from app.api.tasks import task_list, tasks
from app.api.tier_accounts import tier_accounts
from app.api.tier_quotes import tier_quotes

ROUTERS: Final[Sequence[APIRouter]] = (
    plans,
    previews,
    plan_actions,
    plan_reviews,
    plan_boards,
    task_list,
    tasks,
    adjustments,
    clients,
    client_timeline,
    contracts,
    contract_changes,
    renewals,
    proration,
    playbooks,
    playbook_versions,
    runs,
    run_steps,
    escalations,
    measures,
    approvals,
    tier_quotes,
    tier_accounts,
    staff,
    packages,
    inbound_events,
    deliveries,
    hooks,
    systems_and_stuck,
    audit,
    me,
    health,
)

TAGS: Final[Sequence[Mapping[str, str]]] = (
    {"name": "intake", "description": "How signed agreements come in from outside."},
    {
        "name": "plans",
        "description": "One run of the upgrade procedure for one signed agreement: from the "
        "signature to the live Monday.",
    },
    {"name": "tasks", "description": "What people do for a plan or a contract."},
    {
        "name": "adjustments",
        "description": "Changes of what a client is billed: made in the pre-live window, on safe "
        "days, with proof.",
    },
    {"name": "clients", "description": "The client companies, as agreements name them."},
    {
        "name": "contracts",
        "description": "What a client is entitled to, at what price, from when to when; how it "
        "changes, and what that costs to the cent.",
    },
    {
        "name": "playbooks",
        "description": "Procedures as files: who does what, by when, what is checked, who decides.",
    },
    {
        "name": "runs",
        "description": "Runs of playbooks: their steps, checklists, stages, deadlines, and who was "
        "told when one was missed.",
    },
    {
        "name": "approvals",
        "description": "What waits for a person of a role to say yes, such as a deep discount.",
    },
    {
        "name": "tier-quotes",
        "description": "Changes of users: reckoned by a pricing policy, answered by the client, "
        "charged, applied on the right site, confirmed.",
    },
    {
        "name": "tier-accounts",
        "description": "Accounts that pay by users, as quotes are reckoned from them.",
    },
    {"name": "staff", "description": "The organisation's people; work goes to them in turn."},
    {"name": "packages", "description": "What is bought: named bundles of services."},
    {
        "name": "inbound-events",
        "description": "Every intake, stored before it is understood; quarantined ones can be "
        "replayed after a fix.",
    },
    {
        "name": "deliveries",
        "description": "Every outside effect (board, e-mail, chat message), with its attempts.",
    },
    {
        "name": "hooks",
        "description": "Subscriptions to events: REST hooks, signed by Standard Webhooks.",
    },
    {
        "name": "systems",
        "description": "The outside systems: up, paused or down, and everything that is stuck.",
    },
    {"name": "audit", "description": "Who changed what: append-only, sealed by hashes."},
    {"name": "service", "description": "The service itself: who calls, is it well, its numbers."},
)
