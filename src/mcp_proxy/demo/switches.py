"""What a test may switch in the world, and what the world counts.

Both are plain attributes: a test in another thread may set and read them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Metadata = Literal["protected-resource", "root", "prefixed", "none"]
"""Where metadata is published: protected resource metadata and RFC 8414 path insertion;
only RFC 8414 on the gateway's origin (MCP 2025-03-26); only under `/o/`, as
django-oauth-toolkit may; nowhere."""

Answers = Literal["well", "429", "500", "html", "half-event", "cut-before", "cut-after"]
"""How the gateway answers a POST: as it should, with HTTP 429 and `Retry-After: 1`, with HTTP 500,
with a page of HTML and status 200,
with an event stream that ends in mid-event, or with a connection cut before or after the deed."""


@dataclass(slots=True)
class Faults:
    """How the world misbehaves; as created, it does not."""

    token_life_seconds: float = 3600.0
    omit_expires_in: bool = False
    refresh_tokens: Literal["rotating", "lenient", "kept", "none"] = "rotating"
    """`lenient`: a spent one that comes again is refused and ends nothing (django-oauth-toolkit's
    default); `kept`: a refresh answer names no new one and the old one stays good."""
    token_endpoint_status: int | None = None
    """The token endpoint answers this status and a page of HTML; 307 redirects to elsewhere."""
    issuer: str | None = None
    """Who the authorization server's metadata says it is, in place of who it is."""
    redirect_iss: Literal["right", "wrong", "missing"] = "right"
    """The `iss` of every redirect."""
    redirect_state: Literal["right", "wrong"] = "right"
    """The `state` of every redirect."""
    pkce_methods: tuple[str, ...] = ("S256",)
    """What metadata advertises; S256 is required whatever it says."""
    authorization_endpoint: str | None = None
    """Where metadata sends a browser, in place of the right place."""
    registration: Literal["off", "open", "refused"] = "off"
    """Whether clients may register themselves; `refused`: offered, and then refused."""
    forgets_clients: bool = False
    """No client is known any more where it has to prove itself."""
    device_codes: bool = False
    """Whether device codes are offered (RFC 8628)."""
    device_interval_seconds: float = 1.0
    scopes: dict[str, str] = field(default_factory=dict)
    """By tool, the scope that it needs beyond that of a first sign-in."""
    consent_seconds: float = 0.0
    """How long whoever is asked thinks about it."""
    challenges: bool = True
    """A 401 of the gateway carries `WWW-Authenticate`."""
    metadata: Metadata = "protected-resource"
    client_auth: Literal["any", "client_secret_basic", "client_secret_post"] = "any"
    deny_consent: bool = False
    """Whoever is asked says no."""
    answers: Answers = "well"
    answers_to: tuple[str, ...] = ()
    """The JSON-RPC methods that `answers` is about; empty: every POST to the gateway."""
    descriptions: dict[str, str] = field(default_factory=dict)
    """By tool, what the list says of it in place of the right words."""
    extra_tools: tuple[str, ...] = ()
    """Names that the list has beyond the right ones; nobody serves them."""
    page_size: int | None = None
    """Tools on one page of `tools/list`; None: all on one page."""

    def answer(self, method: str) -> Answers:
        """How a POST of `method` is answered."""
        return self.answers if not self.answers_to or method in self.answers_to else "well"


@dataclass(slots=True)
class Counters:
    """What happened in the world since it was made."""

    authorizations: int = 0
    """Times the authorization endpoint was opened, good requests and bad ones."""
    registrations: int = 0
    token_requests: int = 0
    device_polls: int = 0
    """Token requests with a device code."""
    scope_refusals: int = 0
    """Requests to the gateway answered 403 `insufficient_scope`."""
    refreshes: int = 0
    """Refresh grants that succeeded."""
    families_ended: int = 0
    """Sign-ins ended because a spent refresh token or code came again."""
    verifier_mismatches: int = 0
    revocations: int = 0
    unauthorized: int = 0
    """Requests to the gateway answered 401."""
    sessions: int = 0
    """Requests to the gateway that asked for a session (`initialize`)."""
    deletes: int = 0
    """Sessions ended by their client."""
    streams: int = 0
    """GET streams opened."""
    posts: Counter[str] = field(default_factory=Counter)
    """POSTs to the gateway by JSON-RPC method; `response` for answers to its requests."""
    calls: Counter[str] = field(default_factory=Counter)
    """`tools/call` requests that passed the bearer check, by tool."""
    effects: Counter[str] = field(default_factory=Counter)
    """What really changed something, by tool."""
    cancelled: int = 0
    """Runs given up because their caller cancelled."""
    last_used: dict[str, float] = field(default_factory=dict)
    """When the gateway last accepted a credential of each account or key, in epoch seconds."""
    clients: list[str] = field(default_factory=list)
    """`clientInfo.name` of every `initialize`."""
    last_headers: dict[str, str] = field(default_factory=dict, repr=False)
    """Headers of the last request to the gateway, names in lower case."""
