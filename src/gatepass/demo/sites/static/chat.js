// The chat: signs in, keeps a WebSocket open, and shows it another token before the last one ends.
// What goes over the wire is described in chat/protocol.py.

// In no storage, where a script of another day could find it: it goes with this page.
let refreshToken = null;

const AGAIN = [0, 1, 2, 4, 8, 15]; // seconds between tries to open the line anew
const KEPT = 200; // lines on the page

const WORDS = {
  token_expired: "your token has ended.",
  token_revoked: "the auth server has taken your token back, because you signed out or were signed out.",
  status_unknown: "the auth server cannot be asked who has signed out. You are still signed in; this page tries again.",
  room_full: "there is no room left. This page tries again.",
  too_many_sockets: "you are here in too many tabs.",
  too_many_messages: "that was too much at once.",
  slow_reader: "this page did not keep up. It tries again.",
};
const FINAL = new Set(["token_revoked", "too_many_sockets", "too_many_messages", "message_too_long", "malformed_message"]);

async function ask(url, body) {
  const asked = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(url, asked).catch(() => null);
  const content = await answer?.json().catch(() => null);
  if (!answer?.ok) throw new Error(content?.error_description ?? "The auth server does not answer.");
  return content;
}

// The token becomes a cookie of this site, out of reach of scripts; the handshake of the WebSocket carries it.

async function enter(token) {
  const body = new URLSearchParams({ token });
  const answer = await fetch("/token/enter", { method: "POST", headers: { accept: "application/json" }, body });
  const content = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(content?.error_description ?? "This site does not take the token.");
}

// The token door without leaving the page, which would lose the refresh token.

async function signIn(door) {
  const { login, resources, scope } = door.dataset;
  const tokens = await ask(login, {
    identifier: door.querySelector("#identifier").value,
    password: door.querySelector("#passphrase").value,
    resource: resources.split(" "),
    scope,
  });
  await enter(tokens.access_token);
  refreshToken = tokens.refresh_token;
  show(await page("/account"));
  history.replaceState(null, "", "/account");
}

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

document.addEventListener(
  "submit",
  async (event) => {
    const door = event.target;
    if (door.id !== "token-form") return;
    event.preventDefault();
    event.stopPropagation(); // this page's own way, not the one of the other sites
    const [button, wrong] = [door.querySelector("button"), door.querySelector(".wrong")];
    button.disabled = true;
    wrong.hidden = true;
    try {
      await signIn(door);
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
      button.disabled = false;
    }
  },
  true,
);

// The line.

function start(chat) {
  if (!chat || !("live" in chat.dataset)) return;
  const at = (id) => chat.querySelector(`#${id}`);
  const [log, lines] = [at("said"), at("lines")];
  const [state, form, field, wrong] = [at("state"), at("say"), at("text"), chat.querySelector(".wrong")];
  const { issuer } = chat.dataset;
  let [socket, me, pending, tries, renewing] = [null, null, null, 0, false];
  let [ends, life] = [0, 1];
  let last = Number(lines.lastElementChild?.dataset.id ?? 0);

  function add(line) {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    lines.append(line);
    while (lines.childElementCount > KEPT) lines.firstElementChild.remove();
    if (atEnd) log.scrollTop = log.scrollHeight;
  }

  function made(tag, text, within = "") {
    const outer = document.createElement(tag);
    const inner = within ? outer.appendChild(document.createElement(within)) : outer;
    inner.textContent = text; // what people write is text, whatever it looks like
    return outer;
  }

  function note(text) {
    const line = made("li", text);
    line.className = "note";
    add(line);
  }

  function clock(time) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return time;
  }

  function said({ id, by, name, text, at: when }) {
    if (id <= last) return;
    last = id;
    const [line, time, words] = [document.createElement("li"), document.createElement("time"), made("bdi", text)];
    time.dateTime = new Date(when * 1000).toISOString();
    words.className = "text";
    line.dataset.id = id;
    line.classList.toggle("mine", by === me);
    line.append(made("b", name, "bdi"), " ", clock(time), " ", words);
    add(line);
    if (by === me) pending = null;
  }

  function people({ people: here }) {
    at("people").replaceChildren(...here.map((one) => made("li", one.id === me ? `${one.name}, you` : one.name, "bdi")));
  }

  function standing(found) {
    people(found);
    [ends, life] = [performance.now() + found.seconds * 1000, Math.max(life, found.seconds)];
    at("beside").hidden = at("token").hidden = false;
    for (const id of ["renew", "out"]) at(id).hidden = refreshToken === null;
    at("how").textContent = refreshToken
      ? "This page renews it in time."
      : "This page cannot renew it: it was loaded anew, or you came from next door, so it holds no refresh token.";
    form.hidden = !found.may_speak;
    if (!found.may_speak) state.textContent = "Connected. Your token lets you read, not speak: it lacks the scope chat:write.";
    tick();
  }

  function giveBack() {
    if (pending !== null && field.value === "") field.value = pending;
    pending = null;
  }

  const hear = {
    welcome(found) {
      me = found.you;
      tries = 0;
      state.textContent = "Connected.";
      at("again").hidden = true;
      found.messages.forEach(said);
      standing(found);
      if (document.activeElement === document.body) field.focus({ preventScroll: true });
    },
    said,
    people,
    refresh({ why, seconds }) {
      if (why === "token_revoked")
        note(`The auth server has taken your token back. You read and say nothing more, and the line is closed in ${seconds} seconds.`);
      else note(`Your token ends in ${seconds} seconds. The chat asks for another one.`);
      renew();
    },
    renewed(found) {
      state.textContent = "Connected.";
      note("The chat has taken another token of yours. The line stayed open.");
      standing(found);
    },
    problem({ text }) {
      const about = pending === null ? null : wrong;
      giveBack();
      if (about === null) return note(text);
      wrong.textContent = text;
      wrong.hidden = false;
    },
  };

  async function renew() {
    if (renewing) return;
    if (refreshToken === null) return note("This page holds no refresh token, so it cannot get another one.");
    renewing = true;
    try {
      const tokens = await ask(`${issuer}/api/refresh`, { refresh_token: refreshToken });
      refreshToken = tokens.refresh_token;
      socket.send(JSON.stringify({ type: "token", token: tokens.access_token }));
      for (const next of document.querySelectorAll('input[name="token"]')) next.value = tokens.access_token; // next door
      await enter(tokens.access_token); // for a reload
    } catch (error) {
      note(`There is no other token: ${error.message}`);
    } finally {
      renewing = false;
    }
  }

  function open() {
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/talk`);
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data);
      hear[message.type]?.(message);
    });
    socket.addEventListener("close", ({ code, reason }) => closed(code, reason));
  }

  function closed(code, reason) {
    giveBack();
    ends = 0;
    form.hidden = at("beside").hidden = true;
    const words = WORDS[reason] ?? "the server is away. This page tries again.";
    const line = `The line is closed with ${code}${reason ? ` ${reason}` : ""}: ${words}`;
    if (tries === 0) note(line);
    state.textContent = "Not connected.";
    if (FINAL.has(reason)) at("again").hidden = false;
    else setTimeout(again, 1000 * (AGAIN[tries] ?? AGAIN.at(-1)) * (1 + Math.random() / 4)); // not all in step
    tries += 1;
  }

  async function again() {
    // A refused handshake tells a page nothing, so it asks first.
    const answer = await fetch("/account", { headers: { accept: "application/json" } }).catch(() => null);
    if (answer?.ok) return open();
    if (!answer || answer.status >= 500) return closed(1006, "");
    state.textContent = "Your token is not good any more, and this page holds no refresh token. Sign in again to talk on.";
    at("again").hidden = false;
  }

  async function signOut() {
    try {
      await ask(`${issuer}/api/logout`, { refresh_token: refreshToken });
      refreshToken = null;
      document.querySelector('form[action="/leave"]').requestSubmit();
    } catch (error) {
      note(`You are not signed out: ${error.message}`);
    }
  }

  function tick() {
    const left = Math.max(0, Math.round((ends - performance.now()) / 1000));
    at("left").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    [at("rest").max, at("rest").value] = [life, left];
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text || pending !== null || socket.readyState !== WebSocket.OPEN) return;
    [pending, field.value, wrong.hidden] = [text, "", true];
    socket.send(JSON.stringify({ type: "say", text }));
    field.focus();
  });
  at("renew").addEventListener("click", renew);
  at("out").addEventListener("click", signOut);
  lines.querySelectorAll("time").forEach(clock);
  log.scrollTop = log.scrollHeight;
  state.textContent = "Connecting.";
  setInterval(tick, 1000);
  open();
}

start(document.getElementById("chat"));
