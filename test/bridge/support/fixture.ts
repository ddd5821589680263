// Where the app lies that the bridge's tests run over, with its wrangler.toml. Wrangler is run from there: what an [alias] stands for
// is looked up from the folder that it is run in.

import { join } from "node:path";

export const FIXTURE = join(import.meta.dirname, "../fixture");
