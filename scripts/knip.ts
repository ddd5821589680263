// What counts as used: entries, scripts, tests, and all that the doors of the bridge offer. Read by knip.ts at the top.

export const bridgeKnip = {
  entry: [
    "src/development.ts",
    "src/bridge/index.ts",
    "src/bridge/worker.ts",
    "src/bridge/left-out/*.ts",
    "scripts/*.{ts,cjs}",
    "test/**/*.{ts,tsx}",
  ],
  project: ["src/**/*.{ts,tsx}", "scripts/**/*.{ts,cjs}", "test/**/*.{ts,tsx}"],
  ignoreDependencies: ["cloudflare"],
  ignoreBinaries: ["ssh-keygen"],
  ignoreExportsUsedInFile: {
    interface: true,
    type: true,
  },
};
