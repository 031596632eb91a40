"""Times as people really type and paste them: what is kept, what is refused, and what stays a prompt."""

from __future__ import annotations

from datetime import datetime

import pytest

from scheduler.errors import UnknownZone, WhenError
from scheduler.faults import TimeFault as Fault
from scheduler.language.command import find_timing, other_reading, read_timing
from scheduler.language.wording import describe_timing
from scheduler.timing import Timing
from scheduler.zone import ZoneInfo

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 25, 16, 30, tzinfo=ZoneInfo(BERLIN))  # a Wednesday


def find(text: str, *, zone: str = BERLIN) -> tuple[Timing, str] | None:
    return find_timing(text, now=NOW, zone=zone)


KEPT = [
    # Other spaces, digits, colons and dashes than the usual ones
    ("every day at 9:30\u202fPM say hello", "every day at 21:30", "say hello"),
    ("every day at 9\u00a0pm say hi", "every day at 21:00", "say hi"),
    ("say hello tomorrow at 9\u2009pm", "on Thursday 26 November 2026 at 21:00", "say hello"),
    ("in 20\u2007minutes stretch", "on Wednesday 25 November 2026 at 16:50", "stretch"),
    (
        "every 2\u202fhours between 9\u202fam and 5\u202fpm say hi",
        "every 2 hours between 09:00 and 17:00",
        "say hi",
    ),
    ("on 4\u3000March at 9\u3000pm say hi", "on Thursday 4 March 2027 at 21:00", "say hi"),
    ("every day at 9\u200bpm say hi", "every day at 21:00", "say hi"),
    ("every day at 9\u2060\u00a0pm say hi", "every day at 21:00", "say hi"),
    ("every day at \uff19:00 Post", "every day at 09:00", "Post"),
    ("every monday at 9\uff1a00 Post", "every Monday at 09:00", "Post"),
    ("every mon—fri at 9 Post", "every weekday at 09:00", "Post"),
    ("Summarise the week every friday at 5:15\u202fPM", "every Friday at 17:15", "Summarise the week"),
    ("every weekday at 6\u00a0pm and 7\u00a0pm Post", "every weekday at 18:00 and 19:00", "Post"),
    ("every day at 9:30\u202fAM Post", "every day at 09:30", "Post"),
    ("tomorrow at 8:15\u202fPM Post", "on Thursday 26 November 2026 at 20:15", "Post"),
    ("every\u2003day at 9\u202fa.m. say hi", "every day at 09:00", "say hi"),
    ("every day at 21\uff1a30 say hi", "every day at 21:30", "say hi"),
    ("tomorrow at \uff19:15\u00a0am\u00a0stretch", "on Thursday 26 November 2026 at 09:15", "stretch"),
    (
        "every\u00a0weekday\u00a0at\u00a09am Post “the\u00a0digest”",
        "every weekday at 09:00",
        "Post “the\u00a0digest”",
    ),
    ("every tue–thu at 9 Post", "every Tuesday, Wednesday and Thursday at 09:00", "Post"),
    ("every mon\u2011fri at 9 Post", "every weekday at 09:00", "Post"),
    ("every day at 9—summarise", "every day at 09:00", "summarise"),
    ("\ufeffevery day at 9 say hi", "every day at 09:00", "say hi"),
    ("every day at 9 say\u200bhi \u202fnow", "every day at 09:00", "say\u200bhi \u202fnow"),
    # Words that lead on to a time
    ("Summarise the week on fridays at 5pm", "every Friday at 17:00", "Summarise the week"),
    ("Post the digest every friday at 5pm", "every Friday at 17:00", "Post the digest"),
    ("Tell us what is going on every day at 9am", "every day at 09:00", "Tell us what is going on"),
    ("Post the digest on every friday at 5pm", "every Friday at 17:00", "Post the digest"),
    # What goes on like a time
    ("every monday, 5pm Post", "every Monday at 17:00", "Post"),
    ("every monday, 9 o'clock: Post", "every Monday at 09:00", "Post"),
    ("every morning, eight o\u2019clock: Post", "every day at 08:00", "Post"),
    ("Post the digest every friday, half past 4", "every Friday at 16:30", "Post the digest"),
    ("every friday, quarter to five: Post", "every Friday at 16:45", "Post"),
    ("every friday, midday: Post", "every Friday at 12:00", "Post"),
    ("every day, half the team is away", "every day at 09:00", "half the team is away"),
    ("every day, five to ten ideas for lunch", "every day at 09:00", "five to ten ideas for lunch"),
    ("every monday at5pm Post", "every Monday at 17:00", "Post"),
    ("every Mon. at 5pm Post", "every Monday at 17:00", "Post"),
    ("every saturday at 12 midnight Post", "every Saturday at 00:00", "Post"),
    ("every week day at 5pm Post", "every weekday at 17:00", "Post"),
    ("every monday at 9 starting 2027-01-04 Post", "every Monday at 09:00 starting 4 January 2027", "Post"),
    (
        "every monday at 9 starting next monday Post",
        "every Monday at 09:00 starting 30 November 2026",
        "Post",
    ),
    ("every monday at 9 from january Post", "every Monday at 09:00 starting 1 January 2027", "Post"),
    ("every monday at 9 as of 4 january Post", "every Monday at 09:00 starting 4 January 2027", "Post"),
    ("every monday starting 2027-01-04 at 5pm Post", "every Monday at 17:00 starting 4 January 2027", "Post"),
    ("every day at 9 skip weekends Post", "every weekday at 09:00", "Post"),
    ("every 6 months on 1 january Post", "every 6 months on the 1st at 09:00", "Post"),
    (
        "Post the digest every monday at 9 starting 4 january",
        "every Monday at 09:00 starting 4 January 2027",
        "Post the digest",
    ),
    ("every monday at 9 5 facts about Rome", "every Monday at 09:00", "5 facts about Rome"),
    ("every monday at 9: and every friday? explain", "every Monday at 09:00", "and every friday? explain"),
    ("every friday, at 5pm Post", "every Friday at 17:00", "Post"),
    ("every monday@9:30am Post", "every Monday at 09:30", "Post"),
    ("every monday at 9, 5 facts about Rome", "every Monday at 09:00", "5 facts about Rome"),
    (
        "every day at 9: skip the weather, tell the news",
        "every day at 09:00",
        "skip the weather, tell the news",
    ),
    ("every monday at 9 and noon Post", "every Monday at 09:00 and 12:00", "Post"),
    ("every monday at 9 beginning tomorrow Post", "every Monday at 09:00 starting 26 November 2026", "Post"),
    (
        "every monday at 9 commencing next month Post",
        "every Monday at 09:00 starting 1 December 2026",
        "Post",
    ),
    ("every monday at 9 starting salaries in tech", "every Monday at 09:00", "starting salaries in tech"),
    (
        "every weekday at 9 but not on fridays Post",
        "every Monday, Tuesday, Wednesday and Thursday at 09:00",
        "Post",
    ),
    ("every day at 9 without weekends Post", "every weekday at 09:00", "Post"),
    ("every day at 9 no weekends Post", "every weekday at 09:00", "Post"),
    ("every month on the 1st and on the 15th at 9 Post", "every month on the 1st and 15th at 09:00", "Post"),
    ("every day at around 9 Post", "every day at 09:00", "Post"),
    ("Post the digest tommorow at 5pm", "on Thursday 26 November 2026 at 17:00", "Post the digest"),
    (
        "Post the digest every 3 days at 9am",
        "every 3 days at 09:00 starting 26 November 2026",
        "Post the digest",
    ),
    ("every monday at 9: what leaves at 17:00", "every Monday at 09:00", "what leaves at 17:00"),
    # Zones, offsets and places
    ("every day at 9am JST Post", "every day at 09:00 in Asia/Tokyo", "Post"),
    ("every day at 9am SGT Post", "every day at 09:00 in Asia/Singapore", "Post"),
    ("every day at 9am MSK Post", "every day at 09:00 in Europe/Moscow", "Post"),
    ("every day at 9am HST Post", "every day at 09:00 in Pacific/Honolulu", "Post"),
    ("every day at 9am +02:00 Post", "every day at 09:00 in UTC+2", "Post"),
    ("every day at 9am Z Post", "every day at 09:00 in UTC", "Post"),
    ("every day at 9am (America/New_York) Post", "every day at 09:00 in America/New_York", "Post"),
    ("every day at 9am in India Post", "every day at 09:00 in Asia/Kolkata", "Post"),
    ("every day at 9am in Arizona Post", "every day at 09:00 in America/Phoenix", "Post"),
    ("every day at 9am in Sydney Post", "every day at 09:00 in Australia/Sydney", "Post"),
    ("every day at 9am my time Post", "every day at 09:00", "Post"),
    ("Post the digest every day at 9am JST", "every day at 09:00 in Asia/Tokyo", "Post the digest"),
    ("every day at 9am EST Post", "every day at 09:00 in America/New_York", "Post"),
    ("every day at 9am TODO list for the kitchen", "every day at 09:00", "TODO list for the kitchen"),
    ("every day at 9am AKST Post", "every day at 09:00 in America/Anchorage", "Post"),
    ("every day at 9am US market news", "every day at 09:00", "US market news"),
    ("every day at 9am NBA scores", "every day at 09:00", "NBA scores"),
    ("every day at 9am in German say hello", "every day at 09:00", "in German say hello"),
    (
        "every day at 9am in 3 bullets summarise the news",
        "every day at 09:00",
        "in 3 bullets summarise the news",
    ),
    (
        "Summarise the week every friday at 5pm (Tokyo)",
        "every Friday at 17:00 in Asia/Tokyo",
        "Summarise the week",
    ),
    ("every day at 9am BRT Post", "every day at 09:00 in America/Sao_Paulo", "Post"),
    ("every day at 9am in Asia/Tokyo Post", "every day at 09:00 in Asia/Tokyo", "Post"),
    ("at 17:00Z tomorrow Post", "on Thursday 26 November 2026 at 17:00 in UTC", "Post"),
    ("every day at 9am KST Post", "every day at 09:00 in Asia/Seoul", "Post"),
    ("every day at 9am aest Post", "every day at 09:00 in Australia/Brisbane", "Post"),
    ("every day at 9am UTC+5:30 Post", "every day at 09:00 in Asia/Kolkata", "Post"),
    ("every day at 9am UTC+2 Post", "every day at 09:00 in UTC+2", "Post"),
    ("every day at 9am GMT-3 Post", "every day at 09:00 in UTC-3", "Post"),
    ("every day at 9am +0530 Post", "every day at 09:00 in Asia/Kolkata", "Post"),
    ("every day at 9am in Japan Post", "every day at 09:00 in Asia/Tokyo", "Post"),
    ("every day at 9am in California Post", "every day at 09:00 in America/Los_Angeles", "Post"),
    ("every day at 9am in Turkey Post", "every day at 09:00 in Europe/Istanbul", "Post"),
    ("every day at 9am in turkey recipes", "every day at 09:00", "in turkey recipes"),
    ("every day at 9am Tokyo time Post", "every day at 09:00 in Asia/Tokyo", "Post"),
    ("every day at 9am local time Post", "every day at 09:00", "Post"),
    ("every day at 9am (CET) Post", "every day at 09:00", "Post"),
    ("every day at 9am [Asia/Tokyo] Post", "every day at 09:00 in Asia/Tokyo", "Post"),
    ("every day at 9am (see notes) Post", "every day at 09:00", "(see notes) Post"),
    ("every day at 9am in Python list", "every day at 09:00", "in Python list"),
    ("every day at 9am in English say hello", "every day at 09:00", "in English say hello"),
    ("every day at 9am GPT news", "every day at 09:00", "GPT news"),
    ("every day at 9am AI news", "every day at 09:00", "AI news"),
    ("every day at 9am CAT facts", "every day at 09:00", "CAT facts"),
    ("every day at 9am cat facts", "every day at 09:00", "cat facts"),
    ("every day at 9am eat well", "every day at 09:00", "eat well"),
    ("at 9am JST tomorrow Post", "on Friday 27 November 2026 at 09:00 in Asia/Tokyo", "Post"),
    # Crons
    ("0 9 * * MON-FRI Post", "every weekday at 09:00", "Post"),
    ("0 9 * * 1 5 facts about Rome", "every Monday at 09:00", "5 facts about Rome"),
    ("0 9 * * 1-5 5 facts", "every weekday at 09:00", "5 facts"),
    ("0 9 * * mon,wed Post", "every Monday and Wednesday at 09:00", "Post"),
    ("30 8 1 * * Post", "every month on the 1st at 08:30", "Post"),
    ("@weekly Post", "every Sunday at 00:00", "Post"),
    ("cron @daily Post", "every day at 00:00", "Post"),
    ("TZ=Asia/Tokyo 0 9 * * * Post", "every day at 09:00 in Asia/Tokyo", "Post"),
    ("1 2 3 4 * what", "every year on 3 April at 02:01", "what"),
    # What surely is a time
    ("in 1h30 Check the queue", "on Wednesday 25 November 2026 at 18:00", "Check the queue"),
    ("in 1.5 hours Check the queue", "on Wednesday 25 November 2026 at 18:00", "Check the queue"),
    ("in an hour and a half Check the queue", "on Wednesday 25 November 2026 at 18:00", "Check the queue"),
    ("in a quarter of an hour Check the queue", "on Wednesday 25 November 2026 at 16:45", "Check the queue"),
    ("in a couple of hours Check the queue", "on Wednesday 25 November 2026 at 18:30", "Check the queue"),
    ("at ten past 9 tomorrow Check the queue", "on Thursday 26 November 2026 at 09:10", "Check the queue"),
    ("at 630 tomorrow Check the queue", "on Thursday 26 November 2026 at 06:30", "Check the queue"),
    ("at the end of every month Post the digest", "the last day of every month at 09:00", "Post the digest"),
    (
        "on the 1st and 15th at 9 Post the digest",
        "every month on the 1st and 15th at 09:00",
        "Post the digest",
    ),
    ("the day after tomorrow at 9 Check the queue", "on Friday 27 November 2026 at 09:00", "Check the queue"),
    ("next week on monday at 9 Check the queue", "on Monday 30 November 2026 at 09:00", "Check the queue"),
    ("once a month Post the digest", "every month on the 1st at 09:00", "Post the digest"),
    ("hourly Post the digest", "every hour", "Post the digest"),
    ("every mon+wed at 9 Post", "every Monday and Wednesday at 09:00", "Post"),
    ("every m/w/f at 9 Post", "every Monday, Wednesday and Friday at 09:00", "Post"),
    ("every work day at 9 Post", "every weekday at 09:00", "Post"),
    ("every 24.12. at 9 Post", "every year on 24 December at 09:00", "Post"),
    ("tommorow at 9 Check the queue", "on Thursday 26 November 2026 at 09:00", "Check the queue"),
    ("0 9 29 2 * Post", "every year on 29 February at 09:00", "Post"),
    ("0 9 * jan-mar * Post", "on the cron `0 9 * 1-3 *`", "Post"),
    ("0 9 ? * MON-FRI Post", "every weekday at 09:00", "Post"),
    ("CRON_TZ=America/New_York 0 9 * * 1-5 Post", "every weekday at 09:00 in America/New_York", "Post"),
    ("@daily Post", "every day at 00:00", "Post"),
    ("@hourly Post", "every hour", "Post"),
    ("@midnight Post", "every day at 00:00", "Post"),
    ("in 1½ hours stretch", "on Wednesday 25 November 2026 at 18:00", "stretch"),
    ("in 20 minutes… stretch", "on Wednesday 25 November 2026 at 16:50", "stretch"),
    ("in 2h15 stretch", "on Wednesday 25 November 2026 at 18:45", "stretch"),
    ("in two and a half hours stretch", "on Wednesday 25 November 2026 at 19:00", "stretch"),
    ("in 1,5 hours stretch", "on Wednesday 25 November 2026 at 18:00", "stretch"),
    ("in three quarters of an hour stretch", "on Wednesday 25 November 2026 at 17:15", "stretch"),
    ("in half a day stretch", "on Thursday 26 November 2026 at 04:30", "stretch"),
    ("in 20 minutes or so stretch", "on Wednesday 25 November 2026 at 16:50", "stretch"),
    ("in 1:30 hours Check", "on Wednesday 25 November 2026 at 18:00", "Check"),
    ("half past 4 Post", "on Thursday 26 November 2026 at 16:30", "Post"),
    ("at half past 4 Post", "on Thursday 26 November 2026 at 16:30", "Post"),
    ("tomorrow at half past nine Post", "on Thursday 26 November 2026 at 09:30", "Post"),
    ("every day at half past 4 Post", "every day at 16:30", "Post"),
    ("at quarter to 5 tomorrow Post", "on Thursday 26 November 2026 at 16:45", "Post"),
    ("at a quarter past 9am Post", "on Thursday 26 November 2026 at 09:15", "Post"),
    ("at five pm Post", "on Wednesday 25 November 2026 at 17:00", "Post"),
    ("at nine Post", "on Wednesday 25 November 2026 at 21:00", "Post"),
    ("every day at nine Post", "every day at 09:00", "Post"),
    ("every day at nine: Post", "every day at 09:00", "Post"),
    ("every day at 9 o'clock Post", "every day at 09:00", "Post"),
    ("every day at 9 sharp Post", "every day at 09:00", "Post"),
    ("at 1630 tomorrow Post", "on Thursday 26 November 2026 at 16:30", "Post"),
    ("at 730pm Post", "on Wednesday 25 November 2026 at 19:30", "Post"),
    ("at the beginning of every month Post", "every month on the 1st at 09:00", "Post"),
    ("every last friday at 9 Post", "the last Friday of every month at 09:00", "Post"),
    ("every third monday of the month at 9 Post", "the third Monday of every month at 09:00", "Post"),
    ("first working day of the month at 9 Post", "the first weekday of every month at 09:00", "Post"),
    ("last weekday of every month at 9 Post", "the last weekday of every month at 09:00", "Post"),
    ("every month on the second tuesday Post", "the second Tuesday of every month at 09:00", "Post"),
    ("every other day at 9 Post", "every 2 days at 09:00 starting 26 November 2026", "Post"),
    (
        "every other week on mon and thu at 9 Post",
        "every 2 weeks on Monday and Thursday at 09:00 starting 26 November 2026",
        "Post",
    ),
    (
        "every two weeks starting friday at 9 Post",
        "every 2 weeks on Friday at 09:00 starting 27 November 2026",
        "Post",
    ),
    ("fortnightly on friday at 9 Post", "every 2 weeks on Friday at 09:00 starting 27 November 2026", "Post"),
    (
        "every 3 weeks on monday at 9 Post",
        "every 3 weeks on Monday at 09:00 starting 30 November 2026",
        "Post",
    ),
    ("every week starting friday at 9 Post", "every Friday at 09:00 starting 27 November 2026", "Post"),
    (
        "every 3 months starting january Post",
        "every 3 months on the 1st at 09:00 starting 1 January 2027",
        "Post",
    ),
    ("on monday next week at 9 Post", "on Monday 30 November 2026 at 09:00", "Post"),
    ("day after tomorrow Post", "on Friday 27 November 2026 at 09:00", "Post"),
    ("tmrw at 9 Post", "on Thursday 26 November 2026 at 09:00", "Post"),
    ("once a week Post the digest", "every Monday at 09:00", "Post the digest"),
    ("once an hour Post the digest", "every hour", "Post the digest"),
    ("hourly say hello", "every hour", "say hello"),
    ("every tu/th at 9 Post", "every Tuesday and Thursday at 09:00", "Post"),
    ("every mon wed fri at 9 Post", "every Monday, Wednesday and Friday at 09:00", "Post"),
    ("every mon & wed at 9 Post", "every Monday and Wednesday at 09:00", "Post"),
    ("every 12/24 at 9 Post", "every year on 24 December at 09:00", "Post"),
    # Reminders
    (
        "remind me to call the bank on friday",
        "on Friday 27 November 2026 at 09:00",
        "remind me to call the bank",
    ),
    (
        "remind me to call the bank friday evening",
        "on Friday 27 November 2026 at 18:00",
        "remind me to call the bank",
    ),
    ("remind me to get up at 630 tomorrow", "on Thursday 26 November 2026 at 06:30", "remind me to get up"),
    ("remind me of the milk at 10 to 5", "on Wednesday 25 November 2026 at 16:50", "remind me of the milk"),
    (
        "remind me on friday to call the bank",
        "on Friday 27 November 2026 at 09:00",
        "remind me to call the bank",
    ),
    ("remind me to eat in 1hr", "on Wednesday 25 November 2026 at 17:30", "remind me to eat"),
    (
        "remind us to send the report every friday at 4pm",
        "every Friday at 16:00",
        "remind us to send the report",
    ),
    (
        "remind me that the oven is hot in 20 minutes",
        "on Wednesday 25 November 2026 at 16:50",
        "remind me that the oven is hot",
    ),
    ("remind everyone to vote on friday", "on Friday 27 November 2026 at 09:00", "remind everyone to vote"),
    ("remind me tomorrow to call", "on Thursday 26 November 2026 at 09:00", "remind me to call"),
    ("remind us to vote tomorrow", "on Thursday 26 November 2026 at 09:00", "remind us to vote"),
    ("remind me in 20 minutes", "on Wednesday 25 November 2026 at 16:50", "remind me"),
    ("remind @grace to vote on friday", "on Friday 27 November 2026 at 09:00", "remind @grace to vote"),
    ("remind me to call at noon", "on Thursday 26 November 2026 at 12:00", "remind me to call"),
    ("Remind me: call bank tomorrow at 9", "on Thursday 26 November 2026 at 09:00", "Remind me: call bank"),
    # Thanks after the time
    ("Summarise the week every friday at 5pm, thanks!", "every Friday at 17:00", "Summarise the week"),
    ("Summarise the week every friday at 5pm 🙏", "every Friday at 17:00", "Summarise the week"),
    ("Summarise the week every friday at 5pm?", "every Friday at 17:00", "Summarise the week"),
    ("Summarise the week every friday at 5pm (Berlin)", "every Friday at 17:00", "Summarise the week"),
    ("Summarise the week every friday at 5pm please", "every Friday at 17:00", "Summarise the week"),
    ("Summarise the week every friday at 5pm. Thank you!", "every Friday at 17:00", "Summarise the week"),
    ("Post the news every day at 8am :smile:", "every day at 08:00", "Post the news"),
    ("Summarise the week every friday at 5pm, thx", "every Friday at 17:00", "Summarise the week"),
    ("Summarise the week every friday at 5pm :pray::smile:", "every Friday at 17:00", "Summarise the week"),
    ("Summarise the week every friday at 5pm!! 👍🏽", "every Friday at 17:00", "Summarise the week"),
    ("Summarise the week every friday at 5pm… cheers", "every Friday at 17:00", "Summarise the week"),
    (
        "Could you summarise the week every friday at 5pm?",
        "every Friday at 17:00",
        "Could you summarise the week",
    ),
    ("say thank you every day at 9", "every day at 09:00", "say thank you"),
    # Dates and calendars
    (
        "every 2 weeks on friday at 9 Post",
        "every 2 weeks on Friday at 09:00 starting 27 November 2026",
        "Post",
    ),
    ("first weekday of the month at 9am Post", "the first weekday of every month at 09:00", "Post"),
    ("on 31.12.2026 at 9 Post", "on Thursday 31 December 2026 at 09:00", "Post"),
    ("on 12/31/2026 at 9 Post", "on Thursday 31 December 2026 at 09:00", "Post"),
    (
        "every weekday at 9 except holidays in NRW Post",
        "every weekday at 09:00 except holidays in DE-NW",
        "Post",
    ),
    (
        "every weekday at 9 except holidays in DE BY Post",
        "every weekday at 09:00 except holidays in DE-BY",
        "Post",
    ),
    (
        "every weekday at 9 except holidays in Germany, Bavaria Post",
        "every weekday at 09:00 except holidays in DE-BY",
        "Post",
    ),
    (
        "every weekday at 9 except holidays in Türkiye Post",
        "every weekday at 09:00 except holidays in TR",
        "Post",
    ),
    # Readings that may surprise
    ("next friday at 9 Post", "on Friday 27 November 2026 at 09:00", "Post"),
    ("this friday at 9 Post", "on Friday 27 November 2026 at 09:00", "Post"),
    ("every month on the 31st at 9 Post", "every month on the 31st at 09:00", "Post"),
    ("at 5 o'clock Post", "on Wednesday 25 November 2026 at 17:00", "Post"),
    ("next wednesday at 23:00 Post", "on Wednesday 2 December 2026 at 23:00", "Post"),
    ("tomorrow post the digest", "on Thursday 26 November 2026 at 09:00", "post the digest"),
    ("every day at 9 and tell the news", "every day at 09:00", "and tell the news"),
    ("every day at 9 or so Post", "every day at 09:00", "Post"),
    ("every monday at 9, then tell the news", "every Monday at 09:00", "then tell the news"),
    (
        "every day at 9 skip the weather, tell the news",
        "every day at 09:00",
        "skip the weather, tell the news",
    ),
    ("every day at 9 twice as many facts", "every day at 09:00", "twice as many facts"),
    ("every day at 9 at 3 places what to eat", "every day at 09:00", "at 3 places what to eat"),
    # And other ways to say it
    ("every day at 9am; Post", "every day at 09:00", "Post"),
    ("every friday at 5pm - Post", "every Friday at 17:00", "Post"),
    ("Every Friday at 5pm, Summarise the week", "every Friday at 17:00", "Summarise the week"),
    ("every day at 9 AM Post", "every day at 09:00", "Post"),
    ("every day at 9:00 PM CET Post", "every day at 21:00", "Post"),
    ("every weekday morning Post", "every weekday at 09:00", "Post"),
    ("every 15 min Post", "every 15 minutes", "Post"),
    ("Post it in 2 hours", "on Wednesday 25 November 2026 at 18:30", "Post it"),
    ("Post it next week on monday at 9", "on Monday 30 November 2026 at 09:00", "Post it"),
    ("Post it the day after tomorrow at 9", "on Friday 27 November 2026 at 09:00", "Post it"),
    (
        "Post it on the first monday of every month at 9",
        "the first Monday of every month at 09:00",
        "Post it",
    ),
    ("Post it at half past 4", "on Thursday 26 November 2026 at 16:30", "Post it"),
    ("Post it half past 4", "on Thursday 26 November 2026 at 16:30", "Post it"),
    ("Post it at about 5pm", "on Wednesday 25 November 2026 at 17:00", "Post it"),
    ("Post it at 5pm sharp", "on Wednesday 25 November 2026 at 17:00", "Post it"),
    ("Post it at 5 pm today", "on Wednesday 25 November 2026 at 17:00", "Post it"),
    ("Post it @daily", "every day at 00:00", "Post it"),
    ("Post it hourly on weekdays", "every hour on weekdays", "Post it"),
    ("Post it every hour between 9 and 17", "every hour between 09:00 and 17:00", "Post it"),
    (
        "Post it every monday, wednesday and friday at 9",
        "every Monday, Wednesday and Friday at 09:00",
        "Post it",
    ),
    ("Post it every mon/wed/fri at 9", "every Monday, Wednesday and Friday at 09:00", "Post it"),
    (
        "Post it every monday at 9, starting next week",
        "every Monday at 09:00 starting 30 November 2026",
        "Post it",
    ),
    ("Post it mondays, 9am", "every Monday at 09:00", "Post it"),
    ("Post it every monday at 9 in Tokyo", "every Monday at 09:00 in Asia/Tokyo", "Post it"),
    (
        "Summarise what we decided on monday at 9am",
        "on Monday 30 November 2026 at 09:00",
        "Summarise what we decided",
    ),
    ("Book a table for two at 8pm", "on Wednesday 25 November 2026 at 20:00", "Book a table for two"),
    (
        "Schedule a call with Ada tomorrow at 9",
        "on Thursday 26 November 2026 at 09:00",
        "Schedule a call with Ada",
    ),
    ("every day at 9: list trains from 9 to 17", "every day at 09:00", "list trains from 9 to 17"),
    ("in 5 minutes: remind everyone", "on Wednesday 25 November 2026 at 16:35", "remind everyone"),
    ("every night at 23:30 UTC-5 Post", "every day at 23:30 in UTC-5", "Post"),
    ("every day at 09:00-05:00 Post", "every day at 09:00 in UTC-5", "Post"),
    ("every day at 9am PST/PDT Post", "every day at 09:00 in America/Los_Angeles", "Post"),
    ("every day at 9am Pacific Time Post", "every day at 09:00 in America/Los_Angeles", "Post"),
    ("every day at 9am ET Post", "every day at 09:00 in America/New_York", "Post"),
    ("every day at 9am in New York Post", "every day at 09:00 in America/New_York", "Post"),
    ("every day at 9am in the UK Post", "every day at 09:00 in Europe/London", "Post"),
    ("every day at 9am in new york post", "every day at 09:00 in America/New_York", "post"),
    ("every day at 9 in paris fashion news", "every day at 09:00 in Europe/Paris", "fashion news"),
    ("every day at 9am Berlin time: Post", "every day at 09:00", "Post"),
    ("on 24.12.2026 at 18:00 Post", "on Thursday 24 December 2026 at 18:00", "Post"),
    ("on 2026/12/24 at 18:00 Post", "on Thursday 24 December 2026 at 18:00", "Post"),
    ("24 Dec at 6pm Post", "on Thursday 24 December 2026 at 18:00", "Post"),
    ("December 24th, 6pm Post", "on Thursday 24 December 2026 at 18:00", "Post"),
    ("Dec 24, 2026 at 6pm: Post", "on Thursday 24 December 2026 at 18:00", "Post"),
    ("tomorrow 9am Post", "on Thursday 26 November 2026 at 09:00", "Post"),
    ("tomorrow morning at 7 Post", "on Thursday 26 November 2026 at 07:00", "Post"),
    ("mon 9am Post", "on Monday 30 November 2026 at 09:00", "Post"),
    ("every day 9am Post", "every day at 09:00", "Post"),
    ("every day, 9am: Post", "every day at 09:00", "Post"),
    ("Every weekday @ 9am Post", "every weekday at 09:00", "Post"),
    ("at 9am on weekdays Post", "every weekday at 09:00", "Post"),
    ("at 9am every other day Post", "every 2 days at 09:00 starting 26 November 2026", "Post"),
    ("at 9 on the last day of every month Post", "the last day of every month at 09:00", "Post"),
    ("9am every first monday Post", "the first Monday of every month at 09:00", "Post"),
    ("every january 1st at 9 Post", "every year on 1 January at 09:00", "Post"),
    ("every 1st of january at 9 Post", "every year on 1 January at 09:00", "Post"),
    ("every quarter at 9 Post", "every 3 months on the 1st at 09:00", "Post"),
    ("every 3rd day Post", "every 3 days at 09:00 starting 26 November 2026", "Post"),
    ("every third day at 9 Post", "every 3 days at 09:00 starting 26 November 2026", "Post"),
    ("every 2nd day at 9 Post", "every 2 days at 09:00 starting 26 November 2026", "Post"),
    (
        "every second week on monday at 9 Post",
        "every 2 weeks on Monday at 09:00 starting 30 November 2026",
        "Post",
    ),
    ("every two weeks Post", "every 2 weeks on Monday at 09:00 starting 30 November 2026", "Post"),
    ("every other month on the 15th at 9 Post", "every 2 months on the 15th at 09:00", "Post"),
    (
        "every year on 24 december at 9 starting 2028 Post",
        "every year on 24 December at 09:00 starting 1 January 2028",
        "Post",
    ),
    (
        "every sunday at 9 until 1 march starting january Post",
        "every Sunday at 09:00 starting 1 January 2027 until 1 March 2027",
        "Post",
    ),
    ("each weekday at 9 Post", "every weekday at 09:00", "Post"),
    ("all weekdays at 9 Post", "every weekday at 09:00", "Post"),
    ("weekday mornings at 8 Post", "every weekday at 08:00", "Post"),
    ("on weekends at 10 Post", "every weekend at 10:00", "Post"),
    ("only on mondays at 9 Post", "every Monday at 09:00", "Post"),
    ("remind me at 9", "on Thursday 26 November 2026 at 09:00", "remind me"),
    ("remind me to stretch every 30 minutes", "every 30 minutes", "remind me to stretch"),
    ("remind me every 30 minutes to stretch", "every 30 minutes", "remind me to stretch"),
    ("Remind me tomorrow", "on Thursday 26 November 2026 at 09:00", "Remind me"),
    (
        "remind the team about lunch at noon",
        "on Thursday 26 November 2026 at 12:00",
        "remind the team about lunch",
    ),
    (
        "remind me in an hour and a half to call",
        "on Wednesday 25 November 2026 at 18:00",
        "remind me to call",
    ),
    (
        "please remind me to call mum on sunday",
        "on Sunday 29 November 2026 at 09:00",
        "please remind me to call mum",
    ),
    (
        "remind me on 24.12.2026 to buy gifts",
        "on Thursday 24 December 2026 at 09:00",
        "remind me to buy gifts",
    ),
    (
        "can you remind me to call at 5pm?",
        "on Wednesday 25 November 2026 at 17:00",
        "can you remind me to call",
    ),
    ("remind me if it rains tomorrow", "on Thursday 26 November 2026 at 09:00", "remind me if it rains"),
]
"""Lines as they are typed, the words of the time that is kept, and the prompt."""
REFUSED = [
    # Other spaces, digits, colons and dashes than the usual ones
    ("daily at 7\u202f:30 x", Fault.UNREADABLE, "daily at 7:30"),
    # Words that lead on to a time
    (
        "Remind us that the release is tomorrow at 5pm",
        Fault.REMINDER_UNTIMED,
        "Remind us tomorrow at 5pm that …",
    ),
    (
        "remind me that the deadline is friday at 17:00",
        Fault.REMINDER_UNTIMED,
        "remind me friday at 17:00 that …",
    ),
    (
        "Remind us that the release is at 5pm tomorrow",
        Fault.REMINDER_UNTIMED,
        "Remind us at 5pm tomorrow that …",
    ),
    (
        "Remind us that the party is friday at 19:00",
        Fault.REMINDER_UNTIMED,
        "Remind us friday at 19:00 that …",
    ),
    # What goes on like a time
    ("every monday at 9 and every friday at 5pm Post", Fault.TWO_TIMES, "every monday at 9"),
    ("mondays at 9am and fridays at 5pm Post", Fault.TWO_TIMES, "mondays at 9am"),
    ("every month on monday Post", Fault.LEFT_OVER, "first monday of the month at 09:00"),
    ("every 2 hours starting at 9 Post", Fault.START_UNCLEAR, "every 2 hours starting 1 March"),
    ("every 7 days starting friday Post", Fault.START_UNCLEAR, "every Friday at 09:00"),
    ("every day from 9 to 17 Post", Fault.LEFT_OVER, "every hour between 9 and 17"),
    ("every day between 9 and 17 Post", Fault.LEFT_OVER, "every hour between 9 and 17"),
    ("every monday at 17:5 Post", Fault.LEFT_OVER, "every monday at 17:00"),
    ("every monday at 9 or 10 Post", Fault.TWO_TIMES, "every monday at 9"),
    ("every day at 9 or 10: Post", Fault.TWO_TIMES, "every day at 9"),
    ("every day at 9 no wait 10 say hi", Fault.TWO_TIMES, "every day at 9"),
    ("every day at 9, no, at 10: say hi", Fault.TWO_TIMES, "every day at 9"),
    ("tomorrow at 9 actually friday at 9 say hi", Fault.TWO_TIMES, "tomorrow at 9"),
    ("every day at 9 10 times Post", Fault.LEFT_OVER, "every day at 9 for 10 days"),
    ("Daily: summary of the news at 17:00", Fault.BOTH_ENDS, "Daily at 17:00"),
    ("every tuesday at 9, and every thursday at 10 Post", Fault.TWO_TIMES, "every tuesday at 9"),
    ("every monday at 9 then every friday at 9 Post", Fault.TWO_TIMES, "every monday at 9"),
    ("every monday at 9 noon Post", Fault.LEFT_OVER, "every monday at 9"),
    ("every monday at 9 10:30 Post", Fault.LEFT_OVER, "every monday at 9"),
    ("every monday at 9 to 5 Post", Fault.LEFT_OVER, "every hour between 9 and 5"),
    ("every monday 9-17 Post", Fault.LEFT_OVER, "every hour between 9 and 17"),
    ("every monday at 9 starting soon Post", Fault.START_UNCLEAR, "every monday at 9 starting 1 March"),
    ("every day at 9 but not in summer Post", Fault.EXCEPT_UNCLEAR, "every day at 9 except holidays in DE"),
    ("every day at 9 three times Post", Fault.LEFT_OVER, "every day at 9 for 10 days"),
    ("every day at 9 for a few weeks Post", Fault.LEFT_OVER, "every day at 9 for 3 weeks"),
    ("every month on friday at 9 Post", Fault.LEFT_OVER, "first friday of the month at 09:00"),
    ("every week on the 3rd Post", Fault.LEFT_OVER, "every month on the 1st at 09:00"),
    ("every day at 9 in december Post", Fault.LEFT_OVER, "every month on the 1st at 09:00"),
    ("every day at 9ish Post", Fault.LEFT_OVER, "every day at 09:00"),
    ("every day around 9 Post", Fault.LEFT_OVER, "every day at 09:00"),
    ("tomorrow at 9 or 10 Post", Fault.TWO_TIMES, "tomorrow at 9"),
    ("tomorrow at 9 and friday at 10 Post", Fault.TWO_TIMES, "tomorrow at 9"),
    ("Post the digest every monday at 9 10 times", Fault.LEFT_OVER, "every monday at 9 for 10 days"),
    (
        "Post the digest every monday at 9 starting soon",
        Fault.START_UNCLEAR,
        "every monday at 9 starting 1 March",
    ),
    ("Post the digest every monday at 9 and every friday at 5pm", Fault.TWO_TIMES, "every monday at 9"),
    ("Post the digest every monday at 9 and 10:30", Fault.CLOCKS_DIFFER, "every monday at 09:00 and 10:00"),
    ("Post the digest every mnday at 9am", Fault.LEFT_OVER, "every monday at 9am"),
    ("Post the digest evry friday at 5pm", Fault.LEFT_OVER, "every friday at 5pm"),
    ("Post the digest fridya at 5pm", Fault.LEFT_OVER, "friday at 5pm"),
    ("Post the digest twice a week at 9am", Fault.DAYS_MISSING, "every Monday and Thursday at 09:00"),
    ("Every monday: summarise the news at 17:00", Fault.BOTH_ENDS, "Every monday at 17:00"),
    ("tomorrow: list the news at 17:00", Fault.BOTH_ENDS, "tomorrow at 17:00"),
    # Zones, offsets and places
    ("every day at 9am IST Post", Fault.ZONE_SEVERAL, "Asia/Kolkata, Europe/Dublin, Asia/Jerusalem"),
    ("every day at 9am Europe/Berln Post", Fault.ZONE_UNKNOWN, "Europe/Berlin"),
    ("every day at 9:30 Berln time Post", Fault.ZONE_UNKNOWN, "Europe/Berlin"),
    ("every day at 9am pcific time Post", Fault.ZONE_UNKNOWN, "America/Los_Angeles"),
    ("Post the digest every day at 9am CTE", Fault.ZONE_UNKNOWN, "Europe/Brussels"),
    ("Post the digest every day at 9am ESTT", Fault.ZONE_UNKNOWN, "America/New_York"),
    ("add a daily standup at 9am", Fault.LEFT_OVER, "every day at 9am"),
    ("weekly report at 17:00", Fault.LEFT_OVER, "every Monday at 17:00"),
    (
        "Post the digest every day at 9am IST",
        Fault.ZONE_SEVERAL,
        "Asia/Kolkata, Europe/Dublin, Asia/Jerusalem",
    ),
    ("every day at 9am UTC+5:20 Post", Fault.ZONE_UNKNOWN, ""),
    ("every day at 9am GST Post", Fault.ZONE_SEVERAL, "Asia/Dubai, Atlantic/South_Georgia"),
    (
        "every day at 9am in the US Post",
        Fault.ZONE_SEVERAL,
        "America/New_York, America/Chicago, America/Denver, America/Los_Angeles",
    ),
    (
        "every day at 9am US time Post",
        Fault.ZONE_SEVERAL,
        "America/New_York, America/Chicago, America/Denver, America/Los_Angeles",
    ),
    ("every day at 9am in Georgia Post", Fault.ZONE_SEVERAL, "Asia/Tbilisi, America/New_York"),
    ("every day at 9am America/New_Yrok Post", Fault.ZONE_UNKNOWN, "America/New_York"),
    ("Summarise the week every friday at 5pm (see notes)", Fault.LEFT_OVER, "every friday at 5pm"),
    ("Summarise the week every friday at 5pm Asia/Tokio", Fault.ZONE_UNKNOWN, "Asia/Tokyo"),
    ("tomorrow at 9am IST Post", Fault.ZONE_SEVERAL, "Asia/Kolkata, Europe/Dublin, Asia/Jerusalem"),
    # Crons
    ("0 0 12 * * SUN Summarise", Fault.CRON_FIELDS, "cron 0 12 * * 0"),
    ("0 0 9 * * MON-FRI Post", Fault.CRON_FIELDS, "cron 0 9 * * 1-5"),
    ("cron 0 0 9 * * MON Post", Fault.CRON_FIELDS, "cron 0 9 * * 1"),
    ("0 30 8 * * MON-FRI Summarise", Fault.CRON_FIELDS, "cron 30 8 * * 1-5"),
    ("0 0 9 * * 1-5 Post", Fault.CRON_FIELDS, "cron 0 9 * * 1-5"),
    ("0 9 1-7 * MON Post", Fault.CRON_EITHER, "the first Monday of every month at 09:00"),
    ("0 0 6 * * SAT,SUN Post", Fault.CRON_FIELDS, "cron 0 6 * * 0,6"),
    ("0 0 12 * * ? Summarise", Fault.CRON_FIELDS, "cron 0 12 * * *"),
    ("*/15 * * * * * Post", Fault.CRON_FIELDS, "cron 0 9 * * 1-5"),
    ("0 0 8 ? * MON Post", Fault.CRON_FIELDS, "cron 0 8 * * 1"),
    ("0 15 10 * * MON-FRI Post", Fault.CRON_FIELDS, "cron 15 10 * * 1-5"),
    ("0 0 9 * * 1 Post", Fault.CRON_FIELDS, "cron 0 9 * * 1-5"),
    ("0 9 L * ? Post", Fault.CRON_VALUE, "the last day of every month at 09:00"),
    ("0 9 * * 1#1 Post", Fault.CRON_VALUE, "the first Monday of every month at 09:00"),
    ("0 9 LW * * Post", Fault.CRON_VALUE, "the last weekday of every month at 09:00"),
    ("@reboot Post", Fault.CRON_FIELDS, "cron 0 9 * * 1-5"),
    ("@every 5m Post", Fault.CRON_FIELDS, "cron 0 9 * * 1-5"),
    # What surely is a time
    ("in 2 business days Check the queue", Fault.UNREADABLE, "in 2 days at 09:00"),
    ("every hour and a half Check the queue", Fault.UNEVEN, "every hour"),
    ("at EOD Check the queue", Fault.UNREADABLE, "at 17:00"),
    ("twice a week Post the digest", Fault.DAYS_MISSING, "every Monday and Thursday at 09:00"),
    ("evry monday at 9am Post", Fault.UNREADABLE, "every monday at 9am"),
    ("on thrusday at 9 Check the queue", Fault.UNREADABLE, "on thursday at 9"),
    ("toady at 23:00 Check the queue", Fault.UNREADABLE, "today at 23:00"),
    ("0 9 1,15 * 5 Post", Fault.CRON_EITHER, "cron 0 9 1,15 * 5"),
    ("0 9 L * * Post", Fault.CRON_VALUE, "the last day of every month at 09:00"),
    ("0 9 15W * * Post", Fault.CRON_VALUE, "every month on the 15th at 09:00"),
    ("0 9 * * 5L Post", Fault.CRON_VALUE, "the last Friday of every month at 09:00"),
    ("in a few hours Check it", Fault.UNREADABLE, "in 3 hours"),
    ("at the end of the month Post the digest", Fault.TWO_MEANINGS, "the last day of every month at 09:00"),
    ("every second friday at 9 Post", Fault.TWO_MEANINGS, "every other friday at 09:00"),
    ("biweekly at 9 Post", Fault.TWO_MEANINGS, "every 2 weeks"),
    ("every 2 months starting february Post", Fault.START_UNCLEAR, "every 2 months on the 1st at 09:00"),
    ("next week at 9 Post", Fault.UNREADABLE, "next Monday at 9"),
    ("three times a week Post the digest", Fault.DAYS_MISSING, "every Monday and Thursday at 09:00"),
    ("every 4.3. at 9 Post", Fault.TWO_DATES, "on 4 March at 09:00"),
    ("on 3/4/2027 at 9 Post", Fault.TWO_DATES, "on 2027-04-03 at 09:00"),
    ("everyday at 9 Post", Fault.UNREADABLE, "every day at 9"),
    ("evrey day at 9 Post", Fault.UNREADABLE, "every day at 9"),
    ("wendesday at 9 Post", Fault.UNREADABLE, "wednesday at 9"),
    ("every tuseday at 9 Post", Fault.UNREADABLE, "every tuesday at 9"),
    ("every day at lunch Post", Fault.LEFT_OVER, "every day at 09:00"),
    ("every few hours Post", Fault.UNEVEN, "every 2 hours"),
    ("every 2-3 days Post", Fault.UNEVEN, "every 2 days at 09:00"),
    ("every 1.5 hours Post", Fault.UNEVEN, "every hour"),
    ("every couple of days Post", Fault.UNEVEN, "every 2 days"),
    ("by EOD Post", Fault.UNREADABLE, "at 17:00"),
    # Reminders
    ("remind me to drink water", Fault.REMINDER_UNTIMED, "remind me tomorrow at 9 to …"),
    (
        "remind me to finish the report by friday at 17:00",
        Fault.REMINDER_UNTIMED,
        "remind me friday at 17:00 that …",
    ),
    # Dates and calendars
    ("at 13pm Post", Fault.NO_CLOCK, "at 13:00"),
    ("on 31.12.26 at 9 Post", Fault.TWO_DATES, "on 2026-12-31 at 09:00"),
    # Readings that may surprise
    ("this wednesday at 9 Post", Fault.PASSED, "tomorrow at 09:00"),
    ("jeden montag um 9 uhr Fasse zusammen", Fault.FOREIGN, "every Monday at 09:00"),
    ("tous les lundis à 9h Résume", Fault.FOREIGN, "every Monday at 09:00"),
    ("每天早上9点 总结", Fault.FOREIGN, "every Monday at 09:00"),
    ("cada lunes a las 9 Resume", Fault.FOREIGN, "every Monday at 09:00"),
    ("todos los dias a las 9:00 Resume las noticias", Fault.FOREIGN, "every Monday at 09:00"),
    ("every time at 9am it fails, why", Fault.UNREADABLE, "every Monday at 09:00"),
    ("every employee at 9am Post", Fault.UNREADABLE, "every Monday at 09:00"),
    # And other ways to say it
    ("every morning at 7 and every evening at 7 Post", Fault.TWO_TIMES, "every morning at 7"),
    ("Post it every 2 hours starting at 9", Fault.START_UNCLEAR, "every 2 hours starting 1 March"),
    ("Post it every day between 9 and 17", Fault.LEFT_OVER, "every hour between 9 and 17"),
    ("Post it every monday 9", Fault.LEFT_OVER, "every monday at 09:00"),
    ("every day at 9am London Post", Fault.ZONE_PERHAPS, "Europe/London"),
    ("every friday the 13th at 9 Post", Fault.TWO_TIMES, "every friday"),
    ("remind me", Fault.REMINDER_UNTIMED, "remind me tomorrow at 9 to …"),
    ("remind me later", Fault.REMINDER_UNTIMED, "remind me tomorrow at 9 to …"),
]
"""Lines as they are typed, what is wrong with them, and what is offered first."""
ASKED = [
    # Other spaces, digits, colons and dashes than the usual ones
    "Write “9:30\u202fPM” in 24-hour form",
    # Words that lead on to a time
    "Draft an invitation for tomorrow at 8pm",
    "Draft an invitation for friday at 8pm",
    "Summarise the changes until friday at 17:00",
    "Summarise the changes since monday at 9:00",
    "Announce that the office is closed from 24 december at 14:00",
    "Write an agenda for next monday at 9am",
    "Tell everyone the demo is on friday at 14:00",
    "Write a cron for every day at 9am",
    "List what was said before tomorrow at 12:00",
    "Explain the plan for every monday at 9am",
    "Draft a mail for today at 17:00",
    "Write a poem about monday at 9am",
    "Summarise what happened last friday at 9am",
    "Plan the party of friday at 20:00",
    "Tell the team that the call is moved to friday at 9am",
    # Crons
    "5 * 3 * 2 = ?",
    "10 20 30 40 50 what comes next",
    # What surely is a time
    "Tomorrow we launch: write the announcement",
    "Every time I deploy, it fails",
    "Why do buses come every 20 minutes?",
    "Explain 0 9 * * 1-5",
    "In 2027 what will change?",
    '"every monday at 9am Post"',
    "in a few words explain DNS",
    "at one point in history",
    "at 100 words",
    "once a month I pay rent, how do I save?",
    "hourly rates of lawyers",
    # Reminders
    "remind me what a cache is",
    # Thanks after the time
    "Write a note of thanks",
    "Is the standup every friday at 5pm?",
    "Why does the backup fail every friday at 5pm?",
    "When is the standup on friday at 5pm",
    # Readings that may surprise
    "Jeden Montag habe ich Sport, was soll ich essen?",
    "today tell me a joke",
    # And other ways to say it
    "Post it in a few hours",
    "Post it later today",
    "Post it tonight",
    "Post it on the first monday of every month",
    "Post it every first monday of the month",
    "Post it every last friday",
    "Post it every other friday",
    "Post the report every month on the last day",
    "Post it by 5pm",
    "Post it before 5pm",
    "Post it around 5pm",
    "Post it hourly",
    "Post it twice a day",
    "Post it once a week",
    "Post it every monday at 9 in the office",
    "Summarise everything since last friday at 17:00",
    "What changed since monday at 9:00",
    "Write a haiku about midnight",
    "Count down to 24 december at 18:00",
    "What time is it in Tokyo at 9am?",
    "Compare 9am and 5pm",
    "List trains from 9 to 17",
    "every leap day at 9 Post",
    "remind me when the build is done",
]
"""Prompts that only look like times."""


@pytest.mark.parametrize(("text", "words", "prompt"), KEPT)
def test_a_time_is_kept_as_it_was_meant_and_no_word_of_it_is_left_in_the_prompt(
    text: str, words: str, prompt: str
) -> None:
    found = find(text)
    assert found is not None
    assert (describe_timing(found[0], reader=BERLIN), found[1]) == (words, prompt)
    assert read_timing(words, now=NOW, zone=BERLIN) == found[0]


@pytest.mark.parametrize(("text", "fault", "first"), REFUSED)
def test_what_belongs_to_a_time_and_cannot_be_kept_is_refused_with_the_nearest_form(
    text: str, fault: Fault, first: str
) -> None:
    with pytest.raises(WhenError) as refused:
        find(text)
    error = refused.value
    assert error.fault is fault
    offered = error.detail if isinstance(error, UnknownZone) else next(iter(error.instead), "")
    assert offered == first
    for phrase in error.instead:
        assert find(phrase.replace("…", "this") if "…" in phrase else f"{phrase}: hi") is not None, phrase


@pytest.mark.parametrize("text", ASKED)
def test_a_prompt_that_only_looks_like_a_time_stays_one(text: str) -> None:
    assert find(text) is None


@pytest.mark.parametrize(
    ("zone", "letters"),
    [
        ("Asia/Kolkata", "IST"),
        ("Europe/Dublin", "IST"),
        ("Asia/Jerusalem", "IST"),
        ("Europe/London", "BST"),
        ("Asia/Shanghai", "CST"),
        ("Asia/Manila", "PST"),
        ("America/Phoenix", "MST"),
        ("America/Halifax", "AST"),
    ],
)
def test_letters_with_several_meanings_are_the_readers_own(zone: str, letters: str) -> None:
    for text in (f"every day at 9am {letters} Post", f"Post every day at 9am {letters}"):
        found = find(text, zone=zone)
        assert found is not None
        assert (found[0].when.zone, found[1]) == (zone, "Post")


def test_the_prompt_keeps_its_own_characters_also_where_it_begins_with_them() -> None:
    for prompt in ("“a\u00a0b”  c\u200bd", "１２ → 5…", "— a ½ b"):
        found = find(f"every day at 9\u202fam: {prompt}")
        assert found is not None
        assert found[1] == prompt


def test_the_composer_reads_a_pasted_time_too() -> None:
    found = read_timing("every day at 9:30\u202fPM", now=NOW, zone=BERLIN)
    assert found is not None
    assert describe_timing(found) == "every day at 21:30"


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("next friday at 9 Post", "on Friday 4 December 2026 at 09:00"),
        ("Post next friday at 9", "on Friday 4 December 2026 at 09:00"),
        ("this friday at 9 Post", None),
        ("friday at 9 Post", None),
        ("next monday at 9 Post", None),
        ("at 5 o'clock Post", "at 05:00"),
        ("at half past 4 tomorrow Post", "at 04:30"),
        ("remind me of the milk at 10 to 5", "at 04:50"),
        ("every day at half past 4 Post", "at 04:30"),
        ("every evening at half past 8 Post", None),
        ("at 5pm Post", None),
        ("Post", None),
    ],
)
def test_words_with_two_usual_readings_name_the_other(text: str, other: str | None) -> None:
    assert other_reading(text, now=NOW, zone=BERLIN) == other
    if other:
        assert read_timing(other, now=NOW, zone=BERLIN) is not None
