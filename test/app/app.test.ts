// Yours: what must hold of your rules and stores, whatever they are. The bridge's part is checkApp.

import { app } from "../../src/app.ts";
import { checkApp } from "../bridge/index.ts";

checkApp(app);
