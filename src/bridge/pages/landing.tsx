// The front page: what this bridge is, which tools it has and what each needs, and how to connect a client. Shows no
// data of anybody and needs no sign-in; the tools and scopes come from the policy table and the catalogue. Pure.

import type { Look } from "../app/app.ts";
import type { Catalogue } from "../gate/scopes.ts";
import { createNonce, Layout, renderPage } from "./layout.tsx";

export interface LandingTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly scope: string;
  readonly effect: "read" | "write" | "destroy";
  /** True when what it is asked for leaves the bridge. */
  readonly egress: boolean;
}

export interface LandingView {
  readonly look: Look;
  readonly scopes: Catalogue;
  /** The origin users use. */
  readonly publicUrl: string;
  /** The origin with `/mcp`: what a client connects to. */
  readonly resource: string;
  /** False on a laptop. */
  readonly deployed: boolean;
  readonly signIns: readonly string[];
  /** Where users see and end their connections; undefined without the console. */
  readonly connections: string | undefined;
  readonly tools: readonly LandingTool[];
}

const PLAYGROUND = "https://playground.ai.cloudflare.com";

// Pinned: a command that takes the latest runs whatever was published this morning.
const MCP_REMOTE = "mcp-remote@0.15.1";
const INSPECTOR = "@modelcontextprotocol/inspector@2.12.0";

const EFFECTS = {
  read: "only reads",
  write: "changes things",
  destroy: "deletes things, each one with your approval",
} as const;

export function landingPage(view: LandingView): Response {
  const nonce = createNonce();
  return renderPage(
    <Layout look={view.look} title="Your tools, on your terms" nonce={nonce} wide>
      <div class="lead-in">
        <h1>Your tools, on your terms</h1>
        <p>
          An AI app that you connect can use the tools below in your name. It can do only what you allow. (Apps reach
          this service by MCP, the Model Context Protocol.)
        </p>
        <p class="small">
          <code translate="no">{view.publicUrl}</code>
          {view.deployed ? "" : " · running on this computer, not deployed"}
        </p>
      </div>
      <Connect {...view} />
      <Tools tools={view.tools} />
      <Scopes scopes={view.scopes} />
      <Limits />
    </Layout>,
    { nonce },
  );
}

function Connect({ resource, deployed, signIns, connections }: LandingView) {
  return (
    <section class="part">
      <h2>Connect an app</h2>
      <SignIns labels={signIns} />
      {connections === undefined ? null : (
        <p>
          <a href={connections}>Your connections</a> shows which apps are connected in your name, and what they did. You
          can end each one there.
        </p>
      )}
      <div class="ways">
        <section>
          <p>
            <strong>Any MCP client</strong> that speaks Streamable HTTP takes this address:
          </p>
          <Copy text={resource} />
        </section>
        <section>
          <p>
            <strong>Claude Desktop</strong>: Settings, Developer, Edit Config. Add this and restart it.
          </p>
          <Copy text={claudeDesktop(resource)} />
        </section>
        <details>
          <summary>For developers: try the tools by hand</summary>
          <p>
            <strong>MCP Inspector</strong>, on Node 22.19 or newer:
          </p>
          <Copy text={`npx -y ${INSPECTOR} --server-url ${resource}`} />
        </details>
        <section>
          <p>
            <strong>Cloudflare AI Playground</strong>:{" "}
            {deployed ? (
              <>
                open{" "}
                <a href={PLAYGROUND} rel="noreferrer">
                  playground.ai.cloudflare.com
                </a>{" "}
                and give it the server address.
              </>
            ) : (
              "it runs in the cloud and cannot reach this computer. Deploy first; then it takes the server address."
            )}
          </p>
        </section>
      </div>
    </section>
  );
}

function SignIns({ labels }: { readonly labels: readonly string[] }) {
  if (labels.length === 0) return <p class="notice">No sign-in is set up yet, so nobody can connect.</p>;
  return (
    <p>
      The app opens this site in your browser. You see what it asks for, decide, and sign in with {labels.join(" or ")}.
    </p>
  );
}

/** One click selects all of it. It wraps rather than scrolls, so that nothing is out of sight. */
function Copy({ text }: { readonly text: string }) {
  return (
    <pre>
      <code translate="no">{text}</code>
    </pre>
  );
}

function claudeDesktop(resource: string): string {
  return `{
  "mcpServers": {
    "drawbridge": {
      "command": "npx",
      "args": [
        "-y",
        "${MCP_REMOTE}",
        ${JSON.stringify(resource)}
      ]
    }
  }
}`;
}

function Tools({ tools }: Pick<LandingView, "tools">) {
  return (
    <section class="part">
      <h2>Tools, and the scope that each needs</h2>
      <ul class="rows">
        {tools.map((tool) => (
          <li>
            <span>
              <strong>{tool.title}</strong>{" "}
              <code class="soft" translate="no">
                {tool.name}
              </code>
              <span class="small">{tool.description}</span>
            </span>
            <span>
              <code class="keep" translate="no">
                {tool.scope}
              </code>
              <span class="small">
                {EFFECTS[tool.effect]}
                {tool.egress ? ", and reaches hosts outside" : ""}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Scopes({ scopes }: Pick<LandingView, "scopes">) {
  return (
    <section class="part">
      <h2>What you can allow</h2>
      <p>You tick these scopes one by one. None includes another.</p>
      <ul class="rows">
        {scopes.all.map((scope) => (
          <li>
            <span>
              <strong class="may">{scopes.entry(scope).may}</strong>
              <span class="small">{scopes.entry(scope).risk}</span>
            </span>
            <code class="keep" translate="no">
              {scope}
            </code>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Limits() {
  return (
    <section class="part">
      <h2>What it protects, and what not</h2>
      <ul class="points">
        <li>Every call is checked against what you allowed, and written down before it runs. Access ends by itself.</li>
        <li>It cannot tell whether an app uses well what you allowed. Allow little, and only to apps you trust.</li>
        <li>It does not protect you from the people who run it.</li>
      </ul>
    </section>
  );
}
