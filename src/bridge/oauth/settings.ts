// Settings of the authorization server: which clients may come, and how. Pure.

import { isRedirectUri } from "../addresses.ts";
import { fragment, listOf, ON_OFF, variable, WORDS } from "../setting.ts";

export const OAUTH = fragment({
  REDIRECT_HOSTS: variable(WORDS, "hosts beside the shipped list that clients may be redirected to"),
  REDIRECT_URIS: variable(
    listOf((uri) => (isRedirectUri(uri) ? uri : undefined), "has an entry that cannot be a redirect URI"),
    "whole redirect URIs beside the shipped list, letter for letter: a desktop app's own scheme (RFC 8252 §7.1), or one page of a host",
    "write whole URIs such as com.example.app:/callback, separated by spaces; http is for this computer's loopback only",
  ),
  REGISTRATION: variable(
    ON_OFF.default("on"),
    "`off`: no dynamic client registration (RFC 7591), and nothing says that there is one",
  ),
});
