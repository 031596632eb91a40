"""One call: its arguments, the scope it needs, and the error it may end in."""

from bot.sandbox.calls.arguments import Arguments, bearer_token, read_arguments, read_token
from bot.sandbox.calls.errors import ApiError, api_error
from bot.sandbox.calls.json_text import load_json
from bot.sandbox.calls.scopes import ALL_SCOPES, KNOWN_SCOPES, missing_scope, split_scopes

__all__ = [
    "ALL_SCOPES",
    "KNOWN_SCOPES",
    "ApiError",
    "Arguments",
    "api_error",
    "bearer_token",
    "load_json",
    "missing_scope",
    "read_arguments",
    "read_token",
    "split_scopes",
]
