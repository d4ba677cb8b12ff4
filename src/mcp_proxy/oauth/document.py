"""One metadata document, and the values it may hold.

Absent and unreachable are different answers: a place that answers 404, a redirect or
a web page has no document; a place that answers 503 has said nothing yet, and going
on to the next would let an outage choose another authorization server.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mcp_proxy.oauth.http import HttpRequest
from mcp_proxy.oauth.refusal import is_passing, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.oauth.http import Flow

Document = dict[str, object]

_OK = 200


def fetch_document(url: str) -> Flow[Document | None]:
    """The JSON object at `url`, or None where there is none.

    Raises:
        GatewayRefused: 429 or 5xx.
    """
    response = yield HttpRequest("GET", url, {"Accept": "application/json"})
    if is_passing(response.status):
        raise refused(url, response)
    return response.json_object() if response.status == _OK else None


def texts(document: Mapping[str, object], name: str) -> tuple[str, ...] | None:
    """The strings of the list at `name`, or None where there is no list."""
    value = document.get(name)
    if not isinstance(value, list):
        return None
    return tuple(item for item in value if isinstance(item, str) and item)


def number(value: object) -> float | None:
    """A finite number, for some servers write numbers as strings; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
