"""The instance DEV as every world starts with it: integrations A and B, ten runs, and the rest.

Deterministic, times included. Two texts stand for secrets (`ENCRYPTED_VALUE`, `MASKED_VALUE`) and
must never leave the instance: a test looks for them in every answer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mcp_proxy.demo.integration.instance import (
    KINDS,
    START,
    Instance,
    Integration,
    Run,
    UserTool,
    stamp,
)

ENCRYPTED_VALUE = "canary-encrypted-9f1c40"
MASKED_VALUE = "canary-masked-123-45-6789"

_FIRST_RUN = 101
_SIZES = {106: 899_000, 107: 901_000}
"""Bytes that two runs answer: just below and just above the limit of 900 KB."""


_EVENTS = range(1, 251)
"""Rows of one model: more than a query shows."""


def fresh_instance(label: str = "DEV") -> Instance:
    """A new instance, the same each time but for its name."""
    onboarding, credit = _loan_onboarding(), _credit_check()
    adapter, config = _core_bank()
    return Instance(
        integrations={onboarding.id: onboarding, credit.id: credit},
        runs={run_id: _run(run_id) for run_id in range(_FIRST_RUN, _FIRST_RUN + 10)},
        models={
            "core.Customer": {1: {"id": 1, "name": "First Example Bank", "region": "EU"}},
            "vault.Secret": {1: {"id": 1, "name": "bureau-key", "value": ENCRYPTED_VALUE}},
            "core.GlobalConfig": {1: {"id": 1, "payload_storage": True}},
            "core.Event": {number: {"id": number, "name": f"E{number}"} for number in _EVENTS},
        },
        frontends={"loan-desk": {"index.html": "<h1>Loan desk</h1>", "app.js": "render();"}},
        adapters={adapter["id"]: adapter},
        adapter_configs={config["id"]: config},
        label=label,
    )


def _loan_onboarding() -> Integration:
    """Integration A: three steps, runs are kept, its users have defined a tool."""
    parts = {
        "service_requests": [
            _part(11, name="Find customer", adapter="CoreBank", service="GET /customers"),
            _part(12, name="Open loan", adapter="CoreBank", service="POST /loans"),
            _part(13, name="Notify desk", adapter="Mail", service="send"),
        ],
        "field_mappings": [
            _part(14, servicerequest_id=12, source="applicant", target="borrower.name"),
            _part(15, servicerequest_id=12, source="amount", target="principal"),
        ],
        "validation_rules": [_part(16, servicerequest_id=12, rule="amount > 0")],
        "value_mapping_sets": [_part(17, name="Purposes")],
        "value_mappings": [_part(18, valuemappingset_id=17, source="car", target="AUTO")],
        "tags": [_part(19, name="lending")],
    }
    schema = {
        "type": "object",
        "properties": {"applicant": {"type": "string"}, "amount": {"type": "number", "minimum": 1}},
        "required": ["applicant"],
    }
    tool = UserTool("onboard_loan", "Open a loan for an applicant and tell the desk.", schema)
    return _integration(1, "Loan Onboarding", parts, keeps_history=True, tool=tool)


def _credit_check() -> Integration:
    """Integration B: one step, runs are not kept, no tool yet."""
    parts = {
        "service_requests": [
            _part(21, name="Pull report", adapter="Bureau", service="GET /report"),
        ],
        "comments": [_part(22, text="Bureau answers slowly on Mondays")],
        "warnings": [_part(23, text="Pull report has no timeout")],
    }
    return _integration(2, "Credit Check", parts, keeps_history=False)


def _integration(
    integration_id: int,
    name: str,
    parts: dict[str, list[dict[str, Any]]],
    *,
    keeps_history: bool,
    tool: UserTool | None = None,
) -> Integration:
    components = {kind: parts.get(kind, []) for kind in KINDS}
    return Integration(integration_id, name, True, keeps_history, stamp(START), components, tool)


def _part(part_id: int, **members: object) -> dict[str, Any]:
    return {"id": part_id, **members}


def _core_bank() -> tuple[dict[str, Any], dict[str, Any]]:
    """One custom adapter and its one configuration, with an encrypted field."""
    schema = {"host": "text", "api_key": "encrypted"}
    adapter = _part(31, name="CoreBank", version=3, code="class CoreBank: ...", schema=schema)
    config = _part(
        41,
        adapter_id=31,
        name="CoreBank DEV",
        host="core.dev.example",
        api_key=ENCRYPTED_VALUE,
        validation="never run",
    )
    return adapter, config


def _run(run_id: int) -> Run:
    """One of ten: a day apart, every fourth failed, every fifth of B."""
    number = run_id - _FIRST_RUN + 1
    failed = number % 4 == 0
    applicant = f"Applicant {number}"
    return Run(
        run_id,
        2 if number % 5 == 0 else 1,
        "Failed" if failed else "Succeeded",
        START - timedelta(days=11 - number),
        {"applicant": applicant, "amount": 1000 * number},
        [
            _part(
                run_id * 10,
                name="Open loan",
                request={"applicant": applicant, "ssn": MASKED_VALUE},
                response={"status": 502 if failed else 201, "body": "." * _SIZES.get(run_id, 40)},
            )
        ],
        ["CoreBank answered 502"] if failed else ["done"],
        [] if number % 2 else ["nightly"],
    )
