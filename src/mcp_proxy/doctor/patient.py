"""Who is looked at, and what the steps so far have learnt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.net.http import Web
    from mcp_proxy.oauth.model import AuthorizationServer, ProtectedResource


@dataclass(slots=True)
class Patient:
    """One profile on the walk; each step may write down what the next ones need."""

    profile: Profile
    home: Paths
    web: Web
    environ: Mapping[str, str]
    now: float
    """Epoch seconds."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The profile's own headers, secrets resolved."""
    secret: str | None = field(default=None, repr=False)
    """The client's."""
    asks_for_token: bool = True
    challenge: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The headers of the gateway's 401."""
    resource: ProtectedResource | None = None
    server: AuthorizationServer | None = None
    client_id: str | None = None
    token: str | None = field(default=None, repr=False)
    session: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The headers of an open session."""
    tools: tuple[str, ...] = ()
    """The names that the gateway lists."""

    @property
    def signs_in(self) -> bool:
        """Whether OAuth has anything to do with it."""
        return self.profile.auth.signs_in and self.asks_for_token

    def bearer(self) -> dict[str, str]:
        """The headers of a request in the name of this profile."""
        own = dict(self.headers)
        return own | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
