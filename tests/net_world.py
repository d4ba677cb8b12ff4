"""Real servers on loopback that the tests of `net` talk to: exact bytes in, exact bytes out."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path
    from typing import Self

    Play = Callable[[asyncio.StreamWriter, "Gateway"], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\n"


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A whole answer with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def turns(count: int = 5) -> None:
    """Let everybody else on the loop act; on loopback, bytes sent are there one turn later."""
    for _ in range(count):
        await asyncio.sleep(0)


class Gateway:
    """A server that takes requests apart only as far as needed, and answers by script.

    Each answer is bytes to send, or a coroutine function of the writer and this gateway. The
    last one is used for all further requests. `requests` has what came, head and body.
    """

    def __init__(
        self, *answers: bytes | Play, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = self.ended = 0
        self.writers: list[asyncio.StreamWriter] = []
        self.news = asyncio.Condition()
        self.tls = tls
        self.host = host

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._talk, self.host, 0, ssl=self.tls)
        self.port: int = self.server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self.tls else 'http'}://{self.host}:{self.port}/mcp"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        for writer in self.writers:
            writer.transport.abort()
        await turns()

    async def seen(self, *, requests: int = 0, ended: int = 0) -> None:
        """Wait until so many requests have come and so many connections have ended."""
        async with self.news:
            await self.news.wait_for(lambda: len(self.requests) >= requests and self.ended >= ended)

    async def hang_up(self) -> None:
        """Close all connections politely, as a server does with idle ones."""
        for writer in self.writers:
            writer.close()
        await turns()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                self.requests.append(await read_request(reader))
                await self._tell()
                script = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if isinstance(script, bytes):
                    writer.write(script)
                else:
                    await script(writer, self)
        self.ended += 1
        await self._tell()

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """One request, head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return head + await reader.readexactly(length)


def sends(*parts: bytes, then: str = "stay") -> Play:
    """Send `parts`, each on its own, and then stay, close or reset."""

    async def play(writer: asyncio.StreamWriter, _: Gateway) -> None:
        for part in parts:
            writer.write(part)
            await turns()
        if then == "close":
            writer.close()
        if then == "reset":
            reset = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            writer.transport.abort()

    return play


class Proxy:
    """A forward proxy that finds every name at one port of this machine."""

    def __init__(
        self, port: int, *, refuse: bytes | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.port_behind = port
        self.refuse = refuse
        self.heads: list[bytes] = []
        self.tls = tls
        self.writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = self.server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        for writer in self.writers:
            writer.transport.abort()
        await turns()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:  # somebody only looked whether it is there
            return
        self.heads.append(head)
        if self.refuse is not None:
            writer.write(self.refuse)
            writer.close()
            return
        there, away = await asyncio.open_connection("127.0.0.1", self.port_behind)
        self.writers.append(away)
        if head.startswith(b"CONNECT "):
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            away.write(head)
        async with asyncio.TaskGroup() as group:
            group.create_task(pump(reader, away))
            group.create_task(pump(there, writer))


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way until the end."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


class Authority:
    """A certificate authority with one server certificate, for TLS on loopback."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName("gateway.example"), x509.DNSName("localhost")]
        addresses = [x509.IPAddress(ip_address("127.0.0.1"))]
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback test")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.bundle = folder / "bundle.pem"
        self.bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self._key = folder / "key.pem"
        self._key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

    def server(self) -> ssl.SSLContext:
        """The context of a server with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.bundle, self._key)
        return context


@contextlib.asynccontextmanager
async def within(seconds: float = 20.0) -> AsyncIterator[None]:
    """A test that hangs fails instead."""
    async with asyncio.timeout(seconds):
        yield
