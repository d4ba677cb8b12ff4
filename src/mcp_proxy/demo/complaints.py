"""What a JSON Schema has against the arguments of a call."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator


def complaints(value: object, schema: dict[str, Any]) -> list[str]:
    """What a JSON Schema (2020-12) has against a value, each with the place."""
    found = Draft202012Validator(schema).iter_errors(value)
    return [".".join(str(part) for part in each.path) + f": {each.message}" for each in found]
