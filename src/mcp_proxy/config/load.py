"""Reading settings: the file, header files, and the secrets that references name.

Decides nothing but what may be read: a file of one's own that others can read holds
no secret (as OpenSSH treats a private key).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mcp_proxy.config import secret
from mcp_proxy.config.checks import is_path
from mcp_proxy.config.headers import header_file, header_value, with_headers
from mcp_proxy.config.model import Config, SecretRef
from mcp_proxy.config.overrides import chosen_profile, is_url, overlaid, profile_from_url
from mcp_proxy.errors import ConfigError
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.config.model import Overrides, Profile

Ref = TypeVar("Ref", SecretRef, SecretRef | None)

KEYRING_SERVICE = "mcp-permit"
KEYRING_SECONDS = 10.0
"""How long a keyring may take to answer; it may be asking a person (ours)."""
"""The service under which `keyring:NAME` looks up NAME."""

_LONGEST = 64 * 1024
"""Bytes of a secret's file; `@/dev/zero` must not fill the memory."""


def load_config(path: Path) -> Config:
    """The settings file at `path`; a file that is not there has no profiles.

    Relative paths in it are taken from its own folder: hosts start us anywhere.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong.
    """
    try:
        with path.open("rb") as file:
            refuse_anybodys(path, os.fstat(file.fileno()))
            text = file.read().decode("utf-8-sig")
    except FileNotFoundError:
        return Config()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", hint="Save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    # Here, not above: a bare URL needs no parser.
    from mcp_proxy.config.parse import parse_config  # noqa: PLC0415

    config = parse_config(text, where=str(path))
    folder = path.absolute().parent
    profiles = {name: anchored(profile, folder) for name, profile in config.profiles.items()}
    for name, profile in profiles.items():
        _check_preset(profile, f"profiles.{name}.preset")
    return replace(config, profiles=profiles)


def _check_preset(profile: Profile, key: str) -> None:
    if profile.preset is not None or profile.permissions.resource:
        # Not for those that name none.
        from mcp_proxy.config import rulebook  # noqa: PLC0415

        rulebook.check_preset(profile.preset or rulebook.GENERIC, key)
        rulebook.check_resources(profile, f"profiles.{profile.name}.permissions.resource")


def refuse_anybodys(path: Path, facts: os.stat_result) -> None:
    """Go on unless everybody can change the file: settings decide what is permitted, and where.

    Raises:
        ConfigError: they can.
    """
    # Not those of a group: where everybody has one of their own, files are usually written so.
    if hasattr(os, "getuid") and stat.S_ISREG(facts.st_mode) and facts.st_mode & stat.S_IWOTH:
        message = f"{path} can be changed by everybody on this computer, so it is not followed"
        raise ConfigError(message, hint=f"Look through it, then: chmod o-w {path}")


def resolve(config: Config, target: str | None, overrides: Overrides) -> Profile:
    """The profile that a command line means.

    Args:
        config: what `load_config` found; a URL needs none, and is looked up where it has one.
        target: a profile's name or a URL; None for the default profile.
        overrides: the other options.

    Raises:
        ConfigError: there is no such profile, a header file cannot be read, or an
            option is wrong.
    """
    filed: dict[str, str] = {}
    for path in overrides.header_files:
        ref = SecretRef("file", path)
        filed = with_headers(filed, header_file(_file_text(ref), f"--header-file {path}"))
    if target and is_url(target):
        profile = profile_from_url(target, overrides, filed, config.profiles.values())
    else:
        profile = overlaid(chosen_profile(config, target), overrides, filed)
    # Options are typed where one stands; the file's paths are absolute already.
    profile = anchored(profile, Path())
    if overrides.preset is not None:
        _check_preset(profile, "--preset")
    return profile


def anchored(profile: Profile, folder: Path) -> Profile:
    """`profile` with every relative path in it taken from `folder`, and `~` filled in."""
    auth, network, provider = profile.auth, profile.network, profile.auth.identity_provider
    has_file = profile.preset is not None and is_path(profile.preset)
    return replace(
        profile,
        preset=str(_absolute(str(profile.preset), folder)) if has_file else profile.preset,
        auth=replace(
            auth,
            client_secret=_anchored(auth.client_secret, folder),
            client_key=_anchored(auth.client_key, folder),
            token=_anchored(auth.token, folder),
            assertion=_anchored(auth.assertion, folder),
            identity_provider=provider
            and replace(
                provider,
                id_token=_anchored(provider.id_token, folder),
                client_secret=_anchored(provider.client_secret, folder),
            ),
        ),
        network=replace(
            network,
            headers={
                name: value if isinstance(value, str) else _anchored(value, folder)
                for name, value in network.headers.items()
            },
            ca_bundle=network.ca_bundle and str(_absolute(network.ca_bundle, folder)),
        ),
    )


def _anchored(ref: Ref, folder: Path) -> Ref:
    if ref is None or ref.kind != "file":
        return ref
    return replace(ref, name=str(_absolute(ref.name, folder)))


def _absolute(name: str, folder: Path) -> Path:
    try:
        return (folder / Path(name).expanduser()).absolute()
    except RuntimeError as error:
        raise ConfigError(f"{name} starts with the ~ of an unknown user") from error


def read_secret(ref: SecretRef) -> str:
    """The secret that `ref` names, without the blanks and line ends around it.

    Raises:
        ConfigError: there is none, or it cannot be read; the reference is named, the
            secret never.
    """
    return secret.secret_text(_READERS[ref.kind](ref), ref)


def read_key(ref: SecretRef) -> str:
    """A client's private key, in PEM."""
    return secret.private_key(_READERS[ref.kind](ref), ref)


def read_jwt(ref: SecretRef) -> str:
    """A JWT that somebody else has signed: an id token, a workload's assertion."""
    return secret.jwt(read_secret(ref), ref)


def read_token(ref: SecretRef) -> str:
    """A static access token, whether or not `Bearer` was stored with it."""
    return secret.bearer_token(read_secret(ref), ref)


def read_client_secret(ref: SecretRef) -> str:
    """A client's secret; a server's hash of one is refused before it is tried."""
    return secret.client_secret(read_secret(ref), ref)


def read_headers(headers: Mapping[str, SecretRef | str]) -> dict[str, str]:
    """Header values in plain text, ready to be sent."""
    return {
        name: value if isinstance(value, str) else header_value(read_secret(value), str(value))
        for name, value in headers.items()
    }


def _variable(ref: SecretRef) -> str:
    try:
        return os.environ[ref.name]
    except KeyError:
        raise ConfigError(
            f"The environment variable {ref.name} is not set",
            hint="A desktop client passes only the variables that its own settings name",
        ) from None


def _file_text(ref: SecretRef) -> str:
    path = _absolute(ref.name, Path())
    try:
        # Opened first and looked at then: what is checked is what is read.
        with path.open("rb") as file:
            _refuse_shared(path, os.fstat(file.fileno()))
            content = file.read(_LONGEST + 1)
        if len(content) > _LONGEST:
            raise ConfigError(f"{path} is too long to hold only secrets")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", hint="Save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error


def _refuse_shared(path: Path, facts: os.stat_result) -> None:
    # Another owner's file (a container's mounted secret) has the mode that owner chose;
    # a pipe has no name to open it by; Windows has no such mode.
    ours = hasattr(os, "getuid") and facts.st_uid == os.getuid()
    if ours and stat.S_ISREG(facts.st_mode) and facts.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"{path} can be used by others, so it keeps no secret"
        raise ConfigError(message, hint=f"chmod 600 {path}")


def _keyring_entry(ref: SecretRef) -> str:
    # Only a profile that names a keyring needs them.
    import queue  # noqa: PLC0415
    from threading import Thread  # noqa: PLC0415

    # In a thread: a keyring may wait for a person, and no start may wait for that long.
    answer: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
    Thread(target=lambda: answer.put(_asked(ref.name)), daemon=True).start()
    try:
        found = answer.get(timeout=KEYRING_SECONDS)
    except queue.Empty:
        raise ConfigError(
            f"The keyring gave no answer about {ref} within {KEYRING_SECONDS:g} s",
            hint="Unlock it, or answer its question, and try again",
        ) from None
    if isinstance(found, Exception):
        raise ConfigError(
            f"The keyring cannot be asked for {ref}",
            hint="Unlock it; where there is none, keep the secret in a file: @FILE",
        ) from found
    if found is None:
        raise ConfigError(
            f"The keyring has no entry {ref.name} of {KEYRING_SERVICE}",
            hint=f"keyring set {KEYRING_SERVICE} {ref.name}",
        )
    return found


def _asked(name: str) -> str | Exception | None:
    # A hundred milliseconds, and a bus connection on Linux.
    import keyring  # noqa: PLC0415

    try:
        return keyring.get_password(KEYRING_SERVICE, name)
    except Exception as error:  # noqa: BLE001 - backends let errors of their own through
        return error


_READERS = {"env": _variable, "file": _file_text, "keyring": _keyring_entry}
