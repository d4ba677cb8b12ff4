"""Secrets are named, not written down, and are looked at before they are tried."""

from __future__ import annotations

import pytest

from mcp_proxy.config.model import SecretRef
from mcp_proxy.config.secret import (
    bearer_token,
    client_secret,
    jwt,
    private_key,
    reference,
    secret_text,
)
from mcp_proxy.errors import ConfigError

KEY = "profiles.demo.auth.client_secret"
REF = SecretRef("env", "IG_SECRET")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("env:IG_SECRET", SecretRef("env", "IG_SECRET")),
        (" env: IG_SECRET\n", SecretRef("env", "IG_SECRET")),
        ("@~/secrets/ig", SecretRef("file", "~/secrets/ig")),
        ("@C:\\Users\\Jo Doe\\ig.txt", SecretRef("file", "C:\\Users\\Jo Doe\\ig.txt")),
        ("keyring:ig dev", SecretRef("keyring", "ig dev")),
    ],
)
def test_a_reference_says_where_the_secret_lies(text: str, found: SecretRef) -> None:
    """Ours: systems.md X10, three places that no process list shows."""
    assert reference(text, KEY) == found


def test_a_secret_in_plain_text_is_refused_and_not_repeated() -> None:
    """Issue 2: never argv or plain TOML. Behaviour 27: not in the complaint either."""
    with pytest.raises(ConfigError) as caught:
        reference("s3cr3t-canary", KEY)
    assert str(caught.value) == f"{KEY} must say where the secret lies, not hold the secret itself"
    assert caught.value.key == KEY
    assert "env:NAME" in str(caught.value.hint)
    assert "canary" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("text", ["$IG_SECRET", "${IG_SECRET}", "%IG_SECRET%"])
def test_a_shell_variable_gets_the_right_spelling(text: str) -> None:
    """Ours: other bridges expand `${NAME}`; here nothing does."""
    with pytest.raises(ConfigError, match=r"did you mean env:IG_SECRET\?$"):
        reference(text, KEY)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("env:", "names nothing after env:"),
        ("@", "names nothing after @"),
        ("keyring: ", "names nothing after keyring:"),
        ("env:$IG", "must name an environment variable after env:"),
        ("  ", "is empty"),
        ("@ig\x1b[2J", "holds a line break or a control character"),
    ],
)
def test_a_reference_without_a_proper_name_is_refused(text: str, complaint: str) -> None:
    """Ours."""
    with pytest.raises(ConfigError) as caught:
        reference(text, KEY)
    assert str(caught.value) == f"{KEY} {complaint}"


@pytest.mark.parametrize("read", ["abc", "abc\n", " abc \r\n", "\ufeffabc\n", "\n\ufeff abc"])
def test_what_pasting_leaves_around_a_secret_is_dropped(read: str) -> None:
    """Ours: line ends of editors, the byte order mark of Windows."""
    assert secret_text(read, REF) == "abc"


def test_an_empty_secret_is_no_secret() -> None:
    """Ours: an unset variable in a host's settings arrives as an empty string."""
    with pytest.raises(ConfigError, match=r"^env:IG_SECRET is empty$"):
        secret_text(" \n", REF)


def test_two_lines_are_not_one_secret() -> None:
    """Ours: a line break would split a header (RFC 9110 §5.5)."""
    with pytest.raises(ConfigError) as caught:
        secret_text("canary\r\nX-Evil: 1", REF)
    assert str(caught.value) == "env:IG_SECRET holds a line break or a control character inside"
    assert "canary" not in str(caught.value.hint)


@pytest.mark.parametrize("stored", ["sta_1", "Bearer sta_1", "bearer  sta_1"])
def test_a_token_is_taken_with_or_without_the_word_bearer(stored: str) -> None:
    """Ours: people copy the whole header value (RFC 6750 §2.1)."""
    assert bearer_token(stored, REF) == "sta_1"


@pytest.mark.parametrize("stored", ["two words", "tökén", "Bearer two words"])
def test_what_cannot_be_a_token_is_refused_before_it_is_sent(stored: str) -> None:
    """RFC 6750 §2.1, read generously."""
    with pytest.raises(ConfigError, match=r"^env:IG_SECRET does not hold an access token: "):
        bearer_token(stored, REF)


@pytest.mark.parametrize(
    "stored",
    ["pbkdf2_sha256$870000$salt$aGFzaA==", "argon2$argon2id$v=19$m=1", "bcrypt_sha256$$2b$12$x"],
)
def test_a_hash_of_the_client_secret_is_recognised(stored: str) -> None:
    """systems.md §1.6: an existing application shows only the hash."""
    with pytest.raises(ConfigError) as caught:
        client_secret(stored, REF)
    kind = stored.partition("$")[0]
    assert str(caught.value) == (
        f"env:IG_SECRET holds a hash of the client secret ({kind}$…), not the secret"
    )
    assert "new application" in str(caught.value.hint)


@pytest.mark.parametrize("stored", ["pbkdf2", "a$b", "xpbkdf2_sha256$1"])
def test_a_secret_with_a_dollar_is_a_secret(stored: str) -> None:
    """Ours."""
    assert client_secret(stored, REF) == stored


PEM = "-----BEGIN {0}PRIVATE KEY-----\nMC4CAQ\n-----END {0}PRIVATE KEY-----\n"


@pytest.mark.parametrize("kind", ["", "EC ", "RSA ", "ENCRYPTED "])
def test_a_private_key_has_lines_of_its_own(kind: str) -> None:
    """RFC 7468 §10, RFC 5915 §4. What tools write around it is left out."""
    found = private_key(f"-----BEGIN EC PARAMETERS-----\nBg==\n{PEM.format(kind)}\nmore", REF)
    assert found == PEM.format(kind)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-----BEGIN PUBLIC KEY-----\ncanary", "env:IG_SECRET holds a public key, no private key"),
        ("-----BEGIN CERTIFICATE-----", "env:IG_SECRET holds a certificate, no private key"),
        ("canary", "env:IG_SECRET holds something else, no private key"),
        ("-----BEGIN PRIVATE KEY-----\ncanary", "env:IG_SECRET holds a private key, no private"),
    ],
)
def test_what_is_no_private_key_is_named(text: str, complaint: str) -> None:
    """Ours: the file beside it is picked by mistake."""
    with pytest.raises(ConfigError) as caught:
        private_key(text, REF)
    assert str(caught.value).startswith(complaint)
    assert "canary" not in f"{caught.value} {caught.value.hint}"


def test_a_jwt_has_three_parts() -> None:
    """RFC 7515 §7.1."""
    assert jwt("eyJh.eyJp.c2ln-_", REF) == "eyJh.eyJp.c2ln-_"
    for wrong in ("canary", "a.b", "a.b.c.d", "a.b.c d", "a..c"):
        with pytest.raises(ConfigError, match="does not hold a JWT") as caught:
            jwt(wrong, REF)
        assert "canary" not in str(caught.value)
