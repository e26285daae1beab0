// Serves better-auth's API-key plugin: POST /create makes a key, GET /verify tells whether x-api-key is one.
import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { apiKey } from "@better-auth/api-key";

const { DatabaseSync } = await import("node:sqlite");
const database = new DatabaseSync(process.argv[2]);
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
const options = {
  database,
  baseURL: "http://127.0.0.1",
  secret: randomBytes(32).toString("hex"),
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  logger: { disabled: true },
  plugins: [apiKey({ rateLimit: { enabled: false } })],
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);
const { user } = await auth.api.signUpEmail({
  body: { email: "bench@example.com", name: "bench", password: randomBytes(16).toString("hex") },
});

async function answer(request) {
  if (request.url === "/create") {
    const { key } = await auth.api.createApiKey({ body: { userId: user.id, name: "bench" } });
    return [201, { key }];
  }
  const { valid } = await auth.api.verifyApiKey({ body: { key: request.headers["x-api-key"] ?? "" } });
  return [valid ? 200 : 401, { valid }];
}

const server = createServer((request, response) => {
  answer(request).then(
    ([status, body]) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
    (error) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
