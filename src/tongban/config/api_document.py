"""
The OpenAPI document: what the routers declare, and what holds for all operations alike.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch")
PROBLEM = "application/problem+json"
PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}
FIRST_REFUSAL = 400
REFUSALS_OF_BODIES = (413, 415)

REQUEST_ID = {
    "description": "Id of the request, also in problem documents and in the node's log",
    "schema": {"type": "string"},
}
RETRY_AFTER = {
    "description": "Seconds until the next try can succeed",
    "schema": {"type": "integer", "minimum": 1},
}
CHALLENGE = {"description": "Bearer, RFC 6750", "schema": {"type": "string"}}

PARAMETERS: dict[str, dict[str, Any]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Repeating a request with the same key gives the same answer and one effect; "
        "1 to 128 visible ASCII characters, chosen by the client",
        "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": r"^[!-~]([ -~]*[!-~])?$"},
    },
    "AcceptLanguage": {
        "name": "Accept-Language",
        "in": "header",
        "required": False,
        "description": "Language of sentences for people: zh-hans (default) or en",
        "schema": {"type": "string"},
    },
}


def finish(document: dict[str, Any], *, more_schemas: dict[str, Any]) -> dict[str, Any]:
    """
    Return the document of the routers with what every operation shares; changes it in place.

    Refusals become problem documents, headers are named, changes take an Idempotency-Key.

    :param more_schemas: shapes that the routers refer to and do not declare
    :raises ValueError: a shape is declared twice
    """
    schemas = document["components"]["schemas"]
    if twice := sorted(schemas.keys() & more_schemas.keys()):
        raise ValueError(f"declared twice: {', '.join(twice)}")
    schemas.update(more_schemas)
    document["components"]["parameters"] = PARAMETERS
    document["components"]["headers"] = {
        "RequestId": REQUEST_ID,
        "RetryAfter": RETRY_AFTER,
        "Challenge": CHALLENGE,
    }
    document["servers"] = [{"url": "/", "description": "This node"}]
    for _path, _method, operation in operations(document):
        _finish_operation(operation)
    document["tags"] = [
        {"name": name} for name in sorted({tag for *_, o in operations(document) for tag in o["tags"]})
    ]
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """
    Yield path, method and operation of everything the document describes, in its order.
    """
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def takes_key(operation: dict[str, Any]) -> bool:
    """
    Whether an operation takes an Idempotency-Key: it needs a token, and it can conflict.
    """
    return bool(operation.get("security")) and any(str(status) == "409" for status in operation["responses"])


def _finish_operation(operation: dict[str, Any]) -> None:
    responses = {str(status): response for status, response in operation["responses"].items()}
    if "requestBody" in operation:
        for refusal in REFUSALS_OF_BODIES:
            responses.setdefault(str(refusal), {"description": HTTPStatus(refusal).phrase})
    for status, response in responses.items():
        _finish_response(status, response)
    keyed = takes_key(operation)
    operation["responses"] = dict(sorted(responses.items()))
    parameters = operation.setdefault("parameters", [])
    if keyed:
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    parameters.append({"$ref": "#/components/parameters/AcceptLanguage"})
    operation["description"] = " ".join(operation.get("description", "").split())


def _finish_response(status: str, response: dict[str, Any]) -> None:
    headers = {"X-Request-ID": {"$ref": "#/components/headers/RequestId"}}
    if status == "429":
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    if status == "401":
        headers["WWW-Authenticate"] = {"$ref": "#/components/headers/Challenge"}
    response["headers"] = {**response.get("headers", {}), **headers}
    if int(status) >= FIRST_REFUSAL:
        own = _beside_problem(response.get("content", {}))
        response["content"] = {PROBLEM: {"schema": PROBLEM_SCHEMA}, **own}


def _beside_problem(content: dict[str, Any]) -> dict[str, Any]:
    """
    Return the shapes of a refusal that an operation declares beside the problem document.

    Ninja merges what an operation adds with its own reference, which is taken out here.
    """
    shapes = {
        media: {key: value for key, value in declared["schema"].items() if key != "$ref"}
        for media, declared in content.items()
    }
    return {media: {"schema": shape} for media, shape in shapes.items() if shape}
