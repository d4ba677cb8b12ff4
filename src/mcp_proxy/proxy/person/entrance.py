"""The sign-in that runs behind the requests that want it.

A host never waits for a person: requests wait a moment, then they are answered
with what to do, and the sign-in goes on by itself.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import AuthorizationRefused, PermitError, SignInRequired
from mcp_proxy.login.attempts import AGAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from mcp_proxy.login.person import SignInPage

    Show = Callable[[SignInPage], None]
    SignIn = Callable[[SignInRequired, Show], Coroutine[object, object, object]]
    """Signs in: takes what asked for it, and whom to show the page."""


class Entrance:
    """At most one sign-in at a time in this process.

    Args:
        sign_in: the use case; None where no person can help (static tokens).
        on_entered: called after a sign-in that some request no longer waited for.
        on_refused: told that the gateway refuses what a sign-in has just brought.
        on_page: told the page that a person must open, and None once nobody is awaited.
    """

    def __init__(
        self,
        sign_in: SignIn | None,
        on_entered: Callable[[], None],
        on_refused: Callable[[PermitError], None] = lambda _error: None,
        on_page: Callable[[SignInPage | None], None] = lambda _page: None,
    ) -> None:
        self.page: SignInPage | None = None
        """The page that a person must open, while one must."""
        self._sign_in = sign_in
        self._on_entered = on_entered
        self._on_refused = on_refused
        self._on_page = on_page
        self._task: asyncio.Task[None] | None = None
        self._failure: PermitError | None = None
        self._untried: SignInRequired | None = None
        """What asked for the last sign-in that ended well, until the gateway has taken it."""
        self._given_up = False
        self._declined: AuthorizationRefused | None = None

    async def enter(self, required: SignInRequired, seconds: float) -> bool:
        """Sign in, or join the sign-in that runs; whether it ended well within `seconds`.

        Raises:
            PermitError: it failed just now, or nobody can sign in here.
        """
        # A late refusal of what was sent before says nothing about what came since.
        if self._untried is not None and required.refused not in {None, self._untried.refused}:
            raise self.refused()
        task = self._begin(required)
        done, _ = await asyncio.wait([task], timeout=seconds)
        if not done:
            self._given_up = True
            return False
        if self._failure is not None:
            raise self._failure
        if task.cancelled():
            raise required
        task.result()  # a fault of ours is not a sign-in
        return True

    def tried(self) -> None:
        """The gateway takes what the last sign-in brought."""
        self._untried = None

    def refused(self) -> AuthorizationRefused:
        """What to raise where the gateway refuses a sign-in that has just ended well."""
        error = AuthorizationRefused(
            "The gateway refuses a sign-in that has just ended well",
            hint="It may want another account, scope or resource than this profile names",
        )
        self._untried = None
        self._on_refused(error)
        return error

    def decline(self) -> None:
        """The person has told the host that they will not sign in."""
        if self._task is None or self._task.done():
            return
        self._declined = AuthorizationRefused(
            "The person has declined to sign in", code="access_denied", hint=AGAIN
        )
        self._on_refused(self._declined)
        self._task.cancel()

    def close(self) -> None:
        """Wait for no person any more; the port and the lock are released."""
        self._sign_in = None
        if self._task is not None:
            self._task.cancel()

    def _begin(self, required: SignInRequired) -> asyncio.Task[None]:
        if self._task is not None and not self._task.done():
            return self._task
        if self._sign_in is None:
            raise required
        self._failure = None
        self._task = asyncio.create_task(self._run(self._sign_in, required))
        return self._task

    async def _run(self, sign_in: SignIn, required: SignInRequired) -> None:
        try:
            await sign_in(required, self._wait_for_person)
        except PermitError as error:
            self._failure = error
        except asyncio.CancelledError:
            if self._declined is None:
                raise
            self._failure, self._declined = self._declined, None
        else:
            self._untried = required
            if self._given_up:
                self._on_entered()
        finally:
            self.page, self._given_up = None, False
            self._on_page(None)

    def _wait_for_person(self, page: SignInPage) -> None:
        self.page = page
        self._on_page(page)
