"""What model servers send, read with patience: each has its own words for ends, errors, counts and waits.

All of it is pure but for `client.py`, which needs OpenAI's package and is imported where a model is set up.
"""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.model.wire.completion import NO_CHOICES
    from bot.model.wire.counts import count_tokens
    from bot.model.wire.endings import end_of, normal_word, reason_told
    from bot.model.wire.fence import without_fence
    from bot.model.wire.refusals import Refusal, longest_told, refusal_in, words_of
    from bot.model.wire.spoken import spoken_text
    from bot.model.wire.waits import wait_in_body, wait_in_headers
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "NO_CHOICES",
    "Refusal",
    "count_tokens",
    "end_of",
    "longest_told",
    "normal_word",
    "reason_told",
    "refusal_in",
    "spoken_text",
    "wait_in_body",
    "wait_in_headers",
    "without_fence",
    "words_of",
]
