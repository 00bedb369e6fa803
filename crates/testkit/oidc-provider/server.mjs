// A real OpenID provider (oidc-provider, certified by the OpenID Foundation) on a free port, which it says in its first line. Whoever
// signs in there is who they say, with an address that counts as verified.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [secret] = process.argv.slice(2);
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      {
        client_id: "orion",
        client_secret: secret,
        redirect_uris: ["http://127.0.0.1/callback"],
        token_endpoint_auth_method: "client_secret_post",
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: "Grace Hopper" }),
    }),
    cookies: { keys: [secret] },
    pkce: { required: () => true },
  });
  // Where the platform under test listens is not known yet.
  provider.Client.prototype.redirectUriAllowed = (uri) => uri.endsWith("/auth/providers/acme/callback");
  server.on("request", provider.callback());
  console.log(port);
});
