// Yours, and thin: what the bridge needs is in scripts/knip.ts.

import { bridgeKnip } from "./scripts/knip.ts";

export default bridgeKnip;
