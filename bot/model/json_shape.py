"""Answers for machines: JSON of a shape that was asked for, or none.

A shape is written in the part of JSON Schema that every provider keeps to, and that is small enough to be
checked here: providers that know nothing of schemas only promise, and a stored answer is only text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Final, cast

_TYPES: Final[Mapping[str, type | UnionType]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": int | float,
    "boolean": bool,
    "null": NoneType,
}

_INSTRUCTIONS: Final = """\
Your answer is read by a program. Write one JSON object and nothing else: no sentence before or after it, no
code fence. It is named {name}: {description} It has exactly the shape of this JSON Schema:
{schema}"""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The form of an answer."""

    name: str
    """Letters, digits, _ and -."""
    description: str
    """One sentence."""
    schema: Mapping[str, Any]
    """JSON Schema of an object, of `type` (one), `anyOf`, `properties`, `items` and `enum` of texts. Objects
    are closed and have all of their properties; what may be missing is `anyOf` its type and null."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self.name):
            raise ValueError(f"expected a name of letters, digits, _ and -, got {self.name!r}")
        if self.schema.get("type") != "object":
            raise ValueError("expected the schema of an object")
        _check_schema(self.schema)

    @property
    def titled_schema(self) -> dict[str, Any]:
        """The schema with its name, as LangChain takes it."""
        plain = cast("dict[str, Any]", json.loads(json.dumps(self.schema)))
        return {**plain, "title": self.name, "description": self.description}

    @property
    def instructions(self) -> str:
        """For a model whose provider does not know about schemas."""
        schema = json.dumps(self.schema, ensure_ascii=False)
        return _INSTRUCTIONS.format(name=self.name, description=self.description, schema=schema)

    def find_object(self, text: str) -> str | None:
        """The first object of this shape in `text`, and nothing else of it; None when there is none."""
        decoder = json.JSONDecoder(parse_constant=_no_constant)
        at = text.find("{")
        while at >= 0:
            end = at + 1
            try:
                value, end = decoder.raw_decode(text, at)
            except RecursionError:
                return None  # nested deeper than any shape is
            except ValueError:
                pass
            else:
                if fits_schema(value, self.schema):
                    return json.dumps(value, ensure_ascii=False)
            at = text.find("{", end)
        return None


def fits_schema(value: object, schema: Mapping[str, Any]) -> bool:
    """Tell if `value`, as `json.loads` returns it, is valid against a schema as shapes have it."""
    if "anyOf" in schema:
        return any(fits_schema(value, choice) for choice in schema["anyOf"])
    match value:
        case _ if not _is_a(value, schema["type"]):
            return False
        case str():
            return "enum" not in schema or value in schema["enum"]
        case dict():
            properties = schema["properties"]
            return value.keys() == properties.keys() and all(
                fits_schema(value[name], properties[name]) for name in properties
            )
        case list():
            return all(fits_schema(item, schema["items"]) for item in value)
    return True


def _is_a(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if isinstance(value, float) and name == "integer":
        return value.is_integer()  # 1.0 is one, says JSON Schema
    return isinstance(value, _TYPES[name])


def _check_schema(schema: Mapping[str, Any]) -> None:
    """Refuse what not every provider keeps to, or what `fits` does not look at."""
    if "anyOf" in schema:
        inner = schema["anyOf"]
        expected = {"anyOf"}
    elif (kind := schema.get("type")) in [*_TYPES]:
        match kind:
            case "object":
                inner = schema.get("properties", {}).values()
                expected = {"type", "properties", "required", "additionalProperties"}
            case "array":
                inner = [schema["items"]] if "items" in schema else []
                expected = {"type", "items"}
            case _:
                inner = []
                expected = {"type", *({"enum"} & schema.keys() if kind == "string" else ())}
    else:
        raise ValueError(f"expected one type of {', '.join(_TYPES)}, or anyOf")
    if (given := schema.keys() - {"title", "description"}) != expected:
        raise ValueError(
            f"expected {', '.join(sorted(expected))} in a schema, got {', '.join(sorted(given))}"
        )
    if "properties" in expected and (
        schema["additionalProperties"] is not False
        or not schema["properties"]
        or {*schema["required"]} != schema["properties"].keys()
    ):
        raise ValueError("expected additionalProperties: false, and all properties to be required")
    for inner_schema in inner:
        _check_schema(inner_schema)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
