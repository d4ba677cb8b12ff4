"""Stable Baseline, to try: a profile that signs in, and one for each key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.baseline.estate import OVERVIEW, PAYMENTS, POSTED
from mcp_proxy.demo.baseline.keys import KEYS
from mcp_proxy.demo.baseline.switches import BASELINE_FAULTS, BaselineFaults
from mcp_proxy.demo.baseline.world import BaselineWorld
from mcp_proxy.demo.exhibit import Exhibit
from mcp_proxy.demo.profile import NAME, profile_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.demo.world import World

_PORT = 6547
_LESS = json.dumps({"name": "sta_w", "scope": {PAYMENTS: "read"}})


class BaselineExhibit(Exhibit):
    """Profiles `demo`, and `demo-KEY` for every key."""

    title = "Stable Baseline, to try"
    faults = BASELINE_FAULTS
    tries = (
        (f"tools {NAME}-r --class read", "about 200 tools: here those that read"),
        (f"call {NAME}-r listOrganisations", "the first thing to ask"),
        (f"call {NAME}-r createWorkspace name=New", "a key that only reads, refused"),
        (f"call {NAME}-w createWorkspace name=New", "a key without can_lifecycle, refused"),
        (f"call {NAME}-life createWorkspace name=New", "the same with a key that has it"),
        (
            f"call {NAME}-gran deleteDocument documentId={OVERVIEW}",
            "in a folder that this key only reads: refused, and the tool stays",
        ),
        (f"call {NAME}-r getDocument documentId={POSTED}", "text that imitates instructions"),
        (f"login {NAME}", "registers a client; you choose a role and how much it gets"),
    )
    deeds = (
        ("revoke-key", '{"label": "sta_r"}', "the key ends, and never comes back"),
        ("advance-clock", '{"seconds": 86400}', "a day passes"),
        ("regrant", _LESS, "sta_w only reads from now on"),
    )

    def __init__(self, port: Callable[[int], int], faults: Mapping[str, Any]) -> None:
        """Make the world, with its keys."""
        self.world = BaselineWorld(port(_PORT), consent="person", faults=BaselineFaults(**faults))

    @property
    def worlds(self) -> Mapping[str, World]:
        """The one."""
        return {"stable-baseline": self.world}

    def secrets(self) -> Mapping[str, str]:
        """The keys."""
        return {_file(name): text for name, text in self.world.secrets.items()}

    def profiles(self, place: Callable[[str], str]) -> str:
        """One that signs in with a client of its own, and one for each key."""
        about = {"url": self.world.url, "preset": "stable-baseline"}
        own = [profile_text(NAME, about, {"redirect_uri": self.world.redirect_uri})]
        for name in self.world.secrets:
            short = name.removeprefix("sta_")
            auth = {"grant": "bearer", "token": place(_file(name))}
            own.append(profile_text(f"{NAME}-{short}", about | {"account": short}, auth))
        return "\n".join(own)

    def identities(self) -> list[tuple[str, str]]:
        """The roles of people, and the keys."""
        return [*super().identities(), *((f"key {name}", KEYS[name][2]) for name in KEYS)]


def _file(name: str) -> str:
    return f"demo-{name}"
