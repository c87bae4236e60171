"""What the OpenAPI document repeats: parameters, answers, references."""

from collections.abc import Iterable
from typing import Any

from exporter.reports.query import MOST

INTEGER: dict[str, Any] = {"type": "integer"}
TEXT: dict[str, Any] = {"type": "string"}

ERROR: dict[str, Any] = {
    "type": "object",
    "description": "Why not, and what is allowed",
    "required": ["error"],
    "properties": {"error": TEXT},
    "additionalProperties": False,
}

READ: list[dict[str, list[str]]] = [{"read": []}, {}]
"""With the read token, or with nothing where none is configured."""


def reference(name: str) -> dict[str, Any]:
    """A schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def parameter(
    name: str, description: str, schema: dict[str, Any] = TEXT, place: str = "query", *, required: bool = False
) -> dict[str, Any]:
    """One parameter."""
    return {"name": name, "in": place, "description": description, "schema": schema} | (
        {"required": True} if required or place == "path" else {}
    )


def paging(things: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """`limit` and `offset`."""
    return (
        parameter("limit", f"how many {things}", INTEGER | {"minimum": 1, "maximum": MOST}),
        parameter("offset", f"how many {things} to pass over", INTEGER | {"minimum": 0, "maximum": 100_000}),
    )


def json(description: str, schema: dict[str, Any], *, tagged: bool = False) -> dict[str, Any]:
    """An answer in JSON, with an ETag or without."""
    headers = {"ETag": {"schema": TEXT}, "Cache-Control": {"schema": TEXT}}
    answer: dict[str, Any] = {"description": description, "content": {"application/json": {"schema": schema}}}
    return answer | ({"headers": headers} if tagged else {})


def failure(description: str) -> dict[str, Any]:
    """An answer that says why not."""
    return json(description, reference("Error"))


def path(summary: str, parameters: Iterable[dict[str, Any]], answers: dict[str, Any]) -> dict[str, Any]:
    """One thing that can be read."""
    common = {"401": failure("The read token is missing or wrong"), "503": failure("The store cannot be read now")}
    return {"summary": summary, "parameters": list(parameters), "responses": answers | common, "security": READ}
