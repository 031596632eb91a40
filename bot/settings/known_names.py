"""The names that settings may have, and the nearest of them for one that is none: a slip of the finger would
otherwise start the sandbox, or another model, without a word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from bot.settings.model import PROVIDER_KEYS

NAMES: Final = frozenset(
    {
        *(
            "HOST",
            "LOG_FORMAT",
            "LOG_LEVEL",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OPENAI_API_KEY",
            "OPENAI_BASE_URL",
            "PORT",
            "PRECACHE_CAP_ALL",
        ),
        *("PRECACHE_CAP_SCHEDULE", "PRECACHE_CAP_TEAM", "PRECACHE_CHANNELS", "PRECACHE_CHECK_MODELS"),
        *("PRECACHE_CLOSURES", "PRECACHE_DATA", "PRECACHE_FALLBACKS", "PRECACHE_GROUPS", "PRECACHE_KEY"),
        *("PRECACHE_HEARTBEAT_URL", "PRECACHE_HISTORY_DAYS", "PRECACHE_HISTORY_RUNS"),
        *("PRECACHE_GOOD_ENDS", "PRECACHE_PICTURES", "PRECACHE_MAX_TOKENS", "PRECACHE_USAGE_DAYS"),
        *("PRECACHE_LEAD", "PRECACHE_LIMIT", "PRECACHE_MAX_AGE", "PRECACHE_METRICS_TOKEN"),
        *("PRECACHE_MODEL", "PRECACHE_MODELS", "PRECACHE_NEAR_CACHE_MB", "PRECACHE_NETWORKS"),
        *("PRECACHE_POSTS", "PRECACHE_PRICES", "PRECACHE_REVIEW", "PRECACHE_SHOW_COSTS"),
        *("PRECACHE_RENEWAL_DAYS", "PRECACHE_TEAM_LIMIT"),
        *("PRECACHE_TRANSCRIBER", "PRECACHE_TRANSCRIBER_KEY", "PRECACHE_TRANSCRIBER_LANGUAGE"),
        "PRECACHE_THREAD_QUESTIONS",
        *("PRECACHE_WINDOW", "PUBLIC_URL"),
        "QSTASH_CURRENT_SIGNING_KEY",
        *("QSTASH_NEXT_SIGNING_KEY", "QSTASH_TOKEN", "QSTASH_URL", "REDIS_URL", "SLACK_API_URL"),
        *("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"),
        *("SLACK_SIGNING_SECRET", "UPSTASH_REDIS_REST_TOKEN", "UPSTASH_REDIS_REST_URL"),
    }
)
"""All that are read, as .env.example has them."""

_OURS: Final = ("PRECACHE_", "QSTASH_", "SLACK_", "UPSTASH_REDIS_")
"""In a file of our own, these are certainly meant for us."""


def advise_on_names(names: Iterable[str], *, own_file: bool) -> list[str]:
    """Say which of these names Precache does not know, and which one was probably meant.

    `own_file` if they stand in our own file; in the environment, only ours can be told from others' names.
    """
    known = NAMES | {*PROVIDER_KEYS.values()}
    advice = []
    for name in names:
        if name in known or not (own_file or name.startswith("PRECACHE_")):
            continue
        near = nearest_name(name, known)
        if near is not None:
            advice.append(f"{name}: Precache knows no variable of this name; did you mean {near}?")
        elif own_file and name.upper().startswith(_OURS):
            advice.append(f"{name}: Precache knows no variable of this name, and does not read it")
    return advice


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Find the known name that differs in a letter or three, or, for one of ours, that comes closest."""
    folded = name.upper().replace("-", "_")
    distances = {candidate: _edit_distance(folded, candidate) for candidate in sorted(known)}
    near = min(distances, key=lambda candidate: distances[candidate])
    if distances[near] <= min(3, len(folded) // 4):
        return near
    prefix = next((ours for ours in _OURS if folded.startswith(ours)), "")
    rests = {known.removeprefix(prefix): known for known in distances if known.startswith(prefix)}
    close = get_close_matches(folded.removeprefix(prefix), rests, n=1, cutoff=0.5 if prefix else 0.82)
    return rests[close[0]] if close else None


def _edit_distance(one: str, other: str) -> int:
    """Count the letters to change, add, leave out, or swap with the next (optimal string alignment)."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        this = [row]
        for column, wanted in enumerate(other, start=1):
            cost = min(last[column] + 1, this[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before_last[column - 2] + 1)
            this.append(cost)
        before_last, last = last, this
    return last[len(other)]
