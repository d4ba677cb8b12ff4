"""The gateway's own register of tools, asked for by a person who wants to know why.

With the token, the headers and the origin that every request to the gateway has; only from
the terminal, and only when it is asked for.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mcp_proxy.catalog.facts import FactStore
from mcp_proxy.catalog.register import ask_register
from mcp_proxy.config.load import read_headers
from mcp_proxy.config.rulebook import policy_of
from mcp_proxy.errors import SignInRequired
from mcp_proxy.login.keys import catalog_key

if TYPE_CHECKING:
    from mcp_proxy.catalog.register import Register
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.net.http import Web
    from mcp_proxy.policy.enquiry import ToolRegister
    from mcp_proxy.proxy.gateway.access import Tokens


def register_of(profile: Profile) -> ToolRegister | None:
    """Where the register of a profile's gateway is; None where its system has none."""
    load = policy_of(profile).preset
    return None if load is None else load().enquiry.register


async def fetched(profile: Profile, home: Paths) -> Register | None:
    """The register as it is now, kept for later; None where there is none for this identity.

    Raises:
        AuthError, GatewayError: nobody is signed in, or the gateway does not answer well.
        StoreError: it cannot be kept.
    """
    shape = register_of(profile)
    if shape is None:
        return None
    # Only who asks the network pays for it.
    from mcp_proxy.net.http import Web  # noqa: PLC0415
    from mcp_proxy.proxy.assembly import tokens_of  # noqa: PLC0415

    tokens = tokens_of(profile, home)
    try:
        async with Web(profile.network.ca_bundle) as web:
            found = await _asked(web, profile, shape, tokens)
    finally:
        await tokens.close()
    if found is not None:
        FactStore(home.catalogs).keep_register(catalog_key(profile, home), found)
    return found


async def _asked(
    web: Web, profile: Profile, shape: ToolRegister, tokens: Tokens
) -> Register | None:
    """The register, with a second token where the first is not taken."""
    headers = read_headers(profile.network.headers)
    if profile.auth.grant == "none":
        return await web.perform(ask_register(profile.url, headers, shape, time.time()))
    token = await tokens.access_token()
    try:
        own = {"Authorization": f"Bearer {token}"}
        return await web.perform(ask_register(profile.url, headers | own, shape, time.time()))
    except SignInRequired:
        own = {"Authorization": f"Bearer {await tokens.access_token(rejected=token)}"}
    return await web.perform(ask_register(profile.url, headers | own, shape, time.time()))


def remembered(profile: Profile, home: Paths) -> Register | None:
    """The register as somebody on this machine was last told."""
    return FactStore(home.catalogs).register(profile.url)
