"""Who looks at a post first, as a command says it; and what stays a prompt."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.commands.reviewing import split_reviewers, split_scheduled

ANNA, BEN, TEAM = "<@U0ANNA0001|anna>", "<@U0BEN00001>", "<!subteam^S0EDITORS1|@editors>"


@pytest.mark.parametrize(
    ("typed", "text", "reviewers"),
    [
        (f"every day at 9 sum up #ops reviewed by {ANNA}", "every day at 9 sum up #ops", (ANNA,)),
        (f"every day at 9 sum up #ops, reviewed by {ANNA}.", "every day at 9 sum up #ops", (ANNA,)),
        (f"every day at 9 say hi. Looked at first by {ANNA}", "every day at 9 say hi", (ANNA,)),
        (f"every day at 9 say hi, first approved by {ANNA}, {BEN}", "every day at 9 say hi", (ANNA, BEN)),
        (f"every day at 9 say hi reviewed by {ANNA} or {TEAM}", "every day at 9 say hi", (ANNA, TEAM)),
        (f"every day at 9 say hi reviewed by {ANNA} {ANNA}", "every day at 9 say hi", (ANNA,)),
        (
            "every day at 9 say hi to be reviewed by @anna.b and @ben",
            "every day at 9 say hi",
            ("@anna.b", "@ben"),
        ),
        (f"every day at 9, reviewed by {ANNA}: sum up #ops", "every day at 9: sum up #ops", (ANNA,)),
        (f"every day at 9 looked at first by {ANNA}: say hi", "every day at 9: say hi", (ANNA,)),
        (f"every day at 9 reviewed by {ANNA} to #ops: hi", "every day at 9 to #ops: hi", (ANNA,)),
        (f"reviewed by {ANNA} every day at 9: say hi", "every day at 9: say hi", (ANNA,)),
        ("every day at 9 say hi, reviewed by me", "every day at 9 say hi", ("me",)),
        (f"every day at 9, reviewed by me or {BEN}: say hi", "every day at 9: say hi", ("me", BEN)),
        (
            f"looked at first by {ANNA} or {TEAM}: every day at 9 say hi",
            "every day at 9 say hi",
            (ANNA, TEAM),
        ),
        *(
            (prompt, prompt, ())
            for prompt in (
                "every day at 9 list the papers reviewed by Anna",
                "every day at 9 list the papers reviewed by me",
                "every day at 9 say hi, reviewed by melanie",
                "every day at 9 list what was reviewed by @anna this week",
                f'every day at 9 say "reviewed by {ANNA}"',
                f"every day at 9 say `reviewed by {ANNA}`",
                "every day at 9 what was reviewed by",
                f"every day at 9 thank {ANNA}",
            )
        ),
    ],
)
def test_reviewers_are_parted_from_the_command(typed: str, text: str, reviewers: tuple[str, ...]) -> None:
    found = split_reviewers(typed)
    assert (found.text, found.reviewers) == (text, reviewers)


@pytest.mark.parametrize(
    ("typed", "text", "reviewers"),
    [
        (f"sum up #ops, reviewed by {ANNA}, every day at 9", "sum up #ops every day at 9", (ANNA,)),
        (f"list the papers, reviewed by {ANNA}, of today", None, ()),
        ("list the papers, reviewed by Anna, every day at 9", None, ()),
    ],
)
def test_reviewers_may_stand_between_the_prompt_and_its_time(
    typed: str, text: str | None, reviewers: tuple[str, ...]
) -> None:
    found = split_scheduled(typed, now=datetime(2026, 11, 25, tzinfo=UTC))
    assert (found.text, found.reviewers) == (text or typed, reviewers)
