// The tokens of the chat's page: how it gets them, renews them, and gives them back.

// In no storage, where a script of another day could find it: it goes with this page.
let refreshToken = null;

export const renewable = () => refreshToken !== null;

async function ask(url, body) {
  const asked = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(url, asked).catch(() => null);
  const content = await answer?.json().catch(() => null);
  if (!answer?.ok) throw new Error(content?.error_description ?? "The auth server does not answer.");
  return content;
}

// The token becomes a cookie of this site, out of reach of scripts; handshakes of WebSockets carry it.

export async function enter(token) {
  const body = new URLSearchParams({ token });
  const asked = { method: "POST", headers: { accept: "application/json" }, body };
  const answer = await fetch("/token/enter", asked).catch(() => null);
  const content = await answer?.json().catch(() => null);
  if (!answer?.ok) throw new Error(content?.error_description ?? "This site does not take the token.");
}

export async function signIn(door) {
  const { login, resources, scope } = door.dataset;
  const tokens = await ask(login, {
    identifier: door.querySelector("#identifier").value,
    password: door.querySelector("#passphrase").value,
    resource: resources.split(" "),
    scope,
  });
  await enter(tokens.access_token);
  refreshToken = tokens.refresh_token;
}

export async function renew(issuer) {
  const tokens = await ask(`${issuer}/api/refresh`, { refresh_token: refreshToken });
  refreshToken = tokens.refresh_token;
  for (const next of document.querySelectorAll('input[name="token"]')) next.value = tokens.access_token; // next door
  return tokens.access_token;
}

export async function signOut(issuer) {
  await ask(`${issuer}/api/logout`, { refresh_token: refreshToken });
  refreshToken = null;
}
