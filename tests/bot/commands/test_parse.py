"""Lines typed after /precache, read: every subcommand, near misses, quotes, and prompts."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.commands import (
    ActRequest,
    AskRequest,
    ComposeRequest,
    HelpRequest,
    ListRequest,
    PreviewRequest,
    RenameRequest,
    Request,
    ScheduleRequest,
    StatsRequest,
    TransferRequest,
    UsageError,
    parse_command,
    perhaps_named,
)
from scheduler import QUERY_LIMIT, TimeFault, WhenError, ZoneNeeded, describe_timing
from tests.measuring import grows_evenly

PIECES = [
    "!", " ", "a ", "please ", "@a ", "to ", "`", "\"", "schedules ", ":a: ", "x", "my ", "all ", "- ",
    "for ", "for friday ", "every day ", "reminder ", "yesterday ", "hey, ", "can you ", "?", "schedule a ",
    "is ", "thanks ", "new ", "kolu-tane ", "in a few hours ", "every friday ", "'", "🙏",
    "on the first day we talked about the plan for may, in 100 words, and agreed on a part of it at last. ",
]  # fmt: skip
BEGINNINGS = ["", "please list", "transfer ", "show ", "schedule a joke ", "post ", "set a reminder "]
NOW = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
ID = "kolu-tane"
ROOT = Path(__file__).parents[3]


def read(text: str) -> Request:
    return parse_command(text, now=NOW, zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("", ComposeRequest()),
        ("  ", ComposeRequest()),
        ("compose", ComposeRequest()),
        ("new", ComposeRequest()),
        ("help", HelpRequest()),
        ("?", HelpRequest()),
        ("HELP Times", HelpRequest(topic="times")),
        ("help schedules", HelpRequest(topic="schedules")),
        ("help sources", HelpRequest(topic="sources")),
        ("help posts", HelpRequest(topic="posts")),
        ("stats", StatsRequest()),
        ("list", ListRequest(scope="here")),
        ("List here", ListRequest(scope="here")),
        ("list mine", ListRequest(scope="mine")),
        ("list ALL", ListRequest(scope="all")),
        ("list\tmine", ListRequest(scope="mine")),
        ("list my schedules", ListRequest(scope="mine")),
        ("schedules", ListRequest(scope="here")),
        ("list schedules.", ListRequest(scope="here")),
        ("please list", ListRequest(scope="here")),
        ("/precache list", ListRequest(scope="here")),
        ("/Precache ", ComposeRequest()),
        ("help list", HelpRequest()),
        ("help pause?", HelpRequest(topic="schedules")),
        ("stats, please!", StatsRequest()),
        ("show kolu tane", ActRequest(verb="show", name=ID)),
        (f"please pause {ID}.", ActRequest(verb="pause", name=ID)),
        ("delete ‘Morning news’", ActRequest(verb="delete", name="Morning news")),
        ("preview What is new?", PreviewRequest(query="What is new?")),
        ('preview "list"', PreviewRequest(query="list")),
        ("What is new? Just for me, please.", PreviewRequest(query="What is new?")),
        ("Name three birds, only for me", PreviewRequest(query="Name three birds")),
        ("just for me: what is new?", PreviewRequest(query="what is new?")),
        ("what is new, only for me please", PreviewRequest(query="what is new")),
        ("write a poem just for me", AskRequest(query="write a poem just for me")),
        ('"What is new? just for me"', AskRequest(query="What is new? just for me")),
        ("preview", UsageError(problem="no_prompt", word="preview")),
        *(
            case
            for verb in ("show", "run", "pause", "resume", "edit", "delete", "history")
            for case in (
                (f"{verb} {ID}", ActRequest(verb=verb, name=ID)),
                (f"{verb.upper()} News", ActRequest(verb=verb, name="News")),
                (f'{verb} "Morning news"', ActRequest(verb=verb, name="Morning news")),
                (f"{verb} “Morning news”", ActRequest(verb=verb, name="Morning news")),
                (f"{verb} `{ID}`", ActRequest(verb=verb, name=ID)),
                (verb, UsageError(problem="no_id", word=verb)),
            )
        ),
        (f"rename {ID} Morning news", RenameRequest(name=ID, new_name="Morning news")),
        ('rename "Old name" "New name"', RenameRequest(name="Old name", new_name="New name")),
        (f"rename {ID} '90s “hits”", RenameRequest(name=ID, new_name="'90s “hits”")),
        ('rename "Old" to "New"', RenameRequest(name="Old", new_name="New")),
        ("rename “Old name” to New name", RenameRequest(name="Old name", new_name="New name")),
        (f"rename {ID} to New", RenameRequest(name=ID, new_name="New")),
        ('rename "Old" "to New"', RenameRequest(name="Old", new_name="to New")),
        (f"rename {ID} Tomorrow", RenameRequest(name=ID, new_name="Tomorrow")),
        (f"rename {ID} to", UsageError(problem="no_name", word="rename")),
        ("- list", ListRequest(scope="here")),
        (f"— show {ID}", ActRequest(verb="show", name=ID)),
        (f"rename {ID}", UsageError(problem="no_name", word="rename")),
        ("rename", UsageError(problem="no_id", word="rename")),
        (f"transfer {ID} @grace", TransferRequest(name=ID, user="@grace")),
        (f"transfer {ID} <@U0GRACE0001|grace>", TransferRequest(name=ID, user="<@U0GRACE0001|grace>")),
        (f"transfer {ID} to @grace", TransferRequest(name=ID, user="@grace")),
        ("transfer Morning news @grace", TransferRequest(name="Morning news", user="@grace")),
        (
            "transfer Morning news to @Grace Hopper",
            TransferRequest(name="Morning news", user="@Grace Hopper"),
        ),
        (f"transfer {ID} @Ana de la Cruz", TransferRequest(name=ID, user="@Ana de la Cruz")),
        ("transfer to @Grace Hopper", UsageError(problem="no_id", word="transfer")),
        ("transfer @grace", UsageError(problem="no_id", word="transfer")),
        (f"transfer {ID}", UsageError(problem="no_user", word="transfer")),
        (f"transfer {ID} grace", UsageError(problem="no_user", word="transfer")),
        ("transfer", UsageError(problem="no_id", word="transfer")),
    ],
)
def test_each_subcommand_is_read(text: str, request_: Request) -> None:
    assert read(text) == request_


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("lst", "list"),
        ("hlep", "help"),
        ("stat", "stats"),
        (f"delet {ID}", f"delete {ID}"),
        (f"puase {ID}", f"pause {ID}"),
        ("pasue standup", "pause standup"),
        ("histroy standup", "history standup"),
        ("lits mine", "list mine"),
        ("list mien", "list mine"),
        ("shwo", "show"),
        ("prevew What is Redis?", "preview What is Redis?"),
        (f"trasnfer {ID} @grace", f"transfer {ID} @grace"),
        ("help tiems", "help times"),
        (f"stop {ID}", f"pause {ID}"),
        (f"cancel {ID}", f"delete {ID}"),
        (f"list {ID}", f"show {ID}"),
        (ID, f"show {ID}"),
        ('"list', "list"),
    ],
)
def test_a_slip_of_the_finger_is_asked_about(text: str, meant: str) -> None:
    assert read(text) == UsageError(problem="did_you_mean", word=meant)


@pytest.mark.parametrize(
    "text",
    [
        "list three ideas",
        "list mine shafts in Wales",
        "delete the oldest file in bash, how?",
        "show me the news",
        "run through the plan",
        "pause or stop, which is better?",
        "resume tips for engineers",
        "edit this sentence: it are cold",
        "history of Rome",
        "rename files in bulk, how?",
        "transfer money abroad, what does it cost?",
        "help me write a letter",
        "show me how to cook",
        "list three",
        "lits three ideas",
        "shwo me how to cook",
        "review this: all is well",
        "urn burial",
        "stop and think",
        "cancel culture",
        "stats about whales",
        "compose a haiku",
        "new ideas for lunch",
        "hello",
        "Why is the sky blue?",
        "/foo what does /precache do",
    ],
)
def test_a_prompt_that_begins_like_a_subcommand_stays_a_prompt(text: str) -> None:
    assert read(text) == AskRequest(query=text)


@pytest.mark.parametrize("text", ["list", f"delete {ID}", "every day at 9 hi", "every fortnight hi", "lst"])
@pytest.mark.parametrize("quotes", ['""', "“”", "''", "‘’", "«»", "„“", "””", '“"', "‹›", "``"])
def test_what_is_wholly_in_quotes_is_a_prompt(text: str, quotes: str) -> None:
    assert read(f"{quotes[0]}{text}{quotes[1]}") == AskRequest(query=text)


@pytest.mark.parametrize(
    "text", ['"What" and "why"', 'What is "foo', "'tis what it is", '"What is "foo"?"', "it's 'it' and isn't"]
)
def test_quotes_inside_a_prompt_or_without_their_other_half_are_kept(text: str) -> None:
    assert read(text) == AskRequest(query=text)


def test_only_the_book_knows_whether_words_are_the_name_of_a_schedule() -> None:
    assert perhaps_named("show Morning news") == [ActRequest(verb="show", name="Morning news")]
    assert perhaps_named("rename Old news to New ones") == [
        RenameRequest(name="Old news", new_name="New ones"),
        RenameRequest(name="Old", new_name="news to New ones"),
    ]
    assert perhaps_named("list three ideas") == perhaps_named("rename it") == []


def test_a_time_makes_a_schedule_and_one_that_is_nearly_a_time_is_neither_asked_nor_scheduled() -> None:
    found = read("every weekday at 9am list three ideas")
    assert isinstance(found, ScheduleRequest)
    assert (describe_timing(found.timing), found.query) == ("every weekday at 09:00", "list three ideas")
    assert read("every weekday at 9am") == UsageError(problem="no_prompt")
    with pytest.raises(WhenError) as refused:
        read("every 5 mintues list three ideas")
    assert refused.value.fault is TimeFault.UNREADABLE
    with pytest.raises(ZoneNeeded):
        parse_command("every weekday at 9am hi", now=NOW, zone=None)
    assert parse_command("list", now=NOW, zone=None) == ListRequest(scope="here")


@pytest.mark.parametrize("text", ["- milk, eggs: what to cook?", "- list three ideas", ", and now?"])
def test_a_dash_before_a_prompt_stays_there(text: str) -> None:
    assert read(text) == AskRequest(query=text)


@pytest.mark.parametrize("piece", PIECES)
def test_a_command_of_twice_the_length_takes_less_than_three_times_as_long(piece: str) -> None:
    for beginning in BEGINNINGS:
        short, long = ((beginning + piece * length)[:length] + "x" for length in (1_200, 2_400))
        assert grows_evenly(read_or_refuse, short, long), f"{beginning!r} {piece!r}"


def read_or_refuse(text: str) -> None:
    with suppress(WhenError):
        read(text)
    perhaps_named(text)


def test_what_is_longer_than_any_command_is_counted_and_not_read() -> None:
    text = "list" + " " * 50_000 + "x" + "!" * 50_000 + "?"
    assert read(text) == UsageError(problem="too_long", length=len(text))


@pytest.mark.parametrize("before", ["", "preview ", "every day at 9 "])
def test_a_prompt_that_is_too_long_is_counted(before: str) -> None:
    error = UsageError(problem="too_long", length=QUERY_LIMIT + 1)
    assert read(before + "x" * (QUERY_LIMIT + 1)) == error
    assert not isinstance(read(before + "x" * QUERY_LIMIT), UsageError)


SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
ABOUT_ONE = (
    "show {}", "edit {}", "history {}.", "pause {}", "pause {} until monday", "resume {}", "run {}",
    "skip {}", "snooze {} by an hour", "delete {}", "rename {} Morning news", "transfer {} to @grace",
    "move {} to #news", "subscribe {}", "subscribe {} at nine", "subscribe me to {} nine",
    "unsubscribe {}", "unsubscribe from {}",
)  # fmt: skip


@pytest.mark.parametrize("form", ABOUT_ONE)
def test_an_id_is_read_whole_also_where_a_syllable_of_it_is_a_word(form: str) -> None:
    for syllable in SYLLABLES:
        for schedule in (f"bola-me{syllable}", f"{syllable}me-boza"):
            assert f"'{schedule}'" in repr(read(form.format(schedule)))


COMPILED_LATER = """
import sys
from datetime import UTC, datetime
from bot.commands import parse_command, warm_parser

now, compiled = datetime.now(UTC), []
if sys.argv[1] == "warm":
    warm_parser(now=now)
def note(frame, event, argument):
    called = frame.f_code.co_name, frame.f_globals.get("__name__")
    if event == "call" and called == ("compile", "re._compiler"):
        compiled.append(frame)
sys.setprofile(note)
for text in ("Name three rivers", "every day at 8am name three rivers", "name a river tomorrow at noon"):
    parse_command(text, now=now, zone="UTC")
sys.setprofile(None)
print(len(compiled))
"""


def test_the_first_command_finds_its_patterns_compiled() -> None:
    def count_compiled(start: str) -> int:
        command = [sys.executable, "-c", COMPILED_LATER, start]
        return int(subprocess.run(command, check=True, capture_output=True, cwd=ROOT, text=True).stdout)

    assert count_compiled("warm") <= 3
    assert count_compiled("cold") > 50
