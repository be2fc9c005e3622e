// Asked over standard input: one JSON object in, one out. `oauth4webapi` finds everything by discovery.
import * as oauth from "oauth4webapi";

let text = "";
for await (const part of process.stdin) text += part;
const asked = JSON.parse(text);
const options = { [oauth.allowInsecureRequests]: true }; // loopback, without TLS

const discovered = await oauth.discoveryRequest(new URL(asked.issuer), { ...options, algorithm: "oauth2" });
const server = await oauth.processDiscoveryResponse(new URL(asked.issuer), discovered);
const client = { client_id: asked.client_id };
const shown = {
  basic: () => oauth.ClientSecretBasic(asked.client_secret),
  post: () => oauth.ClientSecretPost(asked.client_secret),
  none: () => oauth.None(),
}[asked.method]();

const acts = {
  async introspect() {
    const answer = await oauth.introspectionRequest(server, client, shown, asked.token, options);
    return oauth.processIntrospectionResponse(server, client, answer);
  },
  async revoke() {
    const answer = await oauth.revocationRequest(server, client, shown, asked.token, options);
    await oauth.processRevocationResponse(answer);
    return { revoked: true };
  },
};

let said;
try {
  said = await acts[asked.act]();
} catch (error) {
  // A refusal in the body, or one in a challenge.
  said = { error: error.error ?? error.code, status: error.status, scheme: error.cause?.[0]?.scheme };
}
process.stdout.write(JSON.stringify(said));
