// The one stylesheet, inlined into every page under the CSP nonce. System fonts only: nothing is fetched. Colours are
// named once, light and dark; every pair of text and ground is at least 4.5:1, every edge of a control 3:1 (WCAG AA).

export const stylesheet = `
:root {
  color-scheme: light dark;
  --ground: #f4f6f5; --sheet: #fff; --ink: #17201e; --soft: #52605c; --rule: #d9dfdc; --edge: #788782;
  --accent: #0c5a4c; --on-accent: #fff; --tint: #e7f0ed;
  --refuse: #3c4744; --on-refuse: #fff;
  --care: #6b4300; --care-ground: #fdf3dc; --care-edge: #b77a12;
  --stop: #9a1b1b; --on-stop: #fff;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1413; --sheet: #171e1c; --ink: #e7edea; --soft: #a3b1ac; --rule: #2c3735; --edge: #74857f;
    --accent: #8ad4c1; --on-accent: #07231d; --tint: #1d2b28;
    --refuse: #cbd5d1; --on-refuse: #141b19;
    --stop: #ffb4ab; --on-stop: #3b0907;
    --care: #f4d89a; --care-ground: #2a2212; --care-edge: #b58a35;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { font: 100%/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere; }
h1, h2, p, dl, dd, ul, ol, pre, fieldset { margin: 0; padding: 0; }
h1 { font-size: 1.5rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; text-wrap: balance; }
h2, legend { font-size: 1.125rem; line-height: 1.35; font-weight: 650; }
a { color: var(--accent); text-underline-offset: 0.18em; }
code, pre { font-family: var(--mono); font-size: 0.875em; }
pre code { font-size: inherit; }
.small code { font-size: 0.9375em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }

.page { max-width: 38rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }
.page.wide { max-width: 57rem; }
header { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.5rem 1.5rem; margin-bottom: 1.25rem; }
.brand { text-decoration: none; display: flex; align-items: center; gap: 0.6rem; color: var(--accent); font-weight: 650; }
.account { display: flex; align-items: center; justify-content: space-between; gap: 0.75rem; font-size: 0.875rem; flex: 0 1 auto; }
.account .name { font-size: inherit; }
main, form { display: grid; gap: 1.5rem; }
main > *, form > * { min-width: 0; }
main { background: var(--sheet); border: 1px solid var(--rule); border-radius: 12px; padding: 1.25rem 1rem; }
section, .lead-in { display: grid; gap: 0.625rem; }
.soft { color: var(--soft); }
.small { color: var(--soft); font-size: 0.875rem; line-height: 1.5; }

.notice { border-inline-start: 4px solid var(--care-edge); border-radius: 4px; background: var(--care-ground);
  color: var(--care); padding: 0.625rem 0.875rem; display: grid; gap: 0.375rem; }
.tag { display: inline-block; border: 1px solid var(--edge); border-radius: 0.75rem; padding: 0 0.5rem; font-size: 0.8125rem;
  line-height: 1.375rem; color: var(--soft); }
.tag.care { border-color: var(--care-edge); background: var(--care-ground); color: var(--care); }
.tag.sure { border-color: var(--accent); background: var(--tint); color: var(--accent); }

.facts { display: grid; gap: 1rem; border-block: 1px solid var(--rule); padding-block: 1rem; }
.facts dt { color: var(--soft); font-size: 0.875rem; }
.facts dd { display: grid; gap: 0.375rem; min-width: 0; }
.who { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.625rem; }
.name, .host { font-size: 1.125rem; font-weight: 600; min-width: 0; max-width: 100%; overflow: hidden; }
.host { font-size: 1rem; }
.code-point { border: 1px solid var(--care-edge); border-radius: 3px; background: var(--care-ground); color: var(--care);
  font: 500 0.75rem/1 var(--mono); padding: 0 0.2em; margin-inline: 0.1em; }
.suspect { white-space: nowrap; }
.left { list-style: none; display: grid; gap: 0.5rem; }
.left li { border: 1px solid var(--accent); border-radius: 8px; background: var(--tint); padding: 0.75rem 0.875rem; display: grid;
  gap: 0.125rem; }
.left .may { font-weight: 600; }
.left .may::first-letter { text-transform: uppercase; }
.gone li { border-color: var(--rule); background: none; }
.gone .may { color: var(--soft); text-decoration: line-through; }

.deed { border: 2px solid var(--ink); border-radius: 8px; padding: 0.875rem 1rem; }
.deed h2 .name, .deed li .name, .arguments .name { font: inherit; overflow: visible; }
.arguments { display: grid; gap: 0.5rem; }
.arguments dd { white-space: pre-wrap; }
summary { padding-block: 0.25rem; cursor: pointer; color: var(--accent); font-size: 0.875rem; }
details[open] > summary { margin-bottom: 0.5rem; }

fieldset { border: 0; min-width: 0; display: grid; gap: 0.625rem; }
legend { padding: 0; margin-bottom: 0.625rem; }
.choice { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 0.75rem; padding: 0.625rem 0.75rem;
  border: 1px solid var(--edge); border-radius: 8px; cursor: pointer; }
.choice:has(:checked) { background: var(--tint); border-color: var(--accent); }
.choice:has(:disabled) { cursor: default; border-color: var(--rule); }
.choice:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
.choice input { inline-size: 1.25rem; block-size: 1.25rem; margin: 0.15rem 0 0; accent-color: var(--accent); outline: none; }
.may { display: block; }
.choice .may { font-weight: 600; }
.may::first-letter { text-transform: uppercase; }
.choice .small { display: block; margin-top: 0.125rem; }
.meta { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.5rem; margin-top: 0.25rem;
  color: var(--soft); }
.more { display: grid; gap: 0.625rem; }
.notice.deletes { display: none; }
form:has(input.deletes:checked) .notice.deletes { display: grid; }
.spans { display: grid; gap: 0.5rem; grid-template-columns: repeat(auto-fit, minmax(min(5.25rem, 100%), 1fr)); }
.spans .choice { align-items: center; padding: 0.625rem 0.5rem; gap: 0 0.375rem; }
.spans .choice input { margin: 0; }

/* Allow and Deny: one size, one weight. Neither is the quiet one. */
.decide { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); gap: 0.75rem; }
.decide:has(> :nth-child(3)) { grid-template-columns: minmax(0, 1fr); }
button { min-height: 3rem; padding: 0.625rem 1rem; border: 2px solid transparent; border-radius: 8px; background: var(--accent);
  color: var(--on-accent); font: inherit; font-weight: 650; line-height: 1.3; cursor: pointer; }
button.deny { background: var(--refuse); color: var(--on-refuse); }
button.quiet { min-height: 2.25rem; padding: 0.25rem 0.75rem; border: 1px solid var(--edge); background: var(--sheet); color: var(--ink);
  font-size: 0.875rem; font-weight: 600; }
button .name { font: inherit; }
button:hover { filter: brightness(1.12); }
button:focus-visible { border-radius: 8px; }

.field { display: grid; gap: 0.375rem; font-weight: 600; }
.field .small { font-weight: 400; }
.field input { min-height: 3rem; padding: 0.5rem 0.75rem; border: 1px solid var(--edge); border-radius: 8px; font: inherit;
  background: var(--sheet); color: var(--ink); inline-size: 100%; }

pre { background: var(--ground); border: 1px solid var(--rule); border-radius: 8px; padding: 0.75rem 0.875rem;
  line-height: 1.55; white-space: pre-wrap; -webkit-user-select: all; user-select: all; }
.rows { list-style: none; }
.rows li { display: grid; gap: 0.25rem 1.5rem; padding-block: 0.75rem; border-bottom: 1px solid var(--rule); }
.rows li:last-child { border-bottom: 0; padding-bottom: 0; }
.rows .small { display: block; }
.keep { white-space: nowrap; overflow-wrap: normal; }
.part { border-top: 1px solid var(--rule); padding-top: 1.5rem; }
.ways { display: grid; gap: 1.25rem; padding-top: 0.625rem; }
.points { padding-inline-start: 1.125rem; display: grid; gap: 0.375rem; }

@media (max-width: 39.99rem) { .account { inline-size: 100%; } .account button { flex: none; } }
@media (min-width: 40rem) {
  .page { padding-top: 2.5rem; }
  main { padding: 2.25rem; }
  h1 { font-size: 1.875rem; }
  .rows li { grid-template-columns: minmax(0, 1fr) 14rem; align-items: baseline; }
  .facts > div { display: grid; grid-template-columns: 9.5rem minmax(0, 1fr); gap: 1rem; align-items: baseline; }
}
@media (forced-colors: active) { .notice, button { border: 1px solid; } }
`;
