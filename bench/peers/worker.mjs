// The Node.js environment under measurement; speaks as worker.py does:
//
//     measure CASE COUNT    nanoseconds for COUNT calls
//     signed CASE           the token that this case signs
//
// Each peer is used as its own manual says for speed: keys prepared once, and all checks on that it has.
// It ends when its input does.

import { createPrivateKey, createPublicKey, createSecretKey, webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

import * as jose from "jose";

const require = createRequire(import.meta.url);
const fast = require("fast-jwt");
const jsonwebtoken = require("jsonwebtoken");

const ALTERED = "an altered signature";
const NEEDED = ["exp", "iss", "aud"];
const WARM = 5;
const OLD_NAMES = { Ed25519: "EdDSA" };

const header = (job) => ({ typ: job.typ, kid: job.kid });
const version = (name) => require(`./node_modules/${name}/package.json`).version;

function usesJsonwebtoken(job, alg) {
  if (!["HS256", "RS256", "ES256"].includes(alg)) return null;
  const texts = job.keys[alg];
  const shared = alg === "HS256";
  const privateKey = shared ? createSecretKey(Buffer.from(texts.private)) : createPrivateKey(texts.private);
  const publicKey = shared ? privateKey : createPublicKey(texts.public);
  const signing = { algorithm: alg, header: header(job) };
  const checks = { algorithms: [alg], issuer: job.issuer, audience: job.audience };
  return {
    sign: () => jsonwebtoken.sign(job.claims, privateKey, signing),
    verify: (token) => () => jsonwebtoken.verify(token, publicKey, checks),
  };
}

function usesFastJwt(job, alg, more = {}) {
  if (alg.startsWith("ML-DSA")) return null;
  const texts = job.keys[alg];
  const algorithm = OLD_NAMES[alg] ?? alg;
  const names = { allowedIss: job.issuer, allowedAud: job.audience, checkTyp: job.typ, requiredClaims: NEEDED };
  const checks = { key: texts.public, algorithms: [algorithm], ...names };
  const signer = fast.createSigner({ key: texts.private, algorithm, header: header(job) });
  const verifier = fast.createVerifier(checks);
  const cached = fast.createVerifier({ ...checks, cache: 1000, ...more });
  // A server gets each token out of a request: a fresh string each time.
  const hit = (token) => {
    const wire = Buffer.from(token);
    return () => cached(wire.latin1Slice());
  };
  return { sign: () => signer(job.claims), verify: (token) => () => verifier(token), hit };
}

async function usesJose(job, alg) {
  if (alg.startsWith("ML-DSA")) return null;
  const texts = job.keys[alg];
  const name = OLD_NAMES[alg] ?? alg;
  const secret = () =>
    webcrypto.subtle.importKey("raw", Buffer.from(texts.private), { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
      "verify",
    ]);
  const privateKey = alg === "HS256" ? await secret() : await jose.importPKCS8(texts.private, name);
  const publicKey = alg === "HS256" ? privateKey : await jose.importSPKI(texts.public, name);
  const checks = { algorithms: [name], issuer: job.issuer, audience: job.audience, typ: job.typ, requiredClaims: ["exp"] };
  const full = { alg: name, ...header(job) };
  return {
    waits: true,
    sign: () => new jose.SignJWT(job.claims).setProtectedHeader(full).sign(privateKey),
    verify: (token) => () => jose.jwtVerify(token, publicKey, checks),
  };
}

const PEERS = {
  jsonwebtoken: ["jsonwebtoken", usesJsonwebtoken],
  "fast-jwt": ["fast-jwt", usesFastJwt],
  "fast-jwt, cache without hash": ["fast-jwt", (job, alg) => usesFastJwt(job, alg, { cacheKeyBuilder: (token) => token })],
  jose: ["jose", usesJose],
};

async function accepts(work) {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
}

async function tryOut(alg, workOn, tokens) {
  if (!(await accepts(workOn(tokens.good)))) throw new Error(`refuses a good ${alg} token`);
  if (await accepts(workOn(tokens.bad[ALTERED]))) throw new Error(`accepts an altered ${alg} token`);
}

async function unchecked(contender, bad) {
  const taken = [];
  for (const [name, token] of Object.entries(bad)) if (await accepts(contender.verify(token))) taken.push(name);
  return taken;
}

async function casesOf(name, make, job) {
  const cases = {};
  let taken = null;
  for (const alg of Object.keys(job.keys)) {
    const contender = await make(job, alg);
    if (contender === null) continue;
    const tokens = job.tokens[alg];
    const waits = contender.waits ?? false;
    const onlyHit = name.includes("cache");
    for (const [what, workOn] of Object.entries({ verify: contender.verify, hit: contender.hit })) {
      if (!workOn || (what === "hit" ? alg !== "HS256" : onlyHit)) continue;
      await tryOut(alg, workOn, tokens);
      cases[`${what}:${alg}:${name}`] = { work: workOn(tokens.good), waits };
    }
    if (!onlyHit) cases[`sign:${alg}:${name}`] = { work: contender.sign, waits };
    if (alg === "HS256" && !onlyHit) taken = await unchecked(contender, tokens.bad);
  }
  return [cases, taken];
}

async function prepare(job) {
  const ready = { setting: [`Node.js ${process.versions.node}`], peers: {}, cases: [], missing: {} };
  const works = {};
  for (const [name, [packageName, make]] of Object.entries(PEERS)) {
    try {
      const [cases, taken] = await casesOf(name, make, job);
      Object.assign(works, cases);
      ready.peers[name] = { version: version(packageName), accepts: taken, signs_tokens: true };
    } catch (error) {
      ready.missing[name] = String(error).slice(0, 200);
    }
  }
  ready.cases = Object.keys(works);
  return [ready, works];
}

function nanoseconds(work, count) {
  for (let i = 0; i <= count / WARM; i++) work();
  const started = process.hrtime.bigint();
  for (let i = 0; i < count; i++) work();
  return Number(process.hrtime.bigint() - started);
}

async function waitedNanoseconds(work, count) {
  for (let i = 0; i <= count / WARM; i++) await work();
  const started = process.hrtime.bigint();
  for (let i = 0; i < count; i++) await work();
  return Number(process.hrtime.bigint() - started);
}

// fast-jwt warns of a key of its cache that is not a hash, rightly; here it is what shall be seen.
process.removeAllListeners("warning");

let works = null;
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  if (works === null) {
    [answer, works] = await prepare(JSON.parse(line));
  } else {
    const [command, name, count] = line.split("\t");
    const { work, waits } = works[name];
    if (command === "signed") answer = await work();
    else answer = await (waits ? waitedNanoseconds : nanoseconds)(work, Number(count));
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
