// Says in one plain sentence that Node is too old, before anything that needs a newer one is loaded. CommonJS, and syntax
// that any Node understands. npm scripts run the lockfile's own Node 24 on Linux and Windows; elsewhere it is the reader's.
var version = process.versions.node.split(".").map(Number);

if (version[0] < 22 || (version[0] === 22 && version[1] < 18)) {
  console.error(
    "Drawbridge needs Node 22.18 or newer and this is " +
      process.version +
      ": " +
      (process.platform === "darwin"
        ? "install it from https://nodejs.org, then run `npm ci` again."
        : "run `npm ci` and use the npm scripts, which bring their own Node."),
  );
  process.exit(1);
}
