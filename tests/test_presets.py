"""The presets that travel with the package, row by row (systems.md §1.5, §2.4, §3.5, §4.4)."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.config.load import load_config
from mcp_proxy.config.model import Profile
from mcp_proxy.config.rulebook import attention, policy_of, presets, read_preset
from mcp_proxy.policy.decide import decide, possible_classes
from mcp_proxy.policy.enquiry import EmptyList, Enquiry, MatrixTool, ToolRegister
from mcp_proxy.policy.model import Policy, ResourceScope, Tool
from mcp_proxy.policy.preset import (
    Environment,
    KnownTool,
    NamePattern,
    Need,
    RefusalShape,
    ResourceKind,
)
from mcp_proxy.policy.refusals import Recogniser
from mcp_proxy.values import fields, replace

if TYPE_CHECKING:
    from mcp_proxy.policy.model import Class, Decision

ACTIONS: dict[str, dict[Class, str]] = {
    "frontend_operations": {
        "read": "list-frontends list-files get-file",
        "write": "create-frontend put-file",
        "delete": "delete-file",
    },
    "django_admin": {
        "read": "describe-models get-model",
        "write": "post-model patch-model",
        "delete": "delete-model",
    },
    "custom_adapter_code": {
        "read": "list get deletion_impact schema_change_impact",
        "write": "create update",
        "delete": "delete",
    },
    "custom_adapter_config": {
        "read": "list get validation_result",
        "write": "create update",
        "delete": "delete",
        "execute": "validate",
    },
}
"""systems.md §7.2, "Multi-action tools"."""

CLASSES: dict[str, dict[Class, str]] = {
    "integration-gateway": {
        "read": "list_integrations read_integration search_integration query_buildhelper"
        " ig_platform_documentation deployed_integrations system_documentation",
        "write": "write_integration",
        "delete": "delete_integration_component",
        "execute": "execute_integration loan_decision any_other get_loan",
        "debug": "get_run_history get_run_history_item search_run_histories",
    },
    "scaimcp": {
        "read": "me_get modules_list models_list users_list audit_list matrix_search"
        " remote.tenant.notion-a1b2c3.search_pages remote.u-7.jira-d4e5f6.getIssue",
        "write": "matrix_ingest_document sessions_create remote.tenant.notion-a1b2c3.create_page",
        "delete": "models_delete bunker_terminate remote.tenant.x-a1b2c3.delete_page",
        "execute": "inference_chat bunker_exec webhooks_test inference_embed",
        "admin": "tenants_create api_keys_create modules_enable routing_policies_create",
        "debug": "backends_health",
        "unknown": "remote.tenant.x-a1b2c3.frobnicate",
    },
    "stable-baseline": {
        "read": "getDocument listDocuments searchTools listWorkspaces kg_search getCurrentUser"
        " getFolderHierarchy previewSeatChange listRisk getPlan",
        "write": "createDocument editDocument createFolder createWorkspace insertImageInDocument"
        " createPlan updateRisk startSignup",
        "delete": "deleteFolder deleteImageInDocument deleteVegaDataFile deletePlan",
        "admin": "upsertResourcePermission applySeatChange kg_rebuild",
        "unknown": "frobnicate",
    },
    "generic": {
        "read": "get_page listPages pages.search describe-table findUser",
        "write": "create_page updatePage pages.upload set_status",
        "delete": "delete_page removeUser pages.purge get_and_delete",
        "execute": "run_report executeQuery deploy_app",
        "debug": "tail_logs get_logs",
        "admin": "grantRole set_permissions",
        "unknown": "frobnicate page",
    },
}
"""What each preset says of names: those that it knows, and those that it guesses."""


def rows(table: dict[str, dict[Class, str]]) -> list[tuple[str, str, Class]]:
    return [
        (name, word, tool_class)
        for name, classes in table.items()
        for tool_class, words in classes.items()
        for word in words.split()
    ]


def judged(
    preset: str,
    name: str,
    arguments: dict[str, object] | None = None,
    *,
    environment: str | None = None,
    policy: Policy | None = None,
) -> Decision:
    profile = Profile(
        "p", "https://a.example", preset=preset, environment=environment,
        permissions=policy or Policy(),
    )  # fmt: skip
    return decide(policy_of(profile), name, Tool(name, b"{}"), arguments)


@pytest.mark.parametrize(("preset", "name", "tool_class"), rows(CLASSES))
def test_each_tool_has_its_class(preset: str, name: str, tool_class: Class) -> None:
    """systems.md §7.3: the classes of each known tool ship as data."""
    assert judged(preset, name, {}).tool_class == tool_class


READ_ONLY = Policy(read_only=True)
READ_WRITE = Policy(classes=("read", "write", "debug"))
FULL = Policy()


@pytest.mark.parametrize(("tool", "action", "tool_class"), rows(ACTIONS))
def test_each_action_under_each_policy(tool: str, action: str, tool_class: Class) -> None:
    """systems.md §7.2: every documented action by read-only, read-write and full."""
    outcomes = [
        judged("integration-gateway", tool, {"action": action}, policy=policy).allowed
        for policy in (READ_ONLY, READ_WRITE, FULL)
    ]
    assert outcomes == [tool_class == "read", tool_class in {"read", "write"}, True]


@pytest.mark.parametrize("tool", ACTIONS)
@pytest.mark.parametrize(
    "arguments",
    [{}, {"action": "frob"}, {"action": "GET"}, {"action": ["get-model"]}, {"Action": "list"}],
)
def test_an_unknown_action_is_refused_wherever_something_is_limited(
    tool: str, arguments: dict[str, object]
) -> None:
    """systems.md §7.2: unknown action = refuse."""
    for policy in (READ_ONLY, READ_WRITE, Policy(strict=True), Policy(classes=("unknown",))):
        assert not judged("integration-gateway", tool, arguments, policy=policy).allowed
    for environment in ("dev", "test", "prod"):
        decision = judged("integration-gateway", tool, arguments, environment=environment)
        assert (decision.allowed, decision.rule) == (False, "argument")


@pytest.mark.parametrize("tool", ACTIONS)
def test_a_tool_of_several_deeds_is_listed_where_one_of_them_is_permitted(tool: str) -> None:
    """systems.md §7.2."""
    assert judged("integration-gateway", tool, policy=READ_ONLY).allowed
    assert judged("integration-gateway", tool, environment="prod").allowed
    assert judged("integration-gateway", tool, policy=Policy(classes=("delete",))).allowed
    assert not judged("integration-gateway", tool, policy=Policy(classes=("debug",))).allowed


OF_CLASS = {
    "read": "get_x", "write": "create_x", "delete": "delete_x", "execute": "run_x",
    "debug": "tail_logs", "admin": "grant_x", "unknown": "frobnicate",
}  # fmt: skip
IN_IG = {
    "read": "read_integration", "write": "write_integration", "debug": "get_run_history",
    "delete": "delete_integration_component", "execute": "execute_integration",
}  # fmt: skip


@pytest.mark.parametrize("preset", presets())
@pytest.mark.parametrize(
    ("environment", "permitted"),
    [("dev", "read debug write"), ("test", "read debug"), ("prod", "read debug"),
     ("PROD", "read debug"), ("production", "read debug"), ("Development", "read debug write")],
)  # fmt: skip
def test_an_environment_permits_its_classes_and_nothing_else(
    preset: str, environment: str, permitted: str
) -> None:
    """systems.md §2.4 and §7.3: one call per class; nobody executes."""
    names = IN_IG if preset == "integration-gateway" else OF_CLASS
    allowed = {
        tool_class
        for tool_class, name in names.items()
        if judged(preset, name, {}, environment=environment).allowed
    }
    listed = {
        tool_class
        for tool_class, name in names.items()
        if judged(preset, name, environment=environment).allowed
    }
    assert allowed == listed == set(permitted.split())


@pytest.mark.parametrize("environment", ["dev", "test", "prod", "attic"])
def test_one_explicit_line_lets_execute(environment: str) -> None:
    """systems.md §7.2 and §7.3: switched on, and the decision tells the class for the audit."""
    name, policy = "execute_integration", Policy(execute=True)
    refused = judged("integration-gateway", name, {}, environment=environment)
    assert (refused.allowed, refused.rule, refused.tool_class) == (False, "execute", "execute")
    assert "permissions.execute = true" in refused.reason
    allowed = judged("integration-gateway", name, {}, environment=environment, policy=policy)
    assert (allowed.allowed, allowed.tool_class) == (True, "execute")
    named = Policy(classes=("read", "execute"))
    assert not judged("integration-gateway", name, {}, environment="prod", policy=named).allowed


@pytest.mark.parametrize(
    ("preset", "name", "needs"),
    [
        (
            "integration-gateway",
            "get_run_history",
            "permission Can use MCP Run History tool and right debug on the integration",
        ),
        ("integration-gateway", "django_admin", None),
        (
            "integration-gateway",
            "custom_adapter_code",
            "permission can_use_custom_adapters",
        ),
        ("integration-gateway", "loan_decision", "right execute on the integration"),
        ("scaimcp", "me_get", None),
        ("scaimcp", "inference_chat", "permission models:use"),
        ("scaimcp", "models_list", "permission models:list"),
        ("scaimcp", "bunker_exec", "permission scaibunker:execute and module scaibunker"),
        ("scaimcp", "remote.u-7.jira-d4e5f6.frob", "permission scailink:remote.use"),
        ("stable-baseline", "createProject", "capability can_lifecycle"),
        ("stable-baseline", "upsertResourcePermission", "capability can_manage_perms"),
        ("stable-baseline", "deleteFolder", "right delete on the folder"),
    ],
)
def test_what_the_gateway_wants_is_known(preset: str, name: str, needs: str | None) -> None:
    """systems.md §1.4, §3.5, §4.4."""
    assert judged(preset, name).needs == needs


def test_a_strict_profile_takes_only_what_is_known() -> None:
    """systems.md X16."""
    strict = Policy(strict=True)
    assert not judged("scaimcp", "remote.a.b.frobnicate", {}, policy=strict).allowed
    assert judged("scaimcp", "remote.a.b.delete_it", {}, policy=strict).allowed
    trusting = replace(strict, trust_annotations=True)
    hinted = Tool("frobnicate", json.dumps({"annotations": {"readOnlyHint": True}}).encode())
    policy = policy_of(Profile("p", "https://a.example", preset="generic", permissions=trusting))
    assert decide(policy, "frobnicate", hinted, {}).allowed


W, P, F = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "123")


def test_a_scoped_profile_of_stable_baseline() -> None:
    """systems.md §7.5, granular: workspace delete, project write, folder read; by the ids that
    the arguments carry, and by a default where they carry none."""
    scopes = (
        ResourceScope("workspace", W, "delete"),
        ResourceScope("project", P, "write", within=W),
        ResourceScope("folder", F, "read", within=P),
    )
    policy = Policy(resource=scopes)

    def allowed(tool: str, **arguments: object) -> bool:
        return judged("stable-baseline", tool, arguments, policy=policy).allowed

    assert allowed("listProjects", workspaceId=W)
    assert allowed("deletePlan", workspaceId=W, itemId="7")
    assert allowed("createFolder", projectId=P, name="x")
    assert not allowed("createFolder", projectId=W, name="x")
    assert allowed("listDocuments", folderId=F)
    assert not allowed("updateFolder", folderId=F, name="x")
    assert not allowed("deleteFolder", folderId=F)
    assert not allowed("reorderFolders", projectId=P, folderIds=[F])
    assert allowed("getDocument", documentId="d")
    assert not allowed("editDocument", documentId="d")
    assert not allowed("createDocument", title="x")
    assert allowed("searchTools", query="x")


@pytest.mark.parametrize("name", presets())
def test_every_fact_has_its_source(name: str) -> None:
    """Issue 4: data with their source."""
    text = files("mcp_proxy.policy").joinpath("presets", f"{name}.toml").read_text("utf-8")
    found: dict[str, Any] = tomllib.loads(text)
    tables = [
        *found.get("tool", {}).values(),
        *found.get("pattern", []),
        *found.get("environment", {}).values(),
        *found.get("resource", {}).values(),
        *found.get("refusal", []),
    ]
    assert tables
    sources = [table["source"] for table in tables]
    assert set(sources) <= set(found["sources"])
    assert read_preset(name).title == found["title"]


def test_all_that_a_mixed_tool_can_do_is_told() -> None:
    """Issue 4: `tools --why`."""
    policy = policy_of(Profile("p", "https://a.example", preset="integration-gateway"))
    assert possible_classes(policy, "django_admin", None) == ("read", "write", "delete")


PAGE = (Path(__file__).parents[1] / "docs" / "permissions.md").read_text()
(EXAMPLE,) = re.findall(r"```toml preset\n(.*?)```", PAGE, flags=re.DOTALL)


def test_a_fifth_system_is_one_file_as_the_page_shows_it(tmp_path: Path) -> None:
    """Issue 4: exactly the example of docs/permissions.md, through the settings file."""
    (tmp_path / "archive.toml").write_text(EXAMPLE)
    settings = tmp_path / "config.toml"
    settings.write_text(
        '[profiles.archive]\nurl = "https://a.example/mcp"\npreset = "archive.toml"\n'
        'environment = "dev"\n[[profiles.archive.permissions.resource]]\nkind = "shelf"\n'
        'id = "7"\nlevel = "delete"\n'
    )
    profile = load_config(settings).profiles["archive"]
    policy = policy_of(profile)

    def decided(name: str, **arguments: object) -> tuple[bool, str, str | None]:
        decision = decide(policy, name, None, arguments)
        return decision.allowed, decision.rule, decision.needs

    assert decided("find_box", shelf="7") == (True, "class", None)
    assert decided("find_box", from_shelf="8") == (False, "resource", None)
    assert decided("seal_box", shelf="7") == (False, "environment", "permission archive:seal")
    assert decided("burn_box", shelf="7") == (False, "environment", "right burn on the shelf")
    assert decided("labels", deed="show") == (True, "class", None)
    assert decided("labels", deed="stick") == (False, "environment", None)
    assert decided("labels", deed="eat") == (False, "argument", None)
    assert decided("export_all") == (True, "class", "module export")
    assert decided("get_key") == (True, "class", None)
    assert decided("open_gate") == (False, "environment", None)
    told = attention(replace(profile, url="https://oldcellar.example", environment="prod"),
                     read_preset(str(tmp_path / "archive.toml")))  # fmt: skip
    assert told == ["the environment is prod, but the host oldcellar.example looks like dev"]
    refusal = Recogniser(read_preset(str(tmp_path / "archive.toml")).refusals).in_answer(
        b'{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":'
        b'"{\\"denied\\":\\"archive:seal\\",\\"text\\":\\"No\\"}"}]}}'
    )
    assert refusal is not None
    assert (refusal.about, refusal.permission) == ("tool", "archive:seal")


def test_the_page_names_every_key_of_a_preset() -> None:
    """docs/permissions.md: the vocabulary."""
    kinds = (
        Need, KnownTool, NamePattern, Environment, ResourceKind, RefusalShape, MatrixTool,
        ToolRegister, EmptyList, Enquiry,
    )  # fmt: skip
    renamed = {"class_of": "classes", "tool_class": "class"}
    keys = {renamed.get(field.name, field.name) for kind in kinds for field in fields(kind)}
    table = PAGE.partition("Every key:")[2]
    assert {key for key in keys if not re.search(rf"\b{key}\b", table)} == set()


def test_the_page_counts_the_tools_that_are_known() -> None:
    """docs/permissions.md."""
    told = dict(re.findall(r"^\| `([a-z-]+)` \| ([0-9]+) tools", PAGE, flags=re.MULTILINE))
    known = {name: len(read_preset(name).tools) for name in presets()}
    assert {name: int(count) for name, count in told.items()} | {"generic": 0} == known
