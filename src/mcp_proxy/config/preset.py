"""From the TOML text of a preset to its values; docs/permissions.md has the vocabulary.

As strict as the settings file: a key that is not known is a mistake, and a complaint
names its path and the file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar, get_args

from mcp_proxy.config import checks
from mcp_proxy.config.enquiry import parse_enquiry
from mcp_proxy.config.table import Table
from mcp_proxy.errors import ConfigError
from mcp_proxy.policy.model import CLASSES
from mcp_proxy.policy.preset import (
    About,
    Environment,
    KnownTool,
    NamePattern,
    Need,
    Preset,
    RefusalShape,
    ResourceKind,
    Where,
)
from mcp_proxy.values import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.policy.model import Class

Value = TypeVar("Value")

_KEYS = ("title", "sources", "tool", "pattern", "environment", "resource", "refusal", "enquiry")
_KNOWN_CLASSES = tuple(word for word in CLASSES if word != "unknown")


def parse_preset(text: str, *, where: str) -> Preset:
    """Read and check a whole preset.

    Args:
        text: the file's text.
        where: what a person calls the file, for the hint.

    Raises:
        ConfigError: with the path of the first key that is wrong.
    """
    # A profile without a preset need not wait for the parser.
    import tomllib  # noqa: PLC0415

    try:
        return _preset(Table("", tomllib.loads(text)))
    # As in `config.parse`: depth and long numbers are no TOMLDecodeError.
    except (ConfigError, ValueError, RecursionError) as error:
        told = error if isinstance(error, ConfigError) else f"it is not valid TOML: {error}"
        key = error.key if isinstance(error, ConfigError) else None
        raise ConfigError(f"The preset {where}: {told}", key=key, hint=f"Edit {where}") from error


def _preset(top: Table) -> Preset:
    top.refuse_unknown(_KEYS, {})
    sources = top.section("sources")
    for name in sources.content:
        sources.needed(name)
    return Preset(
        title=top.needed("title"),
        tools=_each(top.section("tool"), _tool),
        patterns=tuple(_pattern(each) for each in top.tables("pattern")),
        environments={
            found.name: found for found in _each(top.section("environment"), _environment).values()
        },
        resources=_resources(top.section("resource")),
        refusals=tuple(_refusal(each) for each in top.tables("refusal")),
        enquiry=parse_enquiry(top.section("enquiry"), top.section("resource").content),
    )


def _each(table: Table, read: Callable[[str, Table], Value]) -> dict[str, Value]:
    return {name: read(name, table.section(name)) for name in table.content}


def _tool(_name: str, table: Table) -> KnownTool:
    table.refuse_unknown(("class", "argument", "classes", "needs", "source"), {})
    tool_class, argument = table.word("class", _KNOWN_CLASSES), table.text("argument")
    class_of = _class_of(table.table("classes"))
    if (tool_class is None) == (argument is None) or bool(class_of) != (argument is not None):
        raise ConfigError(
            f"{table.path} must have either a class, or an argument and the classes of its values",
            key=table.path,
        )
    classes = (tool_class,) if tool_class else tuple(dict.fromkeys(class_of.values()))
    return KnownTool(classes, argument, class_of, _need(table), table.text("source"))


def _class_of(table: Table | None) -> dict[str, Class]:
    """The class of each value, from lists of values by class."""
    found: dict[str, Class] = {}
    if table is None:
        return found
    table.refuse_unknown(_KNOWN_CLASSES, {})
    for word in _KNOWN_CLASSES:
        for value in table.texts(word) or ():
            if value in found:
                key = table.key(word)
                raise ConfigError(f"{key} names {value!a}, which is {found[value]}", key=key)
            found[value] = word
    return found


def _need(table: Table) -> Need | None:
    needs = table.table("needs")
    if needs is None:
        return None
    needs.refuse_unknown(("permission", "module", "capability", "right", "on"), {})
    found = Need(
        permission=needs.text("permission"),
        module=needs.text("module"),
        capability=needs.text("capability"),
        right=needs.text("right"),
        on=needs.text("on"),
    )
    if found in {Need(), Need(on=found.on)}:
        raise ConfigError(f"{needs.path} names nothing that is needed", key=needs.path)
    return found


def _pattern(table: Table) -> NamePattern:
    table.refuse_unknown(("names", "words", "class", "needs", "source"), {})
    found = NamePattern(
        names=checks.patterns(table.texts("names") or (), table.key("names")),
        words=frozenset(word.lower() for word in table.texts("words") or ()),
        tool_class=table.word("class", CLASSES),
        needs=_need(table),
    )
    if not (found.names or found.words) or not (found.tool_class or found.needs):
        raise ConfigError(
            f"{table.path} must have names or words, and a class or needs", key=table.path
        )
    return found


def _environment(name: str, table: Table) -> Environment:
    table.refuse_unknown(("classes", "also", "hosts", "source"), {})
    classes = table.words("classes", CLASSES)
    if classes is None:
        raise ConfigError(f"{table.key('classes')} is missing", key=table.key("classes"))
    return Environment(
        name=checks.label(name, table.path).lower(),
        classes=classes,
        also=tuple(word.lower() for word in table.texts("also") or ()),
        hosts=checks.patterns(table.texts("hosts") or (), table.key("hosts")),
    )


def _resources(table: Table) -> Mapping[str, ResourceKind]:
    found = _each(table, _resource)
    for name, kind in found.items():
        if kind.within is not None and kind.within not in found:
            key = table.section(name).key("within")
            raise ConfigError(f"{key} names no resource of this preset", key=key)
    return found


def _resource(name: str, table: Table) -> ResourceKind:
    table.refuse_unknown(("arguments", "within", "source"), {})
    arguments = checks.patterns(table.texts("arguments") or (), table.key("arguments"))
    if not arguments:
        raise ConfigError(f"{table.key('arguments')} is missing", key=table.key("arguments"))
    return ResourceKind(name, arguments, table.text("within"))


def _refusal(table: Table) -> RefusalShape:
    table.refuse_unknown(_REFUSAL_KEYS, {})
    where, about = table.word("where", get_args(Where)), table.word("about", get_args(About))
    if where is None or about is None:
        key = table.key("about" if where else "where")
        raise ConfigError(f"{key} is missing", key=key)
    found = RefusalShape(
        where=where,
        about=about,
        says=table.needed("says"),
        do=table.text("do"),
        status=tuple(code for code in _codes(table, "status") if isinstance(code, int)),
        code=_codes(table, "code"),
        at=_pointers(table, "at"),
        has=_pointers(table, "has"),
        message=_pointers(table, "message"),
        matches=table.judged("matches", _expression),
        permission=_pointers(table, "permission"),
        named=table.judged("named", _expression),
        untouched=table.flag("untouched", default=False),
        source=table.text("source"),
    )
    if found.named is not None and re.compile(found.named).groups == 0:
        key = table.key("named")
        raise ConfigError(f"{key} must have a group, which finds the name", key=key)
    if bool(found.code) != bool(found.at):
        raise ConfigError(f"{table.path} must say both code and at, or neither", key=table.path)
    if not (found.status or found.code or found.has or found.matches):
        raise ConfigError(f"{table.path} would take anything for a refusal", key=table.path)
    return found


_REFUSAL_KEYS = tuple(field.name for field in fields(RefusalShape))


def _codes(table: Table, name: str) -> tuple[str | int, ...]:
    found = table.content.get(name, [])
    good = isinstance(found, list) and all(type(each) in {str, int} for each in found)
    if not isinstance(found, list) or not good:
        key = table.key(name)
        raise ConfigError(f"{key} must be a list of numbers or strings", key=key)
    return tuple(found)


def _pointers(table: Table, name: str) -> tuple[str, ...]:
    found = table.texts(name) or ()
    if not all(re.fullmatch(r"(/[^/]*)*", each) for each in found):
        key = table.key(name)
        raise ConfigError(f"{key} must hold JSON pointers, as /error/code", key=key)
    return found


def _expression(text: str, key: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ConfigError(f"{key} is not a regular expression: {error}", key=key) from error
    return text
