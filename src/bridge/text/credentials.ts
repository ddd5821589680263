// Credentials that are known by their own shape: one word with the prefix that its maker gave it so that scanners find it, or
// parts joined by dots. Where to look for them is redact.ts's. Pure.

/** A prefix and at least what follows it. More is taken out than a maker would call its key; what has another shape stays. */
const WORD = new RegExp(
  `^(?:${[
    "(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}", // AWS
    "gh[a-z]_\\w{36,}|github_pat_\\w{22,}", // GitHub
    "gl[a-z]{2,5}-[\\w-]{20,}|GR1348941[\\w-]{20,}", // GitLab
    "xox[a-z]-[\\w-]{10,}|xapp-[\\w-]{10,}", // Slack
    "[a-z]{2}_(?:live|test)_\\w{16,}|whsec_\\w{24,}", // Stripe and those that imitate it
    "sk-(?=[a-z-]*[A-Z0-9])[\\w-]{20,}|sess-\\w{30,}", // OpenAI, Anthropic, OpenRouter
    "AIza[\\w-]{35}|GOCSPX-[\\w-]{20,}", // Google
    "npm_\\w{36}|pypi-[\\w-]{50,}|rubygems_[a-f0-9]{40,}|dckr_(?:pat|oat)_[\\w-]{20,}", // registries
    "hf_\\w{30,}|gsk_\\w{30,}|xai-\\w{30,}|r8_\\w{30,}|pplx-\\w{30,}|tgp_v1_[\\w-]{30,}", // models
    "do[a-z]_v1_[a-f0-9]{40,}|dapi[a-f0-9]{32}|cf[a-z]{1,3}_[\\w-]{30,}", // clouds
    "fm[12]_[\\w+/=-]{30,}|rnd_\\w{20,}|nf[a-z]_\\w{30,}|vc[a-z]_\\w{20,}|sb[a-z]?_(?:secret_)?\\w{30,}|HRKU-[\\w-]{30,}",
    "shp[a-z]{2}_[a-f0-9]{32,}|sq0[a-z]{3}-[\\w-]{22,}|EAAA[\\w-]{50,}|SK[a-f0-9]{32}|key-[a-f0-9]{32}", // Shopify, Square, Twilio, Mailgun
    "lin_(?:api|oauth)_\\w{30,}|ntn_\\w{40,}|secret_\\w{40,}|fig[a-z]_[\\w-]{30,}|ATATT3[\\w-]{30,}|ATCTT3[\\w-]{30,}|ATBB\\w{24,}",
    "glsa_\\w{32,}|glc_\\w{32,}|NRAK-\\w{27}|PMAK-[\\w-]{40,}|pul-[a-f0-9]{40}|sntry[a-z]_\\w{30,}|tskey-[\\w-]{20,}",
    "pscale_[a-z]{2,8}_[\\w-]{30,}|phc_\\w{30,}|phx_\\w{30,}|AGE-SECRET-KEY-1[A-Z0-9]{58}|AGE-PLUGIN-\\w[\\w-]{40,}",
  ].join("|")})$`,
);
/** Prefix, and how long the part after its dot is at least. */
const DOTTED: Readonly<Record<string, number>> = { ya29: 20, hvs: 24, hvb: 24, hvr: 24, sl: 60 };

/** Everything of a run of words, dots and colons, with secrets blotted out. */
export function blotRun(run: string, blot: (found: string) => string): string {
  const parts = run.split(/([.:])/);
  const kept: string[] = [];
  for (let at = 0; at < parts.length; ) {
    const words = secretAt(parts, at);
    const taken = words === 0 ? 1 : 2 * words - 1;
    const text = parts.slice(at, at + taken).join("");
    kept.push(words === 0 ? text : blot(text));
    at += taken;
  }
  return kept.join("");
}

/** How many words, from this one on, are one secret; `parts` are words and what stands between them, in turns. */
function secretAt(parts: readonly string[], at: number): number {
  const [word = "", dot, second = "", dot2, third = "", dot3, fourth = "", dot4, fifth = ""] = parts.slice(at, at + 9);
  const first = word.replace(/^[-_]+/, "");
  if (dot === "." && dot2 === ".") {
    // JSON Web Tokens: "eyJ" is how `{"` begins in base64url. RFC 7516: five parts, the second may be empty.
    if (first.startsWith("eyJ") && first.length >= 10) {
      if (dot3 === "." && dot4 === "." && third.length + fourth.length + fifth.length >= 30) return 5;
      // RFC 7515 and its detached form, RFC 7519 §6 without a signature, and sessions of web frameworks.
      if (second.length >= 10 || third.length >= 10) return 3;
    }
    if (first === "SG" && second.length >= 16 && third.length >= 16) return 3; // SendGrid
    if (first === "dp" && third.length >= 30) return 3; // Doppler
    if (second === "atlasv1" && third.length >= 40) return 3; // Terraform
    if (/^[MNO][\w-]{22,27}$/.test(first) && second.length === 6 && third.length >= 27) return 3; // Discord
  }
  if (dot === "." && second.length >= ((Object.hasOwn(DOTTED, first) && DOTTED[first]) || Infinity)) return 2;
  if (dot === "." && /^pat\w{14}$/.test(first) && /^[a-f0-9]{64}$/.test(second)) return 2; // Airtable
  if (dot === ":" && /^\d{8,10}$/.test(first) && /^[\w-]{35}$/.test(second)) return 2; // Telegram
  if (dot === "." && first === "v1" && /^0-[a-f0-9]{24}-[a-f0-9]{100,}$/.test(second)) return 2; // Cloudflare
  return WORD.test(first) ? 1 : 0;
}
