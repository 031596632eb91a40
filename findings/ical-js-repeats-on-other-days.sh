#!/bin/sh
# ical.js 2.2.1 and rrule 2.8.1 (both npm) on the same rules of RFC 5545, each of which begins on a day of its own.
# Guessed: they agree, as they do on the last working day of a month.
# In ical.js a yearly 29 February is 1 March in other years; the last of three days of a week is each of them; and
# the first of each month, written as a yearly rule, comes once a year. rrule does as the RFC says, 3.3.10: invalid
# dates are ignored, BYSETPOS goes with any frequency, BYMONTHDAY expands a yearly rule.
# Source: lib/ical/recur_iterator.js, next_weekday_by_week (knows no BYSETPOS) and expand_year_days.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund ical.js@2.2.1 rrule@2.8.1
seen=$(node --input-type=module - <<'JAVASCRIPT'
import ICAL from "ical.js";
import rrule from "rrule";

for (const [start, rule] of [
  ["2026-11-30", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3"],
  ["2028-02-29", "FREQ=YEARLY;COUNT=3"],
  ["2026-12-04", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1;COUNT=3"],
  ["2026-11-01", "FREQ=YEARLY;BYMONTHDAY=1;COUNT=3"],
]) {
  const days = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromDateString(start));
  const others = rrule.rrulestr(rule, { dtstart: new Date(start) }).all();
  console.log(rule);
  console.log("  ical.js", [1, 2, 3].map(() => days.next().toString()).join(" "));
  console.log("  rrule  ", others.map((day) => day.toISOString().slice(0, 10)).join(" "));
}
JAVASCRIPT
)
echo "$seen"
test "$seen" = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3
  ical.js 2026-11-30 2026-12-31 2027-01-29
  rrule   2026-11-30 2026-12-31 2027-01-29
FREQ=YEARLY;COUNT=3
  ical.js 2028-02-29 2029-03-01 2030-03-01
  rrule   2028-02-29 2032-02-29 2036-02-29
FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1;COUNT=3
  ical.js 2026-12-04 2026-12-07 2026-12-09
  rrule   2026-12-04 2026-12-11 2026-12-18
FREQ=YEARLY;BYMONTHDAY=1;COUNT=3
  ical.js 2026-11-01 2027-11-01 2028-11-01
  rrule   2026-11-01 2026-12-01 2027-01-01"
