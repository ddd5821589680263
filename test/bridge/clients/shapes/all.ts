// Every recorded shape, in the order of docs/clients.md. A new one is a file beside this and a line here.

import { chatGptConnector } from "./chatgpt.ts";
import { claude } from "./claude.ts";
import { codexCli } from "./codex-cli.ts";
import { cursorEditor } from "./cursor.ts";
import { pythonSdk } from "./python-sdk.ts";
import type { Shape } from "./shape.ts";
import { vsCode } from "./vs-code.ts";

export const SHAPES: readonly Shape[] = [
  ...pythonSdk,
  ...codexCli,
  ...vsCode,
  ...cursorEditor,
  ...chatGptConnector,
  ...claude,
];
