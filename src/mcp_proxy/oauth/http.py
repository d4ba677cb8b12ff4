"""Requests and responses as values, and the shape of a flow.

An OAuth flow is a plain generator: it yields `HttpRequest` values, is sent
`HttpResponse` values and returns its result. Flows compose with `yield from`;
`net.http` performs them and throws `GatewayUnreachable` into a flow whose
request got no response.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from typing import Protocol, TypeVar

from mcp_proxy.values import dataclass, field

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request to make. Redirects are never followed for it."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One response, read to its end. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is of 2xx: some frameworks answer 201 to every POST."""
        return self.status // 100 == 2  # noqa: PLR2004 - RFC 9110 §15.3

    def json_object(self) -> dict[str, object] | None:
        """The body as a JSON object, or None when it is anything else."""
        try:
            value = json.loads(self.body)
        # A body of nothing but brackets exhausts the parser's stack.
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


Flow = Generator[HttpRequest, HttpResponse, Result]
"""A conversation over HTTP that ends in a `Result`."""


class Performer(Protocol):
    """Carries flows out; `net.http.Web` is the one that does."""

    async def perform(self, flow: Flow[Result]) -> Result:
        """What `flow` returns; what it raises is raised."""
