"""Every Redis key of the embedded QStash, and its time to live.

Scripts get the names through `NAMES`, so no key is spelt anywhere else. What was acknowledged has no TTL:
pending messages and schedules live until they are settled or deleted, and losing them is the one thing that
must not happen. Everything that only remembers the past expires.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

CREDENTIALS: Final = "qstash:credentials"
"""Hash of token, current, next. No TTL: clients hold copies."""

ADDRESSES: Final = "qstash:addresses"
"""Set of every address that the hosting app has had. No TTL: a schedule may name one forever."""

MESSAGE: Final = "qstash:message:"
"""+ id. Hash of spec, body, retried, token. No TTL: it was acknowledged."""

DUE: Final = "qstash:due"
"""Sorted set: message id → the moment (ms) of its next attempt, or until which its lease runs. No TTL."""

READY: Final = "qstash:ready:"
"""+ group. Sorted set: message id → since when (ms) it has waited for a lane. No TTL, like `DUE`, where each
stands as well, `HELD` later."""

GROUPS: Final = "qstash:groups"
"""Sorted set: group → since when (ms) it has waited for its turn. No TTL: the messages in it have none."""

SCHEDULE: Final = "qstash:schedule:"
"""+ id. Hash of spec, body, cron, version, created, paused, last firing. No TTL: it was acknowledged."""

SCHEDULES: Final = "qstash:schedules"
"""Sorted set: schedule id → the moment (ms) of its next firing, or infinity. No TTL."""

SEEN: Final = "qstash:seen:"
"""+ hash of a deduplication id. The message it stands for, for `DEDUPLICATION`."""

DEAD: Final = "qstash:dead:"
"""+ dlq id. Hash of spec, body, response; kept for `KEPT`."""

DEAD_LETTERS: Final = "qstash:dead"
"""Sorted set: dlq id → when it failed (ms); kept for `KEPT`."""

LOGS: Final = "qstash:logs"
"""Stream of log entries, about the last `LOG_LENGTH`; kept for `KEPT` after the last one."""

FLOW: Final = "qstash:flow:"
"""+ flow control key. Hash of parallelism, rate and period as the last message gave them, and of the current
period's start and count; kept past the longest period."""

ACTIVE: Final = "qstash:active:"
"""+ flow control key. Sorted set: message id under way → end of its lease (ms); kept like `FLOW`."""

WAITING: Final = "qstash:waiting:"
"""+ flow control key. Sorted set: message id that waits for a place → since when (ms); kept like `FLOW`."""

FLOWS: Final = "qstash:flows"
"""Sorted set: flow control key → last use (ms); kept like `FLOW`."""

SENT: Final = "qstash:sent:"
"""+ day. How many messages were taken that day, while a daily limit is set; kept for two days."""

DEDUPLICATION: Final = timedelta(minutes=10)
HELD: Final = timedelta(minutes=1)
KEPT: Final = timedelta(days=7)
FLOW_KEPT: Final = timedelta(days=8)
LOG_LENGTH: Final = 10_000


def _whole_ms(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)


NAMES: Final = "\n".join(
    [
        f"local {name} = '{globals()[name]}'"
        for name in (
            *("CREDENTIALS", "MESSAGE", "DUE", "SCHEDULE", "SCHEDULES", "SEEN", "DEAD", "DEAD_LETTERS"),
            *("LOGS", "FLOW", "ACTIVE", "WAITING", "FLOWS", "SENT", "READY", "GROUPS"),
        )
    ]
    + [
        f"local DEDUPLICATION, KEPT = {_whole_ms(DEDUPLICATION)}, {_whole_ms(KEPT)}",
        f"local FLOW_KEPT, LOG_LENGTH = {_whole_ms(FLOW_KEPT)}, {LOG_LENGTH}",
        f"local HELD = {_whole_ms(HELD)}",
    ]
)
"""The same names as Lua locals."""
