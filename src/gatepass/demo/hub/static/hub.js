// A step is a form, and works as one. This module sends the same form and puts the new page in place of the
// old one, so that an arrow lights up while its step runs; it also keeps the memories current.

const ANSWERS_WITHIN = 60_000;
const LOOK_EVERY = 1_000;
const RUN_FOR = 1_000;
const [HOURS, QUARTER] = [7_200, 900];
const HALF_A_HEAD = 52;

const still = matchMedia("(prefers-reduced-motion: reduce)");
const heard = document.getElementById("heard");
const main = () => document.querySelector("main");

// Playing steps.

/** Sends a form as the browser would; the page that answers, as a document. */
function sent(form) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "document"; // no text of an answer ever becomes markup here
    request.timeout = ANSWERS_WITHIN;
    request.onload = () => (request.response?.querySelector(".scene") ? resolve(request) : reject());
    request.onerror = request.ontimeout = reject;
    request.send();
  });
}

function light(step, on) {
  for (const beat of document.querySelectorAll(".beat")) {
    beat.classList.toggle("running", on && beat.dataset.step === step);
  }
}

/** The same control in the new page: focus stays where it was. */
function counterpart(control) {
  if (control?.matches("[data-next]")) return main().querySelector(".next");
  const step = control?.closest(".steps li")?.dataset.step;
  return step && main().querySelector(`.steps li[data-step="${CSS.escape(step)}"] button`);
}

function put(page, form) {
  const focused = document.activeElement;
  const { scrollX, scrollY } = window;
  main().replaceWith(document.adoptNode(page.querySelector("main")));
  document.title = page.title;
  history.replaceState(null, "", `#${form.dataset.play}`);
  window.scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
  counterpart(focused)?.focus({ preventScroll: true });
  announce();
  arrive();
}

/** What was seen, for those who hear the page; and into sight for those who see it. */
function announce() {
  const told = main().querySelector(".told");
  if (!told) return;
  heard.textContent = [...told.children].map((part) => part.textContent.trim().replace(/\s+/g, " ")).join(". ");
  const { top } = told.getBoundingClientRect();
  const lit = main().querySelector('.beat[data-state="current"]')?.getBoundingClientRect().bottom ?? 0;
  if (top >= 0 && top <= innerHeight / 2 && lit <= innerHeight) return;
  told.scrollIntoView({ block: "start", behavior: still.matches ? "instant" : "smooth" });
}

let playing = false;

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.play) return;
  event.preventDefault();
  if (playing) return;
  playing = true;
  main().querySelector(".scene").setAttribute("aria-busy", "true");
  light(form.dataset.play, true);
  try {
    put((await sent(form)).response, form);
  } catch {
    form.submit(); // the browser shows what went wrong
  } finally {
    playing = false;
  }
});

// The memories, while somebody looks.

function number(count, now) {
  const before = count.textContent;
  count.textContent = String(now);
  if (before === count.textContent) return;
  count.classList.remove("changed");
  count.getBoundingClientRect(); // so that the animation starts anew
  count.classList.add("changed");
}

/** The place of a number; a server that was silent when the page was made has none yet. */
function placeOf(list, what) {
  const found = [...list.querySelectorAll("dt")].find((term) => term.textContent === what);
  if (found) return found.parentElement.querySelector("[data-number]");
  const [row, term, definition, count] = ["div", "dt", "dd", "span"].map((name) => document.createElement(name));
  term.textContent = what;
  count.dataset.number = "";
  definition.append(count);
  row.append(term, definition);
  list.append(row);
  return count;
}

function show(memories) {
  for (const place of document.querySelectorAll(".remembers")) {
    const memory = memories[place.dataset.process];
    place.querySelector(".silent").hidden = Boolean(memory);
    const list = place.querySelector("dl");
    list.hidden = !memory;
    for (const [what, now] of Object.entries(memory?.remembered ?? {})) number(placeOf(list, what), now);
  }
}

async function look() {
  const of = main().querySelector(".scene")?.dataset.memory;
  if (!of || document.hidden) return;
  const answer = await fetch(`/memory?of=${encodeURIComponent(of)}`).catch(() => null);
  const memories = answer?.ok ? await answer.json().catch(() => null) : null;
  if (memories) show(memories);
}

async function watch() {
  await look();
  setTimeout(watch, LOOK_EVERY);
}

// Timelines: all the time passes in one second.

const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];

function since(seconds) {
  const words = UNITS.map(([length, name], place) => {
    const count = Math.floor((place ? seconds % UNITS[place - 1][0] : seconds) / length);
    return count ? `${count} ${name}` : "";
  });
  return words.filter(Boolean).join(" ") || "0 s";
}

function pass(timeline) {
  const cursor = timeline.querySelector(".cursor");
  const says = timeline.querySelector(".moment");
  const spans = [...timeline.querySelectorAll("rect")];
  const [from, to, drawn, scale] = ["from", "to", "drawn", "scale"].map((name) => Number(timeline.dataset[name]));
  const tick = to - from > HOURS ? QUARTER : 1; // nobody reads seconds while a day passes
  const begun = performance.now();
  says.hidden = false;
  const move = (now) => {
    const at = Math.min(scale, Math.max(0, ((now - begun) / RUN_FOR) * scale));
    const span = spans.findLast((one) => Number(one.dataset.at) <= at) ?? spans[0];
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, String(Math.round(at)));
    const passed = Math.round((from + (at / drawn) * (to - from)) / tick) * tick;
    says.textContent = `After ${since(passed)}: ${span.dataset.verdict}`;
    if (at < scale && timeline.isConnected) requestAnimationFrame(move);
  };
  requestAnimationFrame(move);
}

/** What a new page needs before it is live. */
function arrive() {
  const drawing = document.querySelector(".sequence .wide");
  const lit = [...drawing.querySelectorAll('.beat[data-state="current"] .there')];
  const ends = lit.map((arrow) => arrow.getBoundingClientRect().right);
  // The arrows that count are in sight, and so is whoever answers.
  if (ends.length) drawing.scrollLeft += Math.max(...ends) - drawing.getBoundingClientRect().right + HALF_A_HEAD;
  for (const timeline of document.querySelectorAll(".timeline")) {
    const button = timeline.querySelector("[data-run]");
    button.hidden = false;
    button.addEventListener("click", () => pass(timeline));
    if (!still.matches) pass(timeline);
  }
}

arrive();
watch();
