"""What a service is asked, written down; and its bad days, on which it says what it is told to say."""

from __future__ import annotations

from collections import deque

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Ear:
    """A service as it is, but for the answers that are given instead of its own, in order."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._asked: list[bytes] = []
        self._instead: dict[str, deque[Response]] = {}

    @property
    def asked(self) -> bytes:
        """Every request, head and body, one a line, and what came over WebSockets."""
        return b"\n".join(self._asked)

    def answer_instead(self, path: str, *answers: Response) -> None:
        """Give these to the next requests for paths that begin so."""
        self._instead.setdefault(path, deque()).extend(answers)

    def has_given(self, path: str) -> bool:
        """True when all that was to be given instead was given."""
        return not self._instead.get(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        heads = [b"%s: %s" % pair for pair in scope["headers"]]
        self._asked.append(b" ".join((scope["path"].encode(), scope["query_string"], *heads)))

        async def receive_noted() -> Message:
            message = await receive()
            if said := message.get("body") or (message.get("text") or "").encode():
                self._asked.append(said)
            return message

        answer = self._take_answer(scope["path"])
        if answer is not None:
            await Request(scope, receive_noted).body()
        await (answer or self._app)(scope, receive_noted, send)

    def _take_answer(self, path: str) -> Response | None:
        waiting = (answers for begin, answers in self._instead.items() if path.startswith(begin) and answers)
        answers = next(waiting, None)
        return None if answers is None else answers.popleft()
