import type { Recipe } from "../recipe.ts";

export const recipe: Recipe = {
  says: "reads public web pages of the hosts that you list; what they say is handed on as untrusted text",
  vars: [
    {
      name: "WEB_HOSTS",
      value: "",
      replace: `hosts that fetch_page may read from, e.g. "docs.example.com developers.example.org"; none unless you say so`,
    },
  ],
  next: ["List the hosts in WEB_HOSTS (wrangler.toml): until then every address is denied."],
};
