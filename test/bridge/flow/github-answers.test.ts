// What GitHub's answers may say of who answers (RFC 9207), and what its errors mean: those about the bridge are its operator's.

import { afterEach, expect, test, vi } from "vitest";
import { createSubject } from "../../../src/bridge/seal.ts";
import type { Settings } from "../../../src/bridge/settings.ts";
import { github } from "../../../src/bridge/sign-in/github.ts";
import { signInWith } from "../support/sign-in.ts";
import { journey, openBrowser } from "../support/worker.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const signInAs = (there: Record<string, string>) => signInWith(journey, "github", { as: "583231", ...there });

test("GitHub's answer carries the issuer that GitHub states, or none; an answer of any other issuer is used for nothing", async () => {
  const stated = await signInAs({});
  expect(new URL(stated.callback).searchParams.get("iss")).toBe(`${stated.sent.origin}/login/oauth`);
  expect(stated.location.searchParams.get("code")).toBeTruthy();
  expect((await signInAs({ iss: "" })).location.searchParams.get("code")).toBeTruthy();
  const denied = await signInAs({ as: "nobody" });
  expect(new URL(denied.callback).searchParams.get("iss")).toBe(`${denied.sent.origin}/login/oauth`);
  expect(denied.location.searchParams.get("error")).toBe("access_denied");

  const { origin } = stated.sent;
  for (const iss of [origin, `${origin}/login/oauth/`, "https://github.com/login/oauth", "https://other.test"]) {
    for (const as of ["583231", "nobody"]) {
      const { back } = await signInAs({ as, iss });
      expect([iss, as, back.status, back.headers.get("location")]).toEqual([iss, as, 400, null]);
      expect(await back.text()).toContain("does not fit this sign-in");
    }
  }
});

test("an Enterprise Server answers under its own name, and the issuer of users, so their subject id, is what it was", async () => {
  const at = (url: string) =>
    ({
      facts: { mail: false, orgs: [] },
      of: () => ({
        GITHUB_CLIENT_ID: "id",
        GITHUB_CLIENT_SECRET: "secret",
        GITHUB_URL: url,
        GITHUB_API_URL: `${url}/api/v3`,
      }),
    }) as unknown as Settings;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const path = new URL(input instanceof Request ? input.url : String(input)).pathname;
    if (path.endsWith("/user")) return Response.json({ id: 583231, login: "octocat" });
    return Response.json({ access_token: "t", token_type: "bearer", scope: "" });
  });
  const finish = async (url: string, iss: string) => {
    const callback = new URL(`https://bridge.test/sign-in/github/callback?${new URLSearchParams({ code: "c", iss })}`);
    return github.finish(callback, { verifier: "v".repeat(43) }, at(url));
  };
  const issuers = { "https://github.com": "https://github.com", "https://ghe.example": "https://ghe.example" };
  for (const [url, issuer] of Object.entries({ ...issuers, "https://ghe.example/": "https://ghe.example" })) {
    const there = `${issuer}/login/oauth`;
    expect(await finish(url, there), url).toMatchObject({ user: { issuer, id: "583231" } });
    expect(await finish(url, "https://elsewhere.example/login/oauth"), url).toMatchObject({ refused: "invalid" });
  }
  // Written out: an id that changes makes everybody a new user, without their notes.
  expect(await createSubject("k".repeat(32), github.issuer(at("https://github.com")), "583231")).toBe(
    "dbr1_BPk9iEElzU_6-2cE3U2U9j",
  );
});

/** Of the callback, and of the token endpoint, where they come with status 200. */
const SETUP = { trouble: ["incorrect_client_credentials", "redirect_uri_mismatch"], error: ["application_suspended"] };

test("GitHub's errors about the bridge are said to be its operator's, to the app, on the page and in the log", async () => {
  const log = vi.spyOn(console, "log");
  for (const [where, codes] of Object.entries(SETUP)) {
    for (const code of codes) {
      const { location } = await signInAs({ [where]: code });
      expect([code, location.searchParams.get("error")]).toEqual([code, "server_error"]);
      expect(location.searchParams.get("error_description")).toContain("Only its operator can mend that");

      const browser = openBrowser();
      const started = await browser.post("/sign-in/github", { return: "/console" });
      const there = `${started.headers.get("location")}&${new URLSearchParams({ as: "583231", [where]: code })}`;
      const callback = new URL((await fetch(there, { redirect: "manual" })).headers.get("location") ?? "");
      const page = await browser.get(callback.pathname + callback.search);
      expect([code, page.status, await page.text()]).toEqual([code, 503, expect.stringContaining("Only its operator")]);
    }
  }
  // A code that was used or ran out is no trouble of the bridge.
  expect((await signInAs({ trouble: "bad_verification_code" })).location.searchParams.get("error")).toBe(
    "access_denied",
  );
  const lines = log.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('"at":"sign-in"'));
  const codes = Object.values(SETUP).flat();
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    ...codes.flatMap((code) => [code, code]).map((code) => ({ refused: "misconfigured", code })),
    { refused: "denied", code: "OAUTH_RESPONSE_BODY_ERROR" },
  ]);
  expect(lines.join()).not.toContain("canary");
});
