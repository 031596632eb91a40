#!/bin/sh
# dateparser 1.5.0 (a reader of times in plain English) and an hour with neither "am" nor minutes.
# Guessed: "friday at 9" is Friday at 09:00, like "friday at 9am", or is not read at all; likewise "tomorrow at 9".
# The first becomes a day in September of the next year: the 9 is taken for the month, and Friday is forgotten.
# The second is tomorrow at the time of day that it is now: the 9 is left out.
# Source: dateparser/parser.py, _parser (num_directives: a lone number is a month, a day or a year) and
# _correct_for_time_frame (a weekday counts only without a month); freshness_date_parser.py, _parse_time.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install dateparser==1.5.0
seen=$("$folder/venv/bin/python" - <<'PYTHON'
from datetime import datetime
from dateparser import parse

sunday_evening = {"RELATIVE_BASE": datetime(2026, 11, 29, 20), "PREFER_DATES_FROM": "future"}
for text in ("friday at 9am", "friday at 9", "tomorrow at 9am", "tomorrow at 9"):
    moment = parse(text, languages=["en"], settings=sunday_evening)
    print(f"{text}: {moment:%a %d %b %Y %H:%M}")
PYTHON
)
echo "$seen"
test "$seen" = "friday at 9am: Fri 04 Dec 2026 09:00
friday at 9: Wed 29 Sep 2027 00:00
tomorrow at 9am: Mon 30 Nov 2026 09:00
tomorrow at 9: Mon 30 Nov 2026 20:00"
