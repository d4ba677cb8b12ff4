"""ScaiMCP with ScaiLink, to try: a profile that signs in, and one with a key for each role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.exhibit import Exhibit
from mcp_proxy.demo.profile import NAME, profile_text
from mcp_proxy.demo.scaimcp.switches import SCAI_FAULTS, ScaiFaults
from mcp_proxy.demo.scaimcp.world import ScaiWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.demo.world import World

_AGENT = "agent"
_PORT = 6546


class ScaiExhibit(Exhibit):
    """Profiles `demo`, and `demo-ROLE` for everybody who may come."""

    title = "ScaiMCP with ScaiLink, to try"
    faults = SCAI_FAULTS
    tries = (
        (f"tools {NAME}-viewer", "what a viewer is shown"),
        (f"tools {NAME}-user", "what a user is shown"),
        (f"catalog diff {NAME}-viewer {NAME}-user", "where the two differ"),
        (f"call {NAME}-user inference_chat model=demo/chat-small prompt=Hello", "a permitted call"),
        (f"call {NAME}-viewer webhooks_create name=new", "a tool that viewers are not shown"),
        (f"tools {NAME}-linker remote", "tools of other servers, with names for desktops"),
        (f"tools {NAME}-{_AGENT}", "the narrow identity that desktops should have"),
        (f"tools {NAME}-tadmin --all --why", "and what an administrator still lacks"),
        (f"tools {NAME}-stranger", "an empty list, and what may be the cause"),
        (f"audit {NAME}-user", "what was called"),
        (f"login {NAME}", "you choose a role on the consent page"),
    )
    deeds = (
        (
            "revoke",
            '{"account": "linker", "permission": "scailink:remote.use"}',
            "takes the remote tools away, and leaves the rest",
        ),
        ("disable-module", '{"module": "scaibunker"}', "takes the module's tools away"),
        ("break-remote", '{"server": "rs-shared"}', "a remote server is in error"),
        ("revoke-key", '{"label": "agent"}', "the key ends at once"),
    )

    def __init__(self, port: Callable[[int], int], faults: Mapping[str, Any]) -> None:
        """Make the world, and a key for everybody."""
        self.world = ScaiWorld(port(_PORT), consent="person", faults=ScaiFaults(**faults))
        names = [*self.world.people, _AGENT]
        self._keys = {name: self.world.key(name) for name in names}

    @property
    def worlds(self) -> Mapping[str, World]:
        """The one."""
        return {"scaimcp": self.world}

    def secrets(self) -> Mapping[str, str]:
        """The keys."""
        return {_file(name): text for name, text in self._keys.items()}

    def profiles(self, place: Callable[[str], str]) -> str:
        """One that signs in, and one for each key."""
        about = {"url": self.world.url, "preset": "scaimcp", "contact": "the tenant's admin"}
        client = {"client_id": self.world.client_id, "redirect_uri": self.world.redirect_uri}
        own = [profile_text(NAME, about, client)]
        for name in self._keys:
            auth = {"grant": "bearer", "token": place(_file(name))}
            own.append(profile_text(f"{NAME}-{name}", about | {"account": name}, auth))
        return "\n".join(own)

    def identities(self) -> list[tuple[str, str]]:
        """Everybody, and the service identity that has a key and no password."""
        agent = self.world.agent
        return [*super().identities(), (agent.name, f"{agent.description} (has a key only)")]


def _file(name: str) -> str:
    return f"demo-sgk-{name}"
