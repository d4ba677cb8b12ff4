"""The two tools that look things up: the build helper and the platform documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.integration.desk import Denied

if TYPE_CHECKING:
    from mcp_proxy.demo.integration.desk import Desk

PAGES = {
    "https://docs.demo.example/permissions": "Read, write, execute and debug are per integration.",
    "https://docs.demo.example/runs": "A run creates one history set, an item per service request.",
    "https://docs.demo.example/masks": "Masked values are shown as a run of X characters.",
}


async def query_buildhelper(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Services, adapters and field mappings that a builder can choose from."""
    readable = [
        each for each in desk.instance.integrations.values() if desk.identity.may("read", each.id)
    ]
    requests = [part for each in readable for part in each.components["service_requests"]]
    match arguments["endpoint"]:
        case "list_all_services":
            return {"services": sorted({part["service"] for part in requests})}
        case "list_all_adapters":
            return {"adapters": sorted({part["adapter"] for part in requests})}
        case "list_services_for_adapter":
            wanted = arguments.get("adapter")
            return {
                "services": sorted(
                    {part["service"] for part in requests if part["adapter"] == wanted}
                )
            }
        case "get_field_mapping_sets":
            return {"sets": [each.name for each in readable if each.components["field_mappings"]]}
    return {
        "field_mappings": [part for each in readable for part in each.components["field_mappings"]]
    }


async def deployed_integrations(desk: Desk, _arguments: dict[str, Any]) -> dict[str, Any]:
    """What runs on this instance; for the maker's own people."""
    return {"instance": desk.instance.label, "count": len(desk.instance.integrations)}


async def system_documentation(_desk: Desk, _arguments: dict[str, Any]) -> dict[str, Any]:
    """Pages about the system; for the maker's own people."""
    return {"pages": sorted(PAGES)}


async def ig_platform_documentation(_desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Pages that fit a question, or one page."""
    if arguments["action"] == "get_page":
        if arguments.get("url") not in PAGES:
            raise Denied("not_found", f"There is no page {arguments.get('url')}")
        return {"url": arguments["url"], "text": PAGES[arguments["url"]]}
    words = {word.casefold() for word in arguments.get("question", "").split() if len(word) > 3}  # noqa: PLR2004 - shorter words say nothing
    fitting = [
        url
        for url, text in PAGES.items()
        if words & {word.strip(".,").casefold() for word in text.split()}
    ]
    return {
        "answer": " ".join(PAGES[url] for url in fitting) or "Nothing was found.",
        "sources": fitting,
    }
