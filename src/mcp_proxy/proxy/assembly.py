"""One profile put together: every part of a relay is made here and nowhere else."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from mcp_proxy.audit.log import Audit
from mcp_proxy.catalog.era import EraNote
from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.config.headers import with_headers
from mcp_proxy.config.load import read_headers, read_token
from mcp_proxy.config.rulebook import circumstances_of, policy_of
from mcp_proxy.errors import PermitError, SignInPaused, address
from mcp_proxy.login.attempts import LONG_PAUSE_SECONDS, attempts_of
from mcp_proxy.login.attention import ending
from mcp_proxy.login.dispatch import Dispatch
from mcp_proxy.login.keys import catalog_key, static_key
from mcp_proxy.net.link import Link
from mcp_proxy.net.trust import tls_context
from mcp_proxy.proxy.gateway.access import Access
from mcp_proxy.proxy.gateway.crossroads import Crossroads
from mcp_proxy.proxy.gateway.limits import Limits
from mcp_proxy.proxy.greeting import Greeting
from mcp_proxy.proxy.host import Host
from mcp_proxy.proxy.own_answers import OwnAnswers
from mcp_proxy.proxy.person import waiting
from mcp_proxy.proxy.refused.patient import Patient
from mcp_proxy.proxy.refused.refusals import Refusals
from mcp_proxy.proxy.relay import Relay
from mcp_proxy.proxy.responder import Responder
from mcp_proxy.proxy.tools.keeper import Keeper
from mcp_proxy.proxy.tools.listing import Listing
from mcp_proxy.proxy.tools.shelf import Shelf
from mcp_proxy.proxy.tools.view import View
from mcp_proxy.proxy.trail import Trail
from mcp_proxy.tokens.source import TokenSource
from mcp_proxy.tokens.static import NoTokens, StaticTokens
from mcp_proxy.tokens.store import GrantStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.errors import SignInRequired
    from mcp_proxy.login.person import SignInPage
    from mcp_proxy.proxy.gateway.access import Tokens
    from mcp_proxy.proxy.person.entrance import Show, SignIn


@asynccontextmanager
async def assembled(
    profile: Profile,
    home: Paths,
    *,
    emit: Callable[[bytes], None],
    on_waiting: Callable[[SignInPage], None] | None,
    complain: Callable[[str], None],
    patience: Callable[[str | None], float] = waiting.patience,
    stays: bool = True,
    tell: Callable[[str], None] | None = None,
) -> AsyncIterator[Relay]:
    """A relay for `profile`, and its connections as long as the context lasts.

    Args:
        profile: the gateway, the identity, the policy.
        home: where state lies.
        emit: takes one line for the client.
        on_waiting: told the page that a person must open; None where nobody could.
        complain: takes one sentence for the person who reads stderr.
        patience: seconds that a request of some method waits for a person.
        stays: whether the client is still there after its request, so that something may be
            asked behind it.
        tell: takes one sentence that is no trouble, about each other list; None: nobody does.

    Raises:
        ConfigError: a secret that the profile names cannot be read.
    """
    network = profile.network
    link = Link(
        profile.url,
        tls=lambda: tls_context(network.ca_bundle),
        connect_timeout_seconds=network.connect_timeout_seconds,
    )
    tokens = tokens_of(profile, home)
    if sentence := ending(profile.auth.token_expires_at, time.time()):
        complain(f"{profile.name}: {sentence}")
    headers = with_headers({"User-Agent": network.agent or ""}, read_headers(network.headers))
    shelf = Shelf(
        profile,
        View(policy_of(profile, complain), circumstances_of(profile)),
        CatalogStore(home.catalogs),
        key=lambda: catalog_key(profile, home),
        now=time.time,
        complain=complain,
    )
    host = Host(emit)
    access = Access(link, tokens, headers)
    upstream = Crossroads(
        access,
        Limits(network.call_timeout_seconds),
        shelf,
        EraNote(home.state / "eras", profile.url),
        relist=lambda: responder.list_all(),  # noqa: PLW0108 - made further down
        emit=host.say,
        complain=complain,
    )
    audit = Audit(home.audit_file)
    trail = Trail(audit, profile, time.time, complain)
    refusals = Refusals(
        upstream,
        shelf.view,
        circumstances_of(profile),
        home.catalogs,
        lambda: catalog_key(profile, home),
        trail,
        time.time,
        host.say,
        complain,
    )
    patient = Patient(upstream, refusals)
    shelf.on_list = refusals.listed
    keeper = Keeper(profile, shelf.view, home.catalogs, complain, tell)
    shelf.on_another, shelf.on_remembered = keeper.listed, keeper.remembered
    sign_in = _way_in(profile, home, on_waiting, tokens, complain, refusals.signed_in)
    refused = _noted(profile, home)
    greeting = Greeting(patient, shelf, complain)
    own = OwnAnswers(lambda: shelf.initialize, _mint, time.time)
    listing = Listing(patient, shelf, lambda: host.stamp, host.say)
    responder = Responder(
        patient,
        greeting,
        sign_in,
        shelf,
        trail,
        refusals,
        own,
        listing,
        host.say,
        refused,
        patience,
    )
    if stays:
        refusals.stay(responder.list_all)
    relay = Relay(responder, patient, upstream, host, emit, complain, profile.name)
    try:
        yield relay
    finally:
        refusals.close()
        await asyncio.gather(relay.end(), tokens.close())
        link.close()
        audit.close()


def _mint() -> str:
    import secrets  # noqa: PLC0415 - some milliseconds, for modern hosts alone

    return secrets.token_urlsafe(32)


def tokens_of(profile: Profile, home: Paths) -> Tokens:
    """Where the access tokens of `profile` come from."""
    match profile.auth.grant:
        case "bearer" if profile.auth.token is not None:
            note = GrantStore(home.vault).usage_note(static_key(profile))
            return StaticTokens(read_token(profile.auth.token), note)
        case "none":
            return NoTokens()
    store = GrantStore(home.vault)
    return TokenSource(store, profile, Dispatch(profile, home.vault, store))


def _noted(profile: Profile, home: Paths) -> Callable[[PermitError], None]:
    def note(error: PermitError) -> None:
        attempts_of(profile, home).failed(error, pause_seconds=LONG_PAUSE_SECONDS)

    return note


def _way_in(
    profile: Profile,
    home: Paths,
    on_waiting: Callable[[SignInPage], None] | None,
    tokens: Tokens,
    complain: Callable[[str], None],
    on_entered: Callable[[], None],
) -> SignIn | None:
    is_possible = on_waiting is not None or profile.auth.is_unattended
    if not profile.auth.signs_in or not is_possible:
        return None

    async def way_in(required: SignInRequired, show: Show) -> None:
        # 150 ms of imports that only a sign-in wants: in a thread, as above.
        login = await asyncio.to_thread(import_module, "mcp_proxy.login.sign_in")

        def shown(page: SignInPage) -> None:
            show(page)
            if on_waiting is not None:
                on_waiting(page)

        try:
            await login.sign_in(
                profile,
                home,
                on_waiting=shown,
                unasked=True,
                refused=required.refused,
                challenge=required.challenge,
                is_step_up=required.is_step_up,
            )
        except PermitError as error:
            # Once for each failure, not for each request that it keeps waiting.
            if not isinstance(error, SignInPaused):
                complain(f"the sign-in failed: {address(error, profile.name).in_full()}")
            raise
        on_entered()
        if required.is_step_up:
            # The old token is still good in general: the source must be told to look again.
            await tokens.access_token(rejected=required.refused)

    return way_in
