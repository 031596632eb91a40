"""Whatever happens, at whatever level: the log, the metrics and the answers to strangers repeat nothing."""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from redis.asyncio import Redis as RawRedis

from tests.marked.house import SECRETS, open_house
from tests.marked.markers import find_marks, mark
from tests.marked.story import ONLY_HTTP, PRIVATE, live_a_day

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
DAYS: Final = [(level, is_socket) for level in LEVELS for is_socket in (False, True)]
FEW: Final = [("DEBUG", False), ("INFO", True)]
KEPT: Final = {"SLACK_SIGNING_SECRET", "PRECACHE_KEY", "its bytes", "PRECACHE_METRICS_TOKEN", "heartbeat"}
"""The secrets that the process shows to nobody in its first minute."""
HOSTED: Final = {"SLACK_CLIENT_SECRET", "QSTASH_TOKEN", "UPSTASH_REDIS_REST_TOKEN"}
OWN: Final = {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}
UNHEARD: Final = {
    *("QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY", "redis password"),
    *("forged", "oauth error"),
}
"""What no service here is sent."""
FORMS: Final[tuple[Callable[[str], str | bytes], ...]] = (
    *(str.encode, json.dumps, repr, str.lower, quote),
    *(lambda text: text.encode().hex(), lambda text: text.encode().hex().upper()),
    *(lambda text: b64encode(text.encode()), lambda text: urlsafe_b64encode(text.encode())),
)
MADE: Final = {
    "response_url": rb"/sandbox/respond/\w+/([\w-]{32})",
    "trigger_id": rb"[0-9]+\.[0-9]+\.([0-9a-f]{32})",
    "token of a workspace": rb"xoxb-[0-9]+-([0-9a-f]{24})",
    "code": rb"code=[0-9]+\.([0-9a-f]{48})",
    "ticket": rb"ticket=([\w-]{32})",
}
"""What Slack makes at random, where the process gives it back."""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="finds the port in /proc")
@pytest.mark.parametrize(("level", "is_socket"), DAYS if os.environ.get("ALL_LEVELS") else FEW)
async def test_a_whole_day_leaves_no_secret_and_no_word_of_anybody_behind(
    level: str, is_socket: bool, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    async with open_house(
        tmp_path, valkey=valkey_socket, redis=redis_raw, level=level, is_socket=is_socket
    ) as house:
        await live_a_day(house, is_socket=is_socket)
        await house.stop()
    asked, made = house.asked, made_by_slack(house.asked)
    absent = {"token of a workspace", "code"} if is_socket else {"ticket"}
    assert {kind for kind, _ in made} == set(MADE) - absent
    chosen = SECRETS | PRIVATE | {"its bytes": mark("PRECACHE_KEY")}
    unsent = KEPT | UNHEARD | (HOSTED | ONLY_HTTP if is_socket else OWN)
    assert set(chosen) - set(find_marks(asked, chosen)) == unsent, "the search finds what has gone out"
    marks = chosen | {f"{kind} {word}": word for kind, word in made} | made_for_own_qstash(tmp_path / "data")
    assert find_marks(house.said.encode(), marks) == {}
    assert find_marks(b"\n".join(house.outsiders), marks) == {}
    for file in (tmp_path / "outside").rglob("*"):
        assert find_marks(str(file).encode(), marks) == {}
        if file.is_file():
            assert find_marks(file.read_bytes(), marks) == {}


def made_by_slack(asked: bytes) -> set[tuple[str, str]]:
    return {(kind, word.decode()) for kind, pattern in MADE.items() for word in re.findall(pattern, asked)}


def made_for_own_qstash(data: Path) -> dict[str, str]:
    """The token and the keys of the QStash inside the process, where it has one."""
    file = data / "qstash.env"
    pairs = re.findall(r"^(QSTASH_\w+)=(.*)$", file.read_text(), re.MULTILINE) if file.exists() else []
    return {f"own {name}": value for name, value in pairs if name != "QSTASH_URL"}


def test_a_mark_is_found_in_every_form_and_so_is_half_of_it() -> None:
    word = mark("a word")
    marks = {"it": word, "another": mark("another")}
    assert find_marks(f"one line\nand {word[:15]}, {word[17:]}".encode(), marks) == {}
    for form, before, half in product(FORMS, ("", "x", "ab", "ü y"), (word, word[:16], word[16:])):
        shown = form(f"{before}{half} and more")
        text = shown if isinstance(shown, bytes) else shown.encode()
        assert set(find_marks(b"one line\n" + text, marks)) == {"it"}, text
