"""Answers to a command: what happens now, or why it does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from bot.commands import ConditionFault, UsageError
from bot.replies.text import COMMAND, Reply, code_text, escape_mrkdwn, section_block, with_typed_text
from bot.slack import JOIN
from bot.sources import Asked, Unread
from scheduler import POST_IF_LIMIT, QUERY_LIMIT


def working_on_it(*, thread: bool = False, perhaps: str | None = None) -> str:
    """Say that a question is being answered; `perhaps` are its last words, which may be meant as a time."""
    place = "reply in this thread" if thread else "post the answer here"
    return _with_time_hint(f"Working on it. I'll {place}.", perhaps)


def answered_alone(*, is_reviewed: bool, perhaps: str | None = None) -> str:
    """The same for an answer to the asker alone, as they wish or because posts are looked at first."""
    said = "Working on it. Only you will see the answer."
    if is_reviewed:
        said = (
            "Reviewers look at posts here first, so only you will see the answer. "
            "*Post here* under it asks the reviewers."
        )
    return _with_time_hint(said, perhaps)


def needs_review_here() -> str:
    """Refuse to ask again, for everyone, what nobody would look at first."""
    return (
        "Reviewers look at posts here first, so I can't refresh this one. Ask again: only you will see that."
    )


def _with_time_hint(said: str, perhaps: str | None) -> str:
    if perhaps is None:
        return said
    return (
        f"{said} If “{escape_mrkdwn(perhaps)}” is a time, put it first: `{COMMAND} {code_text(perhaps)}: …`"
    )


def too_many_questions() -> str:
    """Say that a thread has had its questions of a day."""
    return "That's enough questions in this thread for a day. Ask in the channel, or here again tomorrow."


def nothing_to_repeat(when: str) -> str:
    """Say in a thread that no answer in it can be asked again at a time."""
    return (
        "I can't tell what to ask each time. "
        f"Mention me with all of it, such as: `{code_text(when)} summarise this thread`."
    )


def nothing_asked() -> str:
    """Say at the field of a window that it is empty."""
    return "Please type a question."


def no_channel(name: str, *, archived: bool = False) -> str:
    """Say that the channel to summarise was not found, or is archived."""
    if archived:
        return f"`#{code_text(name)}` is archived, so I can't read it."
    return (
        f"I can't find `#{code_text(name)}`, or one of us isn't in it. "
        "To add me, type `/invite @Precache` in that channel."
    )


def join_button(value: str) -> dict[str, Any]:
    """The button under the message that the bot is not in this channel: it joins, and does what was typed."""
    text = {"type": "plain_text", "text": "Join channel"}
    element = {"type": "button", "text": text, "action_id": JOIN, "value": value, "style": "primary"}
    return {"type": "actions", "elements": [element]}


def cannot_join() -> str:
    return "Slack doesn't let me join this channel by myself. Type `/invite @Precache`, then send this again."


def files_left_out(names: Sequence[str]) -> str:
    """Name the attached files that are not read."""
    listed = ", ".join(code_text(name) for name in names[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"I can only read PDFs, text files, recordings and pictures, so I left out {listed}{more}."


def nothing_to_read(asked: Asked) -> str:
    """Explain that a summary was asked for outside of a thread, or over too long a time."""
    if asked.over is None:
        return (
            "Mention me in the thread you mean, or choose *Summarise this thread* in a message's menu. "
            f"For a channel, type `{COMMAND} summarise this channel`."
        )
    return f"I can read back one month at most. Try `{COMMAND} summarise this channel over the last month`."


def not_read(unread: Unread) -> str:
    """Explain that something cannot be read as it was asked for, so that nobody invents what it says."""
    match unread.kind:
        case "address":
            return (
                f"I can't read `{code_text(unread.said)}`. I can read web pages, and files that you attach."
            )
        case "file":
            told = f"I can't see “{escape_mrkdwn(unread.said)}”."
            return f"{told} Attach it when you mention me, or add a link to your prompt."
        case "channel":
            return (
                "I haven't read the channel, so I asked nothing. "
                f"Type `{COMMAND} summarise this channel`, perhaps with `over the last week`."
            )
        case "thread":
            return (
                "I haven't read the thread, so I asked nothing. "
                "Mention me in it with `summarise this`, or choose *Summarise this thread* in its menu."
            )
        case _:
            assert_never(unread.kind)


def usage_error(error: UsageError, *, typed: str) -> Reply | str:
    """Explain what is missing in a command, or is too long."""
    match error.problem:
        case "no_prompt":
            return f"What should I ask? Add a prompt: `{COMMAND} every day at 9am What's new?`"
        case "too_long":
            said = f"Your prompt has {error.length:,} characters, and the limit is {QUERY_LIMIT:,}. "
            return with_typed_text(f"{said}Please shorten it.", typed)
        case "no_id":
            return (
                f"Which schedule? Find its name with `{COMMAND} list`, "
                f"then type `{COMMAND} {error.word} &lt;name&gt;`."
            )
        case "no_name":
            return f"What should the new name be? Type `{COMMAND} rename &lt;name&gt; Morning news`."
        case "no_user":
            return f"Who should own it? Type `{COMMAND} transfer &lt;name&gt; @someone`."
        case "did_you_mean":
            meant = f"`{COMMAND} {code_text(error.word)}`"
            return f"Did you mean {meant}? To ask this as a prompt instead, put it in quotes."
        case "no_time":
            said = f"When should I post it? Put a time first: `{COMMAND} every weekday at 9am: …`"
            return with_typed_text(f"{said}, or put all of it in quotes to ask it now.", typed)
        case "perhaps_time":
            said = f"Is “{escape_mrkdwn(error.word)}” its time? Put it first to schedule this: "
            first = f"`{COMMAND} {code_text(error.word)}: …`"
            return with_typed_text(f"{said}{first}, or put all of it in quotes to ask it now.", typed)
        case "from_now_on":
            return f"I can only pause from now on, until a day. Type `{COMMAND} pause all until monday`."
        case "condition_alone":
            said = (
                f"I'd post only if “{escape_mrkdwn(error.word)}”, but what should I ask? Put a prompt first: "
            )
            return with_typed_text(f"{said}`{COMMAND} every day at 9: Summarise … only if …`", typed)
        case "no_condition" | "long_condition" | "timed_condition":
            return with_typed_text(condition_fault(error.problem, length=error.length), typed)
        case _:
            assert_never(error.problem)


def no_schedule_called(name: str) -> str:
    """Say that there is none of that name, for words that may have been a prompt."""
    said = f"I have no schedule called `{code_text(name)}` here."
    return f"{said} To ask this as a prompt instead, put it in quotes."


def which_schedule(error: UsageError, listed: Reply) -> Reply | str:
    """Ask which one is meant, with those that there are."""
    if not listed.blocks:
        return usage_error(error, typed="")
    said = f"Which schedule? Choose it here, or type `{COMMAND} {error.word} &lt;name&gt;`."
    return Reply(text=f"{said}\n{listed.text}", blocks=(section_block(said), *listed.blocks))


def condition_fault(fault: ConditionFault, *, length: int = 0) -> str:
    """Say what is wrong with a condition, in a command or in the form."""
    match fault:
        case "no_condition":
            return "Only if what? Please add the condition, such as: only if something is down."
        case "long_condition":
            return (
                f"This condition has {length:,} characters, and the limit is {POST_IF_LIMIT}. "
                "Please shorten it to a sentence."
            )
        case "timed_condition":
            return (
                "A condition is judged by the answer alone, and can't say on which days I post. "
                "Please put the days in the time instead, such as: every monday at 9."
            )
        case _:
            assert_never(fault)


def unknown_person(name: str) -> str:
    return f"I can't find anyone called {code_text(name)} in this workspace. Please check the spelling."


def database_down() -> str:
    return "I can't reach my database right now. Nothing was changed; try again in a minute."


def perhaps_done() -> str:
    return (
        "My database didn't tell me whether that was done. "
        f"Please look with `{COMMAND} list` in a minute, before you try again."
    )


def not_finished() -> str:
    return (
        "I was stopped while I was at work on this, and it may not be done. "
        f"Please look with `{COMMAND} list`, and ask me again if it isn't."
    )


def begun_again(sentence: str) -> str:
    """Tell a person that their wish was interrupted and begun again."""
    return f"I was stopped while I was at work on this, and tried again. {sentence}"


def slack_down() -> str:
    return "Slack isn't responding right now. Nothing was changed; try again in a minute."


def edited_mention() -> str:
    return (
        "I answer a message as it was first sent. To ask something else, please mention me in a new message."
    )


def slack_refuses() -> str:
    return "Slack refuses what I need for that, so nothing was changed. Your admin can look up why in my log."


def not_opened() -> str:
    return "Slack didn't respond in time, so nothing happened. Please try again."


def perhaps_opened() -> str:
    return "Slack didn't tell me whether it opened a window. If you see none, please try again."


def no_owner() -> str:
    return "Please choose the new owner."


def not_installed() -> str:
    return (
        "I'm not installed in this workspace, so I can't help here. "
        "Ask your admin for the address to add me from; it ends in `/slack/install`."
    )


def went_wrong() -> str:
    return "Something went wrong on my side. Please check whether it was done before you try again."
