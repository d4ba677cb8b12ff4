"""From words of a command line to the checked arguments of a tool.

Pure. A tool's input schema types what was written and judges it before anything is
sent (MCP 2025-11-25, "Tools": `inputSchema` is JSON Schema, 2020-12 unless it says
otherwise). A schema that cannot be used judges nothing: the gateway will.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mcp_proxy.errors import ConfigError
from mcp_proxy.wire.jsontext import read_strictly

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHOWN_CHARACTERS = 200
"""Length at which a complaint is cut: it may quote the whole value."""


class Schema:
    """The input schema of one tool, as the gateway lists it."""

    def __init__(self, schema: object) -> None:
        self._schema: Mapping[str, Any] = schema if isinstance(schema, dict) else {}
        self._validator = _validator(self._schema)

    def typed(self, words: Sequence[str]) -> dict[str, object]:
        """The arguments that `name=value` words give.

        A value is read as JSON where the schema takes it so, else as plain text:
        `limit=5` is a number for an integer and "5" for a string.

        Raises:
            ConfigError: a word has no `=`, or a name comes twice.
        """
        found: dict[str, object] = {}
        for word in words:
            name, equals, text = word.partition("=")
            if not equals or not name:
                raise ConfigError(f"{word} is not of the form name=value", hint=self.usage())
            if name in found:
                raise ConfigError(f"{name} is given twice", key=name)
            found[name] = self._value(name, text)
        return found

    def complaint(self, arguments: Mapping[str, object]) -> str | None:
        """What is wrong with the arguments, or None; a sentence about the worst of it."""
        worst = self._worst(dict(arguments), self._schema)
        if worst is None:
            return None
        where = ".".join(map(str, worst.absolute_path))
        text = f"{where}: {worst.message}" if where else str(worst.message)
        return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"

    def usage(self) -> str:
        """The parameters in one line, the required ones first."""
        required = self._names("required")
        properties = self._properties()
        names = sorted(properties, key=lambda name: name not in required)
        told = [f"{name}{_kind(properties[name], required=name in required)}" for name in names]
        return f"It takes {', '.join(told)}" if told else "It takes no arguments"

    def _value(self, name: str, text: str) -> object:
        try:
            value = _read(text)
        except ValueError:
            return text
        part = self._properties().get(name)
        # A quoted text stays as it was written: the quotes are the user's.
        return text if isinstance(value, str) or self._worst(value, part) else value

    def _worst(self, value: object, part: object) -> Any | None:
        """The gravest error of `value` by a part of the schema; None too where none can tell."""
        if self._validator is None or not isinstance(part, dict):
            return None
        # Imported with the validator.
        from jsonschema.exceptions import best_match  # noqa: PLC0415 - only a call needs it
        from referencing.exceptions import Unresolvable  # noqa: PLC0415

        try:
            return best_match(self._validator.evolve(schema=part).iter_errors(value))
        # A reference to elsewhere, a schema within itself, a pattern that Python cannot read.
        except (Unresolvable, RecursionError, re.error):
            return None

    def _properties(self) -> Mapping[str, Any]:
        found = self._schema.get("properties")
        return found if isinstance(found, dict) else {}

    def _names(self, keyword: str) -> Sequence[object]:
        found = self._schema.get(keyword)
        return found if isinstance(found, list) else ()


def from_json(text: str) -> dict[str, object]:
    """The arguments that a JSON text gives.

    Raises:
        ConfigError: it is not one JSON object, or one of its names comes twice.
    """
    try:
        value = _read(text.strip())
    except ValueError as error:
        raise ConfigError(f"The arguments are not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError("The arguments must be one JSON object", hint='As {"name": "value"}')
    return value


def _read(text: str) -> object:
    value = read_strictly(text)
    # 1e999 is read as infinity, which JSON cannot say again.
    json.dumps(value, allow_nan=False)
    return value


def _validator(schema: Mapping[str, Any]) -> Any | None:
    """What judges values by `schema`; None where the schema itself is wrong."""
    # 60 ms, for `call` alone.
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - only a call needs it
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415
    from jsonschema.validators import validator_for  # noqa: PLC0415 - only a call needs it
    from referencing import Registry  # noqa: PLC0415

    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except (SchemaError, RecursionError):
        return None
    # An empty registry: a gateway's `$ref` must not make this program fetch anything.
    return kind(schema, registry=Registry())


def _kind(part: object, *, required: bool) -> str:
    """What a parameter is, in brackets behind its name."""
    kind = part.get("type") if isinstance(part, dict) else None
    told = [kind] if isinstance(kind, str) else []
    told += ["required"] if required else []
    return f" ({', '.join(told)})" if told else ""
