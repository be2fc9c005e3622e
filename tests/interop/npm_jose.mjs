// What npm's `jose` says: one request as JSON on stdin, one answer as JSON on stdout.

import {
  calculateJwkThumbprint,
  calculateJwkThumbprintUri,
  CompactEncrypt,
  CompactSign,
  compactDecrypt,
  compactVerify,
  createRemoteJWKSet,
  exportJWK,
  exportPKCS8,
  exportSPKI,
  FlattenedSign,
  flattenedVerify,
  GeneralSign,
  generalVerify,
  generateKeyPair,
  importJWK,
  importPKCS8,
  importSPKI,
  jwtVerify,
  SignJWT,
} from "jose";

const acts = {
  async verify({ keys, token, ...rules }) {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(keys)), rules);
      return { claims: payload, header: protectedHeader };
    } catch (error) {
      return { refused: error.code };
    }
  },

  async sign({ header, claims }) {
    const { publicKey, privateKey } = await generateKeyPair(header.alg, { extractable: true });
    const token = await new SignJWT(claims).setProtectedHeader(header).sign(privateKey);
    return { token, jwk: { ...(await exportJWK(publicKey)), alg: header.alg, kid: header.kid, use: "sig" } };
  },

  // One content signed in each form; what is unprotected goes into the JSON forms only.
  async signContent({ jwk, header, unprotected, content }) {
    const key = await importJWK(jwk);
    const octets = new TextEncoder().encode(content);
    const general = new GeneralSign(octets);
    general.addSignature(key).setProtectedHeader(header).setUnprotectedHeader(unprotected);
    const flattened = new FlattenedSign(octets).setProtectedHeader(header).setUnprotectedHeader(unprotected);
    const compact = header.crit ? null : await new CompactSign(octets).setProtectedHeader(header).sign(key);
    return { tokens: [await general.sign(), await flattened.sign(key), compact] };
  },

  async verifyContent({ jwk, tokens }) {
    const key = await importJWK(jwk);
    const verified = async (token) => {
      const verify = typeof token === "string" ? compactVerify : token.signatures ? generalVerify : flattenedVerify;
      try {
        return new TextDecoder().decode((await verify(token, key)).payload);
      } catch (error) {
        return { refused: error.code };
      }
    };
    return { contents: await Promise.all(tokens.map(verified)) };
  },

  async encrypt({ jwk, headers, content }) {
    const key = await importJWK(jwk);
    const encrypted = (header) =>
      new CompactEncrypt(new TextEncoder().encode(content)).setProtectedHeader(header).encrypt(key);
    return { tokens: await Promise.all(headers.map(encrypted)) };
  },

  async decrypt({ jwk, tokens, options }) {
    const key = await importJWK(jwk);
    const decrypted = async (token) => {
      try {
        return new TextDecoder().decode((await compactDecrypt(token, key, options)).plaintext);
      } catch (error) {
        return { refused: error.code };
      }
    };
    return { contents: await Promise.all(tokens.map(decrypted)) };
  },

  async knows({ alg }) {
    return { knows: await generateKeyPair(alg).then(() => true, () => false) };
  },

  async makeKey({ alg, ...options }) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { ...options, extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), alg };
    const texts = { pkcs8: await exportPKCS8(privateKey), spki: await exportSPKI(publicKey) };
    return { jwk, public: { ...(await exportJWK(publicKey)), alg }, ...texts, thumbprint: await calculateJwkThumbprint(jwk) };
  },

  async readKey({ jwk, pkcs8, spki }) {
    try {
      const publicKey = await importSPKI(spki, jwk.alg, { extractable: true });
      const privateKey = await importPKCS8(pkcs8, jwk.alg, { extractable: true });
      const read = { public: await exportJWK(publicKey), private: await exportJWK(privateKey) };
      return { ...read, thumbprint: await calculateJwkThumbprintUri(jwk) };
    } catch (error) {
      return { refused: error.code ?? error.name };
    }
  },
};

let input = "";
for await (const part of process.stdin) input += part;
const { act, ...given } = JSON.parse(input);
console.log(JSON.stringify(await acts[act](given)));
