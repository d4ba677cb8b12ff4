"""The steps on the way to the gateway."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from doctor_world import patient_of
from mcp_proxy.config.model import Network
from mcp_proxy.doctor import network
from mcp_proxy.errors import GatewayUnreachable
from mcp_proxy.net.http import Web
from mcp_proxy.values import replace
from net_world import Authority, Gateway, Proxy, within
from test_doctor_authority import answer

if TYPE_CHECKING:
    from pathlib import Path


def test_a_name_and_its_addresses_are_told(tmp_path: Path) -> None:
    """Ours."""
    found = asyncio.run(network.dns(patient_of(tmp_path, "http://localhost:8/mcp")))
    assert "localhost is " in found.says


def test_a_name_that_is_none_is_not_known(tmp_path: Path) -> None:
    """Ours: a label that is too long is told like any other."""
    with pytest.raises(GatewayUnreachable):
        asyncio.run(network.dns(patient_of(tmp_path, f"http://{'a' * 70}.example/mcp")))


def test_plain_http_has_no_certificate(tmp_path: Path) -> None:
    """Ours."""
    assert (
        asyncio.run(network.tls(patient_of(tmp_path, "http://localhost/mcp"))).verdict == "skipped"
    )


def test_a_trusted_certificate_tells_the_version(tmp_path: Path) -> None:
    """Ours; another's certificate is not trusted."""
    authority = Authority(tmp_path)

    async def look() -> tuple[str, str]:
        server = await asyncio.start_server(
            lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=authority.server()
        )
        async with server, within():
            port = server.sockets[0].getsockname()[1]
            patient = patient_of(tmp_path, f"https://127.0.0.1:{port}/mcp")
            with pytest.raises(GatewayUnreachable) as distrust:
                await network.tls(patient)
            trusting = Network(ca_bundle=str(authority.bundle))
            patient.profile = replace(patient.profile, network=trusting)
            return (await network.tls(patient)).says, str(distrust.value)

    says, distrusted = asyncio.run(look())
    assert says.startswith("TLSv1.")
    assert "its certificate is not trusted" in distrusted


def test_a_proxy_that_opens_the_way_is_named(tmp_path: Path) -> None:
    """Ours."""

    async def look() -> tuple[str, list[bytes]]:
        async with Gateway(answer(405)) as gateway, Proxy(gateway.port) as proxy, within():
            patient = patient_of(tmp_path, "http://gateway.example/mcp")
            patient.environ = {"HTTP_PROXY": proxy.url}
            async with Web(environ=patient.environ) as patient.web:
                return (await network.proxy(patient)).says, proxy.heads

    says, heads = asyncio.run(look())
    assert says.endswith("opens the way")
    assert heads[-1].startswith(b"OPTIONS http://gateway.example/mcp")


def test_without_a_proxy_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    """Ours."""
    assert asyncio.run(network.proxy(patient_of(tmp_path))).verdict == "skipped"


def test_through_a_proxy_each_step_looks_at_the_proxy(tmp_path: Path) -> None:
    """Ours: the name of the gateway is the proxy's business."""
    patient = patient_of(tmp_path, "https://gateway.example/mcp")
    patient.environ = {"HTTPS_PROXY": "http://127.0.0.1:9"}
    assert asyncio.run(network.dns(patient)).facts["host"] == "127.0.0.1"
    assert asyncio.run(network.connection(patient)).verdict == "skipped"
    assert "the proxy comes next" in asyncio.run(network.tls(patient)).says
