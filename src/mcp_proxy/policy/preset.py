"""A preset: what is known of one system before anybody asks it.

Which class a tool has, which argument decides where one tool does several things, what
the gateway wants for it, what an environment permits, which arguments name resources,
and what a refusal looks like. All of it is data: `presets/*.toml` beside this module,
or a file of one's own; `config.preset` reads them, docs/permissions.md has the vocabulary.
Pure. A preset explains and narrows; it never permits what the gateway does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mcp_proxy.policy.enquiry import Enquiry
from mcp_proxy.policy.glob import first_match
from mcp_proxy.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.policy.model import Class

Where = Literal["http", "rpc", "result"]
"""Where a refusal stands: an HTTP answer, a JSON-RPC error, a tool's result."""

About = Literal["tool", "argument", "identity", "passing"]
"""What a refusal is about (systems.md X27): the tool for this identity, what it was given,
who is signed in, or a state of things that passes. Only `tool` hides anything."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a gateway wants of whoever uses a tool; all that is named, together."""

    permission: str | None = None
    """A key that the identity holds or not: `models:use`."""
    module: str | None = None
    """What must be enabled for the identity's tenant."""
    capability: str | None = None
    """A flag of the credential: `can_lifecycle`."""
    right: str | None = None
    """What must be granted on the resource that the call names: `debug`."""
    on: str | None = None
    """The kind of that resource: `integration`."""

    def __str__(self) -> str:
        kinds = ("permission", "module", "capability", "right")
        named = [(kind, getattr(self, kind)) for kind in kinds]
        told = [f"{kind} {name}" for kind, name in named if name is not None]
        return " and ".join(told) + (f" on the {self.on}" if self.on else "")


@dataclass(frozen=True, slots=True)
class KnownTool:
    """One tool that the preset names."""

    classes: tuple[Class, ...]
    """All that it can amount to; one, unless `argument` decides."""
    argument: str | None = None
    """Whose value decides the class of a call."""
    class_of: Mapping[str, Class] = field(default_factory=dict)
    """The class of each known value; any other is `unknown`."""
    needs: Need | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class NamePattern:
    """What a name says of a tool that the preset does not name."""

    names: tuple[str, ...] = ()
    """Globs of whole names."""
    words: frozenset[str] = frozenset()
    """Words of a name behind its last dot, as `delete` is one of `remote.deletePage`."""
    tool_class: Class | None = None
    needs: Need | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """What one environment of a system permits."""

    name: str
    classes: tuple[Class, ...]
    also: tuple[str, ...] = ()
    """Other labels for it."""
    hosts: tuple[str, ...] = ()
    """Globs; one that matches a part of a host's name tells that it is this environment."""


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """What a scope may be put on, and which arguments carry its id."""

    name: str
    arguments: tuple[str, ...]
    """Globs of argument names, at any depth."""
    within: str | None = None
    """The kind that holds it."""


@dataclass(frozen=True, slots=True)
class RefusalShape:
    """How one kind of refusal looks. Everything that is named must be there.

    Pointers are JSON pointers (RFC 6901) into the HTTP body, the JSON-RPC error object, or
    the JSON that a tool's result holds; of several, the first that leads to something counts.
    """

    where: Where
    about: About
    says: str
    """What has happened, as the end of a sentence that begins with the tool."""
    do: str | None = None
    """What to do about it."""
    status: tuple[int, ...] = ()
    code: tuple[str | int, ...] = ()
    """Any of these, at `at`."""
    at: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    """Pointers that must all lead somewhere."""
    message: tuple[str, ...] = ()
    """Where the gateway's own words stand."""
    matches: str | None = None
    """A regular expression that is found in these words."""
    permission: tuple[str, ...] = ()
    """Where the name of what is missing stands."""
    named: str | None = None
    """A regular expression whose first group finds that name in the words instead."""
    untouched: bool = False
    """Whether the answer passes as it came: the gateway's own words are enough."""
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """One system."""

    title: str
    """What people call it."""
    tools: Mapping[str, KnownTool] = field(default_factory=dict, repr=False)
    patterns: tuple[NamePattern, ...] = field(default=(), repr=False)
    environments: Mapping[str, Environment] = field(default_factory=dict, repr=False)
    resources: Mapping[str, ResourceKind] = field(default_factory=dict, repr=False)
    refusals: tuple[RefusalShape, ...] = field(default=(), repr=False)
    enquiry: Enquiry = field(default=Enquiry(), repr=False)

    def environment(self, label: str | None) -> Environment | None:
        """The environment of this label, whatever its case; None where it is not known."""
        wanted = (label or "").lower()
        for found in self.environments.values():
            if wanted == found.name or wanted in found.also:
                return found
        return None

    def environment_of_host(self, host: str) -> Environment | None:
        """The environment that a host's name tells of; None where it tells of none, or of two.

        Each part between dots and hyphens is looked at, but not the last label: `.dev` is
        sold to everybody.
        """
        labels = host.split(".")
        parts = [part for label in labels[:-1] or labels for part in label.split("-")]
        found = {
            each.name: each
            for each in self.environments.values()
            if any(first_match(each.hosts, part) is not None for part in parts)
        }
        return next(iter(found.values())) if len(found) == 1 else None
