"""Socket Mode: deliveries over a WebSocket that the app opened, acknowledged by the id of their envelope.

docs.slack.dev/apis/events-api/using-socket-mode: up to ten connections; each delivery goes to one of them.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import json
import secrets
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.sandbox.calls import ApiError, Arguments, load_json
from bot.sandbox.deliveries.outcome import Answered, Failed, Retry
from bot.sandbox.workspace import APP

MOST: Final = 10
_NO_ANSWER_WANTED: Final = "events_api"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Line:
    socket: WebSocket
    waiting: dict[str, asyncio.Future[Answered | Failed]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sockets:
    """The app's connections; without an app-level token there can be none."""

    app_token: str | None
    address: str
    _tickets: set[str] = field(default_factory=set, init=False)
    _lines: list[_Line] = field(default_factory=list, init=False)
    _turn: Iterator[int] = field(default_factory=itertools.count, init=False)

    @property
    def is_connected(self) -> bool:
        return bool(self._lines)

    async def make_ticket(self, arguments: Arguments, token: str | None) -> dict[str, Any]:
        """apps.connections.open: an address that is good for one connection."""
        if not token:
            raise ApiError("not_authed")
        if self.app_token is None or not hmac.compare_digest(token.encode(), self.app_token.encode()):
            raise ApiError("invalid_auth" if token.startswith("xapp-") else "not_allowed_token_type")
        ticket = secrets.token_urlsafe(24)
        self._tickets.add(ticket)
        return {"url": f"{self.address}?ticket={ticket}&app_id={APP}"}

    async def serve_socket(self, socket: WebSocket) -> None:
        """One connection, until either side ends it."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await socket.close(1008)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        if len(self._lines) >= MOST:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return
        line = _Line(socket=socket)
        self._lines.append(line)
        try:
            await socket.send_json(_hello_message(len(self._lines)))
            async for text in socket.iter_text():
                _take_ack(line, text)
        except WebSocketDisconnect:
            pass  # between two messages: the same as any other end
        finally:
            if line in self._lines:
                self._lines.remove(line)
            for answer in line.waiting.values():
                _settle_answer(answer, Failed(error="dispatch_failed", reason="connection_failed"))

    async def send_envelope(
        self, kind: str, payload: Mapping[str, Any], patience: float, retry: Retry | None = None
    ) -> Answered | Failed:
        """One envelope down one of the connections, and its acknowledgement."""
        line = self._lines[next(self._turn) % len(self._lines)]
        envelope_id = str(uuid.uuid4())
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "accepts_response_payload": kind != _NO_ANSWER_WANTED,
            "payload": payload,
        }
        if kind == _NO_ANSWER_WANTED:
            envelope |= {
                "retry_attempt": retry.number if retry else 0,
                "retry_reason": retry.reason if retry else "",
            }
        answer: asyncio.Future[Answered | Failed] = asyncio.get_running_loop().create_future()
        line.waiting[envelope_id] = answer
        try:
            async with asyncio.timeout(patience):
                await line.socket.send_text(json.dumps(envelope, ensure_ascii=False))
                return await answer
        except TimeoutError:
            return Failed(error="operation_timeout", reason="timeout")
        except (WebSocketDisconnect, RuntimeError):  # starlette's two ways to say that it is closed
            return Failed(error="dispatch_failed", reason="connection_failed")
        finally:
            del line.waiting[envelope_id]

    async def ask_refresh(self) -> None:
        """Asks each connection to be replaced by a new one, as Slack does every few hours."""
        for line in [*self._lines]:
            self._lines.remove(line)
            await line.socket.send_json({"type": "disconnect", "reason": "refresh_requested"})

    async def close_sockets(self) -> None:
        for line in [*self._lines]:
            self._lines.remove(line)
            await line.socket.close(1001)


def _hello_message(number: int) -> dict[str, Any]:
    return {
        "type": "hello",
        "num_connections": number,
        "connection_info": {"app_id": APP},
        "debug_info": {"host": "sandbox", "approximate_connection_time": 18_060},
    }


def _take_ack(line: _Line, text: str) -> None:
    """Takes an acknowledgement; like Slack, ignores any other text and any unknown envelope."""
    try:
        said = load_json(text)
    except ValueError:
        return
    if isinstance(said, dict) and (answer := line.waiting.get(str(said.get("envelope_id")))) is not None:
        payload = said.get("payload")
        body = b"" if payload is None else json.dumps(payload, ensure_ascii=False).encode()
        _settle_answer(answer, Answered(kind="application/json", body=body))


def _settle_answer(answer: asyncio.Future[Answered | Failed], outcome: Answered | Failed) -> None:
    if not answer.done():
        answer.set_result(outcome)
