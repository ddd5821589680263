// What only the console looks like, after the stylesheet of every page. Works from 320 pixels up; nothing scrolls sideways.

export const consoleStyle = `
nav { display: flex; flex-wrap: wrap; gap: 0.25rem; margin: 0 0 1rem; }
nav a { padding: 0.375rem clamp(0.375rem, 2vw, 0.75rem); border-radius: 8px; color: var(--ink); text-decoration: none; font-weight: 600; }
nav .count { border-radius: 0.75rem; background: var(--care-ground); color: var(--care); padding: 0 0.5rem; font-size: 0.8125rem;
  margin-inline-start: 0.375rem; border: 1px solid var(--care-edge); }
nav a:hover { text-decoration: underline; }
nav a[aria-current] { background: var(--tint); color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.card { border: 1px solid var(--edge); border-radius: 10px; padding: 1rem; gap: 0.875rem; }
.card h2 .name { font-size: 1.125rem; }
.card .facts { border: 0; padding: 0; gap: 0.625rem; }
.card .points { font-size: 0.9375rem; }
.card .tag { font-weight: 400; }
.fit { justify-self: start; }
.go { border-radius: 8px; background: var(--accent); color: var(--on-accent); padding: 0.5rem 0.875rem; font-weight: 650; text-decoration: none; }
.row { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.5rem 1rem; }
.panic { border: 2px solid var(--stop); border-radius: 10px; padding: 1rem; }
.panic h2 { color: var(--stop); }
button.stop { background: var(--stop); color: var(--on-stop); }
.card form { display: block; }
.card button { min-height: 2.75rem; }
@media (forced-colors: active) { nav a[aria-current] { border: 2px solid; text-decoration: underline; } .tag, .count { border: 1px solid; } }
details.filter > summary { font-weight: 600; font-size: 1rem; }
.filters { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(min(11rem, 100%), 1fr)); align-items: end; }
.filters label { display: grid; gap: 0.25rem; font-size: 0.875rem; font-weight: 600; }
select { min-height: 2.75rem; inline-size: 100%; padding: 0.375rem 0.5rem; border: 1px solid var(--edge); border-radius: 8px;
  background: var(--sheet); color: var(--ink); font: inherit; }
.filters button { min-height: 2.75rem; }
.filters a { align-self: center; }
.events { list-style: none; display: grid; }
.events li { display: grid; gap: 0.125rem; padding-block: 0.75rem; border-bottom: 1px solid var(--rule); }
.events li:last-child { border-bottom: 0; }
.events .name { font-size: inherit; }
.events .what { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 0.5rem; justify-content: space-between; }
.chain { border-inline-start: 4px solid var(--accent); border-radius: 4px; background: var(--tint); padding: 0.625rem 0.875rem;
  display: grid; gap: 0.25rem; }
.empty { border: 1px dashed var(--edge); border-radius: 10px; padding: 1.5rem 1rem; text-align: center; display: grid; gap: 0.375rem; }
`;
