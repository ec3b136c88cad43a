"""Roles by routes, as one table: whoever may, may; everybody else is told who may."""

from typing import Final

from app.api.document import openapi_document
from app.domain.roles import Role
from app.webhooks.router import WEBHOOK_PATHS
from tests.api.conftest import Service
from tests.builders import calling

EVERYBODY: Final = frozenset(str(role) for role in Role)
STEERING: Final = frozenset({"sales", "support", "manager", "admin"})
WORKING: Final = STEERING | {"marketing", "billing"}
BILLING: Final = frozenset({"support", "billing", "manager", "admin"})
OPERATING: Final = frozenset({"support", "manager", "admin"})
CONTRACTING: Final = frozenset({"sales", "integration", "manager", "admin"})
MANAGING: Final = frozenset({"manager", "admin"})

TABLE: Final[dict[str, frozenset[str]]] = {
    "plans_list": EVERYBODY,
    "plans_get": EVERYBODY,
    "plans_readiness": EVERYBODY,
    "plans_timeline": EVERYBODY,
    "plans_create": STEERING | {"integration"},
    "plans_preview": STEERING | {"integration"},
    "plans_update": STEERING,
    "plans_reschedule": STEERING,
    "plans_hold": STEERING,
    "plans_resume": STEERING,
    "plans_cancel": STEERING,
    "plans_cancel_plan": EVERYBODY,
    "plans_resolve": STEERING,
    "plans_acknowledge": MANAGING | {"marketing"},
    "plans_force_live": MANAGING,
    "plans_complete_email": OPERATING,
    "plans_release": BILLING,
    "plans_board": OPERATING,
    "tasks_list": EVERYBODY,
    "tasks_get": EVERYBODY,
    "tasks_update": WORKING,
    "tasks_complete": WORKING,
    "tasks_reopen": WORKING,
    "tasks_skip": WORKING,
    "tasks_block": WORKING,
    "adjustments_get": EVERYBODY,
    "adjustments_confirm": BILLING,
    "adjustments_fail": BILLING,
    "adjustments_second": BILLING,
    "adjustments_void": MANAGING | {"billing"},
    "clients_list": EVERYBODY,
    "clients_get": EVERYBODY,
    "clients_timeline": EVERYBODY,
    "clients_update": STEERING,
    "clients_entitlements": EVERYBODY,
    "contracts_list": EVERYBODY,
    "contracts_get": EVERYBODY,
    "contracts_create": CONTRACTING,
    "contracts_update": MANAGING | {"billing"},
    "contracts_timeline": EVERYBODY,
    "contracts_bills": EVERYBODY,
    "hooks_list": MANAGING | {"integration"},
    "hooks_create": MANAGING | {"integration"},
    "hooks_delete": MANAGING | {"integration"},
    "hooks_samples": EVERYBODY,
    "contract_changes_list": EVERYBODY,
    "contract_changes_create": CONTRACTING,
    "changes_get": EVERYBODY,
    "changes_withdraw": CONTRACTING,
    "changes_reinstate": CONTRACTING,
    "changes_retry": CONTRACTING,
    "renewals_list": EVERYBODY,
    "contract_notices_list": EVERYBODY,
    "contract_notices_done": WORKING,
    "proration_preview": EVERYBODY,
    "playbooks_list": EVERYBODY,
    "playbooks_get": EVERYBODY,
    "playbook_versions_list": EVERYBODY,
    "playbook_versions_propose": MANAGING,
    "playbook_versions_get": EVERYBODY,
    "playbook_versions_withdraw": MANAGING,
    "playbook_versions_acknowledge": WORKING,
    "runs_list": EVERYBODY,
    "runs_create": WORKING | {"integration"},
    "runs_get": EVERYBODY,
    "runs_cancel": STEERING,
    "runs_check_criterion": WORKING,
    "run_steps_tick": WORKING,
    "run_steps_complete": WORKING,
    "run_steps_verify": WORKING,
    "run_steps_return": WORKING,
    "run_steps_block": WORKING,
    "run_steps_unblock": WORKING,
    "run_steps_skip": WORKING,
    "run_steps_reopen": WORKING,
    "run_steps_deviate": WORKING,
    "escalations_list": EVERYBODY,
    "escalations_take": OPERATING,
    "measures_list": EVERYBODY,
    "approvals_list": EVERYBODY,
    "approvals_get": EVERYBODY,
    "approvals_approve": WORKING,
    "approvals_reject": WORKING,
    "tier_quotes_list": EVERYBODY,
    "tier_quotes_get": EVERYBODY,
    "tier_quotes_create": STEERING | {"billing", "integration"},
    "tier_quotes_accept": STEERING | {"billing", "integration"},
    "tier_quotes_decline": STEERING | {"billing", "integration"},
    "tier_quotes_charge_by_hand": BILLING,
    "tier_quotes_credit_by_hand": BILLING,
    "tier_quotes_apply_by_hand": BILLING,
    "tier_quotes_tell_by_hand": BILLING,
    "tier_accounts_list": EVERYBODY,
    "tier_accounts_get": EVERYBODY,
    "tier_accounts_create": BILLING,
    "tier_accounts_replace": BILLING,
    "staff_list": EVERYBODY,
    "staff_get": EVERYBODY,
    "staff_create": MANAGING,
    "staff_update": MANAGING,
    "packages_list": EVERYBODY,
    "inbound_events_list": EVERYBODY,
    "inbound_events_get": EVERYBODY,
    "inbound_events_replay": OPERATING,
    "deliveries_list": EVERYBODY,
    "deliveries_get": EVERYBODY,
    "deliveries_retry": OPERATING,
    "deliveries_retry_many": OPERATING,
    "deliveries_skip": OPERATING,
    "deliveries_mark_done": OPERATING,
    "systems_list": EVERYBODY,
    "systems_pause": OPERATING,
    "systems_resume": OPERATING,
    "stuck_get": EVERYBODY,
    "audit_list": MANAGING | {"read_only"},
    "audit_verify": MANAGING | {"read_only"},
    "me": EVERYBODY,
    "webhooks_receive": frozenset({"integration", "admin"}),
}
PUBLIC: Final = {"healthz", "readyz", "metrics"}
NOBODY: Final = "01a2044b-b4fc-7311-a382-ac96628c5f83"


def routes() -> dict[str, tuple[str, str]]:
    paths = openapi_document(WEBHOOK_PATHS)["paths"]
    return {
        operation["operationId"]: (method.upper(), path)
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def address(path: str) -> str:
    filled = path.replace("{source}", "agreement")
    while "{" in filled:
        filled = f"{filled[: filled.index('{')]}{NOBODY}{filled[filled.index('}') + 1 :]}"
    return filled


def test_every_route_is_in_the_table() -> None:
    assert set(routes()) == set(TABLE) | PUBLIC


async def test_every_role_gets_what_the_table_says(service: Service) -> None:
    wrong: list[str] = []
    for role in Role:
        async with calling(service.app, await service.key(role)) as caller:
            for operation, allowed in TABLE.items():
                method, path = routes_once[operation]
                answer = await caller.request(method, address(path))
                refused = answer.status_code == 403
                assert answer.status_code not in (401, 500, 503), (operation, answer.text)
                if refused == (role in allowed):
                    wrong.append(f"{role} at {operation}: {answer.status_code}")
                if refused:
                    assert set(answer.json()["facts"]["roles"]) == set(allowed), operation
    assert wrong == []


async def test_nobody_gets_in_without_a_key_but_where_it_says_so(service: Service) -> None:
    async with calling(service.app, None) as stranger:
        for operation, (method, path) in routes_once.items():
            answer = await stranger.request(method, address(path))
            if operation in PUBLIC:
                assert answer.status_code == 200, operation
            else:
                assert answer.status_code == 401, operation
                assert answer.headers["www-authenticate"] == "Bearer"
                assert answer.headers["content-type"] == "application/problem+json"


routes_once: Final = routes()
