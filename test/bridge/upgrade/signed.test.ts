// Signed releases: where an adopter names signers, only a tag that one of them signed under its own name is taken.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createAdopted, createFolder, createUpstream, type Repository, upgrade } from "./repositories.ts";

const TIMEOUT = { timeout: 120_000 };

/** A key of its own, and the line that trusts it. */
function createKey(who: string) {
  const file = join(createFolder(), "key");
  const { status } = spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", who, "-f", file]);
  expect(status).toBe(0);
  return { file, trusted: `${who} ${readFileSync(`${file}.pub`, "utf8")}` };
}

function sign(upstream: Repository, key: string, name: string, commit: string): void {
  const words = ["-c", "gpg.format=ssh", "-c", `user.signingKey=${key}`];
  upstream.git(...words, "tag", "--force", "--sign", "--message", name, name, commit);
}

test(
  "a release is taken when one of the signers signed it, and refused when nobody did, or somebody else",
  TIMEOUT,
  () => {
    const upstream = createUpstream();
    const [key, other] = [createKey("upstream@example.com"), createKey("mallory@example.com")];
    const adopted = createAdopted({ allowed_signers: key.trusted });
    const before = adopted.state();
    const denial = (words: string) => {
      expect(upgrade(adopted, upstream.folder, "v0.3.0")).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(words),
      });
      expect(adopted.state()).toEqual(before);
    };
    denial("no annotated tag");
    const release = upstream.git("rev-parse", "v0.3.0^{commit}");
    upstream.git("tag", "--force", "--annotate", "--message", "not signed", "v0.3.0", release);
    denial("is not signed");
    sign(upstream, other.file, "v0.3.0", release);
    denial("not signed by anybody in allowed_signers");
    sign(upstream, key.file, "v0.3.0", release);
    const done = upgrade(adopted, upstream.folder);
    expect(done).toMatchObject({
      status: 0,
      stderr: "",
      stdout: expect.stringContaining("signed by upstream@example.com"),
    });
  },
);

test("a branch, a commit, and a signed tag under another name are refused where there are signers", TIMEOUT, () => {
  const upstream = createUpstream();
  const key = createKey("upstream@example.com");
  const adopted = createAdopted({ allowed_signers: key.trusted });
  sign(upstream, key.file, "v0.3.0", upstream.git("rev-parse", "v0.3.0^{commit}"));
  for (const ref of ["main", upstream.git("rev-parse", "main")]) {
    expect(upgrade(adopted, upstream.folder, ref)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("is no tag"),
    });
  }
  upstream.git("update-ref", "refs/tags/v0.4.0", upstream.git("rev-parse", "v0.3.0"));
  const renamed = upgrade(adopted, upstream.folder);
  expect(renamed).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("v0.4.0 is no annotated tag of that name"),
  });
});

test("a signature by a key of the reader's own keyring is not one of the signers'", TIMEOUT, () => {
  const upstream = createUpstream();
  const key = createKey("upstream@example.com");
  const adopted = createAdopted({ allowed_signers: key.trusted });
  const release = upstream.git("rev-parse", "v0.3.0^{commit}");
  // A tag with a signature of GnuPG's kind, and a program that finds it good, as GnuPG does with any key that it knows.
  const text = `object ${release}\ntype commit\ntag v0.3.0\ntagger a <a@example.com> 0 +0000\n\n-----BEGIN SSH SIGNATURE-----\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n`;
  const made = spawnSync("git", ["hash-object", "-t", "tag", "-w", "--stdin"], { cwd: upstream.folder, input: text });
  upstream.git("update-ref", "refs/tags/v0.3.0", made.stdout.toString().trim());
  adopted.git("config", "gpg.openpgp.program", join(createGood(), "good"));
  expect(upgrade(adopted, upstream.folder)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("not signed by anybody"),
  });
});

/** A folder with a program that calls every signature good, in the words of GnuPG. */
function createGood(): string {
  const folder = createFolder();
  const script = `#!/bin/sh\nprintf '[GNUPG:] NEWSIG\\n[GNUPG:] GOODSIG 0 x\\n[GNUPG:] TRUST_ULTIMATE 0\\n'\n`;
  const made = spawnSync("sh", ["-c", `cat > good && chmod +x good`], { cwd: folder, input: script });
  expect(made.status).toBe(0);
  return folder;
}
