// Before the tests of an app: the tables of the bridge, and those of the app's own databases.

import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { inject } from "vitest";

for (const [binding, migrations] of Object.entries(inject("databases"))) {
  await applyD1Migrations(Reflect.get(env, binding) as D1Database, migrations);
}
