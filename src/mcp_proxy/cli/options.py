"""The options of `serve`, read without argparse, whose import a start would feel.

Only what is plainly right is read here. Whatever is unusual, mistakes and `--help`
among it, is left to argparse, which has the words for it.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

_SINGLE = {
    "--config": "config",
    "--grant": "grant",
    "--client-id": "client_id",
    "--client-secret": "client_secret",
    "--client-key": "client_key",
    "--client-metadata-url": "client_metadata_url",
    "--redirect-uri": "redirect_uri",
    "--scope": "scope",
    "--resource": "resource",
    "--token": "token",
    "--preset": "preset",
    "--environment": "environment",
}
"""Options with one value, and their names in the code (`config.model.Overrides`)."""

_REPEATED = {
    "--header": "headers",
    "--header-file": "header_files",
    "--allow": "allow",
    "--deny": "deny",
}
"""Options whose values are collected."""

_FLAGS = {
    "--verbose": ("verbose", True),
    "--read-only": ("read_only", True),
    "--allow-http": ("allow_http", True),
    "--no-browser": ("browser", False),
}
"""Options without a value, and what they set."""

_UNSET = {"verbose": False, "read_only": False, "allow_http": False, "browser": None}


def plain_options(words: Sequence[str]) -> argparse.Namespace | None:
    """What argparse would make of the words after `serve`; None where it must look itself."""
    found = SimpleNamespace(target=None, login_timeout_seconds=None, **_UNSET)
    vars(found).update(dict.fromkeys(_SINGLE.values()))
    vars(found).update((name, []) for name in _REPEATED.values())
    rest = iter(words)
    for word in rest:
        is_read = _option(word, rest, found) if word.startswith("-") else _target(word, found)
        if not is_read:
            return None
    return cast("argparse.Namespace", found)  # it has the face of one, and needs no import


def _target(word: str, found: SimpleNamespace) -> bool:
    if not word or found.target is not None:
        return False
    found.target = word
    return True


def _option(word: str, rest: Iterator[str], found: SimpleNamespace) -> bool:
    """Put an option into `found`; whether it is a known one with all that it wants."""
    if word in _FLAGS:
        setattr(found, *_FLAGS[word])
        return True
    name, equals, value = word.partition("=")
    if not equals:
        value = next(rest, "")
    if not value or (value.startswith("-") and not equals):
        return False
    if name in _REPEATED:
        getattr(found, _REPEATED[name]).append(value)
    elif name in _SINGLE:
        setattr(found, _SINGLE[name], value)
    else:
        return False
    return True
