"""The steps on the way to the gateway: name, connection, TLS, proxy.

Each opens what it looks at and closes it again; what goes wrong is put into words where
the forwarding connections have them put (`net.unreachable`).
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_proxy.doctor.finding import Finding
from mcp_proxy.net.route import PORTS, forward_proxy
from mcp_proxy.net.trust import tls_context
from mcp_proxy.net.unreachable import unreachable
from mcp_proxy.oauth.http import HttpRequest

if TYPE_CHECKING:
    from mcp_proxy.doctor.patient import Patient
    from mcp_proxy.oauth.http import Flow, HttpResponse


def _target(patient: Patient) -> tuple[str, int, str]:
    """Host and port that are really connected to, and what they are called."""
    proxy = forward_proxy(patient.profile.url, patient.environ)
    if proxy is not None:
        return proxy.host, proxy.port, str(proxy)
    parts = urlsplit(patient.profile.url)
    host = parts.hostname or ""
    return host, parts.port or PORTS[parts.scheme], host


async def dns(patient: Patient) -> Finding:
    """The name has addresses.

    Raises:
        GatewayUnreachable: it has none.
    """
    host, port, where = _target(patient)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(patient.profile.network.connect_timeout_seconds):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise unreachable(where, error) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    says = f"{host} is {', '.join(addresses[:4])}"
    return Finding("DNS", "ok", says, facts={"host": host, "addresses": addresses})


async def connection(patient: Patient) -> Finding:
    """Somebody listens there.

    Raises:
        GatewayUnreachable: nobody does.
    """
    if forward_proxy(patient.profile.url, patient.environ) is not None:
        return Finding("connection", "skipped", "It goes through a proxy")
    host, port, where = _target(patient)
    try:
        async with asyncio.timeout(patient.profile.network.connect_timeout_seconds):
            _, writer = await asyncio.open_connection(host, port)
    except OSError as error:  # TimeoutError is one
        raise unreachable(where, error) from error
    writer.close()
    return Finding("connection", "ok", f"{host} listens on port {port}", facts={"port": port})


async def tls(patient: Patient) -> Finding:
    """The certificate is one that we trust, for this name.

    Raises:
        ConfigError: the CA bundle cannot be read.
        GatewayUnreachable: there is no TLS there, or none that we trust.
    """
    parts, network = urlsplit(patient.profile.url), patient.profile.network
    if parts.scheme != "https":
        return Finding("TLS and CA", "skipped", "The gateway is spoken to in plain http")
    context = await asyncio.to_thread(tls_context, network.ca_bundle)
    trust = network.ca_bundle or "the operating system's certificates"
    facts = {"trust": trust}
    if forward_proxy(patient.profile.url, patient.environ) is not None:
        return Finding("TLS and CA", "ok", f"Trusting {trust}; the proxy comes next", facts=facts)
    host, port, where = _target(patient)
    try:
        async with asyncio.timeout(network.connect_timeout_seconds):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except OSError as error:  # ssl.SSLError is one
        raise unreachable(where, error) from error
    version = writer.get_extra_info("ssl_object").version()
    writer.close()
    return Finding("TLS and CA", "ok", f"{version}, trusting {trust}", facts=facts)


async def proxy(patient: Patient) -> Finding:
    """The forward proxy opens the way, where the environment names one.

    Raises:
        GatewayUnreachable: it does not.
    """
    found = forward_proxy(patient.profile.url, patient.environ)
    if found is None:
        return Finding("proxy", "skipped", "The environment names none for this address")
    try:
        async with asyncio.timeout(patient.profile.network.connect_timeout_seconds):
            _, writer = await asyncio.open_connection(found.host, found.port)
    except OSError as error:  # TimeoutError is one
        raise unreachable(str(found), error) from error
    writer.close()
    await patient.web.perform(_any_request(patient.profile.url))
    facts = {"host": found.host, "port": found.port}
    return Finding("proxy", "ok", f"{found} opens the way", facts=facts)


def _any_request(url: str) -> Flow[HttpResponse]:
    return (yield HttpRequest("OPTIONS", url))
