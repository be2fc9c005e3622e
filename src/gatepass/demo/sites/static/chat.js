// The chat: its own way through the token door, and the line behind it.

import { Line } from "./chat-line.js";
import { renewable, signIn, signOut } from "./chat-token.js";
import { View } from "./chat-view.js";

// The token door without leaving the page, which would lose the refresh token.

document.addEventListener(
  "submit",
  async (event) => {
    const door = event.target;
    if (door.id !== "token-form") return;
    event.preventDefault();
    event.stopPropagation(); // the way of the other sites
    const [button, wrong] = [door.querySelector("button"), door.querySelector(".wrong")];
    button.disabled = true;
    wrong.hidden = true;
    try {
      await signIn(door);
      show(await page("/account"));
      history.replaceState(null, "", "/account");
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
      button.disabled = false;
    }
  },
  true,
);

function page(path) {
  // Markup becomes a document here without any sink that Trusted Types would refuse.
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.open("GET", path);
    asked.setRequestHeader("accept", "text/html");
    asked.responseType = "document";
    asked.onload = () => (asked.status === 200 ? resolve(asked.response) : reject(new Error("This site does not know you.")));
    asked.onerror = () => reject(new Error("This site does not answer."));
    asked.send();
  });
}

function show(found) {
  document.title = found.title;
  document.querySelector(".bar").replaceWith(found.querySelector(".bar"));
  const main = document.getElementById("main");
  const parts = (from) => [...from.children].filter((one) => !one.matches(".memory")); // which is live already
  for (const old of parts(main)) old.remove();
  main.prepend(...parts(found.getElementById("main")));
  for (const one of main.querySelectorAll(".unscripted")) one.remove();
  start(document.getElementById("chat"));
}

function start(chat) {
  if (!chat || !("live" in chat.dataset)) return;
  const { issuer } = chat.dataset;
  const view = new View(chat);
  const line = new Line(view, issuer);
  view.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = view.field.value.trim();
    if (text && line.say(text)) view.field.value = "";
    view.problem("");
    view.field.focus();
  });
  view.at("renew").addEventListener("click", () => line.renew());
  view.at("out").addEventListener("click", async () => {
    try {
      if (renewable()) await signOut(issuer);
      document.querySelector('form[action="/leave"]').requestSubmit();
    } catch (error) {
      view.note(`You are not signed out: ${error.message}`);
    }
  });
}

start(document.getElementById("chat"));
