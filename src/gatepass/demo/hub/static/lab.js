// The page of the storage lab: keeps a token in each of four places, and shows what thief.js gets of them.

const STORED = "lab_token";
const PLACES = ["storage", "readable", "http-only", "variable"];
const READABLE = "lab_readable";
const heard = document.getElementById("heard");
const state = document.getElementById("state");
const buttons = Object.fromEntries(["put", "run", "use", "again", "clean"].map((id) => [id, document.getElementById(id)]));

let mine; // the token that is kept in a variable: no other script can name it
let stopListening;
const loot = new Map(); // what the thief has; a real one would have sent it off

function say(text) {
  state.textContent = text;
  heard.textContent = text;
}

const cell = (place, what) => document.querySelector(`[data-place="${place}"] [data-tried="${what}"]`);

function tried(place, what, text, worked) {
  const here = cell(place, what);
  here.textContent = text;
  here.dataset.worked = worked;
}

function forget() {
  localStorage.removeItem(STORED);
  document.cookie = `${READABLE}=; path=/lab; max-age=0; samesite=lax`;
  mine = undefined;
  loot.clear();
  stopListening?.();
  stopListening = undefined;
  for (const one of document.querySelectorAll("[data-tried]")) {
    one.textContent = "";
    delete one.dataset.worked;
  }
}

function enable(...names) {
  for (const [name, button] of Object.entries(buttons)) button.disabled = !names.includes(name);
}

async function putAway() {
  const answer = await fetch("/lab/storage/put-away", { method: "POST" });
  const { ends, lifetime, tokens } = await answer.json();
  forget();
  localStorage.setItem(STORED, tokens.storage);
  document.cookie = `${READABLE}=${tokens.readable}; path=/lab; max-age=${lifetime}; samesite=lax`;
  mine = tokens.variable;
  enable("put", "run", "clean");
  say(`A token is in each place. They end at ${new Date(ends * 1000).toLocaleTimeString()}.`);
}

async function worth(place, token, { elsewhere }) {
  const answer = await elsewhere(token);
  const works = Boolean(answer.subject);
  const said = works ? `accepted, as ${answer.subject}` : `refused, ${answer.reason ?? answer.error}`;
  tried(place, "elsewhere", `Used without anything else of this browser: ${said}.`, works);
}

async function stolen(place, token, thief) {
  if (!token) return tried(place, "gets", "It found nothing.", false);
  loot.set(place, token);
  tried(place, "gets", `It has ${token.slice(0, 12)}…${token.slice(-6)}`, true);
  return worth(place, token, thief);
}

async function runInjected() {
  const thief = await import("/static/thief.js");
  const found = [...thief.fromStorage(), ...thief.fromCookies(), ...thief.fromVariables()];
  for (const place of PLACES) await stolen(place, found.find((token) => thief.keptIn(token) === place), thief);
  const { subject, recognised_by: by, error_description: why } = await thief.ride();
  tried("http-only", "elsewhere", subject ? `It rode: accepted, as ${subject}, by the ${by}.` : `It could not ride: ${why}`, Boolean(subject));
  stopListening ??= thief.listen((token) => stolen("variable", token, thief));
  if (!loot.has("variable")) tried("variable", "gets", "It found nothing, and listens now.", false);
  enable("put", "run", "use", "again", "clean");
  say("The script has looked around and ridden. Now it waits for the page to use its token.");
}

async function useToken() {
  const answer = await fetch("/lab/storage/whoami", { headers: { authorization: `Bearer ${mine}` } });
  say(answer.ok ? "The page has used its token, and the script has heard it." : "The page’s own token has expired.");
}

async function useLoot() {
  const thief = await import("/static/thief.js");
  for (const [place, token] of loot) await worth(place, token, thief);
  say("The script has used again what it has.");
}

async function cleanUp() {
  await fetch("/lab/storage/clean-up", { method: "POST" });
  forget();
  enable("put");
  say("The tokens are gone from all four places.");
}

function on(name, act) {
  buttons[name].addEventListener("click", async () => {
    await act().catch(() => say("The hub does not answer."));
    // A button that is no longer of use does not keep the focus to itself.
    if (buttons[name].disabled) Object.values(buttons).find((one) => !one.disabled)?.focus();
  });
}

on("put", putAway);
on("run", runInjected);
on("use", useToken);
on("again", useLoot);
on("clean", cleanUp);
for (const one of document.querySelectorAll(".unscripted")) one.remove();
document.querySelector(".acts").hidden = false;

// Nothing stays behind when one leaves; the cookie that no script can take away ends within the minute.
addEventListener("pagehide", () => {
  forget();
  enable("put");
  state.textContent = "";
});
