#!/bin/sh
# pycron 3.3.0 and 7 as the day of the week.
# Guessed: "0 9 * * 7" is due on Sundays, as "0 9 * * 0" is; so in cronsim 2.8 and in Vixie's cron.
# It is never due, and no error says so: days are compared with 0 to 6.
# Source: pycron/__init__.py, _parse_arg, which is given the ISO weekday modulo 7 and compares it as it is.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install pycron==3.3.0 cronsim==2.8
seen=$("$folder/venv/bin/python" - <<'PYTHON'
from datetime import datetime, timedelta
from cronsim import CronSim
import pycron

sunday = datetime(2026, 11, 29, 9)
week = [sunday + timedelta(days=day) for day in range(7)]
for cron in ("0 9 * * 0", "0 9 * * 7"):
    due = [moment.strftime("%a") for moment in week if pycron.is_now(cron, moment)]
    print(cron, "pycron:", due, "cronsim:", next(CronSim(cron, sunday - timedelta(hours=1))).strftime("%a"))
PYTHON
)
echo "$seen"
test "$seen" = "0 9 * * 0 pycron: ['Sun'] cronsim: Sun
0 9 * * 7 pycron: [] cronsim: Sun"
