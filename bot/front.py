"""POST /slack/events: what Slack sends, verified and repaired before Bolt sees it.

Bolt 1.30 parses a body before it checks the signature, so a malformed one is a 500 to anyone; takes any form
that contains the word "payload" for an interaction, so "/precache explain the payload" is a 404; and honours
headers of its own that are not signed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final
from urllib.parse import parse_qs

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.slack import Slack
from scheduler import TooLarge, read_body

_LAZY: Final = ("x-slack-bolt-lazy-only", "x-slack-bolt-lazy-function-name")
_FORM: Final = "application/x-www-form-urlencoded"


def slack_app(slack: Slack, *, signing_secret: str) -> AsyncApp:
    """Bolt for one workspace. It verifies nothing and asks `auth.test` nothing: both are done before it."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=slack.client.token)

    return AsyncApp(
        name="precache",
        client=slack.client,
        signing_secret=signing_secret,
        authorize=authorize,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
    )


def slack_endpoint(app: AsyncApp, *, signing_secret: str) -> Callable[[Request[Any]], Awaitable[Response]]:
    """The endpoint that hands to `app` what Slack signed, and nothing else."""
    verifier = SignatureVerifier(signing_secret)

    async def slack_events(request: Request[Any]) -> Response:
        try:
            body = await read_body(request.stream(), length=request.headers.get("content-length"))
        except TooLarge:
            return PlainTextResponse("too large", status_code=413)
        if not _signed(verifier, request, body):
            return PlainTextResponse("not signed by Slack", status_code=401)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return PlainTextResponse("expected UTF-8", status_code=400)
        is_form = request.headers.get("content-type", "").startswith(_FORM)
        if not is_form and not text.lstrip().startswith("{"):
            return PlainTextResponse("expected a form or a JSON object", status_code=400)
        headers: dict[str, str | Sequence[str]] = {
            name: value for name, value in request.headers.items() if name not in _LAZY
        }
        try:
            bolt_request = AsyncBoltRequest(body=_repaired(text) if is_form else text, headers=headers)
        except (ValueError, AttributeError, TypeError, RecursionError):
            return PlainTextResponse("expected what Slack sends", status_code=400)
        answer = await app.async_dispatch(bolt_request)
        response = Response(answer.body, status_code=answer.status)
        for name, values in answer.headers.items():
            for value in values:
                response.headers.append(name, value)
        return response

    return slack_events


def _signed(verifier: SignatureVerifier, request: Request[Any], body: bytes) -> bool:
    timestamp = request.headers.get("x-slack-request-timestamp", "")
    signature = request.headers.get("x-slack-signature", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 15 and signature.isascii()):
        return False
    # Of bytes that are no UTF-8 the verifier would raise; Slack never signs such a body.
    try:
        return verifier.is_valid(body, timestamp, signature)
    except UnicodeDecodeError:
        return False


def _repaired(form: str) -> str:
    """`form` with the letters of "payload" encoded, unless it has a field of that name."""
    if "payload" not in form or "payload" in parse_qs(form, keep_blank_values=True):
        return form
    return form.replace("payload", "p%61yload")
