// What npm's `jose` says: one request as JSON on stdin, one answer as JSON on stdout.

import {
  CompactEncrypt,
  compactDecrypt,
  createRemoteJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
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
};

let input = "";
for await (const part of process.stdin) input += part;
const { act, ...given } = JSON.parse(input);
console.log(JSON.stringify(await acts[act](given)));
