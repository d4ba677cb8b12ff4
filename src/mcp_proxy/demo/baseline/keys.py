"""The keys that the demo's Stable Baseline begins with, and how long a key may live. Pure data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mcp_proxy.demo.baseline.estate import CARDS, DESIGN, LEDGER, PAYMENTS
from mcp_proxy.demo.baseline.grants import FLAGS, Grant

if TYPE_CHECKING:
    from collections.abc import Mapping

Expiry = Literal["7 days", "30 days", "90 days", "1 year", "never"]

_DAY_SECONDS = 86_400.0
EXPIRIES: Mapping[Expiry, float | None] = {
    "7 days": 7 * _DAY_SECONDS,
    "30 days": 30 * _DAY_SECONDS,
    "90 days": 90 * _DAY_SECONDS,
    "1 year": 365 * _DAY_SECONDS,
    "never": None,
}
"""Lives of a key in seconds (systems.md §4.2)."""

KEYS: Mapping[str, tuple[str, Grant, str]] = {
    "sta_r": ("owner", Grant({PAYMENTS: "read"}), "reads the workspace Payments"),
    "sta_w": ("owner", Grant({PAYMENTS: "write"}), "writes there, without can_lifecycle"),
    "sta_d": ("owner", Grant({PAYMENTS: "delete"}), "deletes there"),
    "sta_gran": (
        "owner",
        Grant({PAYMENTS: "delete", LEDGER: "write", DESIGN: "read"}, mode="granular"),
        "granular: deletes in Payments, writes in its Ledger, reads in its folder Design",
    ),
    "sta_none": (
        "owner",
        Grant({PAYMENTS: "write", CARDS: "none"}, mode="levels"),
        "writes in Payments, but its project Cards is denied",
    ),
    "sta_life": (
        "owner",
        Grant({PAYMENTS: "write"}, frozenset({"can_lifecycle"})),
        "writes in Payments, with can_lifecycle",
    ),
    "sta_ceiling": (
        "viewer",
        Grant({PAYMENTS: "delete"}, frozenset(FLAGS.values())),
        "granted everything by a viewer, who only reads: so it only reads",
    ),
    "sta_whole": (
        "owner",
        Grant({PAYMENTS: "delete"}, frozenset(FLAGS.values())),
        "everything in Payments, and all capabilities",
    ),
}
"""Name, whose key, its grant, and what that comes to (systems.md §7.6).

The documented `sta_gran` (workspace read, project write, folder delete) is one that its own rule
forbids, a child above its parent: here it narrows on the way down, and the other is refused."""
