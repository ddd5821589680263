// What stands where both SDKs want a JSON Schema compiler for each server they make. They use it on answers to elicitation
// forms alone, and this bridge sends none: arguments and results are checked by the policy's own schemas.

export const NO_SCHEMAS = {
  getValidator(): never {
    throw new Error("no JSON Schema is compiled here");
  },
};
