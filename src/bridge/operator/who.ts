// Who is meant by what users know: a listing such as `github:583231`, a mail, or the beginning of a leaked token or code. Answers
// with the user's id and what is connected; it looks into no ledger of somebody who was never here.

import { type Listing, parseListing } from "../app/listing.ts";
import type { Subject } from "../gate/principal.ts";
import { ledgerOf } from "../ledger/address.ts";
import type { Connection } from "../ledger/usage.ts";
import { findByMail, findUser, type ListedUser, mailKey } from "../ledger/users.ts";
import type { Bindings } from "../request/bindings.ts";
import type { RequestContext } from "../request/context.ts";
import { checkSubject, createSubject } from "../seal.ts";

export interface Found extends ListedUser {
  readonly connections: readonly Connection[];
  /** The grant that a token names; undefined when none was given. */
  readonly grant: string | undefined;
}

/** @returns everybody who fits, or why nobody can be looked for, in words for the operator */
export async function findWho(
  who: string,
  context: Pick<RequestContext, "env" | "settings" | "signIns">,
): Promise<{ readonly found: readonly Found[] } | { readonly problem: string }> {
  const { env, settings } = context;
  const [, subject, grant] = /^(dbr1_[\w-]{22})(?::([\w-]{1,64}))?$/.exec(who) ?? [];
  if (subject !== undefined) {
    if (!(await checkSubject(settings.subjectKey, subject))) return { problem: `${subject} is no id of this bridge.` };
    return { found: await opened(await findUser(env.CONTROL, subject), grant, env) };
  }
  const listing = parseListing(who);
  if (listing === undefined) return { problem: FORMS };
  if (listing.kind === "mail") {
    return {
      found: await opened(
        await findByMail(env.CONTROL, await mailKey(settings.subjectKey, listing.mail)),
        undefined,
        env,
      ),
    };
  }
  const known = issuerAndId(listing, context);
  if ("problem" in known) return known;
  const id = await createSubject(settings.subjectKey, known.issuer, known.id);
  return { found: await opened(await findUser(env.CONTROL, id), undefined, env) };
}

const FORMS = "Say github:<number>, oidc:<issuer>#<subject>, mail:<address>, an id (dbr1_…), or the text of a token.";

function issuerAndId(
  listing: Exclude<Listing, { kind: "mail" }>,
  { settings, signIns }: Pick<RequestContext, "settings" | "signIns">,
): { readonly issuer: string; readonly id: string } | { readonly problem: string } {
  if (listing.kind === "oidc") return listing;
  if (listing.kind !== "github") return { problem: `${listing.kind} names many users. ${FORMS}` };
  const github = signIns.find(({ name }) => name === "github");
  if (github === undefined) return { problem: "This bridge has no sign-in with GitHub." };
  return { issuer: github.issuer(settings), id: listing.id };
}

async function opened(
  people: readonly ListedUser[],
  grant: string | undefined,
  env: Bindings,
): Promise<readonly Found[]> {
  return Promise.all(
    people.map(async (user) => {
      const { alive } = await ledgerOf(env, user.subject as Subject).connections();
      return { ...user, grant, connections: alive };
    }),
  );
}
