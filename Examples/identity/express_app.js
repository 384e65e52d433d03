// Who is calling, for an Express app behind Seaworthy. npm install express; the rest is Node's own.
const crypto = require("node:crypto");
const express = require("express");

const app = express();
let keys = [];

async function caller(request, response, next) {
  try {
    const [head, body, signature] = request.get("X-Seaworthy-Identity").split(".");
    const read = (part) => JSON.parse(Buffer.from(part, "base64url"));
    const { alg, typ, kid } = read(head);
    if (alg !== "EdDSA" || typ !== "seaworthy-identity+jwt") throw new Error("another kind of token");
    if (!keys.some((key) => key.kid === kid))
      keys = (await (await fetch(process.env.SEAWORTHY_URL + "/seaworthy/identity-keys")).json()).keys;
    const key = crypto.createPublicKey({ key: keys.find((key) => key.kid === kid), format: "jwk" });
    const who = read(body);
    const now = Date.now() / 1000;
    if (!crypto.verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"))) throw new Error();
    if (who.aud !== "app" || who.exp <= now || who.nbf > now) throw new Error("not for here, or not now");
    request.who = who;
    next();
  } catch {
    response.sendStatus(401);
  }
}

app.get("/me", caller, (request, response) => {
  if (!request.who.permissions.includes("reports.read")) return response.sendStatus(403);
  response.json({ email: request.who.email, role: request.who.role });
});

app.listen(process.env.PORT, "127.0.0.1");
