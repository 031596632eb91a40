// Moments as a clock on the wall shows them: what a person picks in a date field means their own zone.

const PARTS = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };

/** Seconds since 1970 → "2027-01-15T09:30" in `zone`. */
export function wallTime(seconds, zone) {
  return new Date((seconds + offset(seconds, zone)) * 1000).toISOString().slice(0, 16);
}

/** "2027-01-15T09:30" in `zone` → seconds since 1970; of a time that never is there, the one after the jump. */
export function epoch(wall, zone) {
  const asUtc = Date.parse(`${wall}Z`) / 1000;
  const guess = asUtc - offset(asUtc, zone);
  return asUtc - offset(guess, zone);
}

/** How far `zone` is ahead of UTC at a moment, in seconds. */
function offset(seconds, zone) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...PARTS }).formatToParts(seconds * 1000);
  const { year, month, day, hour, minute, second } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000 - Math.floor(seconds);
}
