// Where the app lies that the bridge's tests run over, with its wrangler.toml.

import { join } from "node:path";

export const FIXTURE = join(import.meta.dirname, "../fixture");
