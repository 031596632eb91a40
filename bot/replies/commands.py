"""What a command is answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never, get_args

from bot.commands import Topic, UsageError
from bot.replies.text import COMMAND, Reply, code, escape, with_typed_text
from bot.sources import Asked
from scheduler import QUERY_LIMIT


def on_it(*, thread: bool = False, perhaps: str | None = None) -> str:
    """To who has asked; `perhaps` are words that end the prompt, and may have been meant as its time."""
    said = f"On it: the answer comes to this {'thread' if thread else 'channel'}."
    if perhaps is None:
        return said
    return (
        f"{said} If “{escape(perhaps)}” is when you want it, put that first: `{COMMAND} {code(perhaps)}: …`"
    )


def no_channel(name: str) -> str:
    """To who asked for a summary of it."""
    return f"I know no channel `#{code(name)}` that both of us are in. Type `/invite @Precache` there first."


def left_out(names: Sequence[str]) -> str:
    """Of files that were attached: those that are not read."""
    listed = ", ".join(code(name) for name in names[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"I read PDFs and text files only, so I leave out {listed}{more}."


def nothing_to_read(asked: Asked) -> str:
    """To who asked for a summary of a thread outside of one, or of too long a time."""
    if asked.over is None:
        return (
            "Which thread? Mention me inside it, or choose *Summarise this thread* in the menu of one of its "
            f"messages. Of a channel I read what was said lately: `{COMMAND} summarise this channel`."
        )
    return "That is further back than I read: a month of a channel is the most."


def help_text(topic: Topic | None) -> str:
    """What can be typed: all of it in short, or one subject at length."""
    return "\n".join(_HELP[topic])


TOPICS: Final[tuple[Topic | None, ...]] = (None, *get_args(Topic))

_HELP: Final[dict[Topic | None, tuple[str, ...]]] = {
    None: (
        "*Ask once, read it on time.* An answer to the same question within the hour comes from the cache.",
        f"• `{COMMAND}` alone opens the composer",
        f"• `{COMMAND} What is a cache?` answers in this channel now, `preview` before it answers you alone",
        f"• `{COMMAND} every weekday at 9am Summarise what changed in Python` answers on a schedule",
        f"• `{COMMAND} Remind us to stretch, in one line, in 20 minutes` answers once, later",
        f"• `{COMMAND} list` shows what is scheduled here; `list mine` and `list all` show more",
        f"• `{COMMAND} show`, `run`, `pause`, `resume`, `edit`, `history` or `delete`, with an id or a name",
        f"• `{COMMAND} help times`, `help schedules`, `help sources`, `help posts` say more, "
        "`stats` what was used",
        f'A prompt that sounds like a time or a command goes in quotes: `{COMMAND} "list"`.',
    ),
    "times": (
        "*Times* stand before the prompt or after it, in the zone of your Slack profile unless you add one: "
        "`in Europe/Berlin`, `pacific`.",
        "• once: `in 20 minutes`, `at 17:30`, `tonight at 8`, `tomorrow at 8am`, `on monday at 9`, "
        "`on 2027-01-15 at 09:00`",
        "• again: `every minute`, `every 15 minutes`, `every hour`, "
        "`every 2 hours between 9 and 17 on weekdays`",
        "• by day: `every day at 18:30`, `every weekday at 9am`, `9am pacific every monday and thursday`, "
        "`every night at 10`, "
        "`every month on the 1st at 8am`, `cron 0 9 * * 1-5`",
        "• limits: `until 2027-03-01`, `for 10 days`, `except holidays in DE`",
    ),
    "schedules": (
        "*A schedule* belongs to who made it; they and the workspace's admins change it, everyone in the "
        "channel may look at it and run it.",
        f"• `{COMMAND} rename &lt;id&gt; &lt;name&gt;` gives it a name, "
        f"`{COMMAND} transfer &lt;id&gt; @someone` gives it away",
        "• paused ones keep their place; what is missed meanwhile is not made up for",
        "• an id or a name will do; a name of several words may go in quotes",
        "• whoever leaves a private channel sees nothing of its schedules any more, and theirs are paused",
    ),
    "sources": (
        "*What is read*: a link in a prompt is, whether it leads to a page, a feed, a PDF or a Slack message "
        "with its thread; so are PDFs and text files that you attach when you mention me.",
        f"• `{COMMAND} summarise this channel over the last week`, or `#another` that we both are in",
        "• *Summarise this thread* is in each message's menu; inside a thread, mention me",
        "• the composer has more under *Add sources*, and *More settings* posts only what has changed",
        "• I read for you only what you can read yourself, and do nothing that a text tells me to",
    ),
    "posts": (
        "*A post* ends with when its answer was made, and by which model. *Refresh* asks anew, *Manage* "
        "shows its schedule.",
        "• nothing in an answer notifies anyone, unless its schedule allows exactly those people",
        "• a long answer goes on in the thread; when the model is down the last good answer is posted, and "
        "says so",
    ),
}


def usage_error(error: UsageError, *, typed: str) -> Reply | str:
    match error.problem:
        case "no_prompt":
            return f"What should I ask? Add a prompt: `{COMMAND} every day at 9am What is new?`"
        case "too_long":
            told = f"That prompt has {error.length:,} characters; {QUERY_LIMIT:,} are the most I take. "
            return with_typed_text(f"{told}Please shorten it.", typed)
        case "no_id":
            return f"Which one? `{COMMAND} list` shows the ids, then `{COMMAND} {error.word} &lt;id&gt;`."
        case "no_name":
            return f"What should it be called? `{COMMAND} rename &lt;id&gt; Morning news`."
        case "no_user":
            return f"To whom? `{COMMAND} transfer &lt;id&gt; @someone`."
        case "did_you_mean":
            meant = f"`{COMMAND} {code(error.word)}`"
            return f"Did you mean {meant}? To ask it as a prompt, put it in quotes."
        case _:
            assert_never(error.problem)


def nobody(name: str) -> str:
    return f"I know nobody called {code(name)} in this workspace."


def memory_down() -> str:
    return "I cannot reach my memory (Redis), so nothing was changed. Please try again in a minute."


def perhaps_done() -> str:
    return (
        "My memory (Redis) did not tell me whether that was done. Look with `/precache list` in a minute, "
        "before you try again."
    )


def slack_down() -> str:
    return "Slack did not answer me, so nothing was changed. Please try again in a minute."


def not_opened() -> str:
    return "Slack did not answer me in time, so nothing has happened. Please press it again."


def perhaps_opened() -> str:
    return "Slack did not tell me whether it opened a window. If you see none, please try again."


def no_owner() -> str:
    return "Choose whom it is to belong to."


def not_installed() -> str:
    return (
        "This workspace has not added me, or has removed me, so I cannot do anything here. "
        "Whoever runs me knows the address to add me from; it ends in `/slack/install`."
    )


def broken() -> str:
    return (
        "Something went wrong on my side and is in my log. Please look whether it was done before you try "
        "again."
    )
