"""The OpenAPI document as people read it: sections of operations, each with its fields and with examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from webapp.api.app import api

Schema = dict[str, Any]


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    description: str
    is_required: bool = False


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Field]
    body: list[Field]
    curl: str
    status: str
    answer: str
    """An example of what comes back; empty where that is a file or nothing."""
    sends: str
    """The media types of the file that comes back."""
    refusals: list[tuple[str, str]]


@dataclass
class Section:
    name: str
    description: str
    operations: list[Operation] = field(default_factory=list)
    objects: list[tuple[str, str, list[Field]]] = field(default_factory=list)
    """What answers consist of: name, description, fields."""


OBJECTS = {
    "Account": ("AccountOut", "LimitsOut"),
    "Categories": ("CategoryOut",),
    "Patterns": ("PatternOut",),
    "Print files": ("PrintFileOut",),
    "Photos": ("PhotoOut", "GarmentOut"),
    "Designs": ("DesignOut", "LayerOut", "ShareOut"),
    "Collections": ("CollectionOut",),
    "Jobs": ("JobOut",),
}
"""The schemas that each section explains field by field."""


@cache
def sections() -> list[Section]:
    """In the order of the document."""
    found = {tag["name"]: Section(tag["name"], tag["description"]) for tag in api.document["tags"]}
    for path, operations in api.document["paths"].items():
        for method, operation in operations.items():
            found[operation["tags"][0]].operations.append(_operation(method.upper(), path, operation))
    for section, names in OBJECTS.items():
        for name in names:
            schema = _components()[name]
            fields = list(_fields(schema))
            found[section].objects.append((name.removesuffix("Out"), schema.get("description", ""), fields))
    return list(found.values())


def refusal() -> str:
    """An example of a refusal."""
    return _pretty(_example({"$ref": "#/components/schemas/ErrorOut"}))


def _operation(method: str, path: str, operation: Schema) -> Operation:
    status = next(status for status in operation["responses"] if status.startswith("2"))
    content = operation["responses"][status].get("content", {})
    body = operation.get("requestBody", {}).get("content", {})
    known = api.document["components"]["responses"]
    return Operation(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        description=operation["description"],
        parameters=[
            Field(one["name"], _type_and_default(one["schema"]), one["schema"].get("description", ""), one["required"])
            for one in operation["parameters"]
        ],
        body=[each for part in body.values() for each in _fields(part["schema"])],
        curl=_curl(method, path, body, bool(content) and "application/json" not in content),
        status=status,
        answer=_pretty(_example(content["application/json"]["schema"])) if "application/json" in content else "",
        sends=", ".join(media for media in content if media != "application/json"),
        refusals=[(one, known[one]["description"]) for one in operation["responses"] if one in known],
    )


def _components() -> dict[str, Schema]:
    return api.document["components"]["schemas"]


def _followed(schema: Schema) -> Schema:
    return _components()[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _fields(schema: Schema, before: str = "") -> Iterator[Field]:
    """The fields of an object, and those of the objects of its requests' lists under dotted names."""
    schema = _followed(schema)
    for name, one in schema.get("properties", {}).items():
        required = name in schema.get("required", ())
        yield Field(before + name, _type_and_default(one), one.get("description", ""), required)
        inside = one.get("items", {}).get("$ref", "")
        if inside and not inside.endswith("Out"):
            yield from _fields(one["items"], f"{before}{name}[].")


def _type(schema: Schema) -> str:
    """In words: "integer, 1 to 12", "string or null", "list of Garment"."""
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2].removesuffix("Out")
    if "enum" in schema or "const" in schema:
        return ", ".join(map(str, schema.get("enum", [schema.get("const")])))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    text = {"uuid": "id", "binary": "file", "date-time": "time"}.get(
        schema.get("format", ""), schema.get("type", "any")
    )
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        text += f", {low:g} to {high:g}" if high < 2**53 else f", from {low:g}"
    return text


def _type_and_default(schema: Schema) -> str:
    default = schema.get("default")
    # The page's words for values that are left out; null and "" say themselves.
    return _type(schema) + (f"; {json.dumps(default)} if left out" if default not in (None, "") else "")


def _example(schema: Schema) -> Any:
    """The example of a schema; of a list one with a single item."""
    followed = _followed(schema)
    if "examples" in followed:
        return followed["examples"][0]
    return {
        name: [_example(one["items"])] if one.get("type") == "array" else 1
        for name, one in followed["properties"].items()
    }


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _curl(method: str, path: str, body: Schema, is_file: bool) -> str:
    parts = ['curl --header "Authorization: Bearer $TOKEN"']
    if method not in ("GET", "POST") or (method == "POST" and not body):
        parts.append(f"--request {method}")
    if "application/json" in body:
        parts.append(f"--json '{json.dumps(_example(body['application/json']['schema']))}'")
    elif body:
        parts.append("--form photo=@photo.jpg")
    if is_file:
        parts.append("--remote-name --remote-header-name")
    for name in ("pattern", "photo", "garment", "design", "collection", "job", "print_file", "slug"):
        path = path.replace(f"{{{name}}}", f"${name.upper()}")
    return " \\\n  ".join([*parts, f'"$SITE{path}"'])
