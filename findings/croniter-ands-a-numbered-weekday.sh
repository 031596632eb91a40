#!/bin/sh
# croniter 7.0.0, and a day of the month beside a numbered day of the week.
# Guessed: "0 9 15 * fri#1" is due on the 15th and on the first Friday, as "0 9 15 * fri" is due on the 15th
# and on each Friday: either field is enough, its documentation says. So it is in cronsim 2.8.
# A first Friday that is a 15th is looked for, in vain: the expression is valid, and has no date. Where the two can
# meet, as in "0 9 1 * fri#1", each first Friday is due, and the 1st is left out.
# Source: croniter/croniter.py, _calc_next: "fri#1" is kept in nth_weekday_of_month and stays a condition of both
# halves, which differ in the two plain fields alone.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install croniter==7.0.0 cronsim==2.8
seen=$("$folder/venv/bin/python" - <<'PYTHON'
from datetime import datetime
from croniter import CroniterBadDateError, croniter
from cronsim import CronSim

start = datetime(2026, 11, 30)
for cron in ("0 9 15 * 5#1", "0 9 1 * 5#1"):
    either, due = CronSim(cron, start), croniter(cron, start)
    print(cron, "cronsim:", *(f"{next(either):%d.%m}" for _ in range(4)))
    try:
        print(cron, "croniter:", *(f"{due.get_next(datetime):%d.%m}" for _ in range(4)))
    except CroniterBadDateError as error:
        print(cron, "croniter: valid is", croniter.is_valid(cron, strict=True), "but", error)
PYTHON
)
echo "$seen"
test "$seen" = "0 9 15 * 5#1 cronsim: 04.12 15.12 01.01 15.01
0 9 15 * 5#1 croniter: valid is True but failed to find next date
0 9 1 * 5#1 cronsim: 01.12 04.12 01.01 01.02
0 9 1 * 5#1 croniter: 04.12 01.01 05.02 05.03"
