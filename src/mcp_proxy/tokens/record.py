"""A grant, a client and a pointer as JSON, and back.

Names that this version does not know are passed over, and names with a default may be
missing: the version before and the version after can read each other's records. What
they could not read would carry a higher layout.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from mcp_proxy.errors import StoreError
from mcp_proxy.oauth.model import Client, Grant, TokenSet
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.values import asdict, fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from _typeshed import DataclassInstance

LAYOUT = 1

Value = TypeVar("Value", bound="DataclassInstance")


class MalformedError(StoreError):
    """What was read is no record of this program."""


def document(content: Mapping[str, object]) -> bytes:
    """`content` as the bytes of a file, with the layout in it."""
    return json.dumps({"layout": LAYOUT, **content}, indent=1).encode() + b"\n"


def read_document(text: bytes) -> dict[str, Any]:
    """What `document` was given.

    Raises:
        MalformedError: it is damaged.
        StoreError: a newer version of this program wrote it in another layout.
    """
    try:
        content = json.loads(text)
        newer = content["layout"] > LAYOUT
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedError("The record is damaged") from error
    if newer:
        raise StoreError(
            "The record was written by a newer mcp-permit", hint="Update this mcp-permit"
        )
    return dict(content)


def grant_record(grant: Grant) -> bytes:
    """All of `grant`; as secret as its tokens."""
    return document({"grant": asdict(grant)})


def read_grant(text: bytes) -> Grant:
    """What `grant_record` was given.

    Raises:
        MalformedError, StoreError: as `read_document`.
    """
    try:
        content = read_document(text)["grant"]
        parts = {
            "client": _value(Client, content["client"]),
            "tokens": _value(TokenSet, content["tokens"]),
        }
        return _value(Grant, content | parts)
    except (KeyError, TypeError, AttributeError) as error:
        raise MalformedError("The record holds no grant") from error


def clients_record(clients: Sequence[Client]) -> bytes:
    """All registrations at one issuer; as secret as their secrets."""
    return document({"clients": [asdict(client) for client in clients]})


def read_clients(text: bytes) -> list[Client]:
    """What `clients_record` was given.

    Raises:
        MalformedError, StoreError: as `read_document`.
    """
    try:
        return [_value(Client, content) for content in read_document(text)["clients"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise MalformedError("The record holds no clients") from error


def pointer_record(key: CacheKey) -> bytes:
    """`key`, readable and without a secret."""
    return document(asdict(key))


def read_pointer(text: bytes) -> CacheKey:
    """What `pointer_record` was given.

    Raises:
        MalformedError, StoreError: as `read_document`.
    """
    content = read_document(text)
    parts = [content.get(field.name) for field in fields(CacheKey)]
    # Anybody may have edited it, unlike what was sealed.
    if not all(part is None or isinstance(part, str) for part in parts):
        raise MalformedError("The record holds no pointer")
    try:
        return _value(CacheKey, content)
    except TypeError as error:
        raise MalformedError("The record holds no pointer") from error


def _value(kind: type[Value], content: Mapping[str, object]) -> Value:
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in content.items() if name in known})
