"""The steps one after the other, up to the first that is broken."""

from __future__ import annotations

import asyncio
import inspect
import time
from typing import TYPE_CHECKING, Final

from mcp_proxy.doctor import authority, gateway, machine, network
from mcp_proxy.doctor.finding import Finding, skipped_after
from mcp_proxy.doctor.patient import Patient
from mcp_proxy.errors import ConfigError, PermitError
from mcp_proxy.net.http import Web
from mcp_proxy.net.trust import tls_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths

    Step = Callable[[Patient], Finding | Awaitable[Finding]]

ANSWER_SECONDS: Final = 15.0
"""For one request: a person is waiting."""

WALK: Final[tuple[tuple[str, Step], ...]] = (
    ("environment", machine.environment),
    ("DNS", network.dns),
    ("connection", network.connection),
    ("TLS and CA", network.tls),
    ("proxy", network.proxy),
    ("challenge", authority.challenge),
    ("resource metadata", authority.resource_metadata),
    ("server metadata", authority.server_metadata),
    ("client", authority.client),
    ("redirect", machine.redirect),
    ("token", machine.token),
    ("session", gateway.session),
    ("list", gateway.listing),
    ("names", gateway.names),
)
"""All steps but `file`, which is behind whoever has a profile."""


async def walk(
    profile: Profile,
    home: Paths,
    environ: Mapping[str, str],
    tell: Callable[[Finding], None],
    *,
    now: Callable[[], float] = time.time,
) -> list[Finding]:
    """Look at one profile; every finding in the order of the steps.

    Args:
        profile: who, where.
        home: where our files lie.
        environ: the environment variables.
        tell: told what a step found as soon as it is there; nothing of steps left out.
        now: the time, in epoch seconds.
    """
    findings: list[Finding] = []
    async with await _web(profile, environ) as web:
        patient = Patient(profile, home, web, environ, now())
        for name, step in WALK:
            found = await _looked(name, step, patient)
            findings.append(found)
            tell(found)
            if found.verdict == "broken":
                break
    return findings + skipped_after(findings[-1].step)


async def _web(profile: Profile, environ: Mapping[str, str]) -> Web:
    """What performs the requests; a CA bundle that cannot be read is told in its own step."""
    bundle = profile.network.ca_bundle
    try:
        await asyncio.to_thread(tls_context, bundle)
    except ConfigError:
        bundle = None
    return Web(bundle, timeout_seconds=ANSWER_SECONDS, environ=environ)


async def _looked(name: str, step: Step, patient: Patient) -> Finding:
    try:
        found = step(patient)
        return await found if inspect.isawaitable(found) else found
    except PermitError as error:
        return Finding(name, "broken", str(error), error.hint)
