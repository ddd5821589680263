// An internet that is ours: answers by address, follows redirects unless it is told not to, as the real one would, and says what
// it was asked for.

import { vi } from "vitest";

type Answer = () => Response | Promise<Response>;

/** Anyone who uses it restores mocks afterwards. What is not listed is not found. */
export function serveInternet(answers: Readonly<Record<string, Answer>>): readonly string[] {
  const asked: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    let url = input instanceof Request ? input.url : String(input);
    for (;;) {
      asked.push(url);
      const response = (await answers[url]?.()) ?? new Response("nothing here", { status: 404 });
      const location = response.headers.get("location");
      if (location === null || init?.redirect === "manual") return response;
      if (init?.redirect === "error") throw new TypeError("redirected");
      url = new URL(location, url).href;
    }
  });
  return asked;
}

export function document(id: string, more: Readonly<Record<string, unknown>> = {}): Answer {
  const usual = { client_name: "Example app", token_endpoint_auth_method: "none" };
  const redirect_uris = ["http://127.0.0.1:33418/callback"];
  const headers = { "cache-control": "no-store" };
  return () => Response.json({ client_id: id, redirect_uris, ...usual, ...more }, { headers });
}

export function redirectTo(location: string): Answer {
  return () => new Response(null, { status: 302, headers: { location } });
}
