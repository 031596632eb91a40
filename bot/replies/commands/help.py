"""What can be typed: all of it in short, and each subject at length."""

from __future__ import annotations

from typing import Final, get_args

from bot.commands import Topic
from bot.replies.text import COMMAND


def help_text(topic: Topic | None) -> str:
    """List what can be typed: all of it in short, or one subject at length."""
    return "\n".join(_HELP[topic])


TOPICS: Final[tuple[Topic | None, ...]] = (None, *get_args(Topic))

_HELP: Final[dict[Topic | None, tuple[str, ...]]] = {
    None: (
        "*Ask once, read it on time.* If someone asked the same within the hour, you get that answer again.",
        f"• `{COMMAND}` opens a form",
        f"• `{COMMAND} What is a feature flag?` posts the answer in this channel now; with `preview` before "
        "the question, only you see it",
        f"• `{COMMAND} every weekday at 9am Summarise what changed in Python` answers on a schedule",
        f"• `{COMMAND} Remind us to stretch, in one line, in 20 minutes` answers once, later",
        f"• `{COMMAND} list` shows the schedules of this channel and your own; `list mine` shows only yours, "
        "and `list all` shows admins everything",
        f"• `{COMMAND} show`, `run`, `pause`, `resume`, `edit`, `history` or `delete`, followed by a "
        "schedule's name or id, as lists show it: `show summarise-news`",
        f"• `{COMMAND} subscribe &lt;name&gt;` sends you its posts too, and `subscriptions` lists what you "
        "get",
        f"• `{COMMAND} stats` shows this workspace's usage",
        f"• `{COMMAND} help times`, `help schedules`, `help sources` and `help posts` say more",
        f'If your prompt sounds like a time or a command, put it in quotes: `{COMMAND} "list"`.',
    ),
    "times": (
        "*Times* go before the prompt or after it. They are in your Slack time zone unless you add another: "
        "`in Europe/Berlin`, `pacific`, `in UTC+2`.",
        "• once: `in 20 minutes`, `at 17:30`, `at half past 4`, `tonight at 8`, `tomorrow at 8am`, "
        "`the day after tomorrow at 9`, `on monday at 9`, `on 2027-01-15 at 09:00`",
        "• several times a day: `every minute`, `every 15 minutes`, `every hour`, "
        "`every 2 hours between 9 and 17 on weekdays`",
        "• on certain days: `every day at 18:30`, `every weekday at 9am`, "
        "`9am pacific every monday and thursday`, `every night at 10`, `every 3 days`, "
        "`every other friday at 9`",
        "• on days of the month: `every month on the 1st at 8am`, `first monday of the month at 9`, "
        "`the last day of every month at 17:00`",
        "• as programs write them: `cron 0 9 * * 1-5`, `@daily`",
        "• with limits: `starting 2027-01-04`, `until 2027-03-01`, `for 10 days`, `except holidays in DE`",
    ),
    "schedules": (
        "*Schedules* can be changed by their owner and by admins. Everyone in the channel can see and run "
        "them.",
        f"• `{COMMAND} every monday at 9 to #ops, #news and @grace: …` posts one answer to all of them, "
        "up to 20 channels and people",
        f"• `{COMMAND} skip &lt;name&gt;` leaves out the next run; `snooze &lt;name&gt; 2 days` and "
        "`pause &lt;name&gt; until monday` leave out all until then. After that it goes on by itself.",
        f"• `{COMMAND} reschedule &lt;name&gt; every weekday at 8` changes the time and nothing else",
        f"• `{COMMAND} every monday at 9 to me: …`, or `send me … every monday at 9`, posts to you alone",
        f"• `{COMMAND} move &lt;name&gt; to #ops` has it post there instead; "
        "`copy &lt;name&gt; to #ops and me` makes one of your own",
        f"• `{COMMAND} rename &lt;name&gt; Morning news` gives a schedule a name of your own",
        f"• `{COMMAND} transfer &lt;name&gt; @someone` gives it to someone else",
        f"• `{COMMAND} subscribe &lt;name&gt;`, or *Send me this too* under a post, sends you each post in "
        "our direct messages. Add `at 8` for the newest one at your hour, or `every friday at 4pm` for a "
        "digest.",
        "• A schedule without a name has one from its prompt, as lists show it. Its id does as well; "
        "put quotes around a name of several words.",
        "• A paused schedule stays in the list. It doesn't make up for the runs it misses.",
        "• If you leave a private channel, you no longer see its schedules, and I pause yours.",
    ),
    "sources": (
        "*Sources* are what I read before I answer:",
        "• links in your prompt: pages, feeds, PDFs, or Slack messages with their threads",
        "• files that you attach when you mention me: PDFs, text, recordings and pictures",
        f"• `{COMMAND} summarise this channel over the last week` reads a channel. "
        "Instead of `this channel`, you can name another that we're both in.",
        "• *Summarise this thread* is in every message's menu. Or mention me inside the thread.",
        f"• `{COMMAND} every day at 9: summarise this channel only if something is down` posts only then. "
        "`if: …` at the end does the same.",
        "• In the form, *Add sources* adds more, and *More settings* lets a schedule post only what has "
        "changed.",
        "• I read for you only what you can read yourself, and I never follow instructions in a text I read.",
    ),
    "posts": (
        "*Posts* end with the time and the sources of the answer. *Refresh* asks again, and *Manage* shows "
        "the schedule, its model and what the last answer cost.",
        "• An answer notifies nobody, except the people chosen in its schedule.",
        f"• `{COMMAND} every day at 9: say hi, reviewed by @anna` lets Anna look at each post first.",
        "• *Ask about this* asks about a post in its thread: why, shorter, in German. Or mention me there.",
        "• The thumbs under an answer tell its owner what you think of it. The bin withdraws the answer; "
        "only its owner, the person who asked and admins can do that.",
        "• A long answer continues in the thread.",
        "• When no model answers, I post the last good answer and say how old it is.",
        "• In `stats`, previews count too. Days and months begin at midnight UTC.",
    ),
}
