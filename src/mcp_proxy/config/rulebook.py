"""The policy of a profile, with what is known of its gateway's system at hand.

Presets travel with the package or are files of one's own. They are read when the first
tool is judged, once: a profile that names none, and limits nothing, never pays for them.
`generic` underlies the others: its patterns come after theirs, their environments stand in
for its own.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mcp_proxy.config import checks
from mcp_proxy.config.load import refuse_anybodys
from mcp_proxy.errors import ConfigError
from mcp_proxy.policy.explanation import Circumstances
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.config.model import Profile
    from mcp_proxy.policy.model import Policy, ResourceScope
    from mcp_proxy.policy.preset import Preset

GENERIC: Final = "generic"
_ENDING: Final = ".toml"
# `importlib.resources` would find it too, in 5 ms that every start with a preset would pay.
_SHIPPED: Final = Path(__file__).parents[1] / "policy" / "presets"


class PresetFile:
    """Reads a preset at the first call, and tells `on_read` of it once.

    Two of the same source are equal.
    """

    def __init__(self, source: str, on_read: Callable[[Preset], None] | None = None) -> None:
        self.source = source
        self._on_read = on_read

    def __call__(self) -> Preset:
        """The preset."""
        preset = read_preset(self.source)
        if self._on_read is not None:
            on_read, self._on_read = self._on_read, None
            on_read(preset)
        return preset

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PresetFile) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)


def policy_of(profile: Profile, tell: Callable[[str], None] | None = None) -> Policy:
    """The rules of `profile`, for whoever decides.

    Args:
        profile: its preset is known to be there, see `check_preset`.
        tell: takes one sentence, once the preset is read, about what may not be meant so.
    """
    bare = replace(profile.permissions, environment=profile.environment)
    if profile.preset is None and not bare.has_classes:
        return bare

    source = profile.preset or GENERIC
    if tell is None:
        return replace(bare, preset=PresetFile(source))

    def on_read(preset: Preset) -> None:
        for sentence in attention(profile, preset):
            tell(f"{profile.name}: {sentence}")

    return replace(bare, preset=PresetFile(source, on_read))


def informed_policy_of(profile: Profile) -> Policy:
    """The same rules with classes also where they decide nothing: for showing, never for deciding.

    There the gateway's hints tell them, and then the words of `generic`.
    """
    policy = policy_of(profile)
    if policy.has_classes:
        return policy
    return replace(policy, preset=PresetFile(GENERIC), trust_annotations=True)


def circumstances_of(profile: Profile) -> Circumstances:
    """Who is refused, where, and whom they can ask."""
    return Circumstances(profile.name, profile.account, profile.environment, profile.contact)


@lru_cache(maxsize=64)
def read_preset(source: str) -> Preset:
    """The preset of a name, or in the file at a path.

    Raises:
        ConfigError: there is none, or something in it is wrong.
    """
    # Here, not above: parsing is for those that name a preset.
    from mcp_proxy.config.preset import parse_preset  # noqa: PLC0415

    if checks.is_path(source):
        found = parse_preset(_text(Path(source)), where=source)
    else:
        check_preset(source, "preset")
        found = parse_preset((_SHIPPED / f"{source}{_ENDING}").read_text("utf-8"), where=source)
    if source == GENERIC:
        return found
    below = read_preset(GENERIC)
    return replace(
        found,
        patterns=found.patterns + below.patterns,
        environments={**below.environments, **found.environments},
    )


def presets() -> tuple[str, ...]:
    """The names of the presets that travel with the package."""
    return tuple(sorted(each.stem for each in _SHIPPED.glob(f"*{_ENDING}")))


def check_preset(source: str, key: str) -> None:
    """Refuse a preset that is not there, or that nobody can read.

    Raises:
        ConfigError: it names the nearest that there is.
    """
    if checks.is_path(source):
        read_preset(source)
        return
    known = presets()
    if source not in known:
        near = checks.nearest(source, known)
        raise ConfigError(
            f"{key} names no preset" + (f"; did you mean {near}?" if near else ""),
            key=key,
            hint=f"There are {', '.join(known)}; or name a TOML file of your own",
        )


def check_resources(profile: Profile, key: str) -> None:
    """Refuse resources that the profile's preset does not know, or that lie nowhere.

    Raises:
        ConfigError: with the path of the first that is wrong.
    """
    scopes = profile.permissions.resource
    kinds = read_preset(profile.preset or GENERIC).resources if scopes else {}
    for place, scope in enumerate(scopes, start=1):
        if scope.kind not in kinds:
            known = ", ".join(kinds) or "none"
            raise ConfigError(
                f"{key}[{place}].kind names no resource of the preset, which knows {known}",
                key=f"{key}[{place}].kind",
            )
        above = _above(scope.kind, {name: kind.within for name, kind in kinds.items()})
        may_stand_alone = not above or scope.kind in above
        holder = _holder_kind(scope, scopes)
        if holder not in above and not (holder is None and may_stand_alone):
            held = f"within a {' or a '.join(above)} of this list" if above else "within nothing"
            raise ConfigError(
                f"{key}[{place}].within must say where it lies: a {scope.kind} lies {held}",
                key=f"{key}[{place}].within",
            )


def _above(kind: str, within: dict[str, str | None]) -> list[str]:
    found: list[str] = []
    holder = within[kind]
    while holder is not None and holder not in found:
        found.append(holder)
        holder = within[holder]
    return found


def _holder_kind(scope: ResourceScope, scopes: tuple[ResourceScope, ...]) -> str | None:
    return next((each.kind for each in scopes if each.id == scope.within), None)


def attention(profile: Profile, preset: Preset) -> list[str]:
    """What may be meant so, and yet surprises: labels that do not fit (systems.md §7.3)."""
    label = profile.environment
    if label is None:
        return []
    found, told = preset.environment(label), []
    if found is None:
        near = checks.nearest(label, preset.environments)
        known = ", ".join(preset.environments)
        told.append(
            f"the environment {label} is none of {known}: it limits nothing but the class execute"
            + (f"; did you mean {near}?" if near else "")
        )
    host = _host(profile.url)
    hinted = preset.environment_of_host(host)
    if hinted is not None and hinted != found:
        told.append(f"the environment is {label}, but the host {host} looks like {hinted.name}")
    return told


def _host(url: str) -> str:
    """The host's name; empty where it is an address in brackets."""
    return re.split(r"[/:?]", url.partition("://")[2], maxsplit=1)[0]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            refuse_anybodys(path, os.fstat(file.fileno()))
            return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", hint="Save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"The preset {path} cannot be read: {error.strerror}") from error
