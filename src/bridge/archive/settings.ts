// The archive's one setting, checked at start with all others (env.ts).

import * as z from "zod";

export const archiveSettings = {
  RETENTION_DAYS: z.coerce
    .number("is not a number")
    .int("is not a whole number of days")
    .min(1, "is less than a day")
    .default(90),
};
