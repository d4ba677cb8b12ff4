"""The systems that the demo can show, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.demo.baseline.exhibit import BaselineExhibit
from mcp_proxy.demo.integration.exhibit import IntegrationExhibit
from mcp_proxy.demo.scaimcp.exhibit import ScaiExhibit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.demo.exhibit import Exhibit

SYSTEMS: Mapping[str, type[Exhibit]] = {
    "integration-gateway": IntegrationExhibit,
    "scaimcp": ScaiExhibit,
    "stable-baseline": BaselineExhibit,
}
