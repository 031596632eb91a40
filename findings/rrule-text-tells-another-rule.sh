#!/bin/sh
# rrule 2.8.1 (the npm package; iCalendar's rules to plain English and back).
# Guessed: toText says all of a rule, or adds "(~ approximate)" as its comment promises; fromText reads all of a
# text, or raises, as it does for "every 2nd monday".
# The last working day of a month is told as every working day, and 09:30 as 9, with no such mark; "every day at
# 9:30pm" becomes 9 in the morning, and "every weekend" every week.
# Source: src/nlp/totext.ts, isFullyConvertible, which ends its loop with "true" at the first key that needs no
# words, such as freq; src/nlp/parsetext.ts, AT, which knows whole hours alone.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund rrule@2.8.1
seen=$(node - <<'JAVASCRIPT'
const { RRule, rrulestr } = require("rrule");

for (const rule of ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=DAILY;BYHOUR=9;BYMINUTE=30"])
  console.log(`${rule}: ${rrulestr(rule).toText()}`);
for (const text of ["every day at 9:30pm", "every weekend"])
  console.log(`${text}: ${RRule.fromText(text)}`);
JAVASCRIPT
)
echo "$seen"
test "$seen" = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1: every month on weekdays
FREQ=DAILY;BYHOUR=9;BYMINUTE=30: every day at 9
every day at 9:30pm: RRULE:FREQ=DAILY;BYHOUR=9
every weekend: RRULE:FREQ=WEEKLY"
