"""A team as the pictures show it: what its people write, what it reads, and what its model answers."""

from __future__ import annotations

from typing import Final

CHAT: Final = (
    ("grace", "general", "Search is slow again. Should we put a cache in front of it?"),
    ("ada", "general", "Good question. Let me ask, then everyone has the same answer."),
    ("grace", "news", "Version 2.4 is cut. Billing export is in, the mobile banner waits for 2.5."),
    ("ada", "news", "The search vendor has confirmed our bug: their client 4.2 drops every tenth document."),
    ("grace", "news", "Rotated the certificates. The alarm at 14 days before they end is still open."),
    ("ada", "news", "Legal wants to see the new terms before Thursday."),
)

STATUS: Final = (
    "<title>Harbour status</title><h1>Harbour status</h1><p>All systems operate normally. Search was slow "
    "from 03:10 to 03:42 UTC because a certificate had expired; 412 jobs ran late and none was lost.</p>"
)

CACHE: Final = """\
A **cache** keeps an answer that was costly to work out, so that the next one to ask has it at once.

- *Faster:* memory answers in microseconds, a database in milliseconds, a model in seconds.
- *Cheaper:* what many ask is paid for once.
- *Not right forever:* every entry needs an age at which it no longer counts.

Before search, one minute is enough: most of the load is the same ten queries.
"""

BRIEF: Final = """\
Version **2.4 goes out on Thursday at noon**. One thing needs a decision before that, two need someone to act.

## Decide today

Search drops every tenth document with the vendor's client 4.2. Their fix comes on Tuesday; pin it until then:

```toml
[dependencies]
search-client = "==4.1.2"  # 4.2 loses documents
http-pool = ">=2.3"
```

## Version 2.4

| Part | State | Who | Due |
| --- | --- | --- | ---: |
| Billing export | done | Grace | – |
| New terms | wait for Legal | Ada | Wed |
| Search index | pinned, fix on Tuesday | Ada | Thu |
| Mobile banner | moved to 2.5 | – | – |

## Who acts

1. **Ada** sends the new terms to Legal.
2. **Grace** adds the alarm 14 days before a certificate ends.

## Last night

Search was slow from 03:10 to 03:42 UTC, because a certificate had expired. **412 jobs ran late, none was \
lost.** Certificates have renewed themselves since this morning.

## What was measured

- Requests: 1,204,551 on Friday, 611,870 on Saturday, 588,402 on Sunday.
- Half of them were answered within 41 ms, and all but one in a hundred within 402 ms.
- The queue held 38 jobs at most, but for that half an hour.
- Backups ran each night; Sunday's was restored for practice in eleven minutes.

## What others ask of us

- *Sales* would like the export as CSV as well, by the end of the month.
- *Support* has 14 tickets about the date picker; 11 say that weeks begin on Sunday in every country.
- *Finance* wants last month's cloud bill by product, and asks why storage went up by 9 %.

## What can wait

- The mobile banner has its texts, and no pictures yet.
- Nobody misses the old search page: 12 visits in a week. It may go with 2.5.
- The style guide says *sign in*, three pages still say *log in*.

## Where this stands

The status page and #news have the details. What changed since yesterday: the vendor's date for a fix, and \
that the banner is no longer part of 2.4.

## Numbers that moved

- New accounts: 214 in a week, 31 more than in the week before; half of them came by the partner page.
- Open tickets: 63, of which 14 are about the date picker and 9 about the export.
- Cloud bill: $4,180 so far this month, 6 % under the plan. Storage is the only line above it.
- Time from a review's start to its merge: a day and four hours, the shortest since summer.

## Questions without an owner

1. Who answers the partner that asks for a test account with more than one workspace?
2. Which of the two dashboards stays, now that both show the same?
3. May the nightly export run an hour later, when the day is over in Honolulu, too?

## Reviews

- `#812` billing export: merged yesterday evening, with one more test for months of 28 days.
- `#815` the pinned search client: waits for Grace, and has to be in before the release.
- `#817` alarms for certificates: a draft. It asks which channel such an alarm goes to, and who has the duty.
- `#790` has waited for three weeks. Its author is away until Monday; nobody else needs it before.

## Looking ahead

Next week begins with the restore exercise on Monday at 10:00, which takes the test system away for an hour. \
On Wednesday a new colleague starts: the laptop is here, the accounts are not. If you have an hour for a \
first walk through the code, say so here. The week after, the office is closed on Thursday and Friday.
"""

PREVIEW: Final = "Nothing is on fire. Two reviews wait, and the release is on Thursday."

SCHEDULES: Final = (
    (
        "ada",
        "Review queue",
        "every weekday at 10:30 until 2027-03-01",
        "Which reviews have waited for more than a day?",
    ),
    ("ada", "Python news", "every monday at 9", "What changed in Python, in five lines?"),
    ("ada", "Retro", "every month on the 1st at 15:00", "Sum up the month in three things that went well"),
    (
        "grace",
        "Holiday cover",
        "every friday at 14:00 except holidays in DE",
        "Who is away next week, and who covers?",
    ),
)

DAYS: Final = (
    # Calls, and answers from the cache, on each day of a month.
    (9, 4), (11, 9), (12, 14), (10, 12), (13, 21), (2, 3), (1, 1), (14, 22), (12, 25), (15, 24), (13, 31),
    (16, 33), (3, 4), (2, 2), (15, 36), (14, 32), (17, 41), (13, 38), (16, 44), (2, 5), (3, 3), (15, 40),
    (14, 47), (17, 45), (12, 39), (13, 42), (2, 4), (1, 2), (14, 45), (15, 43), (12, 40),
)  # fmt: skip

BRIEFING: Final = "What does the team need to know before stand-up? Begin with who has to act."

ANSWERS: Final = {"cache": CACHE, BRIEFING: BRIEF}
"""By a part of what was asked."""

NOT_RUN: Final = ("Retro", "Python news")
