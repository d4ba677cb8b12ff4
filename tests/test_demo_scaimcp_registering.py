"""The REST surface of ScaiLink's registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.demo.scaimcp.switches import ScaiFaults
from scai_person import in_world, listed, rest

if TYPE_CHECKING:
    from mcp_proxy.demo.scaimcp.world import ScaiWorld

PLACE = "/v1/modules/scailink/remote-servers"
NEW: dict[str, Any] = {
    "name": "New Wiki",
    "endpoint_url": "https://wiki.example/mcp",
    "auth_type": "bearer",
    "credentials": "canary-credential",
    "consent_tier": "confirm",
}


def test_the_registry_is_seen_by_who_may_use_it() -> None:
    """SL-PERM, SL-REG."""

    async def scenario(world: ScaiWorld) -> None:
        mine = (await rest(world, world.key("linker"), PLACE)).json()["data"]
        assert [(each["id"], each["is_tenant_shared"]) for each in mine] == [
            ("rs-personal", False),
            ("rs-shared", True),
        ]
        admins = (await rest(world, world.key("tadmin"), PLACE)).json()["data"]
        assert [each["id"] for each in admins] == ["rs-shared"]
        refused = await rest(world, world.key("user"), PLACE)
        assert refused.json()["error"]["code"] == "AUTHZ_PERMISSION_DENIED"

    in_world(scenario)


def test_a_new_server_brings_tools_and_is_removed_with_them() -> None:
    """SL-TUT; credentials are never shown again."""

    async def scenario(world: ScaiWorld) -> None:
        key = world.key("linker")
        answer = await rest(world, key, PLACE, "POST", NEW)
        assert "canary" not in answer.text
        row = answer.json()["data"]
        name = f"remote.usr-5e21.{row['slug']}.ping"
        assert name in await listed(world, key)
        assert (await rest(world, key, f"{PLACE}/{row['id']}", "DELETE")).status_code == 200
        assert name not in await listed(world, key)

    in_world(scenario)


def test_sharing_with_the_tenant_needs_more_than_registering_for_oneself() -> None:
    """SL-PERM: `remote.manage_own`, `remote.manage_tenant`."""

    async def scenario(world: ScaiWorld) -> None:
        shared = NEW | {"is_tenant_shared": True}
        linker, admin = world.key("linker"), world.key("tadmin")
        assert (await rest(world, linker, PLACE, "POST", shared)).status_code == 403
        assert (await rest(world, admin, PLACE, "POST", shared)).status_code == 200
        assert (await rest(world, linker, PLACE + "/rs-shared", "DELETE")).status_code == 403
        assert (await rest(world, world.key("user"), PLACE, "POST", NEW)).status_code == 403

    in_world(scenario)


def test_an_unreachable_server_is_saved_in_error_and_stays_so() -> None:
    """SL-QS, SL-TRBL."""

    async def scenario(world: ScaiWorld) -> None:
        key = world.key("linker")
        far = NEW | {"endpoint_url": "https://wiki.invalid/mcp"}
        row = (await rest(world, key, PLACE, "POST", far)).json()["data"]
        assert row["status"] == "error"
        again = await rest(world, key, f"{PLACE}/{row['id']}/refresh", "POST")
        assert again.json()["data"]["status"] == "error"
        world.registry.servers[row["id"]].is_reachable = True
        again = await rest(world, key, f"{PLACE}/{row['id']}/refresh", "POST")
        assert again.json()["data"]["status"] == "active"
        nobody = await rest(world, key, PLACE + "/rs-none/refresh", "POST")
        assert nobody.status_code == 404

    in_world(scenario)


@pytest.mark.parametrize("lacking", [{"name": ""}, {"endpoint_url": ""}, {"consent_tier": "ask"}])
def test_a_registration_that_makes_no_sense_is_refused(lacking: dict[str, str]) -> None:
    """SL-TUT: the tiers."""

    async def scenario(world: ScaiWorld) -> None:
        answer = await rest(world, world.key("linker"), PLACE, "POST", NEW | lacking)
        assert answer.json()["error"]["code"] == "VALIDATION_ERROR"

    in_world(scenario)


def test_without_its_key_the_registry_answers_nobody() -> None:
    """SL-TRBL: 503 on every call of the registry."""

    async def scenario(world: ScaiWorld) -> None:
        answer = await rest(world, world.key("linker"), PLACE)
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "SCAILINK_REGISTRY_DISABLED"

    in_world(scenario, faults=ScaiFaults(registry_is_disabled=True))
