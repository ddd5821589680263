// A path that exists answers its own methods only. RFC 9110 §15.5.6.

import type { Route } from "../request/route.ts";
import { refuse } from "./refuse.ts";

export function checkMethod(request: Request, { methods }: Route): Response | undefined {
  if (methods.includes(request.method)) return undefined;
  return refuse(405, `Use ${methods.join(" or ")}.`, { allow: methods.join(", ") });
}
