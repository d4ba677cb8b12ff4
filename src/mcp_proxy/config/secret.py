"""A secret's reference, and what the secret must look like once it was read.

Pure: `config.load` reads. No sentence written here ever holds the secret.
"""

from __future__ import annotations

import re

from mcp_proxy.config.checks import plain_text
from mcp_proxy.config.model import SecretRef
from mcp_proxy.errors import ConfigError

_DJANGO_HASH = r"(pbkdf2_sha1|pbkdf2_sha256|argon2|bcrypt|bcrypt_sha256|scrypt|md5)\$.*"
"""How Django stores a password or an OAuth client's secret (its PASSWORD_HASHERS)."""


def reference(text: str, key: str) -> SecretRef:
    """The reference that `text` writes: `env:NAME`, `@FILE` or `keyring:NAME`.

    Raises:
        ConfigError: it is none of the three; a secret in plain text, most likely.
    """
    text = plain_text(text, key)
    found = find_reference(text)
    if found is None:
        raise ConfigError(_not_a_reference(text, key), key=key, hint=_WHERE_SECRETS_LIE)
    if not found.name:
        raise ConfigError(f"{key} names nothing after {text}", key=key, hint=_WHERE_SECRETS_LIE)
    if found.kind == "env" and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", found.name):
        raise ConfigError(f"{key} must name an environment variable after env:", key=key)
    return found


_WHERE_SECRETS_LIE = (
    "Write env:NAME for an environment variable, @FILE for a file that only you can read,"
    " or keyring:NAME for an entry of the operating system's keyring"
)


def find_reference(text: str) -> SecretRef | None:
    """The reference that `text` writes, if it is one; its name is not yet checked."""
    if text.startswith("env:"):
        return SecretRef("env", text.removeprefix("env:").strip())
    if text.startswith("keyring:"):
        return SecretRef("keyring", text.removeprefix("keyring:").strip())
    return SecretRef("file", text[1:].strip()) if text.startswith("@") else None


def _not_a_reference(text: str, key: str) -> str:
    """The complaint; only the name of a shell variable is quoted from `text`."""
    variable = re.fullmatch(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?|%([A-Za-z_][A-Za-z0-9_]*)%", text)
    if variable:
        return f"{key} is not expanded by a shell; did you mean env:{variable[1] or variable[2]}?"
    return f"{key} must say where the secret lies, not hold the secret itself"


def secret_text(read: str, ref: SecretRef) -> str:
    """The secret without the blanks and line ends that pasting leaves around it.

    Raises:
        ConfigError: nothing is left, or it has more than one line.
    """
    text = read.strip().strip("\ufeff").strip()
    if not text:
        raise ConfigError(f"{ref} is empty")
    if not text.isprintable():
        raise ConfigError(
            f"{ref} holds a line break or a control character inside",
            hint="Store the secret alone, on one line",
        )
    return text


def private_key(read: str, ref: SecretRef) -> str:
    """A private key in PEM, the one text of several lines.

    Raises:
        ConfigError: it is something else; a public key or a certificate, most likely.
    """
    found = re.search(
        r"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", read, re.DOTALL
    )
    if found:
        return found[0] + "\n"
    other = re.search(r"-----BEGIN ([A-Z ]{1,40})-----", read)
    raise ConfigError(
        f"{ref} holds {f'a {other[1].lower()}' if other else 'something else'}, no private key",
        hint="Name the file that begins with -----BEGIN PRIVATE KEY-----",
    )


def jwt(text: str, ref: SecretRef) -> str:
    """A signed JWT as it is sent: three parts of base64url (RFC 7515 §7.1).

    Raises:
        ConfigError: it is something else.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}", text):
        raise ConfigError(f"{ref} does not hold a JWT", hint="Store the token alone, on one line")
    return text


def bearer_token(text: str, ref: SecretRef) -> str:
    """The access token, without the word `Bearer` that is often pasted with it.

    Raises:
        ConfigError: it has characters that no token has (RFC 6750 §2.1, read generously:
            visible ASCII).
    """
    token = re.sub(r"(?i)^bearer\s+", "", text)
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ConfigError(
            f"{ref} does not hold an access token: there is a blank or a letter beyond ASCII in it",
            hint="Store the token alone, with or without the word Bearer before it",
        )
    return token


def client_secret(text: str, ref: SecretRef) -> str:
    """The client's secret, after a look at what is pasted by mistake.

    Integration Gateway shows a secret only before it is saved and a hash ever after,
    so the hash is what people copy (its MCP page, "Troubleshooting").

    Raises:
        ConfigError: it is a hash, which no token endpoint accepts.
    """
    hashed = re.fullmatch(_DJANGO_HASH, text)
    if hashed:
        raise ConfigError(
            f"{ref} holds a hash of the client secret ({hashed[1]}$…), not the secret",
            hint="The server cannot show the secret again: create a new application there and"
            " copy its secret before saving",
        )
    return text
