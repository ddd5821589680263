// What mends a setting that is missing or wrong, in words or as a command: half of each problem that env.ts names. Pure.

import { LISTING_FORMS } from "./app/listing.ts";

export const FIX: Readonly<Record<string, string>> = {
  PUBLIC_URL: "set it in wrangler.toml under [vars] to the one https origin people will use",
  DRAWBRIDGE_SECRET: "openssl rand -base64 32 | npx wrangler secret put DRAWBRIDGE_SECRET",
  DRAWBRIDGE_SECRET_PREVIOUS:
    "give it the old DRAWBRIDGE_SECRET, or delete it: npx wrangler secret delete DRAWBRIDGE_SECRET_PREVIOUS",
  SUBJECT_KEY: "npm run deploy makes one and leaves a copy in .deploy.vars; keep it safe, for it never changes",
  GITHUB_CLIENT_SECRET:
    "make an OAuth app at GitHub, put its id into wrangler.toml and run: npx wrangler secret put GITHUB_CLIENT_SECRET",
  GITHUB_URL: "set it to the https origin of your GitHub Enterprise Server in wrangler.toml under [vars], or delete it",
  GITHUB_API_URL:
    "set it to the URL of your GitHub Enterprise Server's API in wrangler.toml under [vars], or delete it",
  ENTITLED: `write people as ${LISTING_FORMS}, separated by spaces`,
  OPERATORS: `write people as ${LISTING_FORMS}, separated by spaces`,
  OIDC_ISSUER: "set it in wrangler.toml under [vars] to the issuer exactly as the provider's discovery document has it",
  OIDC_CLIENT_ID: "register the bridge with the provider and put the client id into wrangler.toml under [vars]",
  OIDC_CLIENT_SECRET: "npx wrangler secret put OIDC_CLIENT_SECRET",
  OIDC_LABEL: "set it to the provider's name as people know it, or delete it",
  PEOPLE: `mend it in src/people.ts: people are written as ${LISTING_FORMS}`,
  BUDGET_FACTOR: "set it to a number above 0 in wrangler.toml under [vars], or delete it",
  NOTIFY_URL: "set it to the https URL of your webhook in wrangler.toml under [vars], or delete it",
  SECURITY_CONTACT: "set it to mailto:ADDRESS or https://PAGE in wrangler.toml under [vars], or delete it",
  REGISTRATION: "set it to on or off in wrangler.toml under [vars], or delete it",
  REDIRECT_URIS:
    "write whole URIs such as com.example.app:/callback, separated by spaces; http is for this computer's loopback only",
  SESSIONS: "set it to on or off in wrangler.toml under [vars], or delete it",
};
