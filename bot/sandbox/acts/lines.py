"""Lines that people type: a message for everyone, or a slash command for the app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.sandbox.calls import ApiError, load_json
from bot.sandbox.deliveries import Answered, Courier, Failed, channel_name
from bot.sandbox.messages import (
    Context,
    Reply,
    ResponseUrls,
    compose_text,
    escape_markup,
    find_notified,
    read_reply,
)
from bot.sandbox.views import Triggers
from bot.sandbox.workspace import APP, SLACKBOT, Channel, Live, Message, Workspace

LONGEST: Final = 12_000
"""Characters a person can type into Slack's composer."""
MOST_FILES: Final = 10


@dataclass(frozen=True, kw_only=True)
class SlashCommand:
    """A command as the app's manifest declares it."""

    command: str
    description: str
    usage_hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One typed line, with its author and its place."""

    user: str
    channel: Channel
    text: str
    thread_ts: str | None = None
    files: tuple[str, ...] = ()


def read_line(
    workspace: Workspace,
    user: str,
    channel: str,
    text: str,
    thread_ts: str | None,
    files: tuple[str, ...] = (),
) -> Line:
    """The line, if this person can say it there; with files, it may have no words."""
    if user not in {human.id for human in workspace.humans()}:
        raise ApiError("user_not_found")
    place = workspace.channels.get(channel)
    if place is None or not workspace.can_see(user, place):
        raise ApiError("channel_not_found")
    if place.is_archived:
        raise ApiError("is_archived")
    if user not in place:
        raise ApiError("not_in_channel")
    if not text.strip() and not files:
        raise ApiError("no_text")
    if len(files) > MOST_FILES:
        raise ApiError("too_many_files")
    if len(text) > LONGEST:
        raise ApiError("msg_too_long")
    if thread_ts:
        parent = workspace.find_message(channel, thread_ts)
        if parent is None or parent.is_reply or not parent.visible_to(user):
            raise ApiError("message_not_found")
    return Line(user=user, channel=place, text=text.rstrip(), thread_ts=thread_ts or None, files=files)


@dataclass(frozen=True, kw_only=True, eq=False)
class Lines:
    """Takes lines from people."""

    live: Live
    workspace: Workspace
    courier: Courier
    response_urls: ResponseUrls
    triggers: Triggers
    commands: Mapping[str, SlashCommand]

    async def say_line(self, line: Line) -> str | None:
        """The time stamp of the message, or nothing where the line was a command."""
        if not line.text.startswith("/") or line.files:
            return await self._post_line(line)
        name, *rest = line.text.split(maxsplit=1)
        if name.lower() not in self.commands_for(line.user):
            await self.whisper(line, _UNKNOWN.format(name=escape_markup(name)))
        elif line.thread_ts:
            await self.whisper(line, f"`{name.lower()}` is not supported in threads. Sorry!")
        else:
            await self._run_command(line, name.lower(), "".join(rest))
        return None

    def commands_for(self, user: str) -> Mapping[str, SlashCommand]:
        """The commands of this person: none without the app, and none for strangers."""
        workspace = self.workspace
        return self.commands if workspace.has_app and not workspace.users[user].home else {}

    async def _post_line(self, line: Line) -> str:
        workspace = self.workspace
        text = compose_text(line.text, workspace)
        message = await self.live.post_message(
            Message(
                ts=self.live.next_ts(),
                channel=line.channel.id,
                user=line.user,
                text=text,
                thread_ts=line.thread_ts,
                notified=find_notified(text, ()),
                files=line.files,
                subtype="file_share" if line.files else None,
            )
        )
        return message.ts

    async def whisper(self, line: Line, text: str) -> None:
        """Slackbot's own ephemeral words."""
        await self.live.post_message(
            Message(
                ts=self.live.next_ts(),
                channel=line.channel.id,
                user=SLACKBOT,
                text=text,
                thread_ts=line.thread_ts,
                only_for=line.user,
            )
        )

    async def _run_command(self, line: Line, name: str, rest: str) -> None:
        context = self.response_urls.make_context(line.user, line.channel.id)
        form = {
            **command_form(self.workspace, line, name, rest),
            "response_url": await self.response_urls.make_url(context),
            "trigger_id": self.triggers.make_trigger(line.user, channel=line.channel.id),
        }
        outcome = await self.courier.send_command(form)
        match outcome:
            case Answered():
                try:
                    await self._show_ack(line, context, read_ack(outcome))
                except ApiError:
                    await self.whisper(line, _failure_text(name, "invalid_command_response"))
            case Failed(error=error):
                await self.whisper(line, _failure_text(name, error))

    async def _show_ack(self, line: Line, context: Context, reply: Reply | None) -> None:
        if reply is None:
            return
        if reply.in_channel:
            await self._post_line(line)
        await self.response_urls.show_reply(context, reply)


def command_form(workspace: Workspace, line: Line, name: str, text: str) -> Mapping[str, str]:
    """The fields of docs.slack.dev/interactivity/implementing-slash-commands, `should_escape` off."""
    return {
        "token": "deprecated",
        "team_id": workspace.team.id,
        "team_domain": workspace.team.domain,
        "channel_id": line.channel.id,
        "channel_name": channel_name(line.channel),
        "user_id": line.user,
        "user_name": workspace.users[line.user].name,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
    }


def read_ack(answer: Answered) -> Reply | None:
    """The message in an acknowledgement, which may be text or JSON, if there is one."""
    if not answer.body.strip():
        return None
    try:
        if answer.kind != "application/json":
            return read_reply({"text": answer.body.decode()})
        body = load_json(answer.body)
    except ValueError:
        raise ApiError("invalid_payload") from None
    if not isinstance(body, dict):
        raise ApiError("invalid_payload")
    return read_reply(body) if body else None


def _failure_text(name: str, error: str) -> str:
    return f'{name} failed with the error "{error}"'


_UNKNOWN: Final = (
    "`{name}` is not a valid command. In Slack, all messages that start with the “/” character are "
    "interpreted as slash commands. If you are trying to send a message and not run a command, try "
    "preceding the “/” with an empty space."
)
