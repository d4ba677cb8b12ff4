"""The nouns of permission: a tool, a policy, a decision."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, get_args

from mcp_proxy.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.policy.preset import Preset

Class = Literal["read", "write", "delete", "execute", "debug", "admin", "unknown"]
"""What using a tool amounts to (systems.md X16); `unknown`: nothing that is trusted says so."""

CLASSES: tuple[Class, ...] = get_args(Class)

Level = Literal["none", "read", "write", "delete"]
"""What is granted on a resource: each includes those before it (systems.md §4.4, SB-OLD)."""

Pins = Literal["off", "warn", "hold"]
"""What becomes of a tool that has changed since it was approved."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One entry of a gateway's `tools/list`, as it was received.

    `raw` is the entry's own JSON text: what is forwarded is never rebuilt.
    """

    name: str
    raw: bytes = field(repr=False)

    def facts(self) -> Mapping[str, object]:
        """The entry parsed. Built at each call; keep it where it is read often.

        Empty where Python cannot read it: nested too deeply, or a number too long.
        """
        try:
            entry = json.loads(self.raw)
        except (ValueError, RecursionError):
            return {}
        return entry if isinstance(entry, dict) else {}

    @property
    def annotations(self) -> Mapping[str, object]:
        """The gateway's hints about it (MCP, Tools: `ToolAnnotations`); empty without any."""
        return _annotations(self.raw)

    @property
    def is_read_only(self) -> bool:
        """Whether the gateway vouches for it: `annotations.readOnlyHint` is true."""
        return _annotations(self.raw).get("readOnlyHint") is True


def _annotations(raw: bytes) -> Mapping[str, object]:
    # Asked for every tool of a list and for every call; parsing a large schema each time would
    # cost more than all else that happens here.
    at = raw.rfind(_NAME)
    if at < 0:
        return _NO_HINTS
    # Most gateways write them last; what is closed right before the whole ends belongs to it.
    last = _LAST.match(raw, at)
    return _parsed(last[1]) if last else _among_others(raw)


_NO_HINTS: Final[Mapping[str, object]] = {}
_NAME: Final = b'"annotations"'
_LAST: Final = re.compile(rb"%s\s*:\s*(\{[^{}]*\})\s*\}\s*\Z" % _NAME)


@lru_cache(maxsize=1024)
def _parsed(raw: bytes) -> Mapping[str, object]:
    """An object of hints; thousands of tools have a dozen different ones."""
    try:
        found: dict[str, object] = json.loads(raw)
    except ValueError:
        return _NO_HINTS
    return found


@lru_cache(maxsize=4096)
def _among_others(raw: bytes) -> Mapping[str, object]:
    found = Tool("", raw).facts().get("annotations")
    return found if isinstance(found, dict) else _NO_HINTS


@dataclass(frozen=True, slots=True)
class Policy:
    """What one profile lets through. Empty tuples and False mean: no opinion.

    `allow` is None where there is no allow list; an allow list closes the door
    for every tool that it does not name, those that appear later included.
    """

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()
    read_only: bool = False
    classes: tuple[Class, ...] | None = None
    """Only tools of these classes; None: all that the environment permits."""
    strict: bool = False
    """Whether a tool of unknown class is refused, whatever else."""
    trust_annotations: bool = False
    """Whether the gateway's own hints may class a tool that the preset does not know."""
    execute: bool = False
    """The one line that permits the class execute where an environment is named."""
    pins: Pins = "warn"
    resource: tuple[ResourceScope, ...] = ()
    """Where there are any, a call may name no other resource."""
    without_resource: Level = "read"
    """What is granted to a call that names no resource, where there are scopes."""
    environment: str | None = None
    """The profile's label; no key of its own here, as `preset` is none."""
    preset: Callable[[], Preset] | None = None
    """Reads what is known of the gateway's system, when it is first needed."""

    @property
    def has_classes(self) -> bool:
        """Whether anything here has to do with the class of a tool."""
        return (
            self.preset is not None
            or self.classes is not None
            or self.environment is not None
            or self.strict
            or bool(self.resource)
        )

    @property
    def asks_the_list(self) -> bool:
        """Whether what the gateway lists of a tool, beside its name, can permit it."""
        return self.read_only or (self.trust_annotations and self.has_classes)


@dataclass(frozen=True, slots=True)
class ResourceScope:
    """What a profile grants itself on one resource of the gateway."""

    kind: str
    """As the preset calls it: `workspace`, `project`, `folder`."""
    id: str
    """As arguments carry it."""
    level: Level
    within: str | None = None
    """The id of the scope that holds it, whose level it cannot exceed."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a tool may be used, which rule says so, and why."""

    allowed: bool
    rule: str
    """A stable word: `allow`, `deny`, `read-only`, `unlisted`, `class`, `environment`, `execute`,
    `strict`, `argument`, `resource`, `default`; a source that withholds adds its own."""
    reason: str
    """One sentence for a person."""
    needs: str | None = None
    """What the gateway wants for it, as far as the preset knows: `permission models:use`."""
    tool_class: Class | None = None
    """None where nothing asks for it, or where the arguments of the call decide."""
