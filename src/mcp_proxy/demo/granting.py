"""What a person gives a program on the consent page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.demo.account import Account


class Granting:
    """All that was asked for, in the person's own name. A world may let its people choose."""

    def choices(self) -> str:
        """More of the form, as HTML."""
        return ""

    def granted(
        self, account: Account, _client_id: str, scope: str, _form: Mapping[str, str]
    ) -> tuple[Account, str]:
        """In whose name the program acts, and the scope that it gets of the one it asked for."""
        return account, scope
