import { expect, test } from "vitest";
import { notesOn } from "../../../scripts/deploy-notes.ts";

test("a deploy says that with GitHub a mail domain keeps those who leave; other entries and providers need no such word", () => {
  const others = [
    "github:1",
    "github-org:9919",
    "mail:ada@example.com",
    "oidc:https://id.example.com#mail-domain:a.test",
  ];
  expect(notesOn(others, { github: true })).toEqual([]);
  expect(notesOn([...others, "mail-domain:example.com"], { github: false })).toEqual([]);
  const said = notesOn([...others, "mail-domain:example.com", "mail-domain:EXAMPLE.org"], { github: true });
  expect(said).toEqual([expect.stringContaining("mail-domain:example.com, mail-domain:EXAMPLE.org: GitHub never")]);
});
