"""An intent: what Slack was told we have, and what is not answered yet, as it is written down.

It holds what Slack sent, so that it can be heard once more; or, once the work is done, the words that are
still owed to the person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Self

from bot.replies.text import COMMAND, Reply
from bot.slack import Caller, Wish
from bot.storage import RecordKind, intent_key, moment_of, ms_of

_INTENT: Final = RecordKind(name="intent", version=2)
_LONG_AGO: Final = datetime.fromtimestamp(0, UTC)
_NOT_NEEDED: Final = frozenset({"token", "trigger_id", "message", "view", "state"})
_OF_MESSAGE: Final = ("ts", "thread_ts")
_OF_VIEW: Final = ("id", "type", "callback_id", "hash", "private_metadata", "state")


@dataclass(frozen=True, kw_only=True)
class Owed:
    """The words that Slack has not taken yet, and for whom."""

    user: str
    channel: str | None
    thread: str | None
    text: str = field(repr=False)
    blocks: Sequence[dict[str, Any]] | None = field(repr=False)

    @classmethod
    def of_reply(cls, caller: Caller, reply: Reply) -> Self:
        return cls(
            user=caller.user,
            channel=caller.channel,
            thread=caller.thread,
            text=reply.text,
            blocks=reply.blocks,
        )

    @property
    def reply(self) -> Reply:
        return Reply(text=self.text, blocks=None if self.blocks is None else tuple(self.blocks))

    def caller_in(self, team: str, wish: Wish) -> Caller:
        return Caller(team=team, user=self.user, channel=self.channel, thread=self.thread, wish=wish)


@dataclass(frozen=True, kw_only=True)
class Intent:
    """One wish of a person of `team`: the body of Slack's request, or the `owed` words."""

    team: str
    wish: Wish
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    owed: Owed | None = None

    @property
    def key(self) -> str:
        return intent_key(self.team, self.wish.id)

    @property
    def member(self) -> str:
        return f"{self.team}:{self.wish.id}"

    @property
    def taken_up(self) -> Self:
        """The same, begun again."""
        return replace(self, wish=replace(self.wish, is_again=True))

    def encode(self) -> str:
        told = {"body": shorten_body(self.body)} if self.owed is None else {"owed": asdict(self.owed)}
        record = _INTENT.write_record({"at": ms_of(self.wish.at), **told})
        return record.encode(errors="replace").decode()  # Slack's JSON can say half of a surrogate pair

    @classmethod
    def decode(cls, member: str, text: str) -> Self:
        """Raises `NewerRecord`."""
        version, told = _INTENT.read_record(text)
        team, _, name = member.rpartition(":")
        if version == 1:  # a command, without its moment
            names = {
                "user": "user_id",
                "channel": "channel_id",
                "text": "text",
                "response_url": "response_url",
            }
            body = {"command": COMMAND, "team_id": team} | {new: told[old] for old, new in names.items()}
            return cls(team=team, wish=Wish(id=name, at=_LONG_AGO), body=body)
        wish = Wish(id=name, at=moment_of(told["at"]))
        if "owed" in told:
            return cls(team=team, wish=wish, owed=Owed(**told["owed"]))
        return cls(team=team, wish=wish, body=told["body"])


def shorten_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """What it takes to hear it again: neither the blocks that were shown, nor what ends within seconds."""
    kept = {name: value for name, value in body.items() if name not in _NOT_NEEDED}
    for name, wanted in (("message", _OF_MESSAGE), ("view", _OF_VIEW)):
        if isinstance(shown := body.get(name), dict):
            kept[name] = {part: shown[part] for part in wanted if part in shown}
    return kept


def typed_in(body: Mapping[str, Any]) -> str:
    """The words of a person in what Slack sent: of a form those in its fields, of a button what it says."""
    match body:
        case {"command": str(command)}:
            return f"{command} {body.get('text') or ''}".strip()
        case {"event": {"text": str(text)}}:
            return text
        case {"view": {"state": {"values": dict(fields)}}, "type": "view_submission"}:
            elements = [element for field in fields.values() for element in field.values()]
            typed = [element["value"] for element in elements if isinstance(element.get("value"), str)]
            return "\n".join(typed)
        case {"actions": [{"text": {"text": str(label)}}, *_]}:
            return label
        case {"actions": [{"selected_option": {"text": {"text": str(label)}}}, *_]}:
            return label
        case _:
            return ""
