// Short names that bots and people use most; any other stays readable as :name:.

const EMOJI = {
  "+1": "👍", "-1": "👎", "100": "💯", alarm_clock: "⏰", arrow_right: "➡️", arrows_counterclockwise: "🔄",
  ballot_box_with_check: "☑️", bar_chart: "📊", bell: "🔔", blue_heart: "💙", book: "📖", bookmark: "🔖", boom: "💥",
  brain: "🧠", broken_heart: "💔", bug: "🐛", bulb: "💡", calendar: "📅", chart_with_upwards_trend: "📈", clap: "👏",
  clipboard: "📋", clock9: "🕘", coffee: "☕", computer: "💻", construction: "🚧", crying_cat_face: "😿", eyes: "👀",
  exclamation: "❗", file_folder: "📁", fire: "🔥", gear: "⚙️", gift: "🎁", globe_with_meridians: "🌐", grin: "😁",
  grinning: "😀", hammer_and_wrench: "🛠️", heart: "❤️", heart_eyes: "😍", heavy_check_mark: "✔️", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", information_source: "ℹ️", joy: "😂", key: "🔑", large_blue_circle: "🔵", link: "🔗",
  lock: "🔒", mag: "🔍", mailbox: "📫", memo: "📝", muscle: "💪", new: "🆕", newspaper: "📰", no_entry: "⛔",
  ok_hand: "👌", package: "📦", partying_face: "🥳", pencil2: "✏️", point_right: "👉", pray: "🙏", pushpin: "📌",
  question: "❓", raised_hands: "🙌", red_circle: "🔴", repeat: "🔁", robot_face: "🤖", rocket: "🚀",
  rotating_light: "🚨", see_no_evil: "🙈", slightly_smiling_face: "🙂", smile: "😄", sob: "😭", sparkles: "✨",
  speech_balloon: "💬", star: "⭐", sunglasses: "😎", sunny: "☀️", tada: "🎉", thinking_face: "🤔", thumbsdown: "👎",
  thumbsup: "👍", timer_clock: "⏲️", toolbox: "🧰", trophy: "🏆", warning: "⚠️", wastebasket: "🗑️", wave: "👋",
  white_check_mark: "✅", wink: "😉", wrench: "🔧", x: "❌", zap: "⚡", zzz: "💤",
};

/** The character for a short name, or the name between colons. */
export function emoji(name) {
  return Object.hasOwn(EMOJI, name) ? EMOJI[name] : `:${name}:`;
}
