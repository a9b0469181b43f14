"""What the OpenAPI document says beside what the framework reads off the functions: files, refusals, sections."""

from __future__ import annotations

import json
from typing import Any

from webapp.api.schemas.base import ErrorOut

REFUSALS = {
    400: "A value makes no sense here, or the body cannot be read.",
    401: "No token, or one that does not work.",
    403: "The account may not do this.",
    404: "There is no such thing, or it belongs to someone else: both look the same.",
    409: "Something that this needs is not finished yet, or its state does not allow it.",
    413: "The file is larger than is taken.",
    415: "The body, or the file, is of a kind that is not taken.",
    422: "Some values do not fit; fields names them.",
    429: "Too much at once. Retry-After says in how many seconds to ask again.",
    503: "The queue or the storage does not answer, other pictures are being read, or memory is short; nothing was "
    "kept. Retry-After says when to ask again.",
}

TAGS = {
    "Account": "Whose token it is, and what it may ask for.",
    "Categories": "The kinds of print.",
    "Patterns": "Prints: drawn, varied, mixed, recoloured. A print is one tile that repeats without a seam.",
    "Print files": "One repeat of a print as a file of a true size, for the printer.",
    "Photos": "Photos of garments, what was found on them, and corrections of that.",
    "Designs": "Prints laid on the garments of a photo, with their folds and shadows.",
    "Collections": "Prints and designs put together under a name, and many things taken away at once.",
    "Jobs": "The work behind the rest. Ask until its state is succeeded, failed or cancelled.",
}
DESCRIPTION = (
    "Draw prints, find garments on photos, lay prints on them: what the pages do, by the same services and within the "
    "same limits. Send a token of your account with every request, as “Authorization: Bearer …”. What takes time "
    "answers 202 at once, with a job to ask for. Lists are newest first unless they say otherwise. Every refusal is "
    '{"error": {"code", "message"}}.'
)


def extra(*refusals: int, sends: tuple[str, ...] = ()) -> dict[str, Any]:
    """What to add to an operation: statuses with which it refuses, media types of the file that it sends."""
    responses: dict[Any, Any] = {status: {"$ref": f"#/components/responses/{status}"} for status in refusals}
    if sends:
        responses[200] = {
            "description": "The file.",
            "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in sends},
        }
    return {"responses": responses}


def starts(*refusals: int) -> dict[str, Any]:
    """The same for an operation that starts work, which may also not be allowed, too much, or find no queue."""
    return extra(403, 429, 503, *refusals)


PICTURES = ("image/png", "image/jpeg", "image/tiff")


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its refusals and sections, and with keys as JSON has them."""
    parts = document["components"]
    parts["schemas"]["ErrorOut"] = ErrorOut.model_json_schema(ref_template="#/components/schemas/{model}")
    parts["schemas"] |= parts["schemas"]["ErrorOut"].pop("$defs")
    for schema in parts["schemas"].values():
        if "examples" in schema:
            schema["examples"] = [_ordered(one, schema, parts["schemas"]) for one in schema["examples"]]
    parts["responses"] = {
        str(status): {
            "description": text,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}},
            **({"headers": {"Retry-After": _RETRY_AFTER}} if status in (429, 503) else {}),
        }
        for status, text in REFUSALS.items()
    }
    for operations in document["paths"].values():
        for method, operation in operations.items():
            sends = "requestBody" in operation
            chooses = any(field["schema"].get("format") != "uuid" for field in operation["parameters"])
            refusals = {401: True, 400: sends, 415: sends, 422: sends or chooses, 503: method == "delete"}
            common = [status for status, applies in refusals.items() if applies]
            operation["responses"] |= extra(*common)["responses"]
            operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
            answers = sorted(operation["responses"].items(), key=lambda entry: int(entry[0]))
            operation["responses"] = {str(status): answer for status, answer in answers}
    said = json.dumps(document["paths"])
    # What only gathers the parameters of an address is no object that anybody meets.
    parts["schemas"] = {
        name: schema for name, schema in parts["schemas"].items() if f'schemas/{name}"' in said + json.dumps(parts)
    }
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    document["servers"] = [{"url": "/"}]
    return document


def _ordered(value: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """An example with its fields in the order of the schema: the framework sorts them by name."""
    for one in (schema, *schema.get("anyOf", ())):
        if "$ref" in one:
            schema = schemas[one["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        return [_ordered(each, schema.get("items", {}), schemas) for each in value]
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return {name: _ordered(value[name], known[name], schemas) for name in known if name in value}
    return value


_RETRY_AFTER = {"description": "Seconds.", "schema": {"type": "integer"}}
