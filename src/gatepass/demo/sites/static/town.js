// What a page says to those for whom this script does not run, whatever the reason.

for (const one of document.querySelectorAll(".unscripted")) one.remove();

// The token door: ask the auth server for a token, then hand it to this site as a form.

const door = document.getElementById("token-form");

async function ask() {
  const { login, resources, scope } = door.dataset;
  const body = JSON.stringify({
    identifier: document.getElementById("identifier").value,
    password: document.getElementById("passphrase").value,
    resource: resources.split(" "),
    scope,
  });
  const asked = { method: "POST", headers: { "content-type": "application/json" }, body };
  const answer = await fetch(login, asked).catch(() => null);
  const content = await answer?.json().catch(() => null);
  if (!answer?.ok) throw new Error(content?.error_description ?? "The auth server does not answer.");
  return content.access_token; // the refresh token is for applications that want to stay signed in
}

function enter(token) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "token";
  field.value = token;
  door.append(field);
  door.submit();
}

if (door) {
  const [button, wrong] = [door.querySelector("button"), door.querySelector(".wrong")];
  button.disabled = false;
  door.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    wrong.hidden = true;
    try {
      enter(await ask());
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
      button.disabled = false;
    }
  });
}

// The memory, live. Behind a balancer the instances answer by turns: each gets a place of its own.

const processes = document.getElementById("processes");

function placeOf(instance) {
  const found = [...processes.children].find((one) => one.dataset.instance === instance);
  if (found) return found;
  const made = processes.firstElementChild.cloneNode(true);
  made.dataset.instance = instance;
  made.querySelector("h3").textContent = instance;
  processes.append(made);
  return made;
}

function show({ instance, process, remembered }) {
  const place = placeOf(instance);
  place.dataset.process = process;
  for (const number of place.querySelectorAll("dd")) {
    const count = String(remembered[number.previousElementSibling.textContent]);
    if (number.textContent === count) continue;
    number.textContent = count;
    number.classList.remove("changed");
    number.getBoundingClientRect(); // so that the animation starts anew
    number.classList.add("changed");
  }
}

async function memory() {
  const answer = await fetch("/memory").catch(() => null);
  return answer?.ok ? answer.json().catch(() => null) : null;
}

const gone = document.getElementById("restarting") && { ...processes.firstElementChild.dataset };

setInterval(async () => {
  if (document.hidden) return;
  const found = await memory();
  if (gone && found?.instance === gone.instance && String(found.process) !== gone.process) location.replace("/account");
  else if (found && !gone) show(found);
}, 1000);
