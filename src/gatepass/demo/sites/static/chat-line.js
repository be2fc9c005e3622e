// The line to the chat: a WebSocket that is opened anew when it breaks, and shows another token when it is asked.
// What goes over it is described in chat/protocol.py.

import { enter, renew, renewable } from "./chat-token.js";

const AGAIN = [0, 1, 2, 4, 8, 15]; // seconds between tries to open it anew

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

export class Line {
  #view;
  #issuer;
  #socket = null;
  #pending = null; // said, and not heard yet
  #tries = 0;
  #renewing = false;

  constructor(view, issuer) {
    [this.#view, this.#issuer] = [view, issuer];
    this.#open();
  }

  // Whether it is on its way. Who speaks has been heard when they read it themselves.

  say(text) {
    if (this.#pending !== null || this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#pending = text;
    this.#socket.send(JSON.stringify({ type: "say", text }));
    return true;
  }

  async renew() {
    if (this.#renewing) return;
    if (!renewable()) return this.#view.note("This page holds no refresh token, so it cannot get another one.");
    this.#renewing = true;
    try {
      const token = await renew(this.#issuer);
      this.#socket.send(JSON.stringify({ type: "token", token }));
      await enter(token); // for a reload, and for other tabs
    } catch (error) {
      this.#view.note(`There is no other token: ${error.message}`);
    } finally {
      this.#renewing = false;
    }
  }

  #open() {
    this.#socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/talk`);
    this.#socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(data);
      this.#hear[message.type]?.(message);
    });
    this.#socket.addEventListener("close", ({ code, reason }) => this.#closed(code, reason));
  }

  #hear = {
    welcome: (found) => {
      this.#view.me = found.you;
      found.messages.forEach((one) => this.#view.said(one));
      if (this.#tries > 0) this.#view.note("The line is open again.");
      this.#tries = 0;
      this.#view.connected(found, renewable());
    },
    said: (message) => {
      if (message.by === this.#view.me) this.#pending = null;
      this.#view.said(message);
    },
    people: ({ people }) => this.#view.people(people),
    refresh: ({ why, seconds }) => {
      const ending = `Your token ends in ${seconds} seconds. The chat asks for another one.`;
      const revoked = `The auth server has taken your token back. You read and say nothing more, and the line is closed in ${seconds} seconds.`;
      this.#view.note(why === "token_revoked" ? revoked : ending);
      this.renew();
    },
    renewed: (found) => {
      this.#view.note("The chat has taken another token of yours. The line stayed open.");
      this.#view.connected(found, renewable());
    },
    problem: ({ text }) => {
      if (this.#pending === null) this.#view.note(text);
      else this.#view.problem(text);
      this.#giveBack();
    },
  };

  #giveBack() {
    if (this.#pending !== null && this.#view.field.value === "") this.#view.field.value = this.#pending;
    this.#pending = null;
  }

  #closed(code, reason) {
    const words = WORDS[reason] ?? "the server is away. This page tries again.";
    if (this.#tries === 0) this.#view.note(`The line is closed with ${code}${reason ? ` ${reason}` : ""}: ${words}`);
    this.#giveBack();
    this.#view.disconnected();
    if (FINAL.has(reason)) return this.#view.signInAgain();
    const seconds = AGAIN[this.#tries] ?? AGAIN.at(-1);
    this.#tries += 1;
    setTimeout(() => this.#again(), 1000 * seconds * (1 + Math.random() / 4)); // not all in step
  }

  async #again() {
    // A refused handshake tells a page nothing, so it asks first.
    const answer = await fetch("/account", { headers: { accept: "application/json" } }).catch(() => null);
    if (answer?.ok) return this.#open();
    if (!answer || answer.status >= 500) return this.#closed(1006, "");
    this.#view.state("Your token is not good any more, and this page has no other one. Sign in again to talk on.");
    this.#view.signInAgain();
  }
}
