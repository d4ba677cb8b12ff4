from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mcp_proxy.demo.browser import sign_in as browse_to
from mcp_proxy.demo.faults import with_faults
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.errors import (
    AuthError,
    AuthorizationRefused,
    ConfigError,
    DiscoveryError,
    GatewayRefused,
    RegistrationError,
    TokenRefused,
)
from mcp_proxy.login.sign_in import sign_in
from mcp_proxy.login.sign_out import sign_out
from mcp_proxy.tokens.store import GrantStore
from relay_world import home
from sign_in_world import Person, free_port, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_proxy.login.person import SignInPage


def test_an_abandoned_sign_in_ends_and_frees_its_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 13."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world, login_timeout_seconds=0.3)
            with pytest.raises(AuthorizationRefused, match=r"within 0\.3 s"):
                await sign_in(chosen, home(tmp_path), on_waiting=lambda _url: None)
            await sign_in(staff_profile(world), home(tmp_path), on_waiting=Person().open)

    asyncio.run(scenario())


def test_a_taken_redirect_port_is_named_and_no_page_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.2: never another port for a pre-registered client."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            port = int(world.redirect_uri.split(":")[2].split("/")[0])
            taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
            person, chosen = Person(), staff_profile(world)
            with pytest.raises(AuthError, match=str(port)):
                await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            taken.close()
            assert person.opened == []
            assert world.counters.authorizations == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("layout", ["protected-resource", "root", "prefixed"])
def test_metadata_is_found_where_it_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    """systems.md §7.2: the usual places; with a prefix, the issuer is named in the profile."""
    from mcp_proxy.config.model import Endpoints

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.metadata = layout  # type: ignore[assignment]  # one of its literals
            endpoints = f"{world.origin}/o/authorize/", f"{world.origin}/o/token/"
            explicit = Endpoints(*endpoints, issuer=world.issuer)
            chosen = staff_profile(world, endpoints=explicit if layout == "prefixed" else None)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            assert grant.tokens.refresh_token is not None

    asyncio.run(scenario())


def test_without_metadata_the_profiles_endpoints_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.2: endpoints from the profile where a server publishes none."""
    from mcp_proxy.config.model import Endpoints

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.metadata = "none"
            explicit = Endpoints(
                f"{world.origin}/o/authorize/",
                f"{world.origin}/o/token/",
                issuer=world.issuer,
                revocation_endpoint=f"{world.origin}/o/revoke_token/",
            )
            chosen = staff_profile(world, endpoints=explicit, resource=world.url)
            await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            out = await sign_out(chosen, home(tmp_path))
            assert (out.removed, out.revoked) == (True, True)

    asyncio.run(scenario())


def test_a_wrong_secret_is_said_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.2: both causes of `invalid_client`."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            monkeypatch.setenv("TEST_CLIENT_SECRET", "not-the-secret")
            chosen, person = staff_profile(world), Person()
            with pytest.raises(TokenRefused) as refused:
                await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            assert refused.value.code == "invalid_client"
            assert "not-the-secret" not in str(refused.value)
            assert GrantStore(home(tmp_path).vault).all() == []
            await person.is_back.wait()
            assert "not-the-secret" not in person.last_page

    asyncio.run(scenario())


def test_a_gateway_that_registers_nobody_says_what_to_configure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §1.6: the documented trouble of the bridge that users run today."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world, client_id=None, client_secret=None)
            with pytest.raises(RegistrationError) as refused:
                await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            assert "client" in str(refused.value.hint)

    asyncio.run(scenario())


def test_no_gateway_at_the_address_is_not_a_sign_in(tmp_path: Path) -> None:
    """Ours."""
    from mcp_proxy.config.model import Auth
    from mcp_proxy.errors import GatewayUnreachable
    from relay_world import profile

    async def scenario() -> None:
        chosen = profile(f"http://127.0.0.1:{free_port()}/mcp", auth=Auth(browser=False))
        with pytest.raises(GatewayUnreachable):
            await sign_in(chosen, home(tmp_path), on_waiting=Person().open)

    asyncio.run(scenario())


class EndOfTheWay:
    """A person whose browser cannot reach this machine: it ends at an address."""

    def __init__(self, world: IntegrationWorld) -> None:
        self._world = world
        self.shown: list[SignInPage] = []

    def walk(self, page: SignInPage) -> None:
        """Take the page; the walk itself waits until its end is asked for."""
        self.shown.append(page)

    async def url(self) -> str:
        """The address of the last page."""
        until = self._world.redirect_uri
        found = await asyncio.to_thread(browse_to, self.shown[-1].url, until=until)
        return str(found.location)

    async def ask(self, _complaint: str | None) -> str | None:
        """The address, pasted."""
        return await self.url()


def test_the_address_of_the_last_page_can_be_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 14; what is not the answer changes nothing (behaviour 17)."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            ends = EndOfTheWay(world)

            async def ask(complaint: str | None) -> str | None:
                asked.append(complaint)
                url = await ends.url()
                found = parse_qs(urlsplit(url).query)
                forged = f"{world.redirect_uri}?code=c&state=forged"
                two_words = f"{found['code'][0]} {found['state'][0]}"
                return [forged, two_words, url][len(asked) - 1]

            asked: list[str | None] = []
            chosen = staff_profile(world)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=ends.walk, ask=ask)
            assert grant.tokens.refresh_token is not None
            assert asked[0] is None
            assert "not the answer" in str(asked[1])
            # RFC 9207 §2.4: the server promised to name itself, and the two words do not.
            assert "Paste the whole address" in str(asked[2])

    asyncio.run(scenario())


def test_a_code_and_its_state_are_enough_where_no_issuer_is_promised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 14."""
    from mcp_proxy.config.model import Endpoints

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.metadata = "none"
            explicit = Endpoints(f"{world.origin}/o/authorize/", f"{world.origin}/o/token/")
            chosen = staff_profile(world, endpoints=explicit, resource=world.url)
            ends = EndOfTheWay(world)

            async def ask(_complaint: str | None) -> str | None:
                found = parse_qs(urlsplit(await ends.url()).query)
                return f"{found['code'][0]}#{found['state'][0]}"

            assert await sign_in(chosen, home(tmp_path), on_waiting=ends.walk, ask=ask)

    asyncio.run(scenario())


def test_the_redirect_may_come_while_somebody_could_paste(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 14: a port may be forwarded. No more pasting: still waiting."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            nobody = asyncio.get_running_loop().create_future()

            async def silent(_complaint: str | None) -> str | None:
                await nobody
                return None

            async def gone(_complaint: str | None) -> str | None:
                return None

            for ask in (silent, gone):
                chosen, person = staff_profile(world), Person()
                await sign_in(chosen, home(tmp_path), on_waiting=person.open, ask=ask, again=True)

    asyncio.run(scenario())


def test_a_redirect_that_leads_elsewhere_can_only_be_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: clients that were registered for a page of their own."""
    redirect_uri = "https://app.example/signed-in"

    async def scenario() -> None:
        async with IntegrationWorld.start(redirect_uri=redirect_uri, consent="person") as world:
            monkeypatch.setenv("TEST_CLIENT_SECRET", world.client_secret)
            chosen, ends = staff_profile(world), EndOfTheWay(world)
            with pytest.raises(ConfigError, match="does not lead to this computer"):
                await sign_in(chosen, home(tmp_path), on_waiting=ends.walk)

            await sign_in(chosen, home(tmp_path), on_waiting=ends.walk, ask=ends.ask)
            assert ends.shown[-1].port is None

            async def gone(_complaint: str | None) -> str | None:
                return None

            with pytest.raises(AuthorizationRefused, match="broken off"):
                await sign_in(chosen, home(tmp_path), on_waiting=ends.walk, ask=gone, again=True)

    asyncio.run(scenario())


def test_a_no_that_is_pasted_is_a_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 6749 §4.1.2.1."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.deny_consent = True
            ends = EndOfTheWay(world)

            with pytest.raises(AuthorizationRefused, match="access_denied"):
                await sign_in(
                    staff_profile(world), home(tmp_path), on_waiting=ends.walk, ask=ends.ask
                )

    asyncio.run(scenario())


REGISTERING: dict[str, Any] = {"client_id": None, "client_secret": None, "redirect_uri": None}


def test_a_registration_that_the_server_has_forgotten_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.5: also where the server would only show a page that says so."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.registration = "open"
            person, chosen = Person(), staff_profile(world, **REGISTERING)
            first = await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            await sign_in(chosen, home(tmp_path), on_waiting=person.open, again=True)
            assert world.counters.registrations == 1
            world.applications.forget()
            second = await sign_in(chosen, home(tmp_path), on_waiting=person.open, again=True)
            assert world.counters.registrations == 2
            assert first.client != second.client
            assert len(person.opened) == 3

    asyncio.run(scenario())


def test_a_registration_that_is_forgotten_in_between_is_made_anew_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: `invalid_client` at the token endpoint, and a second page instead of an error."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.registration = "open"
            person, chosen = Person(), staff_profile(world, **REGISTERING)
            shown: list[SignInPage] = []

            def show(page: SignInPage) -> None:
                shown.append(page)
                if len(shown) == 1:
                    forgetful(page)
                else:
                    person.open(page)

            def forgetful(page: SignInPage) -> None:
                def browse() -> None:
                    ended = browse_to(page.url, until="http://127.0.0.1")
                    world.applications.forget()
                    browse_to(str(ended.location))

                threading.Thread(target=browse, daemon=True).start()

            assert await sign_in(chosen, home(tmp_path), on_waiting=show)
            assert (len(shown), world.counters.registrations) == (2, 2)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("no-s256", DiscoveryError, "PKCE"),
        ("hostile-authorization-endpoint", DiscoveryError, "authorization_endpoint"),
        ("wrong-issuer", DiscoveryError, "another issuer"),
        ("registration-refused", RegistrationError, "registers no client"),
    ],
)
def test_a_server_that_cannot_be_trusted_gets_no_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, error: type[Exception], words: str
) -> None:
    """MCP 2026-07-28, Authorization; peers.md §8, behaviour 30."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch, faults=with_faults([fault])) as world:
            person, chosen = Person(), staff_profile(world, **REGISTERING)
            with pytest.raises(error, match=words):
                await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            assert person.opened == []

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", ["wrong-iss", "missing-iss"])
def test_an_answer_of_another_server_redeems_no_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """RFC 9207 §2.4."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch, faults=with_faults([fault])) as world:
            with pytest.raises(AuthorizationRefused) as refused:
                await sign_in(staff_profile(world), home(tmp_path), on_waiting=Person().open)
            assert refused.value.code == "wrong_issuer"
            assert world.counters.token_requests == 0

    asyncio.run(scenario())


def test_a_token_endpoint_that_leads_elsewhere_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 30: never for a request with credentials."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch, faults=with_faults(["token-redirect"])) as world:
            with pytest.raises(GatewayRefused, match="HTTP 307"):
                await sign_in(staff_profile(world), home(tmp_path), on_waiting=Person().open)

    asyncio.run(scenario())
