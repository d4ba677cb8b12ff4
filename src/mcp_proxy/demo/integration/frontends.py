"""The `frontend_operations` tool: small web frontends and their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.integration.desk import Denied

if TYPE_CHECKING:
    from mcp_proxy.demo.integration.desk import Desk


async def frontend_operations(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """List, read, create, write or delete, as `action` says."""
    action, name = arguments["action"], arguments.get("frontend", "")
    if action == "list-frontends":
        return {"frontends": sorted(desk.instance.frontends)}
    if action == "create-frontend":
        return _created(desk, name)
    files = desk.instance.frontends.get(name)
    if files is None:
        raise Denied("not_found", f"There is no frontend {name}")
    if action == "list-files":
        return {"frontend": name, "files": sorted(files)}
    return await _on_file(desk, action, files, arguments)


def _created(desk: Desk, name: str) -> dict[str, Any]:
    if not name or name in desk.instance.frontends:
        raise Denied("validation_error", f"A new frontend needs a name that is free: {name!r}")
    desk.instance.frontends[name] = {}
    desk.effect()
    return {"success": True, "frontend": name}


async def _on_file(
    desk: Desk, action: str, files: dict[str, str], arguments: dict[str, Any]
) -> dict[str, Any]:
    path = _checked(arguments.get("path", ""))
    if action == "put-file":
        files[path] = arguments.get("content", "")
        desk.effect()
        return {"success": True, "path": path, "size": len(files[path])}
    if path not in files:
        raise Denied("not_found", f"There is no file {path}")
    if action == "get-file":
        return {"path": path, "content": files[path]}
    await desk.confirmed(f"the file {path}")
    del files[path]
    desk.effect()
    return {"success": True, "deleted": path}


def _checked(path: str) -> str:
    """A path as the documentation allows it: relative, without NUL and without `..`."""
    if (
        not path
        or path.startswith(("/", "\\"))
        or "\0" in path
        or ".." in path.replace("\\", "/").split("/")
    ):
        raise Denied("invalid_path", "A path is relative and has neither NUL nor ..")
    return path
