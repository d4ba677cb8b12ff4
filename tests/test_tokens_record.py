"""Grants and clients as bytes, and back, over versions."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_proxy.errors import StoreError
from mcp_proxy.oauth.model import Client, Grant, TokenSet
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.record import (
    MalformedError,
    clients_record,
    document,
    grant_record,
    pointer_record,
    read_clients,
    read_document,
    read_grant,
    read_pointer,
)

CLIENT = Client("me", "secret", "client_secret_post", "registered", "http://127.0.0.1:1/", 5.0)
GRANT = Grant(
    "https://as.example",
    "https://as.example/token",
    CLIENT,
    "https://gw.example/mcp/",
    TokenSet("access", "refresh", 1.5, 2.5, "read write"),
    signed_in_at=1.5,
)


def test_a_grant_is_read_back_whole() -> None:
    """Ours."""
    assert read_grant(grant_record(GRANT)) == GRANT


@given(st.builds(TokenSet), st.builds(Client))
def test_every_grant_is_read_back(tokens: TokenSet, client: Client) -> None:
    """Ours."""
    grant = Grant("i", "t", client, None, tokens)
    assert read_grant(grant_record(grant)) == grant


def test_clients_are_read_back() -> None:
    """Ours."""
    assert read_clients(clients_record([CLIENT, Client("other")])) == [CLIENT, Client("other")]


def test_names_of_a_later_version_are_passed_over() -> None:
    """peers.md 7: the version before reads what the version after wrote."""
    content = json.loads(grant_record(GRANT))
    content["later"] = content["grant"]["later"] = content["grant"]["tokens"]["later"] = [1]
    content["grant"]["client"]["later"] = {}
    assert read_grant(json.dumps(content).encode()) == GRANT


def test_names_of_a_later_version_may_be_missing() -> None:
    """peers.md 7: the version after reads what the version before wrote."""
    content = json.loads(grant_record(GRANT))
    del content["grant"]["account"], content["grant"]["client"]["auth_method"]
    found = read_grant(json.dumps(content).encode())
    assert (found.account, found.client.auth_method) == ("default", "none")


def test_a_later_layout_is_named_and_is_not_damage() -> None:
    """peers.md 7."""
    with pytest.raises(StoreError, match="newer mcp-permit") as told:
        read_grant(b'{"layout": 2, "sealed": true}')
    assert not isinstance(told.value, MalformedError)
    assert told.value.hint


@pytest.mark.parametrize(
    "text", [b"", b"\xff", b"[]", b"null", b"{}", b'{"layout":"1"}', b'{"layout":null}']
)
def test_what_is_no_document_is_damage(text: bytes) -> None:
    """Ours."""
    with pytest.raises(MalformedError):
        read_document(text)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"grant": None, "clients": None},
        {"grant": {"client": {}, "tokens": {}}, "clients": [{}]},
        {"grant": {"client": "a", "tokens": {}}, "clients": ["a"]},
        {"grant": {"client": {"client_id": "a"}, "tokens": {"access_token": "b"}}, "clients": 1},
    ],
)
def test_a_document_of_something_else_is_damage(content: dict[str, object]) -> None:
    """Ours."""
    with pytest.raises(MalformedError, match="no grant"):
        read_grant(document(content))
    with pytest.raises(MalformedError, match="no clients"):
        read_clients(document(content))


def test_an_error_holds_nothing_of_the_record() -> None:
    """Ours."""
    with pytest.raises(MalformedError) as told:
        read_grant(document({"grant": {"client": {}, "tokens": {"access_token": "s3cret"}}}))
    assert "s3cret" not in str(told.value)


KEY = CacheKey("https://gw.example/mcp/", "https://as.example", "me", None, "default")


def test_a_pointer_is_read_back() -> None:
    """Ours."""
    assert read_pointer(pointer_record(KEY)) == KEY


@pytest.mark.parametrize("change", [{"issuer": 1}, {"account": ["a"]}])
def test_an_edited_pointer_is_damage(change: dict[str, object]) -> None:
    """Ours: it lies open."""
    content = json.loads(pointer_record(KEY))
    with pytest.raises(MalformedError, match="no pointer"):
        read_pointer(document(content | change))
    del content["issuer"]
    with pytest.raises(MalformedError, match="no pointer"):
        read_pointer(document(content))
