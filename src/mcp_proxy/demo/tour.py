"""`mcp-permit demo`: the main job, played against the demo world and told as it happens.

A desktop program launches the real `mcp-permit serve` over stdio, in a home of its own that is
removed at the end. What is told is what was measured and counted, never what should be.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
import time
from contextlib import nullcontext
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp.shared.exceptions import MCPError

from mcp_proxy.config.paths import paths
from mcp_proxy.demo.faults import settings
from mcp_proxy.demo.integration.exhibit import DENIED, IntegrationExhibit
from mcp_proxy.demo.integration.switches import INTEGRATION_FAULTS, IntegrationFaults
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.profile import NAME
from mcp_proxy.demo.stage import Stage
from mcp_proxy.demo.stay import only_one, stay
from mcp_proxy.demo.transcript import Transcript
from mcp_proxy.demo.world import REDIRECT_URI, quiet
from mcp_proxy.errors import GatewayError
from mcp_proxy.net.browser import has_browser
from mcp_proxy.net.loopback import listen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from mcp_proxy.demo.host import Host, Outcome

OTHERS = ("integration-gateway", "scaimcp", "stable-baseline")
"""The systems that are left up for trying; see `systems`."""

_PAGE = re.compile(r"\bopen https?://")
_REFUSED = "delete_integration_component"
_PATIENCE_SECONDS = 60.0
_PERSON_SECONDS = 300.0
_LINES, _COLUMNS = 9, 70


async def run_tour(
    console: Console,
    *,
    browser: bool,
    keep: bool,
    faults: Sequence[str] = (),
    redirect_uri: str = REDIRECT_URI,
) -> int:
    """Play the main job; the exit code.

    Args:
        console: where it is told.
        browser: whether the person's own browser is opened instead of a scripted one.
        keep: whether a gateway is left up afterwards, for trying; it ends on Ctrl-C.
        faults: how the gateway misbehaves, by name; one that is kept does so instead of the tour.
        redirect_uri: the registered one; tests take another port.

    Raises:
        AuthError: the port of the redirect is taken.
        ConfigError: another one is kept already.
        GatewayError: a step did not come out.
    """
    quiet()
    with only_one(paths(os.environ)) if keep else nullcontext():
        async with listen(redirect_uri):
            pass  # A port that is taken is said before anything is begun.
        return await _play(
            console, browser=browser, keep=keep, faults=faults, redirect_uri=redirect_uri
        )


async def _play(
    console: Console,
    *,
    browser: bool,
    keep: bool,
    faults: Sequence[str],
    redirect_uri: str,
) -> int:
    transcript = Transcript(console)
    if keep and faults:
        return await stay(transcript, os.environ, IntegrationExhibit, faults=faults)
    with tempfile.TemporaryDirectory(prefix="mcp-permit-demo-") as folder:
        options: dict[str, Any] = {
            "consent": "person",
            "redirect_uri": redirect_uri,
            "faults": IntegrationFaults(**settings(faults, INTEGRATION_FAULTS)),
        }
        async with IntegrationWorld.start(**options) as world:
            stage = Stage(world, Path(folder), by_person=browser)
            await Tour(transcript, world, stage).play(by_person=browser)
    if not keep:
        return 0
    transcript.blank()
    return await stay(transcript, os.environ, IntegrationExhibit)


class Tour:
    """The steps, in a world of their own."""

    def __init__(self, transcript: Transcript, world: IntegrationWorld, stage: Stage) -> None:
        self._tell, self._world, self._stage = transcript, world, stage

    async def play(self, *, by_person: bool) -> None:
        """All steps; `by_person`: somebody signs in with a browser of their own.

        Raises:
            GatewayError: one of them did not come out.
        """
        self._tell.title(
            "mcp-permit, the main job, against a gateway on this machine",
            [
                ("gateway", self._world.url),
                ("profile", f"{NAME}: read-only tools, and never {DENIED}"),
            ],
        )
        began_at = time.monotonic()
        try:
            await self._steps(by_person=by_person)
        except (GatewayError, MCPError, TimeoutError, ExceptionGroup) as error:
            hint = self._stage.last_words()
            raise GatewayError(f"The demo stops here: {_told(error)}", hint=hint) from error
        self._tell.blank()
        self._tell.good(f"Done in {time.monotonic() - began_at:.1f} s: {self._counted()}")
        self._tell.plain(f"To try a system yourself: mcp-permit demo {' | '.join(OTHERS)}")

    def _counted(self) -> str:
        found = self._world.counters
        return ", ".join(
            (
                _times(found.authorizations, "sign-in"),
                _times(found.refreshes, "renewal"),
                _times(sum(found.calls.values()), "call") + " at the gateway",
            )
        )

    async def _steps(self, *, by_person: bool) -> None:
        self._tell.step("A desktop program starts `mcp-permit serve demo`")
        async with self._stage.host() as host:
            await self._signs_in(host, by_person=by_person)
            await self._sees_tools(host)
            await self._calls(host)
            await self._is_refused(host)
        self._tell.step("The desktop program is started again")
        async with self._stage.host() as host:
            await self._comes_back(host)
            await self._renews(host)
            await self._loses_the_gateway(host)

    async def _signs_in(self, host: Host, *, by_person: bool) -> None:
        self._tell.good(f"The handshake is answered after {_span(host.greeted_seconds)}")
        whose = "your browser" if by_person else "a scripted browser"
        is_alone = by_person and not has_browser()
        if by_person:
            opens = "Open the page below in a browser" if is_alone else "Your browser opens"
            self._tell.ask(f"{opens}: choose an account and press Allow")
        limit = _PERSON_SECONDS if by_person else _PATIENCE_SECONDS
        async with asyncio.timeout(limit):
            with self._tell.waiting(f"A person signs in with {whose}"):
                is_waiting = is_alone or await host.is_waiting()
            if is_waiting:
                await self._shows_the_page(host)
            with self._tell.waiting(f"A person signs in with {whose}"):
                await host.tools()
        openings = _times(self._world.counters.authorizations, "browser opening")
        account = ", ".join(self._world.ledger.signed_in())
        self._tell.good(f"{openings}: {account} pressed Allow on the consent page")
        files, readable = self._stage.holds(self._world.ledger.tokens())
        self._tell.good(f"The tokens are kept; files that show one: {readable} of {files}")

    async def _shows_the_page(self, host: Host) -> None:
        outcome = await host.call("sign_in")
        # A sign-in that has failed names no page, and no change of the list will follow.
        if outcome.is_error and _PAGE.search(outcome.text) is None:
            raise GatewayError(outcome.text)
        # The address whole, and on a line of its own: it may have to be copied.
        self._tell.quoted(re.sub(r" (https?://\S+) ?", r"\n\n\1\n\n", outcome.text))

    async def _sees_tools(self, host: Host) -> None:
        self._tell.step("It lists the tools")
        names = await host.tools()
        seen = await self._stage.run("tools", NAME, "--offline", "--all", "--json")
        listed = json.loads(seen)["tools"]
        self._tell.good(f"{len(names)} of {len(listed)} are surfaced: {', '.join(names)}")
        hidden = [each for each in listed if not each["permit"]["surfaced"]]
        hidden.sort(key=lambda each: str(each["permit"]["rule"]))
        for (rule, reason), group in groupby(hidden, key=_why):
            kept_back = [str(each["name"]) for each in group]
            self._tell.hidden(f"{len(kept_back)} hidden by {rule}: {', '.join(kept_back)}")
            self._tell.plain(reason)

    async def _calls(self, host: Host) -> None:
        self._tell.step("It calls a permitted tool")
        for line in _integrations(await self._called(host, "list_integrations")):
            self._tell.plain(line)

    async def _is_refused(self, host: Host) -> None:
        self._tell.step("It calls a tool by a name that it was never shown")
        self._tell.ask(f"{_REFUSED} integration_id=1")
        outcome = await host.call(_REFUSED, integration_id=1)
        if not outcome.is_error:
            raise GatewayError(f"{_REFUSED} was called although the profile denies it")
        self._tell.bad(f"{outcome.refusal.get('code', 'error')}: {outcome.text}")
        seen = self._world.counters.calls[_REFUSED]
        self._tell.plain(f"Such calls that reached the gateway: {seen}")

    async def _comes_back(self, host: Host) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            names = await host.tools()
        self._tell.good(f"Handshake after {_span(host.greeted_seconds)}, {len(names)} tools")
        await self._called(host, "list_integrations")
        openings = _times(self._world.counters.authorizations, "browser opening")
        self._tell.good(f"Answered without a sign-in: {openings} in all, as before")

    async def _renews(self, host: Host) -> None:
        self._tell.step("The access token expires")
        before = self._world.counters.unauthorized
        self._world.expire_tokens()
        await self._called(host, "list_integrations")
        refused = _times(self._world.counters.unauthorized - before, "refusal")
        renewed = _times(self._world.counters.refreshes, "renewal")
        self._tell.good(f"Answered as before. Behind it: {refused} (HTTP 401), {renewed}")

    async def _loses_the_gateway(self, host: Host) -> None:
        self._tell.step("The gateway is stopped")
        await self._world.stop()
        self._tell.ask("list_integrations")
        self._tell.bad((await host.call("list_integrations")).text)
        self._tell.ask("in a terminal: mcp-permit tools demo --offline")
        lines = (await self._stage.run("tools", NAME, "--offline")).splitlines()
        for line in lines[:_LINES]:
            self._tell.plain(line if len(line) <= _COLUMNS else line[: _COLUMNS - 3] + "...")
        if len(lines) > _LINES:
            self._tell.plain(f"({len(lines) - _LINES} lines more)")

    async def _called(self, host: Host, tool: str) -> Outcome:
        self._tell.ask(tool)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            outcome = await host.call(tool)
        if outcome.is_error:
            raise GatewayError(outcome.text)
        return outcome


def _why(entry: dict[str, Any]) -> tuple[str, str]:
    return str(entry["permit"]["rule"]), str(entry["permit"]["reason"])


def _integrations(outcome: Outcome) -> list[str]:
    found = json.loads(outcome.text)["integrations"]
    return [f"{each['name']}: {', '.join(_held(each['permissions']))}" for each in found]


def _held(permissions: dict[str, bool]) -> list[str]:
    return [name for name, is_held in permissions.items() if is_held]


def _times(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _span(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _told(error: BaseException) -> str:
    """The first error of a group, in words."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__
