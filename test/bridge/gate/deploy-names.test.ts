import { expect, test } from "vitest";
import { checkNames } from "../../../scripts/deploy-names.ts";

test("a deployment has one name: no previews, and no workers.dev beside a domain of its own", () => {
  const faults = (names: Parameters<typeof checkNames>[0]) => checkNames(names).map(({ setting }) => setting);
  const publicUrl = "https://bridge.example.com";
  const own = "https://drawbridge.someone.workers.dev";
  expect(faults({ workers_dev: false, preview_urls: false, publicUrl })).toEqual([]);
  expect(faults({ workers_dev: true, preview_urls: false, publicUrl: own })).toEqual([]);
  expect(faults({ workers_dev: true, preview_urls: false, publicUrl: undefined })).toEqual([]);
  expect(faults({ workers_dev: true, preview_urls: false, publicUrl })).toEqual(["workers_dev"]);
  expect(faults({ preview_urls: false, publicUrl })).toEqual(["workers_dev"]);
  expect(faults({ workers_dev: true, preview_urls: false, publicUrl: "https://x.workers.dev.evil.example" })).toEqual([
    "workers_dev",
  ]);
  for (const preview_urls of [true, undefined])
    expect(faults({ workers_dev: true, preview_urls, publicUrl: own })).toEqual(["preview_urls"]);
});
