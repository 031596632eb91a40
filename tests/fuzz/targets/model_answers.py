"""What model servers send, and what models write: read, and made messages that Slack takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from bot.answers.cutting import cut_text
from bot.answers.judging.comparison import SHAPE, read_judgement
from bot.markdown import to_parts
from bot.model import estimate_tokens
from bot.model.json_shape import fits_schema
from bot.model.wire import (
    count_tokens,
    longest_told,
    refusal_in,
    spoken_text,
    wait_in_body,
    wait_in_headers,
    without_fence,
    words_of,
)
from bot.model.wire.patience import ServerReply
from bot.model.wire.refusals import refused_parameter
from bot.sandbox.block_kit import block_problems
from tests.fuzz.choices import Choices
from tests.fuzz.odd import oddly_changed
from tests.fuzz.target import target

NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
COMPLETION: Final[dict[str, Any]] = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1_795_000_000,
    "model": "test",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": [{"type": "text", "text": "Hello"}],
                "refusal": None,
                "tool_calls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
}
ERROR: Final[dict[str, Any]] = {
    "error": {
        "message": "This model's maximum context length is 4,096 tokens. max_tokens is not supported. Retry in 5s",
        "type": "invalid_request_error",
        "code": 429,
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "5s"}],
    }
}
STREAM: Final = "data: " + json.dumps({"choices": [{"delta": {"content": "Hi"}}]}) + "\n\ndata: [DONE]\n"


def _read_reply(status: int, headers: dict[str, str], raw: bytes) -> None:
    reply = ServerReply.of_raw(status, headers, raw)
    words = words_of(reply.body)
    refusal_in(reply.status, words)
    refused_parameter(reply.status, words, ("max_tokens", "temperature"))
    longest_told(words)
    for wait in (wait_in_body(reply.body), wait_in_headers(reply.headers, now=NOW)):
        assert wait is None or wait.total_seconds() >= 0
    if reply.status == 200:
        count_tokens(reply.body.get("usage"))
        choice = reply.body["choices"][0]
        assert isinstance(choice["message"]["content"], str)
        assert isinstance(choice["finish_reason"], str | None)
        without_fence(spoken_text(choice["message"]["content"]))
    else:
        assert 400 <= reply.status <= 599, reply.status


@target(
    *(
        json.dumps(COMPLETION),
        json.dumps(ERROR),
        STREAM,
        "<html>502</html>",
        '{"message":"no"}',
        '{"detail":[]}',
    ),
    longest=1_200,
)
def reply_bodies(data: bytes) -> None:
    for status in (200, 400, 429, 503):
        _read_reply(status, {}, data)


@target(b"", bytes(range(60)), b"\0\1\5\1\2\0", longest=500)
def replies(data: bytes) -> None:
    choices = Choices(data)
    status = choices.pick((200, 200, 400, 422, 429, 500))
    names = ("retry-after", "retry-after-ms", "x-ratelimit-reset-requests", "x-ratelimit-remaining-requests")
    headers = {choices.pick(names): choices.take_text(30) for _ in range(choices.take_number(3))}
    body = oddly_changed(choices, (COMPLETION, ERROR))
    _read_reply(status, headers, json.dumps(body).encode())


@target(
    *(
        "<think>so</think>Hello",
        "```markdown\n# A\n```",
        "<|channel|>final<|message|>Hi<|end|>",
        "◁think▷a◁/think▷b",
    ),
    *(
        "<tool_call>{}</tool_call>",
        "[THINK]a[/THINK] `<think>`",
        "~~~\nx\n~~~",
        "<|im_end|><｜end▁of▁sentence｜>",
    ),
    longest=800,
)
def spoken_texts(data: bytes) -> None:
    """Nothing is added to what a model said."""
    text = data.decode("utf-8", "replace")
    said = spoken_text(text)
    assert len(said) <= len(text)
    assert set(said) <= set(text)
    assert len(without_fence(said)) <= len(said)


@target(
    *('{"changed": true, "difference": "x"}', 'Sure: ```json\n{"changed":false,"difference":""}\n```'),
    *('{"a": {"changed": true, "difference": "\\ud800"}}', '{"changed": 1.0'),
    longest=600,
)
def shaped_answers(data: bytes) -> None:
    found = SHAPE.find_object(data.decode("utf-8", "replace"))
    if found is not None:
        assert fits_schema(json.loads(found), SHAPE.schema)
        read_judgement(found)


_INERT: Final = frozenset({"text", "link", "emoji", "rich_text", "header", "plain_text", "table", "divider"})


def _elements_in(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for name, value in node.items():
            if name != "style":
                yield from _elements_in(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _elements_in(value)


def _check_parts(text: str, limit: int, *, tables: bool) -> None:
    """Slack takes every part, and nothing in it is live."""
    for part in to_parts(text, limit=limit, tables=tables):
        problems = block_problems(list(part.blocks))
        assert not problems, problems
        assert not set("<>") & set(part.text), part.text
        for element in _elements_in(part.blocks):
            kind = element.get("type")
            assert kind is None or kind in _INERT or kind.startswith(("rich_text_", "raw_text")), kind
            if kind == "link":
                assert element["url"].lower().startswith(("http://", "https://", "mailto:")), element


MARKDOWN: Final = (
    '# Title\n\nSome **bold**, *slant*, ~~gone~~ and `code`: [a](https://a.example "t"), <https://b.example>.\n',
    "- one\n  1. two\n     > three\n- [ ] four\n\n---\n\n| a | b |\n|:-|-:|\n| 1 | <!here> |\n",
    "```py\nprint('<@U1>')\n```\n\n> quote\n>> deeper\n\n![x](https://a.example/y.png) &amp; &#60;!channel>\n",
    "Term\n: what [1]\n\n[1]: https://a.example\n\n:wave: @here #general ~~~\n\ttab\n",
)


@target(*MARKDOWN, longest=1_500)
def markdown(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    _check_parts(text, 3_000, tables=True)
    _check_parts(text, 400, tables=False)


@target("one two three four five " * 8, "a" * 100, "a\n\nb\n\nc", longest=600)
def parts_of_texts(data: bytes) -> None:
    """All of a text is in its parts, and each fits."""
    choices = Choices(data)
    room = 40 + choices.take_number(200)
    text = choices.take_rest().decode("utf-8", "replace")
    at = 0
    for part, end in cut_text(text, room=room, overlap=10):
        assert estimate_tokens(part) <= room, part
        assert not text[at:end].strip() or text[at:end].split()[-1] in part
        assert end > at
        at = end
    assert not text[at:].strip()
