"""From the table `[enquiry]` of a preset to what may be asked (docs/permissions.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.errors import ConfigError
from mcp_proxy.policy.enquiry import EmptyList, Enquiry, MatrixTool, ToolRegister
from mcp_proxy.wire.pointer import is_pointer

if TYPE_CHECKING:
    from collections.abc import Container

    from mcp_proxy.config.table import Table


def parse_enquiry(table: Table, kinds: Container[str]) -> Enquiry:
    """Read and check the table.

    Args:
        table: an empty one where the preset has none.
        kinds: of the preset's resources.

    Raises:
        ConfigError: with the path of the first key that is wrong.
    """
    table.refuse_unknown(("matrix", "register", "empty", "relist"), {})
    relist = table.section("relist")
    matrix, register = table.table("matrix"), table.table("register")
    empty = table.table("empty")
    return Enquiry(
        matrix=None if matrix is None else _matrix(matrix, kinds),
        register=None if register is None else _register(register),
        empty=None if empty is None else _empty(empty),
        relist=tuple((tool, relist.needed(tool)) for tool in relist.content),
    )


def _matrix(table: Table, kinds: Container[str]) -> MatrixTool:
    table.refuse_unknown(("tool", "rows", "name", "id", "rights", "on", "source"), {})
    found = MatrixTool(
        tool=table.needed("tool"),
        rows=_pointer(table, "rows"),
        name=_pointer(table, "name"),
        id=_pointer(table, "id"),
        rights=_pointer(table, "rights"),
        on=table.needed("on"),
    )
    if found.on not in kinds:
        key = table.key("on")
        raise ConfigError(f"{key} names no resource of this preset", key=key)
    return found


def _register(table: Table) -> ToolRegister:
    table.refuse_unknown(("path", "rows", "name", "permission", "module", "source"), {})
    path = table.needed("path")
    # `//host` would be another origin, and our token is for one.
    if not path.startswith("/") or path.startswith("//") or not path.isprintable():
        key = table.key("path")
        raise ConfigError(f"{key} must begin with one slash: it is of the gateway's own", key=key)
    return ToolRegister(
        path=path,
        rows=tuple(_checked(each, table.key("rows")) for each in table.texts("rows") or ("",)),
        name=_pointer(table, "name"),
        permission=_pointer(table, "permission"),
        module=None if table.text("module") is None else _pointer(table, "module"),
    )


def _empty(table: Table) -> EmptyList:
    table.refuse_unknown(("causes", "besides", "probe", "source"), {})
    causes = table.texts("causes")
    if not causes:
        raise ConfigError(f"{table.key('causes')} is missing", key=table.key("causes"))
    return EmptyList(tuple(causes), tuple(table.texts("besides") or ()), table.text("probe"))


def _pointer(table: Table, name: str) -> str:
    return _checked(table.needed(name), table.key(name))


def _checked(text: str, key: str) -> str:
    if not is_pointer(text):
        raise ConfigError(f"{key} must be a JSON pointer, as /error/code", key=key)
    return text
