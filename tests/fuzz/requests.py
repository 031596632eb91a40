"""Requests for every route: as they should be, with something odd in them, or bytes that are hardly HTTP."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from tests.fuzz.choices import Choices
from tests.fuzz.mutation import make_inputs
from tests.fuzz.odd import oddly_changed
from tests.fuzz.slack_bodies import as_sent, genuine, signed_by_slack
from tests.fuzz.targets.deliveries import BATCH, CALLBACK, JOB, NAMES, ONE_OFF, claims_about, make_token
from tests.running import ADA, GENERAL

ANNOUNCE: Final = "/api/announce"
_SLACK_BODIES: Final = tuple(genuine())
_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW")
_TYPES: Final = (
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data",
    "a;b",
)
_PLAIN: Final = (
    "/healthz",
    "/readyz",
    "/metrics",
    "/",
    "/favicon.ico",
    "/slack/install",
    "/api/announce/x",
    "/%00",
)


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What signs and opens, as the app under test has it; what is empty is not there."""

    signing_key: str
    slack_secret: str = ""
    qstash_token: str = ""
    bot_token: str = ""


@dataclass(frozen=True, kw_only=True)
class OddRequest:
    """A request of one kind."""

    kind: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw: bytes | None = None
    """Sent as it is, in place of the rest."""


@dataclass(kw_only=True)
class Generator:
    """Makes the same requests for the same seed, but for the time in their signatures."""

    url: str
    secrets: Secrets
    kinds: tuple[str, ...]
    seed: int
    _chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - no secret

    def make_request(self) -> OddRequest:
        makers: dict[str, Callable[[], OddRequest]] = {
            "slack": self._slack,
            "delivery": self._delivery,
            "oauth": self._oauth,
            "plain": self._plain,
            "page": self._page,
            "web_api": self._web_api,
            "qstash": self._qstash,
            "raw": self._raw,
        }
        return makers[self._chance.choice(self.kinds)]()

    def _odd(self, genuine: Sequence[Any], *, most: int = 3) -> Any:
        return oddly_changed(Choices(self._chance.randbytes(120)), genuine, most=most)

    def _changed_bytes(self, body: bytes) -> bytes:
        """Now and then not even JSON or a form."""
        if self._chance.random() < 0.9:
            return body
        return next(iter(make_inputs([body], 1, longest=100_000, seed=self._chance.getrandbits(30))))

    def _slack(self) -> OddRequest:
        content, kind = as_sent(self._odd(_SLACK_BODIES))
        body = self._changed_bytes(content.encode("utf-8", "replace")).decode("utf-8", "replace")
        headers = signed_by_slack(body, kind, secret=self.secrets.slack_secret)
        if self._chance.random() < 0.15:
            headers[self._chance.choice(list(headers))] = self._chance.choice(
                ("", "v0=", "0", "9" * 30, "a=b", *_TYPES)
            )
        return OddRequest(
            kind="slack", method="POST", path="/slack/events", headers=headers, body=body.encode()
        )

    def _delivery(self) -> OddRequest:
        path, told = self._chance.choice(
            (
                (ANNOUNCE, (JOB, ONE_OFF, {"query": "Why?"})),
                (f"{ANNOUNCE}/failed", (CALLBACK,)),
                (f"{ANNOUNCE}/check", ({},)),
            )
        )
        odd = self._odd(told)
        if path.endswith("failed") and isinstance(odd, dict) and self._chance.random() < 0.5:
            odd["sourceBody"] = b64encode(json.dumps(self._odd((JOB, ONE_OFF))).encode()).decode()
        body = self._changed_bytes(json.dumps(odd).encode())
        claims: Any = claims_about(body, f"{self.url}{path}", now=datetime.now(UTC))
        if self._chance.random() < 0.1:
            claims = self._odd((claims,))
        key = self.secrets.signing_key if self._chance.random() < 0.9 else "sig_of_somebody_else"
        headers = {
            "Upstash-Signature": make_token(claims, key),
            "Upstash-Retried": self._chance.choice(("0", "3", "-1", "x", "9" * 40)),
            "Content-Type": self._chance.choice(_TYPES),
        }
        return OddRequest(kind="delivery", method="POST", path=path, headers=headers, body=body)

    def _oauth(self) -> OddRequest:
        names = ("code", "state", "error", "error_description", "team", "key", "user")
        values = ("", "access_denied", "a" * 3_000, "<script>", "\0", "%ff", "../..", "🙂", ADA, "1.2.a")
        query = urlencode(
            {self._chance.choice(names): self._chance.choice(values) for _ in range(3)}, errors="replace"
        )
        path = self._chance.choice(("/slack/oauth_redirect", "/slack/install"))
        cookie = {
            "Cookie": self._chance.choice(
                ("precache_install=x", "a", "=;;", "precache_install=" + "y" * 2_000)
            )
        }
        return OddRequest(kind="oauth", method="GET", path=f"{path}?{query}", headers=cookie)

    def _plain(self) -> OddRequest:
        body = self._chance.choice((b"", b"{}", b"\xff\0", b"x" * 70_000))
        return OddRequest(
            kind="plain",
            method=self._chance.choice(_METHODS),
            path=self._chance.choice((*_PLAIN, ANNOUNCE, "/slack/events")),
            headers={
                "Content-Type": self._chance.choice(_TYPES),
                "Authorization": self._chance.choice(("", "Bearer x")),
            },
            body=body,
        )

    def _page(self) -> OddRequest:
        kind = {"Content-Type": "application/json" if self._chance.random() < 0.95 else "text/plain"}
        if self._chance.random() < 0.15:
            path = self._chance.choice(
                (
                    *(
                        "/sandbox/state",
                        f"/sandbox/state?user={ADA}",
                        "/sandbox/state?user=%00",
                        "/sandbox/page.js",
                    ),
                    *(
                        "/sandbox/..%2f..%2fapp.py",
                        f"/archives/{GENERAL}/p1",
                        "/files/U1/F1/x",
                        "/sandbox/files/F1",
                        "/",
                    ),
                    *(
                        "/sandbox/files-pri/T1-F1/download/x",
                        "/sandbox/link",
                        "/sandbox/oauth/v2/authorize?client_id=1",
                    ),
                )
            )
            return OddRequest(kind="page", method="GET", path=path)
        name, arguments = self._chance.choice(ACTS)
        body = self._changed_bytes(json.dumps(self._odd(({"user": ADA, **arguments},))).encode())
        return OddRequest(kind="page", method="POST", path=f"/sandbox/{name}", headers=kind, body=body)

    def _web_api(self) -> OddRequest:
        method, arguments = self._chance.choice(CALLS)
        token = self.secrets.bot_token if self._chance.random() < 0.95 else "xoxb-of-somebody"
        headers = {"Authorization": f"Bearer {token}"}
        odd = self._odd((arguments,))
        if isinstance(odd, dict) and self._chance.random() < 0.4:
            plain = {
                str(name): value if isinstance(value, str) else json.dumps(value)
                for name, value in odd.items()
            }
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(plain, errors="replace").encode()
        else:
            headers["Content-Type"] = "application/json; charset=utf-8"
            body = self._changed_bytes(json.dumps(odd).encode())
        return OddRequest(
            kind="web_api", method="POST", path=f"/sandbox/api/{method}", headers=headers, body=body
        )

    def _qstash(self) -> OddRequest:
        method, path = self._chance.choice(QSTASH)
        token = self.secrets.qstash_token if self._chance.random() < 0.95 else ""
        headers = {"Authorization": f"Bearer {token}"}
        for _ in range(self._chance.randrange(4)):
            value = self._chance.choice(
                ("5s", "1000 * retried", "-1", "body", "x=y", "9" * 20, "parallelism=1", "https://x")
            )
            headers[self._chance.choice(NAMES)] = value
        body = b""
        if method in ("POST", "DELETE"):
            body = self._changed_bytes(
                json.dumps(self._odd((BATCH, JOB, {"messageIds": ["msg_x"]}))).encode()
            )
        headers["Upstash-Not-Before"] = "4000000000"  # nothing of it is delivered
        return OddRequest(kind="qstash", method=method, path=f"/qstash{path}", headers=headers, body=body)

    def _raw(self) -> OddRequest:
        raw = next(iter(make_inputs(RAW, 1, longest=200_000, seed=self._chance.getrandbits(30))))
        return OddRequest(kind="raw", method="", path="", raw=raw)


ACTS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("send", {"channel": GENERAL, "text": "/precache list"}),
    ("send", {"channel": GENERAL, "text": "hello", "thread_ts": "1.2", "files": [{"id": "F1", "alt": "a"}]}),
    (
        "act",
        {
            "channel": GENERAL,
            "message_ts": "1.2",
            "block_id": "b",
            "action_id": "post_refresh",
            "selected": "x",
        },
    ),
    (
        "act",
        {"view_id": "V1", "block_id": "b", "action_id": "when", "values": {"when": {"compose_when": "9"}}},
    ),
    ("submit", {"view_id": "V1", "values": {"prompt": {"input": "Why?"}}}),
    ("close", {"view_id": "V1", "all": True}),
    ("home", {"tab": "home"}),
    ("shortcut", {"callback_id": "compose", "channel": GENERAL, "message_ts": "1.2"}),
    ("suggest", {"view_id": "V1", "block_id": "b", "action_id": "a", "query": "x"}),
    ("messages", {"channel": GENERAL, "text": "from another app", "blocks": [{"type": "divider"}]}),
    ("join", {"channel": GENERAL}),
)
CALLS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("auth.test", {}),
    (
        "chat.postMessage",
        {
            "channel": GENERAL,
            "text": "a",
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "b"}}],
        },
    ),
    (
        "chat.postMessage",
        {"channel": GENERAL, "text": "a", "metadata": {"event_type": "e", "event_payload": {"a": 1}}},
    ),
    ("chat.postEphemeral", {"channel": GENERAL, "user": ADA, "text": "a", "thread_ts": "1.2"}),
    ("chat.update", {"channel": GENERAL, "ts": "1.2", "text": "a"}),
    ("chat.delete", {"channel": GENERAL, "ts": "1.2"}),
    ("chat.getPermalink", {"channel": GENERAL, "message_ts": "1.2"}),
    (
        "conversations.history",
        {"channel": GENERAL, "oldest": "1.2", "limit": 5, "cursor": "x", "inclusive": True},
    ),
    ("conversations.replies", {"channel": GENERAL, "ts": "1.2", "limit": "5"}),
    ("conversations.info", {"channel": GENERAL}),
    ("conversations.list", {"types": "public_channel,private_channel", "limit": 5, "cursor": ""}),
    ("conversations.members", {"channel": GENERAL, "limit": 5}),
    ("conversations.open", {"users": ADA}),
    ("files.getUploadURLExternal", {"filename": "a", "length": 5, "alt_txt": "b"}),
    ("files.completeUploadExternal", {"files": [{"id": "F1", "title": "a"}], "channel_id": GENERAL}),
    ("files.info", {"file": "F1"}),
    ("reactions.add", {"channel": GENERAL, "timestamp": "1.2", "name": "eyes"}),
    ("usergroups.list", {"include_users": True}),
    ("usergroups.users.list", {"usergroup": "S1"}),
    ("users.info", {"user": ADA}),
    ("users.list", {"limit": 5}),
    ("users.conversations", {"user": ADA, "types": "public_channel", "limit": 5}),
    (
        "views.open",
        {
            "trigger_id": "1.2.a",
            "view": {"type": "modal", "title": {"type": "plain_text", "text": "a"}, "blocks": []},
        },
    ),
    (
        "views.publish",
        {"user_id": ADA, "view": {"type": "home", "blocks": [{"type": "divider"}]}, "hash": "1.a"},
    ),
    (
        "views.update",
        {
            "view_id": "V1",
            "view": {"type": "modal", "title": {"type": "plain_text", "text": "a"}, "blocks": []},
        },
    ),
    ("no.such", {}),
)
QSTASH: Final = (
    *(("POST", "/v2/publish/https://a.example/x"), ("POST", "/v2/publish/nowhere"), ("POST", "/v2/batch")),
    *(("GET", "/v2/messages/msg_x"), ("DELETE", "/v2/messages/msg_x"), ("DELETE", "/v2/messages")),
    *(
        ("GET", "/v2/dlq?count=5&cursor=x"),
        ("DELETE", "/v2/dlq/x"),
        ("POST", "/v2/dlq/retry/x"),
        ("POST", "/v2/dlq/retry"),
    ),
    *(("GET", "/v2/schedules/x"), ("POST", "/v2/schedules/x/pause"), ("PATCH", "/v2/schedules/x/resume")),
    *(
        ("GET", "/v2/logs?count=-1"),
        ("GET", "/v2/events?state=ERROR"),
        ("GET", "/v2/flowControl/x"),
        ("GET", "/v2/x"),
    ),
)
RAW: Final[tuple[bytes, ...]] = (
    b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /api/announce HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
    b"POST /api/announce HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n{",
    b"GET /%ff%00/../x?\xff HTTP/1.1\r\nHost: a\r\nCookie: \xff=\xfe\r\nX-Forwarded-For: ::1\r\n\r\n",
    b"GET http://a.example/healthz HTTP/1.0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
)
