// The inspector, live: what is typed is judged as one types. Without this script one presses a button.

const PAUSE = 250;
const form = document.getElementById("inspector");
const heard = document.getElementById("heard");
const asked = { request: null, timer: 0 };

/** Whether this place must stay as it is because somebody types in it. */
const busy = (place) => place.contains(document.activeElement) && document.activeElement.matches("input, textarea, button");

/** Put the parts of the new page into this one, from the outside in. */
function put(page) {
  for (const place of document.querySelectorAll("[data-live]")) {
    const made = page.getElementById(place.id);
    if (made && place.isConnected && !(busy(place) && made.querySelector("textarea"))) place.replaceWith(document.adoptNode(made));
  }
}

/** What the server has filled in. The field that is typed in is left alone; so are secrets, which never come back. */
function fill(page) {
  for (const field of form.elements) {
    const made = page.getElementById("inspector").elements.namedItem(field.name);
    const kept = !made || field === document.activeElement || ["secret", "key", "trust"].includes(field.name);
    if (!kept && field.matches("input, textarea")) field.value = made.value;
  }
}

function show(page) {
  if (!page?.getElementById("inspector")) return fail("The hub does not read this: it is too long.");
  fill(page);
  put(page);
  for (const one of document.querySelectorAll(".unscripted")) one.remove();
  const lines = [...document.querySelectorAll(".verdict-line")];
  tell(lines.map((line) => line.textContent.trim().replace(/\s+/g, " ")).join(" After the change: "));
}

function tell(text) {
  if (heard.textContent !== text) heard.textContent = text;
}

function fail(text) {
  document.getElementById("token-says").textContent = text;
  tell(text);
}

function ask(button) {
  clearTimeout(asked.timer);
  asked.request?.abort();
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.responseType = "document"; // parsed by the browser, and no script in it runs
  request.onload = () => {
    show(request.response);
    if (button?.name === "attack") document.getElementById("outcome")?.scrollIntoView({ block: "nearest" });
  };
  request.onerror = () => fail("The hub does not answer.");
  request.send(new URLSearchParams(new FormData(form, button)));
  asked.request = request;
}

document.addEventListener("input", (event) => {
  if (event.target.form !== form) return;
  clearTimeout(asked.timer);
  asked.timer = setTimeout(ask, PAUSE);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(event.submitter);
});

for (const one of document.querySelectorAll(".unscripted")) one.remove();
