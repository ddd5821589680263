// Stands where zod brings its messages in fifty languages. The English ones come with zod's schemas and are all that is used.
// Named in wrangler.toml under [alias]. A language that is asked for is undefined here: calling it throws.

export { default as en } from "zod/v4/locales/en.js";
