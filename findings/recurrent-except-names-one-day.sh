#!/bin/sh
# recurrent 0.4.1 (a reader of times in plain English) and "except" with a day of the week.
# Guessed: "every day at 9 except friday" leaves out each Friday.
# It leaves out the next Friday alone: the day is read as a date, and becomes one EXDATE.
# Source: recurrent/event_parser.py, RecurringEvent.extract_exdates, which gives "friday" to parse_date.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install recurrent==0.4.1 python-dateutil==2.9.0.post0
seen=$("$folder/venv/bin/python" - <<'PYTHON'
from datetime import datetime
from dateutil.rrule import rrulestr
from recurrent.event_parser import RecurringEvent

now = datetime(2026, 11, 29, 8)
rule = RecurringEvent(now_date=now).parse("every day at 9 except friday")
runs = rrulestr(rule, dtstart=now).between(now, datetime(2027, 1, 1))
print(rule.replace("\n", " | "))
print(*(run.strftime("%d %b") for run in runs if run.weekday() == 4), sep=", ")
PYTHON
)
echo "$seen"
test "$seen" = "RRULE:BYHOUR=9;BYMINUTE=0;INTERVAL=1;FREQ=DAILY | EXDATE:20261204T090000
11 Dec, 18 Dec, 25 Dec"
