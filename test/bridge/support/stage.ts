// What the browser tests share: Chromium, bridges, both kinds of providers, an app that listens on loopback, and a web page of
// somebody else. Pictures go to docs/images when UPDATE_IMAGES=1.

import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { freePort } from "../../../scripts/local-worker.ts";
import { type DevServer, startDevServer } from "./dev-server.ts";
import { FIXTURE } from "./fixture.ts";
import { GITHUB_CLIENT, startGithub } from "./github-double.ts";
import { type AuthorizeOptions, createJourney, type Journey } from "./journey.ts";
import { OIDC_CLIENT } from "./oidc-double.ts";
import { startProvider } from "./oidc-provider.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A site of somebody else, on this computer.
  "--host-resolver-rules=MAP evil.test 127.0.0.1",
];

export async function launch(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(
      `There is no Chromium at ${executablePath}. On Debian or Ubuntu: apt-get install chromium. Elsewhere: CHROMIUM_PATH=/path/to/chromium npm run test:browser`,
    );
  }
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

export interface Stage {
  readonly browser: Browser;
  /** As `npm start` runs it, with GitHub and an OpenID provider beside development sign-in. */
  readonly bridge: Journey;
  /** Its users may read and not write, and its clients may bear any name. */
  readonly hostile: Journey;
  /** The app's own listener. */
  readonly app: string;
  /** A web page of somebody else, with this body. */
  readonly elsewhere: (body: string) => string;
  readonly close: () => Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const browser = await launch();
  const port = await freePort();
  const provider = await startProvider(`http://127.0.0.1:${port}/sign-in/oidc/callback`);
  const github = await startGithub("583231");
  const app = await listen(() => "<!doctype html><title>app</title><p>Connected. You can close this page.");
  let body = "";
  const evil = await listen(() => `<!doctype html><title>elsewhere</title>${body}`);
  const servers: DevServer[] = [];
  const close = async () => {
    await browser.close();
    for (const server of servers) await server.stop();
    for (const { server } of [provider, github, app, evil]) server.closeAllConnections();
    for (const { server } of [provider, github, app, evil]) server.close();
  };
  try {
    const main = await startDevServer(join(FIXTURE, "development.ts"), port, {
      ENTITLED: "github:583231 mail-domain:example.com",
      GITHUB_CLIENT_ID: GITHUB_CLIENT.id,
      GITHUB_CLIENT_SECRET: GITHUB_CLIENT.secret,
      GITHUB_URL: github.url,
      GITHUB_API_URL: github.url,
      OIDC_ISSUER: provider.url,
      OIDC_CLIENT_ID: OIDC_CLIENT.id,
      OIDC_CLIENT_SECRET: OIDC_CLIENT.secret,
      OIDC_LABEL: "Example ID",
    });
    servers.push(main);
    const hostile = await startDevServer(join(import.meta.dirname, "hostile-entry.ts"), await freePort());
    servers.push(hostile);
    return {
      browser,
      bridge: createJourney(fetch, main.origin),
      hostile: createJourney(fetch, hostile.origin),
      app: `${app.url}/callback`,
      elsewhere: (html) => {
        body = html;
        return `http://evil.test:${new URL(evil.url).port}/`;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listen(page: () => string): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end(page()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** An app registers and makes the link that it would open. */
export async function link(journey: Journey, app: string, name: string, options: AuthorizeOptions = {}) {
  const client = await journey.register({ client_name: name, redirect_uris: [app] });
  return { client, url: await journey.authorizeUrl(client, options, "v".repeat(64)) };
}

/** The page, or the top `height` pixels of it. */
export async function picture(page: Page, name: string, height?: number): Promise<void> {
  if (process.env["UPDATE_IMAGES"] !== "1") return;
  const path = join(import.meta.dirname, "../../../docs/images", `${name}.png`);
  await page.evaluate("scrollTo(0, 0)");
  const box = await page.locator(".page").boundingBox();
  if (box === null) throw new Error("there is no page to take a picture of");
  await page.screenshot({ path, fullPage: true, clip: { ...box, height: Math.min(box.height, height ?? box.height) } });
}
