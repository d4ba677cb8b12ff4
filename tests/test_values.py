"""Values behave as those of `dataclasses`, and cost less."""

from __future__ import annotations

import dataclasses
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy import values

if TYPE_CHECKING:
    from collections.abc import Callable


@values.dataclass(frozen=True, slots=True)
class Light:
    """A value of ours."""

    name: str
    secret: bytes = values.field(default=b"hush", repr=False)
    parts: dict[str, int] = values.field(default_factory=dict)
    size: int = 1

    @property
    def double(self) -> int:
        """Twice the size."""
        return 2 * self.size


@dataclasses.dataclass(frozen=True, slots=True)
class Real:
    """The same, by the standard library."""

    name: str
    secret: bytes = dataclasses.field(default=b"hush", repr=False)
    parts: dict[str, int] = dataclasses.field(default_factory=dict)
    size: int = 1


BOTH = pytest.mark.parametrize("kind", [Light, Real])


@BOTH
def test_a_value_has_its_fields_and_defaults(kind: type[Light]) -> None:
    """Ours."""
    assert (one := kind("a")).parts is not kind("a").parts
    assert (one.name, one.secret, one.parts, one.size) == ("a", b"hush", {}, 1)
    assert kind("a", b"", {}, 5).size == kind("a", size=5).size == 5
    assert kind("a", b"x", {}).size == kind("a", parts={}).size == 1
    assert Light("a", size=4).double == 8


@BOTH
def test_a_value_keeps_its_secret(kind: type[Light]) -> None:
    """Style, rule 8."""
    assert repr(kind("a")) == f"{kind.__name__}(name='a', parts={{}}, size=1)"


@BOTH
@pytest.mark.parametrize(
    "slip",
    [
        lambda kind: kind(),
        lambda kind: kind("a", name="b"),
        lambda kind: kind("a", colour="red"),
        lambda kind: kind("a", b"", {}, 1, 2),
    ],
)
def test_what_is_no_field_is_refused(
    kind: type[Light], slip: Callable[[type[Light]], object]
) -> None:
    """Ours. A slip in the source must not pass."""
    with pytest.raises(TypeError):
        slip(kind)


@BOTH
def test_a_value_does_not_change(kind: type[Light]) -> None:
    """Style: a value is frozen."""
    one = kind("a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.name = "b"  # type: ignore[misc]  # what is tried here
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.name
    assert not hasattr(one, "__dict__")


@BOTH
def test_values_with_the_same_fields_are_the_same(kind: type[Light]) -> None:
    """Ours."""
    assert kind("a") == kind("a") != kind("b")
    others: list[object] = ["a", Light("a", size=9), Real("a", size=9)]
    assert all(kind("a") != other for other in others)
    with pytest.raises(TypeError):
        hash(kind("a"))  # a dict in it
    assert len({(kind("a").name, 1), ("a", 1)}) == 1


def test_a_value_of_hashable_parts_can_be_a_key() -> None:
    """Ours."""

    @values.dataclass(frozen=True, slots=True)
    class Key:
        part: str

    assert {Key("a"): 1}[Key("a")] == 1


@BOTH
@pytest.mark.parametrize("replace", [values.replace, dataclasses.replace])
def test_a_value_is_replaced_by_a_changed_one(
    kind: type[Light], replace: Callable[..., Light]
) -> None:
    """Ours: both ways, so that a caller need not know which kind it has."""
    assert replace(kind("a", size=3), name="b") == kind("b", size=3)
    with pytest.raises(TypeError):
        replace(kind("a"), colour="red")


@values.dataclass(frozen=True, slots=True)
class Nest:
    """Values in values."""

    first: Light
    others: tuple[Light, ...] = ()
    named: dict[str, list[Light]] = values.field(default_factory=dict)


@pytest.mark.parametrize("library", [values, dataclasses])
def test_the_standard_library_takes_it_for_one_of_its_own(library: Any) -> None:
    """Ours: `asdict` and `fields` are the same here and there."""
    nest = Nest(Light("a"), (Light("b"),), {"c": [Light("c", parts={"x": 1})]})

    def told(name: str, **parts: int) -> dict[str, object]:
        return {"name": name, "secret": b"hush", "parts": parts, "size": 1}

    assert library.asdict(nest) == {
        "first": told("a"),
        "others": (told("b"),),
        "named": {"c": [told("c", x=1)]},
    }
    assert [one.name for one in library.fields(Nest)] == ["first", "others", "named"]
    assert [one.name for one in library.fields(nest.first)] == list(told("a"))
    assert dataclasses.is_dataclass(nest)


def test_a_class_of_values_tells_what_it_takes() -> None:
    """Ours: `help` and whoever makes values by their types look at the signature."""
    told = inspect.signature(Light).parameters
    assert list(told) == ["name", "secret", "parts", "size"]
    assert told["size"].default == 1
    without = {name for name, one in told.items() if one.default is inspect.Parameter.empty}
    assert without == {"name"}


@BOTH
def test_a_value_can_be_matched(kind: type[Light]) -> None:
    """Ours."""
    match kind("a", size=2):
        case kind(name, secret, size=size):
            assert (name, secret, size) == ("a", b"hush", 2)
        case _:
            raise AssertionError
