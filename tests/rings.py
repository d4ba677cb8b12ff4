"""Keyrings to try `tokens.oskeyring` with: real backends of the `keyring` package.

None of them is ever chosen by itself, because their priority is below that of having none.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Event
from typing import Any

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class Drawer(KeyringBackend):
    """Keeps everything in the JSON file that `RINGS_DRAWER` names, and counts what it wrote."""

    priority: Any = -1

    def get_password(self, service: str, username: str) -> str | None:
        return content().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        put(f"{service}/{username}", password)

    def delete_password(self, service: str, username: str) -> None:
        take(f"{service}/{username}")


class Prompting(Drawer):
    """A drawer behind a prompt: nothing is answered before somebody has opened it."""

    opened = Event()
    asked = Event()
    """Set by the first question."""
    questions = 0

    def get_password(self, service: str, username: str) -> str | None:
        type(self).questions += 1
        self.asked.set()
        self.opened.wait()
        return super().get_password(service, username)


class Locked(Drawer):
    """Somebody has closed the prompt."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"secret words about {service} {username}")


class Broken(Drawer):
    """Reads and does not write."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(f"secret words about {service} {username} {password}")


def choose(kind: type[KeyringBackend]) -> None:
    """Make a backend of this `kind` the keyring of this process."""
    keyring.set_keyring(kind())


def content() -> dict[str, str]:
    """What lies in the drawer, by `service/name`."""
    path = Path(os.environ["RINGS_DRAWER"])
    return dict(json.loads(path.read_text())) if path.exists() else {}


def put(name: str, text: str) -> None:
    """Put something into the drawer, or replace it."""
    path = Path(os.environ["RINGS_DRAWER"])
    path.write_text(json.dumps(content() | {name: text}))
    with path.with_suffix(".writes").open("a") as writes:
        writes.write(f"{name}\n")


def take(name: str) -> None:
    """Take something out of the drawer."""
    kept = content()
    if kept.pop(name, None) is None:
        raise PasswordDeleteError
    Path(os.environ["RINGS_DRAWER"]).write_text(json.dumps(kept))
