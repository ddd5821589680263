// Where codes may be sent (A3, A4): the rule itself, because the OAuth library and registration each stand in front of a part of it.

import { expect, test } from "vitest";
import { redirectAllowed } from "../../../src/bridge/oauth/clients.ts";

const LISTED = { REDIRECT_HOSTS: ["app.example.com"], REDIRECT_URIS: [] };

test("codes go to loopback on any port, and to listed hosts over https on port 443", () => {
  const fine = [
    "http://127.0.0.1:33418/callback",
    "http://localhost/callback",
    "https://localhost:8443/callback",
    "http://[::1]:9/callback",
    "https://claude.ai/api/mcp/auth_callback",
    "https://app.example.com/callback",
    "https://app.example.com:443/callback",
    "https://APP.example.com/callback",
  ];
  expect(fine.filter((uri) => !redirectAllowed(uri, LISTED))).toEqual([]);
});

test("nothing else: another scheme, port or host, or one that only looks like a listed one", () => {
  const wrong = [
    "http://claude.ai/callback",
    "http://app.example.com/callback",
    "http://app.example.com:443/callback",
    "https://app.example.com:8443/callback",
    "https://claude.ai:444/callback",
    "https://app.example.com.evil.test/callback",
    "https://sub.app.example.com/callback",
    "https://app.example.com@evil.test/callback",
    "https://app.example.com./callback",
    "https://evil.test/app.example.com",
    "http://127.0.0.1.evil.test/callback",
    "http://127.0.0.2/callback",
    "http://localhost.evil.test/callback",
    "claude://callback",
    "ftp://localhost/callback",
    "javascript:alert(1)//127.0.0.1",
    "data:text/html,app.example.com",
    "//app.example.com/callback",
    "",
  ];
  expect(wrong.filter((uri) => redirectAllowed(uri, LISTED))).toEqual([]);
});
