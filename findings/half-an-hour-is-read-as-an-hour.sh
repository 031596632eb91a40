#!/bin/sh
# parsedatetime 2.6 and timefhuman 0.1.5 (readers of times in plain English) and half of a unit.
# Guessed: "in half an hour" is 30 minutes from now, or is not read at all.
# Both read "an hour" in it and silently drop the half, so a reminder comes 30 minutes late. They drop "and a half"
# as well, so "in an hour and a half" is an hour too, and that reminder comes early.
# Source: neither parsedatetime/pdt_locales nor timefhuman's grammar.lark has the word "half".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install parsedatetime==2.6 timefhuman==0.1.5
seen=$("$folder/venv/bin/python" - <<'PYTHON'
from datetime import datetime
import parsedatetime
from timefhuman import tfhConfig, timefhuman

now = datetime(2026, 11, 29, 20)
for text in ("in 30 minutes", "in half an hour", "in an hour and a half"):
    first, _ = parsedatetime.Calendar().parseDT(text, sourceTime=now)
    (second,) = timefhuman(text, config=tfhConfig(now=now))
    print(f"{text}: {first:%H:%M} {second:%H:%M}")
PYTHON
)
echo "$seen"
test "$seen" = "in 30 minutes: 20:30 20:30
in half an hour: 21:00 21:00
in an hour and a half: 21:00 21:00"
