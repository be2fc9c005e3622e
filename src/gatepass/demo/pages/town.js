// The token door: ask the auth server for a token, then hand it to this site as a form.
const door = document.getElementById("token-door");
door?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { login, here, partner, scope } = door.dataset;
  const wrong = door.querySelector(".wrong");
  const body = JSON.stringify({
    identifier: door.elements.identifier.value,
    password: door.elements.password.value,
    resource: [here, partner],
    scope,
  });
  try {
    const answer = await fetch(login, { method: "POST", headers: { "content-type": "application/json" }, body });
    const content = await answer.json();
    if (!answer.ok) throw new Error(content.error_description);
    const form = document.createElement("form");
    form.method = "post";
    form.action = door.getAttribute("action");
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "token";
    field.value = content.access_token;
    form.append(field);
    document.body.append(form);
    form.submit();
  } catch (error) {
    wrong.textContent = error.message;
    wrong.hidden = false;
  }
});

// The memory, live.
const list = document.getElementById("remembered");
setInterval(async () => {
  if (document.hidden) return;
  const answer = await fetch("/memory").catch(() => null);
  if (!answer?.ok) return;
  const rows = Object.entries(await answer.json()).map(([what, count]) => {
    const row = document.createElement("div");
    row.append(document.createElement("dt"), document.createElement("dd"));
    row.children[0].textContent = what;
    row.children[1].textContent = count;
    return row;
  });
  list.replaceChildren(...rows);
}, 1000);
