// Yours: what users can tick. No scope implies another; which tool needs which is said in policy.ts.

import { defineScopes } from "./bridge/index.ts";

// Replace: your scopes, one line each.
export const scopes = defineScopes({
  "profile:read": {
    may: "see your name on this service",
    risk: "It learns the name you signed in with.",
    offer: "always",
  },
  "notes:read": {
    may: "search and read your notes",
    risk: "It sees everything you have written here.",
    offer: "ticked",
  },
  "notes:write": {
    may: "add notes, and replace the text of notes you have",
    risk: "What it replaces is lost.",
    offer: "asked",
  },
  "notes:delete": {
    may: "delete notes of yours, asking you about each one",
    risk: "A note that you let it delete is gone for good.",
    offer: "never",
  },
});
