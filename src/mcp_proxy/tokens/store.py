"""The vault's folder: grants and clients, sealed, and pointers that find them again.

    vault.json, vault.key   where the key lies (`tokens.vaultkey`)
    grants/KEY.sealed       one grant (`CacheKey.digest`), in a `tokens.safe`
    renewals/KEY.sealed     a renewal that was begun (`tokens.note`)
    clients/ISSUER.sealed   our registrations at one issuer, the newest first
    refs/PROFILE.json       which grant a profile uses; readable, holds no secret
    uses/KEY.json           when it was last used (`tokens.usage`); the same
    locks/NAME.lock         see `lock`

A profile is known before its issuer is, so it finds its grant through a pointer. The
pointer outlives the grant: after a sign-out the catalog can still be read.

Nothing here locks by itself. To write what another process may be renewing, hold
`lock(key.digest, "refresh")`.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError
from mcp_proxy.files import private_folder, read_private, shut, write_private
from mcp_proxy.tokens.lock import hold
from mcp_proxy.tokens.note import note_about, note_record, read_note
from mcp_proxy.tokens.pointer import file_name, pointed, pointer_path
from mcp_proxy.tokens.record import (
    clients_record,
    grant_record,
    pointer_record,
    read_clients,
    read_grant,
    read_pointer,
)
from mcp_proxy.tokens.safe import judged, safe_in
from mcp_proxy.tokens.usage import UsageNote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from typing import Literal

    from mcp_proxy.oauth.model import Client, Grant, TokenSet
    from mcp_proxy.tokens.cachekey import CacheKey
    from mcp_proxy.tokens.note import Note

    Purpose = Literal["queue", "refresh", "sign-in"]

_CLIENTS_KEPT = 8
"""Registrations per issuer: one for each redirect URI in use, the oldest go first."""


class GrantStore:
    """Grants and clients of all profiles of one person.

    Touches nothing before it is asked; reading makes no file.

    Args:
        folder: the vault's; made when first written to.
        now: the time, to name what is set aside.
        held: vault keys that were had before, as `held` tells them.
    """

    def __init__(
        self,
        folder: Path,
        now: Callable[[], float] = time.time,
        held: Mapping[str, bytes] | None = None,
    ) -> None:
        self._folder = folder
        self._now = now
        self._safe = safe_in(folder, now, held)
        # Who can change the folder around the vault can put another in its place.
        shut(folder.parent)
        shut(folder)

    def key_of(self, gateway: str, account: str, client_id: str | None) -> CacheKey | None:
        """The cache key that a profile last had, signed in or not. Needs no vault key.

        Args:
            gateway: the profile's URL.
            account: the profile's account.
            client_id: the configured one; None where the profile configures none.

        Raises:
            StoreError: the pointer is damaged, or of a newer version.
        """
        path = pointer_path(self._folder, gateway, account, client_id)
        return judged(path, self._now, lambda: pointed(self._folder, gateway, account, client_id))

    def find(
        self, gateway: str, account: str, client_id: str | None
    ) -> tuple[CacheKey, Grant] | None:
        """A profile's grant and its key, or None. For the arguments see `key_of`.

        Raises:
            StoreError: as `key_of` and `load`.
        """
        key = self.key_of(gateway, account, client_id)
        grant = self.load(key) if key is not None else None
        return (key, grant) if key is not None and grant is not None else None

    def load(self, key: CacheKey) -> Grant | None:
        """The grant kept under `key`, or None.

        Raises:
            StoreError: it was damaged and is now set aside; a newer version wrote it; the
                vault's key cannot be had.
        """
        return self._safe.read(f"grants/{key.digest}", read_grant)

    def all(self) -> list[tuple[CacheKey, Grant | StoreError]]:
        """Every grant, or why it cannot be read, by gateway and account."""
        keys = sorted(
            self._readable_pointers(), key=lambda key: (key.gateway, key.account, key.digest)
        )
        found = [(key, self._load_or_error(key)) for key in keys]
        return [(key, grant) for key, grant in found if grant is not None]

    def save(self, key: CacheKey, grant: Grant, *, configured_client_id: str | None) -> None:
        """Keep a new sign-in durably, in place of the one that the profile had."""
        name = file_name(key.gateway, key.account, configured_client_id)
        before = self._pointer(name)
        self.update(key, grant)
        if before == key:
            return
        folder = private_folder(private_folder(self._folder) / "refs")
        write_private(folder / f"{name}.json", pointer_record(key))
        if before is not None and before not in self._pointers():
            self.remove(before)

    def update(self, key: CacheKey, grant: Grant) -> None:
        """Keep renewed tokens durably. Pointers stay as they are."""
        self._safe.write(f"grants/{key.digest}", grant_record(grant))

    def remove(self, key: CacheKey) -> None:
        """Forget a grant. Its pointer stays, for the catalog."""
        self._safe.remove(f"grants/{key.digest}")
        self.forget_renewal(key)

    def begin_renewal(self, key: CacheKey, tokens: TokenSet) -> Note | None:
        """Note durably that the refresh token of `tokens` is about to be spent.

        Returns the note of an earlier renewal of the same tokens, which never came to its end.

        Raises:
            StoreError: the note cannot be kept, so that the successor could not be either.
        """
        if tokens.refresh_token is None:
            return None  # new tokens come by other means, and nothing is spent
        name = f"renewals/{key.digest}"
        with suppress(StoreError):  # a damaged one is set aside, and worth no renewal
            before = self._safe.read(name, read_note)
            if before is not None and before.is_about(tokens):
                return before
        self._safe.write(name, note_record(note_about(tokens, self._now())))
        return None

    def forget_renewal(self, key: CacheKey) -> None:
        """Forget the note: nothing was spent. After a success it means nothing anyway."""
        self._safe.remove(f"renewals/{key.digest}")

    def usage_note(self, key: CacheKey) -> UsageNote:
        """Where the uses of a credential are noted, one of ours or a configured one."""
        return UsageNote(self._folder / "uses", key.digest, self._now)

    def client_for(self, issuer: str, redirect_uri: str | None) -> Client | None:
        """Our registration at `issuer` for `redirect_uri`; for None the newest one."""
        for client in self._clients(issuer):
            if redirect_uri in {None, client.redirect_uri}:
                return client
        return None

    def remember_client(self, issuer: str, client: Client) -> None:
        """Keep a registration, in place of the one with the same redirect URI."""
        kept = [old for old in self._clients(issuer) if old.redirect_uri != client.redirect_uri]
        record = clients_record([client, *kept][:_CLIENTS_KEPT])
        self._safe.write(f"clients/{file_name(issuer)}", record)

    def forget_clients(self, issuer: str) -> None:
        """Forget every registration at `issuer`; the next sign-in registers anew."""
        self._safe.remove(f"clients/{file_name(issuer)}")

    def unlock(self) -> None:
        """Have the vault's key at hand; the first one is made.

        May take as long as a keyring may, or a passphrase: not for an event loop.

        Raises:
            StoreError: it cannot be had, and nothing could be kept.
        """
        self._safe.unlock()

    def held(self) -> dict[str, bytes]:
        """The vault keys at hand, by their checks: as secret as all that they seal."""
        return self._safe.held()

    def vault_key_place(self) -> str:
        """Where the vault's key lies, in words, for `status`."""
        return self._safe.describe()

    def lock(
        self, name: str, purpose: Purpose, timeout_seconds: float
    ) -> AbstractAsyncContextManager[None]:
        """One holder over all processes.

        Args:
            name: any text; a `CacheKey.digest` but for `sign-in`.
            purpose: `refresh` for whoever spends or replaces a grant; `queue` for those who
                come to have it renewed; `sign-in` for a person's. None waits for the others.
            timeout_seconds: how long to wait for the holder.

        Raises:
            StoreError: upon entering, when somebody else holds it all the time.
        """
        return hold(self._folder / "locks" / f"{file_name(name)}.{purpose}.lock", timeout_seconds)

    def _load_or_error(self, key: CacheKey) -> Grant | StoreError | None:
        try:
            return self.load(key)
        except StoreError as error:
            return error

    def _clients(self, issuer: str) -> list[Client]:
        return self._safe.read(f"clients/{file_name(issuer)}", read_clients) or []

    def _pointers(self) -> set[CacheKey]:
        found = [self._pointer(path.stem) for path in (self._folder / "refs").glob("*.json")]
        return {pointer for pointer in found if pointer is not None}

    def _readable_pointers(self) -> set[CacheKey]:
        found = set()
        for path in (self._folder / "refs").glob("*.json"):
            with suppress(StoreError):  # one damaged pointer hides no other
                found.add(self._pointer(path.stem))
        return {pointer for pointer in found if pointer is not None}

    def _pointer(self, name: str) -> CacheKey | None:
        path = self._folder / "refs" / f"{name}.json"
        text = read_private(path)
        return None if text is None else judged(path, self._now, lambda: read_pointer(text))
