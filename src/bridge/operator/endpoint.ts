// POST /operator: what `npm run audit:…` and two commands of `npm run guard` ask of the bridge. Without a valid pass it is
// answered like a path that does not exist. A part.

import * as z from "zod";
import { checkAddressRate } from "../edge/rate.ts";
import { nothingHere } from "../edge/refuse.ts";
import { type GrantId, SUBJECT_PATTERN, type Subject } from "../gate/principal.ts";
import { ledgerOf } from "../ledger/address.ts";
import { jurisdictionProblem } from "../ledger/jurisdiction.ts";
import { listPeople } from "../ledger/users.ts";
import { logFailure, noteCause } from "../log.ts";
import { revokeGrants } from "../oauth/grants.ts";
import type { Context } from "../request/context.ts";
import type { Part } from "../request/part.ts";
import { checkSubject, headPublicKey } from "../seal.ts";
import { loadActs, logActs, signActs } from "./acts.ts";
import { eraseUser } from "./erase.ts";
import { loadToken, type OperatorToken, type Purpose, shownToken, spendToken, wasFound } from "./operator-token.ts";
import { findWho } from "./who.ts";

const SUBJECT = z
  .string()
  .regex(SUBJECT_PATTERN)
  .transform((text) => text as Subject);
const GRANT = z
  .string()
  .regex(/^([\w-]{8,64}|all)$/)
  .transform((text) => text as GrantId | "all");

const PAGE = 1000;

const OPERATION = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("people"), after: z.union([z.literal(""), SUBJECT]).default("") }),
  z.strictObject({
    do: z.literal("events"),
    subject: SUBJECT,
    after: z.int().min(0),
    limit: z.int().min(1).max(PAGE).default(PAGE),
  }),
  z.strictObject({ do: z.literal("head"), subject: SUBJECT }),
  z.strictObject({ do: z.literal("acts"), after: z.int().min(0) }),
  z.strictObject({ do: z.literal("acts-head") }),
  z.strictObject({ do: z.literal("key") }),
  z.strictObject({ do: z.literal("close") }),
  z.strictObject({ do: z.literal("who"), who: z.string().min(1).max(600) }),
  z.strictObject({ do: z.literal("revoke"), subject: SUBJECT, grant: GRANT }),
  z.strictObject({ do: z.literal("erase"), subject: SUBJECT }),
]);
type Operation = z.infer<typeof OPERATION>;

const STILL_RUNNING =
  "A call of this user is still running. They are frozen, and nothing was deleted yet: say it again.";

/** The operator's endpoint: without it `npm run audit:…`, and erasing, have nobody to ask. */
export const operatorApi: Part = {
  name: "operator",
  routes: [
    [
      "/operator",
      {
        name: "operator",
        methods: ["POST"],
        maxBody: 4 * 1024,
        hidden: true,
        countedLater: true,
        serve: serveOperator,
      },
    ],
  ],
  hourly: (env, settings) => logActs(env.CONTROL, settings, Date.now()),
};

/** An operator token that cannot be looked up is none; who showed a valid one is told in words what does not answer. */
async function serveOperator(request: Request, context: Context): Promise<Response> {
  const { requestId } = context;
  const token = await tokenOf(request, context).catch((error: unknown) => logFailure(requestId, error));
  if (!token) return nothingHere();
  return serve(request, token, context).catch((error: unknown) => {
    logFailure(requestId, error);
    return problem(503, `Something that the bridge needs does not answer. Its log says what, under ${requestId}.`);
  });
}

/** Every admission needs the database that passes are in, so only so many unknown ones are looked up for an address. */
async function tokenOf(request: Request, { env, settings }: Context): Promise<OperatorToken | undefined> {
  const hash = await shownToken(request);
  if (hash === undefined) return undefined;
  const now = Date.now();
  const limited = wasFound(hash, now) ? undefined : await checkAddressRate(request, "operator", env, settings);
  return limited === undefined ? loadToken(hash, env.CONTROL, now) : undefined;
}

async function serve(request: Request, token: OperatorToken, context: Context): Promise<Response> {
  const { env, settings } = context;
  const elsewhere = await jurisdictionProblem(env);
  if (elsewhere !== undefined) return problem(503, `${elsewhere.setting} ${elsewhere.problem}: ${elsewhere.fix}`);
  const parsed = OPERATION.safeParse(await request.json().catch(() => undefined));
  if (!parsed.success) return problem(400, "This is not an operation of this bridge.");
  const operation = parsed.data;
  const purpose = purposeOf(operation);
  if (operation.do !== "close" && token.may !== purpose) return problem(403, "This pass is for something else.");
  // Reading an object that never was anyone's would make it.
  if ("subject" in operation && !(await checkSubject(settings.subjectKey, operation.subject))) {
    return problem(404, "No such user was ever here.");
  }
  const once = operation.do === "close" || purpose !== "read";
  if (once && !(await spendToken(token, env.CONTROL))) return nothingHere();
  const outcome = await perform(operation, context);
  if (outcome !== undefined) return Response.json(outcome);
  noteCause("still-running");
  return problem(503, STILL_RUNNING);
}

function purposeOf(operation: Operation): Purpose {
  if (operation.do === "revoke") return `revoke ${operation.subject} ${operation.grant}`;
  return operation.do === "erase" ? `erase ${operation.subject}` : "read";
}

async function perform(operation: Operation, context: Context): Promise<object | undefined> {
  const { app, env, settings, oauth } = context;
  switch (operation.do) {
    case "people":
      return { people: await listPeople(env.CONTROL, operation.after) };
    case "events":
      return { entries: await ledgerOf(env, operation.subject).events(operation.after, operation.limit) };
    case "head":
      return headAndReach(ledgerOf(env, operation.subject));
    case "acts":
      return { acts: await loadActs(env.CONTROL, operation.after, PAGE) };
    case "acts-head":
      return { head: await signActs(env.CONTROL, settings, Date.now()) };
    case "key":
      return { key: await headPublicKey(settings.subjectKey) };
    case "close":
      return {};
    case "who":
      return findWho(operation.who, context);
    case "revoke":
      return { ended: await revokeGrants(env, oauth, operation.subject, operation.grant) };
    case "erase":
      return await eraseUser(app, env, oauth, operation.subject, Date.now);
  }
}

async function headAndReach(ledger: ReturnType<typeof ledgerOf>): Promise<object> {
  const head = await ledger.signedHead();
  return { head, ...(await ledger.reach()) };
}

function problem(status: number, words: string): Response {
  return Response.json({ error: words }, { status });
}
