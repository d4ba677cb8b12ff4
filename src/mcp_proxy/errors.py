"""Every error this program raises on purpose.

    PermitError
    ├── ConfigError            exit 2   settings are wrong
    ├── AuthError              exit 3   no grant, or it ended, or none can be had
    │   ├── SignInRequired
    │   │   └── SignInPending
    │   ├── InsufficientScope
    │   ├── DiscoveryError
    │   ├── RegistrationError
    │   ├── AuthorizationRefused
    │   │   └── SignInPaused
    │   └── TokenRefused
    ├── NotPermitted           exit 4   a rule or the gateway refuses this use
    ├── GatewayError           exit 5   the gateway gave no usable answer
    │   ├── GatewayUnreachable
    │   ├── GatewayRefused
    │   ├── RemoteProtocolError
    │   └── OutcomeUnknown
    ├── StoreError             exit 6   vault, lock or catalog cannot be used
    └── LocalProtocolError     -        the client sent something that is not MCP

`str(error)` is one sentence without secrets; `hint` is what to do next.
Foreign exceptions are translated in the file that imports the foreign library.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TO_NOBODY = re.compile(r"\b(mcp-permit (?:login|logout|tools))(?=$|[.,;]| --)")
"""A command that names no gateway: it means another one, or none, when it is typed."""


class PermitError(Exception):
    """The base of all errors raised on purpose."""

    exit_code: ClassVar[int] = 1
    rpc_code: ClassVar[int] = -32603

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def in_full(self) -> str:
        """The sentence, and what to do next, for where both must be one text."""
        return f"{self}. {self.hint.rstrip('.')}." if self.hint else f"{self}."

    def data(self) -> dict[str, object]:
        """What a JSON-RPC error carries beside code and message (ours)."""
        found: dict[str, object] = {"source": "mcp-permit", "type": type(self).__name__}
        return found | ({"hint": self.hint} if self.hint else {})


class ConfigError(PermitError):
    """A setting is wrong; `key` is its path, as `profiles.demo.url`."""

    exit_code = 2
    rpc_code = 1002

    def __init__(self, message: str, *, key: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.key = key


class AuthError(PermitError):
    """There is no grant, or it ended, or none can be had."""

    exit_code = 3
    rpc_code = 1003


class SignInRequired(AuthError):
    """Nobody is signed in, or the authorization server has ended the grant.

    `url` is the page that a waiting sign-in wants a person to open, and `user_code` what
    to enter there; `challenge` and `refused` are the headers and the access token of the
    401 that asked for it, or of the 403 where it is a step-up.
    """

    def __init__(
        self,
        message: str,
        *,
        url: str | None = None,
        user_code: str | None = None,
        challenge: Mapping[str, str] | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.url = url
        self.user_code = user_code
        self.challenge = challenge
        self.refused: str | None = None
        self.was_taken = False
        """Whether the gateway had taken the refused token before."""
        self.is_step_up = False

    def data(self) -> dict[str, object]:
        """The base's fields, and the page to open."""
        page = {"url": self.url, "user_code": self.user_code}
        return super().data() | {name: value for name, value in page.items() if value}


class SignInPending(SignInRequired):
    """A person is being waited for; the request was not carried out."""


class InsufficientScope(AuthError):
    """The gateway wants scopes that the grant lacks; `scope` names them.

    `challenge` and `refused` are the headers and the access token of the 403 that said so.
    """

    def __init__(self, message: str, *, scope: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.scope = scope
        self.challenge: Mapping[str, str] | None = None
        self.refused: str | None = None


class DiscoveryError(AuthError):
    """No usable authorization server metadata was found."""


class RegistrationError(AuthError):
    """No client identity could be had from the authorization server."""


class AuthorizationRefused(AuthError):
    """The person or the authorization server said no; `code` is RFC 6749 §4.1.2.1's."""

    def __init__(self, message: str, *, code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class SignInPaused(AuthorizationRefused):
    """A sign-in failed a moment ago, and none is begun unasked so soon after it."""


class TokenRefused(AuthError):
    """The token endpoint refused; `code` is RFC 6749 §5.2's, as `invalid_grant`."""

    def __init__(self, message: str, *, code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class NotPermitted(PermitError):
    """A local rule, or the gateway itself, refuses this use of a tool."""

    exit_code = 4
    rpc_code = 1004

    def __init__(
        self, message: str, *, facts: Mapping[str, object], hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.facts = dict(facts)

    def data(self) -> dict[str, object]:
        """The base's fields, `PERMISSION_DENIED`, and the facts of the decision."""
        return super().data() | {"code": "PERMISSION_DENIED"} | self.facts


class GatewayError(PermitError):
    """The gateway gave no usable answer."""

    exit_code = 5
    rpc_code = 1005


class GatewayUnreachable(GatewayError):
    """No connection, or no answer at all; nothing was carried out."""


class GatewayRefused(GatewayError):
    """The gateway answered with an HTTP error status.

    `headers` and `body` are those of that answer, for who can read more out of it.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.headers: Mapping[str, str] = headers or {}
        self.body = body

    def data(self) -> dict[str, object]:
        """The base's fields, and the HTTP status."""
        return super().data() | {"status": self.status}


class RemoteProtocolError(GatewayError):
    """The gateway answered something that is not MCP."""


class OutcomeUnknown(GatewayError):
    """The connection was lost after sending: the request may have been carried out."""


class StoreError(PermitError):
    """A file of ours cannot be used: vault, vault key, lock, catalog."""

    exit_code = 6
    rpc_code = 1006


class LocalProtocolError(PermitError):
    """The client sent something that is not MCP; `code` is JSON-RPC 2.0 §5.1's.

    `request_id` is the id of a request that could be read so far, for its answer.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        code: int,
        request_id: float | str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.request_id = request_id


@contextmanager
def addressing(name: str) -> Iterator[None]:
    """Let the commands that errors of the block advise name the gateway they are about.

    Whoever raises them rarely knows it. `name` is the profile's, or the URL where it is all
    that was given.
    """
    try:
        yield
    except PermitError as error:
        address(error, name)
        raise


def address(error: PermitError, name: str) -> PermitError:
    """`error` itself, with `name` in the commands that it advises; again changes nothing."""
    error.args = (_addressed(str(error), name),)
    error.hint = error.hint and _addressed(error.hint, name)
    return error


def _addressed(text: str, name: str) -> str:
    return _TO_NOBODY.sub(lambda found: f"{found[1]} {name}", text)
