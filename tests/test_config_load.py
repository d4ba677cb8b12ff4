"""Reading the settings file, header files and secrets."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

import rings
from mcp_proxy.config.load import (
    load_config,
    read_client_secret,
    read_headers,
    read_jwt,
    read_key,
    read_secret,
    read_token,
    resolve,
)
from mcp_proxy.config.model import Config, IdentityProvider, Overrides, Profile, SecretRef
from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

URL = "https://ig.example/integrations/mcp/"


def private(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(0o600)
    return path


def file_ref(path: Path) -> SecretRef:
    return SecretRef("file", str(path))


def test_a_file_that_is_not_there_has_no_profiles(tmp_path: Path) -> None:
    """Ours: a URL needs no file."""
    assert load_config(tmp_path / "none" / "config.toml") == Config()


def test_a_preset_is_looked_for_when_the_file_is_read(tmp_path: Path) -> None:
    """Ours: a mistake is told by `config check`, and not by the first list. A path is relative
    to the file that names it."""
    path = private(
        tmp_path / "config.toml", f'profiles.demo = {{ url = "{URL}", preset = "mine/own.toml" }}'
    )
    with pytest.raises(ConfigError, match=r"own\.toml cannot be read"):
        load_config(path)
    (tmp_path / "mine").mkdir()
    private(tmp_path / "mine" / "own.toml", 'title = "Own"')
    found = load_config(path).profiles["demo"]
    assert found.preset == str(tmp_path / "mine" / "own.toml")
    private(path, f'profiles.demo = {{ url = "{URL}", preset = "genric" }}')
    with pytest.raises(ConfigError) as told:
        load_config(path)
    assert told.value.key == "profiles.demo.preset"
    assert str(told.value) == "profiles.demo.preset names no preset; did you mean generic?"


def test_resources_are_looked_at_when_the_file_is_read(tmp_path: Path) -> None:
    """systems.md §4.4."""
    text = f"""
        [profiles.demo]
        url = "{URL}"
        preset = "stable-baseline"
        [[profiles.demo.permissions.resource]]
        kind = "folder"
        id = "f"
        level = "read"
        """
    with pytest.raises(ConfigError, match=r"resource\[1\]\.within must say where it lies"):
        load_config(private(tmp_path / "config.toml", text))


def test_a_preset_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: a path is relative to where one stands."""
    monkeypatch.chdir(tmp_path)
    private(tmp_path / "own.toml", 'title = "Own"')
    found = resolve(Config(), URL, Overrides(preset="own.toml", environment="dev"))
    assert (found.preset, found.environment) == (str(tmp_path / "own.toml"), "dev")
    with pytest.raises(ConfigError, match=r"^--preset names no preset; did you mean scaimcp"):
        resolve(Config(), URL, Overrides(preset="scaimpc"))


def test_a_file_that_everybody_can_change_is_not_followed(tmp_path: Path) -> None:
    """Ours: it says whom to send a token to. A group's files are usual (umask 002)."""
    path = private(tmp_path / "config.toml", 'profiles.demo.url = "https://a.example"')
    path.chmod(0o664)
    assert "demo" in load_config(path).profiles
    path.chmod(0o666)
    with pytest.raises(ConfigError, match="everybody") as told:
        load_config(path)
    assert told.value.hint == f"Look through it, then: chmod o-w {path}"


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    """Ours: Windows editors write one."""
    path = private(tmp_path / "config.toml", b'\xef\xbb\xbfprofiles.demo.url = "https://a.example"')
    assert load_config(path).profiles["demo"].url == "https://a.example"


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """Issue 2 "Bad input": an unreadable file is not an absent one."""
    with pytest.raises(ConfigError, match=r"cannot be read: "):
        load_config(tmp_path)
    path = private(tmp_path / "config.toml", 'profiles.demo.url = "https://ä"'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"is not UTF-8 text$"):
        load_config(path)


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    """Ours."""
    path = private(tmp_path / "config.toml", "[profiles.demo]")
    with pytest.raises(ConfigError, match=r"^profiles.demo.url is missing$") as caught:
        load_config(path)
    assert caught.value.hint == f"Edit {path}"


def test_paths_in_the_file_start_at_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: hosts start us in any working folder."""
    monkeypatch.setenv("HOME", "/home/jo")
    text = f"""
        [profiles.demo]
        url = "{URL}"
        auth.client_id = "mcp"
        auth.client_secret = "@secrets/ig"
        network.ca_bundle = "~/ca.pem"
        network.headers = {{ X-A = "@/run/secrets/a", X-B = "env:B", X-C = "@plain" }}
        [profiles.static]
        url = "{URL}"
        auth.token = "@token"
        """
    config = load_config(private(tmp_path / "config.toml", text))
    demo, static = config.profiles["demo"], config.profiles["static"]
    assert demo.auth.client_secret == file_ref(tmp_path / "secrets/ig")
    assert demo.network.ca_bundle == "/home/jo/ca.pem"
    assert demo.network.headers == {
        "X-A": SecretRef("file", "/run/secrets/a"),
        "X-B": SecretRef("env", "B"),
        "X-C": file_ref(tmp_path / "plain"),
    }
    assert static.auth.token == file_ref(tmp_path / "token")


def test_the_tilde_of_an_unknown_user_is_refused(tmp_path: Path) -> None:
    """Ours."""
    path = private(
        tmp_path / "config.toml",
        f'profiles.a = {{ url = "{URL}", auth.token = "@~nobody-here/t" }}',
    )
    with pytest.raises(ConfigError, match=r"~nobody-here/t starts with the ~ of an unknown user$"):
        load_config(path)


def test_a_url_needs_no_file() -> None:
    """architecture.md §8."""
    assert resolve(Config(), URL, Overrides()) == Profile(name=URL, url=URL)


def test_paths_of_options_start_where_they_are_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours."""
    monkeypatch.chdir(tmp_path)
    profile = resolve(Config(), URL, Overrides(token="@t", headers=("X-A: @a",)))
    assert profile.auth.token == file_ref(tmp_path / "t")
    assert profile.network.headers == {"X-A": file_ref(tmp_path / "a")}


def test_header_files_are_read_in_their_order(tmp_path: Path) -> None:
    """Ours: a host's settings need no blank in an argument (peers.md behaviour 29)."""
    first = private(tmp_path / "1", "X-A: one\nX-B: one\n")
    second = private(tmp_path / "2", "x-b: two\n")
    config = Config({"demo": Profile(name="demo", url=URL)})
    profile = resolve(config, "demo", Overrides(header_files=(str(first), str(second))))
    assert profile.network.headers == {"X-A": "one", "x-b": "two"}


def test_a_header_file_that_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    """Ours."""
    path = private(tmp_path / "headers", "nonsense\n")
    with pytest.raises(ConfigError, match=r"headers line 1 must be written as Name: value$"):
        resolve(Config(), URL, Overrides(header_files=(str(path),)))


def test_a_secret_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """systems.md X10."""
    ref = SecretRef("env", "MCP_PERMIT_TEST_SECRET")
    with pytest.raises(ConfigError, match=r"variable MCP_PERMIT_TEST_SECRET is not set$"):
        read_secret(ref)
    monkeypatch.setenv("MCP_PERMIT_TEST_SECRET", " abc\n")
    assert read_secret(ref) == "abc"


def test_a_secret_is_read_from_a_file_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md X10."""
    path = private(tmp_path / "secret", b"\xef\xbb\xbfabc\r\n")
    assert read_secret(file_ref(path)) == "abc"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_secret(SecretRef("file", "~/secret")) == "abc"
    monkeypatch.chdir(tmp_path)
    assert read_secret(SecretRef("file", "secret")) == "abc"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o601])
def test_a_secret_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    """Ours, as OpenSSH does with a private key; systems.md X9."""
    path = private(tmp_path / "secret", "canary")
    path.chmod(mode)
    with pytest.raises(ConfigError) as caught:
        read_secret(file_ref(path))
    assert str(caught.value) == f"{path} can be used by others, so it keeps no secret"
    assert caught.value.hint == f"chmod 600 {path}"


def test_a_secret_handed_over_by_a_pipe_is_read() -> None:
    """Ours: `--token @<(pass show ig)` of a shell."""
    out, into = os.pipe()
    os.write(into, b"abc\n")
    os.close(into)
    try:
        assert read_secret(SecretRef("file", f"/dev/fd/{out}")) == "abc"
    finally:
        os.close(out)


def test_a_file_that_holds_no_secret_is_an_error(tmp_path: Path) -> None:
    """Ours: named, and never quoted."""
    with pytest.raises(ConfigError, match=r"none cannot be read: No such file"):
        read_secret(file_ref(tmp_path / "none"))
    with pytest.raises(ConfigError, match=r"cannot be read: "):
        read_secret(file_ref(tmp_path))
    with pytest.raises(ConfigError, match=r"empty is empty$"):
        read_secret(file_ref(private(tmp_path / "empty", " \n")))
    with pytest.raises(ConfigError, match=r"wide is not UTF-8 text$"):
        read_secret(file_ref(private(tmp_path / "wide", "abc".encode("utf-16"))))
    with pytest.raises(ConfigError, match=r"zero is too long to hold only secrets$"):
        read_secret(SecretRef("file", "/dev/zero"))


class Cabinet(KeyringBackend):
    """A keyring in memory, as an operating system offers one."""

    priority = 1
    locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("canary")
        return {("mcp-permit", "ig"): "abc\n"}.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


class LockedCabinet(Cabinet):
    """The same one before anybody has unlocked it."""

    locked = True


@pytest.fixture
def system_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("system_keyring")
def test_a_secret_is_read_from_the_keyring() -> None:
    """systems.md X10."""
    keyring.set_keyring(Cabinet())  # type: ignore[no-untyped-call]  # keyring's constructor
    assert read_secret(SecretRef("keyring", "ig")) == "abc"
    with pytest.raises(ConfigError, match=r"^The keyring has no entry other") as caught:
        read_secret(SecretRef("keyring", "other"))
    assert caught.value.hint == "keyring set mcp-permit other"


@pytest.mark.usefixtures("system_keyring")
def test_a_locked_keyring_is_said_in_our_words() -> None:
    """Ours: foreign exceptions end where the library is imported."""
    keyring.set_keyring(LockedCabinet())  # type: ignore[no-untyped-call]  # keyring's constructor
    with pytest.raises(ConfigError, match=r"^The keyring cannot be asked for keyring:ig$"):
        read_secret(SecretRef("keyring", "ig"))


@pytest.mark.usefixtures("system_keyring")
def test_a_keyring_that_waits_for_a_person_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """peers.md §8, behaviour 8: no start waits for a human."""
    monkeypatch.setattr("mcp_proxy.config.load.KEYRING_SECONDS", 0.05)
    monkeypatch.setattr(rings.Prompting, "opened", threading.Event())
    rings.choose(rings.Prompting)
    with pytest.raises(ConfigError, match=r"gave no answer about keyring:ig within 0\.05 s"):
        read_secret(SecretRef("keyring", "ig"))
    rings.Prompting.opened.set()


def test_tokens_and_client_secrets_are_looked_at(tmp_path: Path) -> None:
    """systems.md §1.6 for the hash."""
    token = file_ref(private(tmp_path / "token", "Bearer sta_1\n"))
    assert read_token(token) == "sta_1"
    hashed = file_ref(private(tmp_path / "hash", "pbkdf2_sha256$1$a$b"))
    with pytest.raises(ConfigError, match=r"holds a hash of the client secret"):
        read_client_secret(hashed)
    assert read_client_secret(file_ref(private(tmp_path / "secret", "a$b"))) == "a$b"


def test_headers_are_read_all_at_once(tmp_path: Path) -> None:
    """Ours; RFC 9110 §5.5 for the alphabet."""
    ref = file_ref(private(tmp_path / "key", "abc\n"))
    assert read_headers({"X-A": "blue", "X-Key": ref}) == {"X-A": "blue", "X-Key": "abc"}
    private(tmp_path / "key", "kä")
    with pytest.raises(ConfigError, match=r"key has a letter beyond ASCII in its value$"):
        read_headers({"X-Key": ref})


def test_every_secret_of_a_profile_is_looked_for_beside_its_file(tmp_path: Path) -> None:
    """Ours: hosts start us in any working folder."""
    text = f"""
        [profiles.robot]
        url = "{URL}"
        auth = {{ grant = "client-credentials", client_id = "r", client_key = "@robot.pem" }}
        [profiles.company]
        url = "{URL}"
        auth.grant = "jwt-bearer"
        auth.client_id = "c"
        auth.assertion = "@workload"
        auth.identity_provider.token_endpoint = "https://login.example/token"
        auth.identity_provider.client_id = "us"
        auth.identity_provider.client_secret = "@idp"
        auth.identity_provider.id_token = "@id-token"
        """
    profiles = load_config(private(tmp_path / "config.toml", text)).profiles
    assert profiles["robot"].auth.client_key == file_ref(tmp_path / "robot.pem")
    company = profiles["company"].auth
    assert company.assertion == file_ref(tmp_path / "workload")
    assert company.identity_provider == IdentityProvider(
        "https://login.example/token",
        "us",
        file_ref(tmp_path / "id-token"),
        file_ref(tmp_path / "idp"),
    )


def test_a_key_of_several_lines_and_a_jwt_of_one_are_read(tmp_path: Path) -> None:
    """RFC 7468, RFC 7515. A file that others can read holds no secret."""
    text = "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n"
    path = private(tmp_path / "robot.pem", text)
    assert read_key(file_ref(path)) == text
    assert read_jwt(file_ref(private(tmp_path / "jwt", "a.b.c\n"))) == "a.b.c"
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="can be used by others"):
        read_key(file_ref(path))


def test_an_address_is_looked_up_in_a_file_that_is_named() -> None:
    """Ours."""
    profile = Profile("ig", URL, account="jo")
    assert resolve(Config({"ig": profile}), URL, Overrides()) == profile
