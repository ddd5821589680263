// The plain stateless twin with its storage operations counted. See counting.ts.

import worker from "../plain/stateless.ts";
import { counted } from "./counting.ts";

export default counted(worker, () => []);
