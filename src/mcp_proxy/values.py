"""Frozen values: `dataclass` of the standard library, as far as this house uses it.

The real one has `inspect` loaded and five methods compiled for each class: a quarter of
the time until `serve` answers. A type checker sees the real one, and the functions of
`dataclasses` take these classes, too. Pure.
"""

from __future__ import annotations

TYPE_CHECKING = False
"""As in `typing`, which is not imported for a name."""

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

_NOTHING = object()


class _Field:
    """A field that wants more than a default: `dataclasses.field`."""

    name = ""
    """Set when its class is made."""

    def __init__(
        self,
        *,
        default: object = _NOTHING,
        default_factory: Callable[[], object] | None = None,
        repr: bool = True,  # noqa: A002 - the name that it has there
    ) -> None:
        self.default = default
        self.is_plain = default is not _NOTHING
        self.is_shown = repr
        self._factory = default_factory

    @property
    def given(self) -> dict[str, Any]:
        """The arguments that make the same of the real one."""
        if self._factory is not None:
            return {"default_factory": self._factory}
        return {"default": self.default} if self.is_plain else {}

    def value(self, name: str) -> object:
        """What stands in where nothing is given."""
        if self._factory is not None:
            return self._factory()
        if not self.is_plain:
            raise TypeError(f"{name} is not given")
        return self.default


def _dataclass(*, frozen: bool, slots: bool) -> Callable[[type], type]:
    """Make a class of values out of annotated names: frozen, and with slots."""
    assert frozen  # noqa: S101 - a slip in the source, never input
    assert slots  # noqa: S101
    return _made


def _replace(value: Any, /, **changes: object) -> Any:
    """`value` with some of its fields changed."""
    kept = (name for name in value.__match_args__ if name not in changes)
    return type(value)(**{name: getattr(value, name) for name in kept}, **changes)


def _fields(kind: Any) -> tuple[_Field, ...]:
    """The fields of a value or of its class, in their order."""
    return tuple(kind.__init__.fields.values())


def _asdict(value: Any) -> Any:
    """A value, and every value in it, as dictionaries."""
    if hasattr(value, "__match_args__"):
        return {name: _asdict(getattr(value, name)) for name in value.__match_args__}
    if isinstance(value, dict):
        return {name: _asdict(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_asdict, value))
    return value


def _made(cls: type) -> type:
    body = dict(cls.__dict__)
    names = tuple(body.get("__annotations__", ()))
    fields = {name: _field(name, body.pop(name, _NOTHING)) for name in names}
    for name in ("__dict__", "__weakref__"):
        body.pop(name, None)
    put: list[Callable[[object, object], None]] = []
    methods = {
        "__slots__": names,
        "__match_args__": names,
        "__dataclass_fields__": _Told(lambda twin: twin.__dataclass_fields__),
        "__signature__": _Told(_signature),
        "__init__": _init(fields, put),
        "__setattr__": _refuse_change,
        "__delattr__": _refuse_change,
        "__eq__": _equals,
        "__hash__": _hash,
        "__repr__": _repr([name for name in names if fields[name].is_shown]),
    }
    made = type(cls)(cls.__name__, cls.__bases__, body | methods)
    put += [made.__dict__[name].__set__ for name in names]
    return made


def _field(name: str, given: object) -> _Field:
    found = given if isinstance(given, _Field) else _Field(default=given)
    found.name = name
    return found


def _init(
    fields: Mapping[str, _Field], put: Sequence[Callable[[object, object], None]]
) -> Callable[..., None]:
    defaults = _last_defaults(fields)
    count, needed = len(fields), len(fields) - len(defaults)

    def __init__(self: object, *args: object, **given: object) -> None:  # noqa: N807 - what it is
        # The quick ways first: each message makes some values.
        if not given and needed <= len(args) <= count:
            values: Sequence[object] = args + defaults[len(args) - needed :]
        else:
            values = _complete(fields, args, given)
        for put_one, value in zip(put, values):  # noqa: B905 - as long as each other
            put_one(self, value)

    __init__.fields = fields  # type: ignore[attr-defined]  # where `_fields` looks
    return __init__


def _last_defaults(fields: Mapping[str, _Field]) -> tuple[object, ...]:
    """The defaults behind the last field that has none, or that makes one each time."""
    found: list[object] = []
    for one in fields.values():
        found = [*found, one.default] if one.is_plain else []
    return tuple(found)


def _complete(
    fields: Mapping[str, _Field], args: tuple[object, ...], given: dict[str, object]
) -> list[object]:
    values = dict(zip(fields, args))  # noqa: B905 - too many are told below
    if len(args) > len(fields) or not given.keys() <= fields.keys() - values.keys():
        raise TypeError(f"Each of {', '.join(fields)} is given once, and nothing else")
    values |= given
    return [values[name] if name in values else one.value(name) for name, one in fields.items()]


def _refuse_change(_self: object, name: str, *_value: object) -> None:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - only a slip needs it

    raise FrozenInstanceError(f"cannot change field {name!r}")


def _parts(value: Any) -> tuple[object, ...]:
    return tuple([getattr(value, name) for name in value.__match_args__])


def _equals(self: object, other: object) -> bool:
    return _parts(self) == _parts(other) if type(other) is type(self) else NotImplemented


def _hash(self: object) -> int:
    return hash(_parts(self))


def _repr(shown: Sequence[str]) -> Callable[[object], str]:
    def __repr__(self: object) -> str:  # noqa: N807 - what it is
        told = (f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({', '.join(told)})"

    return __repr__


class _Told:
    """What others want to know of a class of values, made when they ask.

    Args:
        tell: makes it of a real dataclass with the same fields.
    """

    def __init__(self, tell: Callable[[Any], object]) -> None:
        self._tell = tell

    def __get__(self, _value: object, cls: type) -> object:
        # What this file is to save.
        from dataclasses import field, make_dataclass  # noqa: PLC0415

        kinds = cls.__annotations__
        mine = [(one.name, kinds[one.name], field(**one.given)) for one in _fields(cls)]
        return self._tell(make_dataclass(cls.__name__, mine))


def _signature(twin: Any) -> object:
    from inspect import signature  # noqa: PLC0415 - the same

    return signature(twin)


if TYPE_CHECKING:
    from dataclasses import asdict as asdict  # noqa: PLC0414
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - what others import from here
    from dataclasses import field as field  # noqa: PLC0414
    from dataclasses import fields as fields  # noqa: PLC0414
    from dataclasses import replace as replace  # noqa: PLC0414
else:
    dataclass, field, fields = _dataclass, _Field, _fields
    replace, asdict = _replace, _asdict
