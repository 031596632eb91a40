"""The assistant.threads.* methods, by which an agent shows that it works and suggests what to ask.

docs.slack.dev/ai/migrating-to-agent-messaging: an agent's conversations are threads in its Messages tab, and
its suggestions belong to the tab as a whole. None of it outlives the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.block_kit import Check, Spot, listing, shape, string
from bot.sandbox.calls import ApiError, Arguments, api_error
from bot.sandbox.web_api.channels import channel_for_bot
from bot.sandbox.workspace import Channel, Clock, Workspace

LASTS: Final = 120.0
"""Seconds after which a status ends by itself."""
MOST_PROMPTS: Final = 4
MOST_LOADING: Final = 10

_PROMPTS: Final = listing(shape({"title": string(150), "message": string(4_000)}), 1, MOST_PROMPTS)
_LOADING: Final = listing(string(150), 1, MOST_LOADING)


@dataclass(frozen=True, kw_only=True)
class Status:
    """What the app is doing in a thread, until `until` (seconds since 1970)."""

    words: str
    loading: tuple[str, ...]
    until: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Assistant:
    """Statuses by channel and thread, and suggestions by channel; `changed` hears of a channel."""

    workspace: Workspace
    now: Clock
    changed: Callable[[Channel], None]
    _statuses: dict[tuple[str, str], Status] = field(default_factory=dict, init=False)
    _prompts: dict[str, Mapping[str, Any]] = field(default_factory=dict, init=False)

    async def set_status(self, arguments: Arguments) -> dict[str, Any]:
        """An empty status clears it."""
        channel = self._channel_of(arguments)
        thread = arguments.required_text("thread_ts")
        if self.workspace.find_message(channel.id, thread) is None:
            raise ApiError("thread_not_found")
        loading = arguments.parsed_json("loading_messages", "invalid_arguments")
        if loading is not None:
            _check_value(_LOADING, loading, "/loading_messages")
        if words := arguments.optional_text("status"):
            until = self.now().timestamp() + LASTS
            self._statuses[channel.id, thread] = Status(
                words=words, loading=tuple(loading or ()), until=until
            )
            self.changed(channel)
        else:
            self.clear_status(channel.id, thread)
        return {}

    async def set_suggested_prompts(self, arguments: Arguments) -> dict[str, Any]:
        """For the tab as a whole: with a thread, an agent's call is taken and does nothing."""
        channel = self._channel_of(arguments)
        prompts = arguments.parsed_json("prompts", "invalid_arguments")
        _check_value(_PROMPTS, prompts, "/prompts")
        if not channel.is_im:
            raise ApiError("channel_not_supported")
        if arguments.optional_text("thread_ts") is None:
            title = arguments.optional_text("title") or ""
            self._prompts[channel.id] = {"title": title, "prompts": list(prompts)}
            self.changed(channel)
        return {}

    def clear_status(self, channel: str, thread: str) -> None:
        """The app has answered there, or says that it works no longer."""
        if self._statuses.pop((channel, thread), None) is not None:
            self.changed(self.workspace.channels[channel])

    def view_of(self, channel: Channel) -> dict[str, Any]:
        """What a page shows of it."""
        return {
            "channel": channel.id,
            "statuses": list(self._status_views(channel.id)),
            "suggested": self._prompts.get(channel.id),
        }

    def _status_views(self, channel: str) -> Iterator[dict[str, Any]]:
        now = self.now().timestamp()
        for (where, thread), status in self._statuses.items():
            if where == channel and (left := status.until - now) > 0:
                yield {"thread": thread, "words": status.words, "loading": list(status.loading), "left": left}

    def _channel_of(self, arguments: Arguments) -> Channel:
        return channel_for_bot(self.workspace, arguments.required_text("channel_id"))


def _check_value(check: Check, value: object, pointer: str) -> None:
    spot = Spot(value=value, pointer=pointer)
    check(spot)
    if spot.problems:
        raise api_error("invalid_arguments", *spot.problems)
