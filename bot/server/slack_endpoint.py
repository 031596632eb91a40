"""POST /slack/events: what Slack sends, verified and repaired before Bolt sees it.

Bolt 1.30 parses a body before it checks the signature, so a malformed one is a 500 to anyone; takes any form
that contains the word "payload" for an interaction, so "/precache explain the payload" is a 404; honours
headers of its own that are not signed; and logs the whole body of what nobody listens to.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.errors import BotError, NotInstalled, SlackError
from bot.replies.commands import not_installed
from bot.server.intake.bodies import receive_body
from bot.server.intake.seldom import Seldom
from bot.stats import TurnedAway
from bot.workspaces import Hears, Workspaces
from scheduler import TooLarge

logger = logging.getLogger(__name__)

_LAZY: Final = ("x-slack-bolt-lazy-only", "x-slack-bolt-lazy-function-name")
_FORM: Final = "application/x-www-form-urlencoded"
_BOLT_NOT_INSTALLED: Final = "Although the app should be installed into this workspace"
_FRESH: Final = 300  # seconds; docs.slack.dev/authentication/verifying-requests-from-slack
_NAMES: Final = ("user", "team", "channel", "enterprise", "user_id", "team_id", "channel_id", "enterprise_id")
"""Of persons and places in a body and in an event, by which everything else is looked up."""
_TELLING_PATIENCE: Final = 1.5  # seconds, of the three in which Slack wants an answer
_ODD: Final = (ValueError, AttributeError, TypeError, LookupError, RecursionError)
"""Errors of code that met another shape than Slack's."""


def make_bolt_app(
    workspaces: Workspaces, client: AsyncWebClient, *, seldom: Seldom | None = None
) -> AsyncApp:
    """Make Bolt for all workspaces. It neither verifies requests nor calls `auth.test`: others do both.

    It gets no token, because our listeners speak through `workspaces`, and reads nothing of Slack from the
    environment. `seldom` keeps the log short about a team that has not installed it.
    """
    seldom = seldom or Seldom()

    async def authorize(
        context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None
    ) -> AuthorizeResult | None:
        try:
            if team_id and enterprise_id and context.is_enterprise_install:
                await workspaces.note_joined(team_id, enterprise=enterprise_id)
            await workspaces.slack_of(team_id or enterprise_id or "")
        except NotInstalled as exc:
            if seldom.may_say(f"not installed {exc.team}"):
                logger.info("slack.not_installed team=%s", exc.team if exc.team.isalnum() else "unknown")
            response_url = context.pop("response_url", None)  # Bolt would wait for it, and fail with it
            if isinstance(response_url, str):
                await _tell_not_installed(workspaces, response_url)
            return None
        except BotError as exc:  # the listener that needs the workspace tells its user
            logger.warning("slack.workspace_not_found: %s", exc)
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

    # Given to Bolt, because each of its own loggers takes the level of the root and ignores "slack_bolt".
    bolt_logger = logging.getLogger(f"{__name__}.bolt")
    bolt_logger.setLevel(logging.ERROR)
    bolt_logger.addFilter(_without_not_installed)
    app = AsyncApp(
        name="slack_bolt.precache",  # Bolt sets the level of a logger of this name
        logger=bolt_logger,
        client=client,
        signing_secret="",
        authorize=authorize,  # type: ignore[arg-type]  # its types lack None: not installed
        user_facing_authorize_error_message=not_installed(),
        process_before_response=True,  # our listeners begin their work in tasks, and end at once
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        ssl_check_enabled=False,
    )
    app.error(_answer_failed_listener)
    return app


async def _tell_not_installed(workspaces: Workspaces, response_url: str) -> None:
    """Tell the person who clicked; Slack waits for our answer meanwhile."""
    try:
        async with asyncio.timeout(_TELLING_PATIENCE):
            await workspaces.respond_to_url(response_url, not_installed())
    except (SlackError, TimeoutError) as exc:
        logger.info("slack.not_installed_untold: %s", type(exc).__name__)


async def _answer_failed_listener(
    error: Exception, body: Mapping[str, Any], response: BoltResponse | None
) -> BoltResponse | None:
    """Log it; a body that a listener cannot read will be no better when Slack sends it again."""
    logger.error("slack.failed type=%s", _type_of(body), exc_info=error)
    if not isinstance(error, _ODD):
        return BoltResponse(status=500)
    return BoltResponse(status=200 if "event" in body else 400)


def _without_not_installed(record: logging.LogRecord) -> bool:
    """Drop Bolt's error for a workspace that has not installed us: `authorize` has told it already."""
    return not record.getMessage().startswith(_BOLT_NOT_INSTALLED)


def make_slack_endpoint(
    app: Hears,
    *,
    signing_secret: str,
    count_turned_away: Callable[[TurnedAway], None] = lambda _: None,
    seldom: Seldom | None = None,
) -> Callable[[Request[Any]], Awaitable[Response]]:
    """Make the endpoint that hands `app` what Slack signed, and nothing else."""
    secret = signing_secret.encode()
    seldom = seldom or Seldom()

    async def slack_events(request: Request[Any]) -> Response:
        length = request.headers.get("content-length")
        try:
            body = await receive_body(request.receive, length=length)
        except TooLarge:
            return PlainTextResponse("too large", status_code=413)
        if reason := _find_fault(secret, request.headers, body):
            count_turned_away(reason)
            _tell_turned_away(reason, request.headers, seldom)
            return PlainTextResponse("not signed by Slack", status_code=401)
        try:
            bolt_request = _read_request(request.headers, body)
        except _ODD:
            return PlainTextResponse("expected what Slack sends", status_code=400)
        if bolt_request.body.get("ssl_check") == "1":
            return Response()
        try:
            answer = await app.async_dispatch(bolt_request)
        except _ODD:  # Bolt itself cannot read it
            logger.info("slack.unreadable type=%s", _type_of(bolt_request.body))
            return PlainTextResponse("expected what Slack sends", status_code=400)
        if answer.status == 404 and "command" not in bolt_request.body:
            # Slack would send an event three more times, and stop all of them after too many failures.
            logger.info("slack.ignored type=%s", _type_of(bolt_request.body))
            return Response()
        response = Response(answer.body, status_code=answer.status)
        for name, values in answer.headers.items():
            for value in values:
                response.headers.append(name, value)
        return response

    return slack_events


def _find_fault(secret: bytes, headers: Mapping[str, str], body: bytes) -> TurnedAway | None:
    """Say why Slack cannot have signed this just now; None if it has."""
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 15 and signature.isascii()):
        return "unsigned"
    if not signature.startswith("v0="):
        return "unsigned"
    digest = hmac.new(secret, b"v0:%s:%s" % (timestamp.encode(), body), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"v0={digest}", signature):
        return "secret"
    return None if abs(_seconds_off(timestamp)) <= _FRESH else "clock"


def _seconds_off(timestamp: str) -> float:
    """The seconds by which this machine's clock is ahead of the moment of a signature."""
    return time.time() - int(timestamp)


def _tell_turned_away(reason: TurnedAway, headers: Mapping[str, str], seldom: Seldom) -> None:
    if reason == "unsigned" or (others := seldom.tell_kept_back(f"slack {reason}")) is None:
        return
    if reason == "secret":
        advice = (
            "a signature does not fit SLACK_SIGNING_SECRET; if Slack sent the request, copy the secret again "
            "from Basic Information of your app"
        )
    else:
        off = _seconds_off(headers["x-slack-request-timestamp"])
        way = "behind" if off > 0 else "ahead of"
        advice = (
            f"a signature of Slack's is {abs(off):.0f} s {way} the clock of this machine; set the clock, for "
            "example with NTP"
        )
    logger.warning("slack.turned_away reason=%s: %s%s", reason, advice, others)


def _read_request(headers: Mapping[str, str], body: bytes) -> AsyncBoltRequest:
    """Read a form or a JSON object that names its kind; anything else raises one of many errors."""
    text = body.decode().strip()
    if headers.get("content-type", "").lower().startswith(_FORM):
        text = _repair_form(text)
    elif not text.startswith("{"):
        raise ValueError("expected a form or a JSON object")
    kept: dict[str, str | Sequence[str]] = {
        name: value for name, value in headers.items() if name not in _LAZY
    }
    bolt_request = AsyncBoltRequest(body=text, headers=kept)
    if "command" in bolt_request.body:  # what Bolt itself has to say is its answer, which Slack shows
        bolt_request.context.pop("response_url", None)
    if not {"type", "command", "ssl_check"} & bolt_request.body.keys():
        raise ValueError("expected a type or a command")
    event = bolt_request.body.get("event", {})
    if not isinstance(event, dict):
        raise TypeError("expected an object as the event")
    if not all(map(_is_id, (*map(bolt_request.body.get, _NAMES), *map(event.get, _NAMES)))):
        raise TypeError("expected ids that are texts")
    if bolt_request.body.get("type") == "block_actions" and not isinstance(_action_id(bolt_request), str):
        raise TypeError("expected an action that names itself")
    return bolt_request


def _is_id(value: object) -> bool:
    """True of an id, of what has one, and where there is none."""
    told = value.get("id") if isinstance(value, dict) else value
    return told is None or (isinstance(told, str) and told.isascii())


def _action_id(bolt_request: AsyncBoltRequest) -> Any:
    """The id of the pressed element; Bolt takes for granted that there is one."""
    return bolt_request.body["actions"][0]["action_id"]


def _repair_form(form: str) -> str:
    """Encode a letter of "payload" in `form`, unless it has a field of that name."""
    if "payload" not in form or "payload" in parse_qs(form, keep_blank_values=True):
        return form
    return form.replace("payload", "p%61yload")


def _type_of(body: Mapping[str, Any]) -> str:
    """The name of a request's kind, such as "block_actions", or "app_home_opened" for an event."""
    event = body.get("event", body)
    name = event.get("type") if isinstance(event, dict) else None
    return name if isinstance(name, str) and name.isidentifier() and len(name) < 80 else "unknown"
