#!/bin/sh
# recurrent 0.4.1 writes a rule that python-dateutil 2.9.0.post0 reads, and the last day is lost between them.
# Guessed: "every day at 9 until december 3" runs on 3 December too.
# The last run is on 2 December: UNTIL is written as a date without a time, and read as its midnight.
# Source: recurrent/event_parser.py, RecurringEvent.get_params: until.strftime('%Y%m%d'); RFC 5545, 3.3.10.
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
rule = RecurringEvent(now_date=now).parse("every day at 9 until december 3")
print(rule)
print(list(rrulestr(rule, dtstart=now))[-1])
PYTHON
)
echo "$seen"
test "$seen" = "RRULE:BYHOUR=9;BYMINUTE=0;INTERVAL=1;FREQ=DAILY;UNTIL=20261203
2026-12-02 09:00:00"
