// What one sees of the chat. What people write is text, whatever it looks like.

const KEPT = 200; // lines on the page

function made(tag, text, within = "") {
  const outer = document.createElement(tag);
  const inner = within ? outer.appendChild(document.createElement(within)) : outer;
  inner.textContent = text;
  return outer;
}

function clock(time) {
  time.textContent = new Date(time.dateTime).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return time;
}

export class View {
  me = null; // the id of whoever sits here
  #ends = 0; // of the token, in milliseconds of this page
  #life = 1; // seconds

  constructor(chat) {
    this.at = (id) => chat.querySelector(`#${id}`);
    [this.form, this.field, this.wrong] = [this.at("say"), this.at("text"), chat.querySelector(".wrong")];
    [this.log, this.lines] = [this.at("said"), this.at("lines")];
    this.last = Number(this.lines.lastElementChild?.dataset.id ?? 0);
    this.lines.querySelectorAll("time").forEach(clock);
    this.log.scrollTop = this.log.scrollHeight;
    this.state("Connecting.");
    setInterval(() => this.#tick(), 1000);
  }

  state(text) {
    this.at("state").textContent = text;
  }

  note(text) {
    const line = made("li", text);
    line.className = "note";
    this.#add(line);
  }

  problem(text) {
    this.wrong.textContent = text;
    this.wrong.hidden = text === "";
  }

  // One message; those that are on the page already come again when the line is opened anew.

  said({ id, by, name, text, at }) {
    if (id <= this.last) return;
    this.last = id;
    const [line, time, words] = [document.createElement("li"), document.createElement("time"), made("bdi", text)];
    time.dateTime = new Date(at * 1000).toISOString();
    words.className = "text";
    line.dataset.id = id;
    line.classList.toggle("mine", by === this.me);
    line.append(made("b", name, "bdi"), " ", clock(time), " ", words);
    this.#add(line);
  }

  people(here) {
    const named = here.map((one) => made("li", one.id === this.me ? `${one.name}, you` : one.name, "bdi"));
    this.at("people").replaceChildren(...named);
  }

  connected({ people, seconds, may_speak: speaks }, renewable) {
    const reads = "Connected. Your token lets you read, not speak: it lacks the scope chat:write.";
    this.state(speaks ? "Connected." : reads);
    this.people(people);
    [this.#ends, this.#life] = [performance.now() + seconds * 1000, Math.max(this.#life, seconds)];
    this.at("beside").hidden = this.at("token").hidden = false;
    this.at("again").hidden = true;
    this.form.hidden = !speaks;
    for (const id of ["renew", "out"]) this.at(id).hidden = !renewable;
    this.at("how").textContent = renewable
      ? "This page renews it in time."
      : "This page cannot renew it: it was loaded anew, or you came from next door, so it holds no refresh token.";
    this.#tick();
    if (document.activeElement === document.body) this.field.focus({ preventScroll: true });
  }

  disconnected() {
    this.state("Not connected.");
    this.form.hidden = this.at("beside").hidden = true;
  }

  signInAgain() {
    this.at("again").hidden = false;
  }

  #add(line) {
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 40;
    this.lines.append(line);
    while (this.lines.childElementCount > KEPT) this.lines.firstElementChild.remove();
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  #tick() {
    const left = Math.max(0, Math.round((this.#ends - performance.now()) / 1000));
    this.at("left").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    [this.at("rest").max, this.at("rest").value] = [this.#life, left];
  }
}
