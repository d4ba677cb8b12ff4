"""The keyring of the operating system, asked so that it can never hang us.

A keyring may put up a prompt and wait for a person, over a bus that may not answer.
So every question runs in a daemon thread, and whoever asks waits a bounded time.
Knows nothing of vaults: one short text under one name.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyring.backend import KeyringBackend

SERVICE = "mcp-permit"
"""Under which name keyring programs list our entries."""
LONGEST_BYTES = 1_000
"""Of one entry (ours): Windows refuses some 1,280 characters, others keep what they like."""


class OsKeyring:
    """One keyring backend.

    Args:
        backend: its class, as `keyring.backends.SecretService.Keyring`; None for the one that
            the machine or `PYTHON_KEYRING_BACKEND` offers. Naming it saves 50 ms.
        limit_seconds: how long one question may take.
    """

    def __init__(self, backend: str | None, limit_seconds: float) -> None:
        self._backend = backend
        self._limit_seconds = limit_seconds
        self._asking: Thread | None = None

    @property
    def backend(self) -> str | None:
        """The backend's class, once it was named or found."""
        return self._backend

    def read(self, entry: str) -> str | None:
        """The text kept under `entry`, or None.

        Raises:
            StoreError: there is no keyring, it is locked, it broke, or it did not answer in time.
        """
        return self._ask(lambda ring: ring.get_password(SERVICE, entry))

    def write(self, entry: str, text: str) -> None:
        """Keep `text` under `entry`.

        Raises:
            StoreError: it is longer than `LONGEST_BYTES`; else as `read`.
        """
        if len(text.encode()) > LONGEST_BYTES:
            raise StoreError(f"No keyring takes more than {LONGEST_BYTES:,} bytes for sure")
        self._ask(lambda ring: ring.set_password(SERVICE, entry, text))

    def forget(self, entry: str) -> None:
        """Take away what is kept under `entry`.

        Raises:
            StoreError: it is not there; else as `read`.
        """
        self._ask(lambda ring: ring.delete_password(SERVICE, entry))

    def _ask(self, question: Callable[[KeyringBackend], str | None]) -> str | None:
        # An unanswered prompt keeps its thread. Another thread would be another prompt.
        if self._asking is not None:
            self._asking.join(self._limit_seconds)
            if self._asking.is_alive():
                raise self._silence()
        answers: SimpleQueue[str | Exception | None] = SimpleQueue()

        def work() -> None:
            try:
                answers.put(question(self._ring()))
            except Exception as error:  # noqa: BLE001 - backends raise whatever their bus raises
                answers.put(error)

        self._asking = Thread(target=work, name="keyring", daemon=True)
        self._asking.start()
        try:
            answer = answers.get(timeout=self._limit_seconds)
        except Empty:
            raise self._silence() from None
        if isinstance(answer, Exception):
            raise StoreError(_reason(answer)) from answer
        return answer

    def _ring(self) -> KeyringBackend:
        # 60 ms, and another 50 to look for a backend: once per machine, or not at all.
        from keyring import core  # noqa: PLC0415

        if self._backend is not None:
            return core.load_keyring(self._backend)
        ring = core.get_keyring()
        self._backend = f"{type(ring).__module__}.{type(ring).__qualname__}"
        return ring

    def _silence(self) -> StoreError:
        return StoreError(f"The keyring did not answer within {self._limit_seconds:g} seconds")


def _reason(error: Exception) -> str:
    # A backend's own words may hold anything, so only its error's name is passed on.
    from keyring.errors import KeyringLocked, NoKeyringError  # noqa: PLC0415 - loaded by now

    if isinstance(error, NoKeyringError):
        return "This machine has no keyring"
    if isinstance(error, KeyringLocked):
        return "The keyring is locked"
    return f"The keyring cannot be used ({type(error).__name__})"
