// Moments as "5 minutes ago"; the exact time stays in the title.

const STEPS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });

for (const time of document.querySelectorAll("time[data-relative]")) {
  const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["minute", 60];
  time.title = time.textContent;
  time.textContent = Math.abs(seconds) < 60 ? "just now" : words.format(Math.trunc(seconds / size), unit);
}
