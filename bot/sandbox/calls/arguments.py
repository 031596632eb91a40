"""A Web API call's arguments, whichever way they came: query, form or JSON; and the errors calls end in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.sandbox.calls.errors import ApiError, api_error
from bot.sandbox.calls.json_text import load_json

_TRUE = frozenset({"1", "true", "True"})
_FALSE = frozenset({"0", "false", "False", ""})


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """The input of a method; a value of the wrong type is `invalid_arguments`."""

    values: Mapping[str, Any]

    def optional_text(self, name: str) -> str | None:
        match self.values.get(name):
            case None:
                return None
            case str() as text:
                return text
            case bool() | list() | dict():
                raise api_error("invalid_arguments", f"must be a string [json-pointer:/{name}]")
            case other:
                return str(other)

    def required_text(self, name: str) -> str:
        if not (text := self.optional_text(name)):
            raise api_error("invalid_arguments", f"missing required field: {name}")
        return text

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.values.get(name, default)
        if isinstance(value, bool):
            return value
        if str(value) in _TRUE | _FALSE:
            return str(value) in _TRUE
        raise api_error("invalid_arguments", f"must be a boolean [json-pointer:/{name}]")

    def number_between(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self.values.get(name, default)
        try:
            number = int(str(value))
        except ValueError:
            raise api_error("invalid_arguments", f"must be an integer [json-pointer:/{name}]") from None
        if not low <= number <= high:
            raise api_error("invalid_limit" if name == "limit" else "invalid_arguments")
        return number

    def parsed_json(self, name: str, error: str) -> Any:
        """A value that is JSON: text in a form, itself in a JSON body; `error` if it is neither."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            return value or None
        try:
            return load_json(value)
        except ValueError:
            raise ApiError(error) from None


async def read_arguments(request: Request) -> Arguments:
    """Query first, then the body by its content type."""
    values: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        try:
            body = load_json(await request.body() or b"{}")
        except ValueError:
            raise ApiError("invalid_json") from None
        if not isinstance(body, dict):
            raise ApiError("json_not_object")
        values |= body
        values.pop("token", None)  # with JSON, Slack takes the token from the header alone
    elif kind == "application/x-www-form-urlencoded":
        try:
            values |= parse_qsl((await request.body()).decode(), keep_blank_values=True)
        except ValueError:
            raise ApiError("invalid_form_data") from None
    elif kind and await request.body():
        raise ApiError("invalid_post_type")
    return Arguments(values={name: value for name, value in values.items() if value is not None})


def bearer_token(headers: Mapping[str, str]) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def read_token(request: Request, arguments: Arguments) -> str | None:
    """The token in the header or, without one there, among the arguments."""
    token = bearer_token(request.headers)
    return arguments.optional_text("token") if token is None else token
