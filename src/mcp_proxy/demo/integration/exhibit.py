"""The Integration Gateway to try: the instances DEV, TEST and PROD."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.exhibit import Exhibit
from mcp_proxy.demo.integration.environments import NAMES
from mcp_proxy.demo.integration.switches import INTEGRATION_FAULTS, IntegrationFaults
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.profile import NAME, profile_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.demo.world import World

DENIED = "delete_*"
_FIRST_PORT = 6544
_FIRST = next(iter(NAMES))
_LOADER_FILE = "demo-client-secret-loader"
_APART = 10
"""From one instance's port to the next one's; 6545 is the redirect's."""


class IntegrationExhibit(Exhibit):
    """The profile `demo` of the tour, and one for each environment; somebody signs in."""

    title = "An Integration Gateway to try: DEV, TEST and PROD"
    faults = INTEGRATION_FAULTS
    tries = (
        (f"login {NAME}", "you choose an account on the consent page"),
        (f"status {NAME}", "who you are, and how long the token lasts"),
        (f"tools {NAME} --all --why", "what is hidden, and by which rule"),
        (f"call {NAME} list_integrations", "what you may do with each"),
        (f"tools {NAME} --offline", "the same without gateway and token"),
        (f"login {NAME}-dev", "the same gateway, with what is known of its system"),
        (f"tools {NAME}-dev", "its tools; the first list tells more to keep"),
        (f"catalog perms {NAME}-dev", "your rights, and what DEV, TEST and PROD would permit"),
        (f"call {NAME}-loader list_integrations", "a service account: MCP is closed to it"),
    )
    deeds = (
        ("expire-tokens", "{}", "the next call renews the token"),
        (
            "join-group",
            '{"account": "staff-debug", "group": "builders"}',
            "staff-debug may write integration 2",
        ),
        (
            "leave-group",
            '{"account": "staff-debug", "group": "builders"}',
            "and may no longer, from the next call on",
        ),
        ("somebody-saves", '{"integration_id": 1}', "who has read it before gets merge_conflict"),
    )

    def __init__(self, port: Callable[[int], int], faults: Mapping[str, Any]) -> None:
        """Make three worlds that misbehave alike."""
        self._worlds = {
            name: IntegrationWorld(
                port(_FIRST_PORT + _APART * number),
                environment=environment,
                consent="person",
                faults=IntegrationFaults(**faults),
            )
            for number, (name, environment) in enumerate(NAMES.items())
        }

    @property
    def worlds(self) -> Mapping[str, World]:
        """`ig-dev`, `ig-test` and `ig-prod`."""
        return self._worlds

    def identities(self) -> list[tuple[str, str]]:
        """The accounts; who comes without a person; and the group that they may join."""
        dev = self._worlds[_FIRST]
        loader = (dev.service.name, "a service account: executes A over REST, MCP is closed")
        members = [(f"group {name}", "writes B; see join-group") for name in dev.groups]
        return [*super().identities(), loader, *members]

    def secrets(self) -> Mapping[str, str]:
        """The secret of each instance's client, and that of DEV's service account."""
        found = {_file(name): world.client_secret for name, world in self._worlds.items()}
        return found | {_LOADER_FILE: self._worlds[_FIRST].service_secret}

    def profiles(self, place: Callable[[str], str]) -> str:
        """The profile of the tour, one for each environment, and the service account's."""
        dev = self._worlds[_FIRST]
        found = [read_only_profile(dev, place(_file(_FIRST)))]
        loader: dict[str, str | bool | list[str]] = {
            "grant": "client-credentials",
            "client_id": dev.service_id,
            "client_secret": place(_LOADER_FILE),
        }
        found.append(profile_text(f"{NAME}-loader", {"url": dev.url}, loader))
        for name, world in self._worlds.items():
            environment = name.removeprefix("ig-")
            about = {
                "url": world.url,
                "preset": "integration-gateway",
                "environment": environment,
                "contact": "the integration team",
            }
            auth = _auth(world, place(_file(name)))
            found.append(profile_text(f"{NAME}-{environment}", about, auth))
        return "\n".join(found)


def read_only_profile(world: IntegrationWorld, secret: str) -> str:
    """The profile of the tour; `secret` says where the client's secret lies."""
    rules: dict[str, str | bool | list[str]] = {"read_only": True, "deny": [DENIED]}
    return profile_text(NAME, {"url": world.url}, _auth(world, secret), rules)


def _auth(world: IntegrationWorld, secret: str) -> dict[str, str | bool | list[str]]:
    return {
        "client_id": world.client_id,
        "client_secret": secret,
        "redirect_uri": world.redirect_uri,
    }


def _file(name: str) -> str:
    return f"demo-client-secret-{name}"
