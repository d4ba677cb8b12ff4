"""The vault's folder, on a real disk, with its key in a file."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends import fail

import first_version
import rings
from first_version import FirstVault
from mcp_proxy.errors import StoreError
from mcp_proxy.oauth.model import DEVICE_CODE, Client, Grant, TokenSet
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.sealed import write_sealed
from mcp_proxy.tokens.store import GrantStore
from mcp_proxy.tokens.vaultkey import VaultKey
from mcp_proxy.values import asdict, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

GATEWAY, ISSUER = "https://gw.example/mcp/", "https://as.example"
GRANT = Grant(
    ISSUER,
    "https://as.example/token",
    Client("me", "s3cret"),
    GATEWAY,
    TokenSet("acc3ss", "refr3sh", 1.0, 3_601.0, "read"),
)
KEY = CacheKey(GATEWAY, ISSUER, "me", GATEWAY, "default")


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    rings.choose(fail.Keyring)
    yield
    keyring.set_keyring(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def store(folder: Path) -> GrantStore:
    return GrantStore(folder, lambda: 7.0)


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def test_an_empty_vault_holds_nothing_and_is_not_made_by_reading(
    store: GrantStore, folder: Path
) -> None:
    """Ours."""
    assert store.find(GATEWAY, "default", None) is None
    assert store.key_of(GATEWAY, "default", None) is None
    assert store.load(KEY) is None
    assert store.client_for(ISSUER, None) is None
    assert store.all() == []
    store.remove(KEY)
    assert store.vault_key_place() == "not made yet"
    assert not folder.exists()


def test_a_sign_in_is_found_by_the_next_process(store: GrantStore, folder: Path) -> None:
    """systems.md X8: nothing but the profile is needed to find it."""
    store.save(KEY, GRANT, configured_client_id="me")
    after = GrantStore(folder)
    assert after.find(GATEWAY, "default", "me") == (KEY, GRANT)
    assert after.key_of(GATEWAY, "default", "me") == KEY
    assert after.all() == [(KEY, GRANT)]
    assert "vault.key with mode 0600" in after.vault_key_place()


def test_others_can_change_neither_the_vault_nor_what_is_around_it(folder: Path) -> None:
    """Ours: who only reads, as `status` does, tightens too."""
    folder.mkdir()
    folder.chmod(0o777)
    folder.parent.chmod(0o770)
    GrantStore(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o750


@pytest.mark.parametrize(
    "other",
    [(GATEWAY[:-1], "default", "me"), (GATEWAY, "second", "me"), (GATEWAY, "default", None)],
)
def test_another_profile_does_not_find_it(
    store: GrantStore, other: tuple[str, str, str | None]
) -> None:
    """systems.md X8."""
    store.save(KEY, GRANT, configured_client_id="me")
    assert store.find(*other) is None


def test_no_secret_lies_open_and_all_is_private(store: GrantStore, folder: Path) -> None:
    """peers.md 28."""
    store.save(KEY, GRANT, configured_client_id=None)
    store.remember_client(ISSUER, Client("me", "s3cret", origin="registered"))
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
        if path.is_file():
            assert not {b"acc3ss", b"refr3sh", b"s3cret"} & set(path.read_bytes().split(b'"'))
    pointer = json.loads(only(folder, "refs/*.json").read_bytes())
    assert pointer == {
        "layout": 1,
        "gateway": GATEWAY,
        "issuer": ISSUER,
        "client_id": "me",
        "resource": GATEWAY,
        "account": "default",
    }


def test_renewed_tokens_replace_the_old_ones_and_leave_the_pointer_alone(
    store: GrantStore, folder: Path
) -> None:
    """systems.md X6."""
    store.save(KEY, GRANT, configured_client_id=None)
    pointer = only(folder, "refs/*.json").stat()
    renewed = replace(GRANT, tokens=TokenSet("later"))
    store.update(KEY, renewed)
    assert store.find(GATEWAY, "default", None) == (KEY, renewed)
    assert only(folder, "refs/*.json").stat().st_ino == pointer.st_ino


def test_a_second_sign_in_takes_the_place_of_the_first(store: GrantStore, folder: Path) -> None:
    """Ours."""
    again = replace(GRANT, tokens=TokenSet("again"))
    store.save(KEY, GRANT, configured_client_id=None)
    store.save(KEY, again, configured_client_id=None)
    assert store.find(GATEWAY, "default", None) == (KEY, again)
    assert sorted(path.name for path in folder.iterdir()) == [
        "grants",
        "refs",
        "vault.json",
        "vault.key",
        "vault.lock",
    ]


def test_a_renewal_of_the_former_grant_does_not_move_the_pointer_back(store: GrantStore) -> None:
    """peers.md 5: a loser never destroys a winner."""
    newer = replace(KEY, issuer="https://new.example")
    store.save(KEY, GRANT, configured_client_id=None)
    store.save(newer, GRANT, configured_client_id=None)
    store.update(KEY, replace(GRANT, tokens=TokenSet("late")))
    assert store.find(GATEWAY, "default", None) == (newer, GRANT)


def test_a_sign_in_elsewhere_leaves_no_tokens_of_the_former_one(
    store: GrantStore, folder: Path
) -> None:
    """Ours: nobody would ever find them again, neither to use nor to revoke."""
    store.save(KEY, GRANT, configured_client_id=None)
    store.save(replace(KEY, client_id="new"), GRANT, configured_client_id=None)
    assert len(list(folder.glob("grants/*"))) == 1
    assert store.load(KEY) is None


def test_tokens_that_another_profile_uses_stay(store: GrantStore) -> None:
    """Ours: one profile names its client, the other one found the same by registration."""
    store.save(KEY, GRANT, configured_client_id=None)
    store.save(KEY, GRANT, configured_client_id="me")
    store.save(replace(KEY, issuer="https://new"), GRANT, configured_client_id=None)
    assert store.find(GATEWAY, "default", "me") == (KEY, GRANT)


def test_a_sign_out_keeps_the_way_to_the_catalog(store: GrantStore) -> None:
    """systems.md X18: a catalog is read without a token."""
    store.save(KEY, GRANT, configured_client_id=None)
    store.remove(KEY)
    assert store.find(GATEWAY, "default", None) is None
    assert store.all() == []
    assert store.key_of(GATEWAY, "default", None) == KEY


def test_the_pointer_is_read_without_the_vaults_key(store: GrantStore, folder: Path) -> None:
    """Ours: `tools --offline` works where the keyring is locked."""
    store.save(KEY, GRANT, configured_client_id=None)
    (folder / "vault.key").unlink()
    assert GrantStore(folder).key_of(GATEWAY, "default", None) == KEY


@pytest.mark.parametrize("damage", ["cut", "changed", "another's"])
def test_a_damaged_grant_is_said_once_and_set_aside(
    store: GrantStore, folder: Path, damage: str
) -> None:
    """Issue "a damaged vault file": never overwritten in silence."""
    store.save(KEY, GRANT, configured_client_id=None)
    record = only(folder, "grants/*")
    whole = record.read_bytes()
    if damage == "another's":
        other = replace(KEY, account="other")
        store.save(other, GRANT, configured_client_id=None)
        bad = (folder / "grants" / f"{other.digest}.sealed").read_bytes()
    else:
        bad = whole[:-1] if damage == "cut" else whole[:-1] + bytes([whole[-1] ^ 1])
    record.write_bytes(bad)
    with pytest.raises(StoreError, match=r"was damaged and is kept as .*\.damaged-7") as told:
        store.find(GATEWAY, "default", None)
    assert told.value.hint == "mcp-permit login"
    assert "acc3ss" not in str(told.value)
    assert record.with_name(f"{record.name}.damaged-7").read_bytes() == bad
    assert store.find(GATEWAY, "default", None) is None


def test_one_damaged_grant_hides_no_other(store: GrantStore, folder: Path) -> None:
    """Ours."""
    other = replace(KEY, account="other")
    store.save(KEY, GRANT, configured_client_id=None)
    store.save(other, GRANT, configured_client_id=None)
    (folder / "grants" / f"{KEY.digest}.sealed").write_bytes(b"")
    (first, error), (second, grant) = store.all()
    assert (first, second, grant) == (KEY, other, GRANT)
    assert isinstance(error, StoreError)


def test_a_damaged_pointer_is_said_once_and_set_aside(store: GrantStore, folder: Path) -> None:
    """Ours."""
    store.save(KEY, GRANT, configured_client_id=None)
    only(folder, "refs/*").write_bytes(b"{")
    with pytest.raises(StoreError, match=r"refs.* was damaged"):
        store.key_of(GATEWAY, "default", None)
    assert store.find(GATEWAY, "default", None) is None


def test_an_edited_pointer_lends_no_grant_to_another_gateway(
    store: GrantStore, folder: Path
) -> None:
    """Ours: tokens are never sent to another resource (MCP 2026-07-28, Authorization)."""
    store.save(KEY, GRANT, configured_client_id=None)
    pointer = only(folder, "refs/*").read_bytes()
    evil = replace(KEY, gateway="https://evil.example/")
    store.save(evil, GRANT, configured_client_id=None)
    store.remove(evil)
    for path in (folder / "refs").iterdir():
        path.write_bytes(pointer)
    assert store.find("https://evil.example/", "default", None) is None


def test_a_newer_record_is_named_and_left_alone(store: GrantStore, folder: Path) -> None:
    """peers.md 7."""
    store.save(KEY, GRANT, configured_client_id=None)
    record = only(folder, "grants/*")
    newer = record.read_bytes().replace(b"v1", b"v2", 1)
    record.write_bytes(newer)
    with pytest.raises(StoreError, match="newer mcp-permit"):
        store.load(KEY)
    assert record.read_bytes() == newer


def test_a_vault_of_the_first_version_is_read_and_written_on(folder: Path) -> None:
    """peers.md 7: the folder beside this file was written by version 0.1 and never since."""
    shutil.copytree(Path(__file__).with_name("vault_layout_1"), folder)
    store = GrantStore(folder)
    client = Client(
        "registered-1",
        "fixture-client-secret",
        "client_secret_post",
        "registered",
        "http://127.0.0.1:49152/callback",
        4_102_444_800.0,
    )
    tokens = TokenSet(
        "fixture-access", "fixture-refresh", 1_750_000_000.0, 1_750_003_600.0, "read write"
    )
    grant = Grant(
        ISSUER,
        "https://as.example/token",
        client,
        GATEWAY,
        tokens,
        "https://as.example/revoke",
        "jo",
        1_749_990_000.0,
    )
    key = CacheKey(GATEWAY, ISSUER, "registered-1", GATEWAY, "jo")
    assert store.find(GATEWAY, "jo", None) == (key, grant)
    assert store.client_for(ISSUER, client.redirect_uri) == client
    other = store.find(GATEWAY, "default", "configured-1")
    assert other is not None
    assert other[1].tokens == TokenSet("fixture-access-2")
    assert len(store.all()) == 2
    store.update(key, replace(grant, tokens=TokenSet("later")))
    assert GrantStore(folder).load(key) == replace(grant, tokens=TokenSet("later"))


def everything(folder: Path) -> GrantStore:
    """A vault in which every field of every record has a value of its own."""
    client = Client(
        "registered-1",
        "s3cret",
        "private_key_jwt",
        "registered",
        "http://127.0.0.1:1/callback",
        4_102_444_800.0,
        "header.claims.signature",
        "ES256",
    )
    grant = Grant(
        *(ISSUER, "https://as.example/token", client, GATEWAY),
        tokens=replace(GRANT.tokens, token_type="DPoP"),
        revocation_endpoint="https://as.example/revoke",
        account="jo",
        signed_in_at=5.0,
        grant_type=DEVICE_CODE,
        metadata_url="https://gw.example/.well-known/oauth-protected-resource",
        proof_key="AQ",
    )
    bare_grant = Grant(ISSUER, "https://as.example/token", Client("me"), None, TokenSet("a"))
    full, bare = asdict(grant), asdict(bare_grant)
    assert {name for name in full if full[name] == bare[name]} == {"issuer", "token_endpoint"}
    for part in ("client", "tokens"):
        assert [name for name in full[part] if full[part][name] == bare[part][name]] == []
    store = GrantStore(folder)
    store.save(ALL_KEY, grant, configured_client_id=None)
    store.remember_client(ISSUER, client)
    store.begin_renewal(ALL_KEY, grant.tokens)
    return store


ALL_KEY = CacheKey(GATEWAY, ISSUER, "registered-1", GATEWAY, "jo")


def test_what_this_version_writes_the_first_one_reads(folder: Path) -> None:
    """Issue 3; peers.md 7: whoever goes back is still signed in."""
    store = everything(folder)
    kept = store.load(ALL_KEY)
    assert kept is not None
    before = FirstVault(folder)
    (pointer,) = before.pointers()
    assert dataclasses.asdict(pointer) == asdict(ALL_KEY)
    found = dataclasses.asdict(before.grant(ALL_KEY.digest))
    for part, ours in (("client", kept.client), ("tokens", kept.tokens)):
        assert found[part].items() <= asdict(ours).items()
    parts = {name: found[name] for name in ("client", "tokens")}
    assert found.items() <= (asdict(kept) | parts).items()
    (client,) = before.clients(only(folder, "clients/*").stem)
    assert dataclasses.asdict(client) == found["client"]


def test_what_the_first_version_renews_meanwhile_is_read_and_renewed_on(folder: Path) -> None:
    """Issue 3; peers.md 7: two versions beside each other, and the way back."""
    store = everything(folder)
    before = FirstVault(folder)
    old = before.grant(ALL_KEY.digest)
    tokens = first_version.TokenSet("theirs", "theirs", 6.0, 7.0, "read")
    before.keep(ALL_KEY.digest, dataclasses.replace(old, tokens=tokens))
    found = store.load(ALL_KEY)
    assert found is not None
    assert found.tokens == TokenSet("theirs", "theirs", 6.0, 7.0, "read")
    assert (found.grant_type, found.metadata_url) == ("authorization_code", None)
    assert store.begin_renewal(ALL_KEY, found.tokens) is None, "a note about others"
    store.update(ALL_KEY, replace(found, tokens=TokenSet("ours")))
    assert before.grant(ALL_KEY.digest).tokens.access_token == "ours"


@pytest.mark.parametrize("kind", ["grants", "clients", "refs"])
def test_a_record_of_the_next_layout_is_named_and_left_alone(folder: Path, kind: str) -> None:
    """Issue 3; peers.md 7: nothing of it is set aside, and all else is read as before."""
    everything(folder)
    path = only(folder, f"{kind}/*")
    if kind == "refs":
        path.write_bytes(path.read_bytes().replace(b'"layout": 1', b'"layout": 2'))
    else:
        key = VaultKey(folder).load()
        plain = b'{"layout": 2, "of": "another shape"}'
        write_sealed(folder, key, f"{kind}/{path.stem}", plain)
    text = path.read_bytes()
    store = GrantStore(folder)
    with pytest.raises(StoreError, match="newer mcp-permit") as told:
        read_all(store)
    assert told.value.hint == "Update this mcp-permit"
    assert path.read_bytes() == text
    assert not list(folder.rglob("*.damaged-*"))


def read_all(store: GrantStore) -> None:
    """Everything that a vault is asked for."""
    store.find(GATEWAY, "jo", None)
    store.client_for(ISSUER, None)


def test_a_lost_vault_key_sets_nothing_aside(store: GrantStore, folder: Path) -> None:
    """Ours: the records are whole, and the key may come back."""
    store.save(KEY, GRANT, configured_client_id=None)
    key = (folder / "vault.key").read_bytes()
    (folder / "vault.key").unlink()
    with pytest.raises(StoreError, match=r"vault\.key is missing"):
        GrantStore(folder).load(KEY)
    (folder / "vault.key").write_bytes(key)
    assert GrantStore(folder).load(KEY) == GRANT


def test_in_memory_a_sign_in_is_shared_by_the_process_and_ends_with_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3, "Vault key": memory only. The way to the catalog stays, and holds no secret."""
    monkeypatch.setenv("MCP_PERMIT_VAULT", "memory")
    store = GrantStore(folder)
    store.save(KEY, GRANT, configured_client_id=None)
    store.remember_client(ISSUER, GRANT.client)
    assert GrantStore(folder).find(GATEWAY, "default", None) == (KEY, GRANT)
    assert [path.parent.name for path in folder.rglob("*") if path.is_file()] == ["refs"]
    monkeypatch.setattr("mcp_proxy.tokens.safe._memory", {})
    after = GrantStore(folder)
    assert after.find(GATEWAY, "default", None) is None
    assert after.key_of(GATEWAY, "default", None) == KEY


def test_a_renewal_that_never_ended_is_told_to_the_next_one(
    store: GrantStore, folder: Path
) -> None:
    """peers.md 7. The note lies sealed, and names no token."""
    store.save(KEY, GRANT, configured_client_id=None)
    assert store.begin_renewal(KEY, GRANT.tokens) is None
    told = GrantStore(folder, lambda: 99.0).begin_renewal(KEY, GRANT.tokens)
    assert told is not None
    assert told.begun_at == 7.0
    assert store.begin_renewal(KEY, TokenSet("later")) is None, "the one before has ended well"
    store.forget_renewal(KEY)
    assert store.begin_renewal(KEY, TokenSet("later")) is None
    store.remove(KEY)
    assert list(folder.glob("renewals/*")) == []


def test_nothing_is_noted_where_nothing_is_spent(store: GrantStore, folder: Path) -> None:
    """RFC 6749 §4.4.3: client credentials need no refresh token."""
    for _ in range(2):
        assert store.begin_renewal(KEY, TokenSet("access")) is None
    assert not folder.exists()


def test_a_damaged_note_stands_in_no_renewals_way(store: GrantStore, folder: Path) -> None:
    """Ours."""
    store.save(KEY, GRANT, configured_client_id=None)
    store.begin_renewal(KEY, GRANT.tokens)
    only(folder, "renewals/*").write_bytes(b"")
    assert store.begin_renewal(KEY, GRANT.tokens) is None
    assert len(list(folder.glob("renewals/*"))) == 2


def test_registrations_are_kept_by_issuer_and_redirect(store: GrantStore) -> None:
    """MCP 2026-07-28, Authorization: credentials are never shown to another issuer."""
    one = Client("1", "s", redirect_uri="http://127.0.0.1:1/callback", origin="registered")
    two = replace(one, client_id="2", redirect_uri="http://127.0.0.1:2/callback")
    again = replace(one, client_id="3")
    for client in (one, two):
        store.remember_client(ISSUER, client)
    assert store.client_for(ISSUER, one.redirect_uri) == one
    assert store.client_for(ISSUER, None) == two, "the newest one, whatever its redirect"
    assert store.client_for(ISSUER, "http://127.0.0.1:3/callback") is None
    assert store.client_for("https://other.example", None) is None
    store.remember_client(ISSUER, again)
    assert store.client_for(ISSUER, one.redirect_uri) == again
    assert store.client_for(ISSUER, None) == again


def test_registrations_do_not_pile_up(store: GrantStore) -> None:
    """Ours."""
    for port in range(10):
        store.remember_client(ISSUER, Client(str(port), redirect_uri=f"http://127.0.0.1:{port}/"))
    assert store.client_for(ISSUER, "http://127.0.0.1:1/") is None
    assert store.client_for(ISSUER, "http://127.0.0.1:2/") == Client(
        "2", redirect_uri="http://127.0.0.1:2/"
    )


def test_locks_are_per_name_and_purpose(store: GrantStore) -> None:
    """Ours: a sign-in that waits for a person holds up no renewal."""

    async def scenario() -> None:
        async with (
            store.lock(KEY.digest, "refresh", 0),
            store.lock(KEY.digest, "sign-in", 0),
            store.lock("gateway\naccount\n", "sign-in", 0),
        ):
            with pytest.raises(StoreError):
                async with store.lock(KEY.digest, "refresh", 0):
                    raise AssertionError

    asyncio.run(scenario())
