/**
 * How the page looks: light and dark, on paper, narrow and wide. Colours of verdicts differ in lightness as well as in hue.
 * @module
 */

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #ffffff; --ink: #16202c; --soft: #566270; --line: #dfe3e8; --link: #0b5cad; --mark: #eef3fa;
  --forwarded: #1b8a6b; --local: #3f7fd1; --sent: #8a63c9; --dropped: #c8364b; --other: #9aa3ad; --limit: #b7791f;
  --shadow: 0 1px 2px rgb(16 24 40 / .06), 0 2px 8px rgb(16 24 40 / .05);
}
@media (prefers-color-scheme: dark) {
  :root:not([data-theme=light]) {
    --paper: #10151b; --card: #181f27; --ink: #e6ebf0; --soft: #9dabb9; --line: #2b3540; --link: #7db7f5; --mark: #202b37;
    --forwarded: #41c09b; --local: #74a9f0; --sent: #b796ee; --dropped: #f0697c; --other: #6d7884; --limit: #e0b052;
    --shadow: none;
  }
}
:root[data-theme=dark] {
  color-scheme: dark;
  --paper: #10151b; --card: #181f27; --ink: #e6ebf0; --soft: #9dabb9; --line: #2b3540; --link: #7db7f5; --mark: #202b37;
  --forwarded: #41c09b; --local: #74a9f0; --sent: #b796ee; --dropped: #f0697c; --other: #6d7884; --limit: #e0b052;
  --shadow: none;
}
:root[data-theme=light] { color-scheme: light; }
* { box-sizing: border-box; }
html { scroll-padding-top: 4.5rem; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
header { position: sticky; top: 0; z-index: 2; background: var(--card); border-bottom: 1px solid var(--line); }
.top { max-width: 1320px; margin: 0 auto; padding: .55rem 1.25rem; display: flex; gap: 1.25rem; align-items: center; }
h1 { font-size: 1rem; margin: 0; white-space: nowrap; }
h1 small { color: var(--soft); font-weight: 400; }
nav { display: flex; gap: .1rem; overflow-x: auto; flex: 1; scrollbar-width: none; }
nav a { color: var(--soft); text-decoration: none; padding: .3rem .6rem; border-radius: 6px; white-space: nowrap; font-size: .875rem; }
nav a:hover { color: var(--ink); background: var(--mark); }
main { max-width: 1320px; margin: 0 auto; padding: 1.25rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.4rem 1.3rem; margin-bottom: 1.1rem; box-shadow: var(--shadow); }
section:focus { outline: none; }
h2 { font-size: 1.15rem; margin: 0 0 .6rem; letter-spacing: -.01em; }
h3 { font-size: .95rem; margin: 1.1rem 0 .45rem; }
.lead { color: var(--soft); margin: 0 0 .7rem; }
code, pre, .place, .grid { font-family: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, monospace; font-size: .8125rem; }
code { overflow-wrap: anywhere; }
a, .link { color: var(--link); }
button { font: inherit; color: var(--ink); background: var(--mark); border: 1px solid var(--line); border-radius: 7px; padding: .3rem .75rem; cursor: pointer; }
button:hover { border-color: var(--soft); }
#theme { white-space: nowrap; font-size: .8125rem; }
.link { background: none; border: 0; padding: 0; font: inherit; text-align: left; text-decoration: underline; text-decoration-color: color-mix(in srgb, var(--link) 40%, transparent); text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
input, select { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: 7px; padding: .4rem .65rem; min-width: 0; }
input[type=search] { flex: 1; }
.controls { display: flex; gap: .7rem; align-items: center; margin-bottom: .6rem; }
.controls select { max-width: 100%; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .4rem .8rem; z-index: 3; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0 0 .9rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.tiles { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: .7rem; padding: 0; margin: 0; }
.tile { border: 1px solid var(--line); border-left: 5px solid var(--other); border-radius: 9px; padding: .6rem .9rem; display: flex; flex-direction: column; }
.tile b { font-size: 1.55rem; line-height: 1.15; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.tile small { color: var(--soft); }
.tile-all { border-left-color: var(--ink); } .tile-forwarded { border-left-color: var(--forwarded); } .tile-local { border-left-color: var(--local); }
.tile-sent { border-left-color: var(--sent); } .tile-dropped { border-left-color: var(--dropped); }
.notes { color: var(--soft); margin: .9rem 0 0; padding-left: 1.2rem; }
.figure { margin: 0; }
.chart { position: relative; }
.chart svg { display: block; width: 100%; height: 220px; }
.chart .grid, line.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.cursor { fill: var(--ink); fill-opacity: .12; }
line.limit { stroke: var(--limit); stroke-width: 2; stroke-dasharray: 6 4; vector-effect: non-scaling-stroke; }
.axis-x, .axis-y { position: relative; color: var(--soft); font-size: .75rem; font-variant-numeric: tabular-nums; }
.axis-x { height: 1.2rem; margin-top: -1.3rem; }
.axis-x span { position: absolute; white-space: nowrap; }
.axis-y { position: absolute; inset: 0 auto 0 0; width: 5.2%; }
.axis-y span { position: absolute; right: 0; transform: translateY(-50%); }
.told { margin: .5rem 0 0; color: var(--soft); font-size: .875rem; min-height: 1.5em; font-variant-numeric: tabular-nums; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; color: var(--soft); font-size: .8125rem; margin-bottom: .4rem; }
.swatch { display: inline-block; width: .75rem; height: .75rem; border-radius: 3px; margin-right: .4rem; vertical-align: -1px; }
.fate-forwarded { fill: var(--forwarded); background: var(--forwarded); } .fate-local { fill: var(--local); background: var(--local); }
.fate-sent { fill: var(--sent); background: var(--sent); } .fate-dropped { fill: var(--dropped); background: var(--dropped); }
.fate-consumed, .fate-queued, .fate-stolen { fill: var(--other); background: var(--other); }
.fate-connections { fill: var(--local); background: var(--local); }
i.limit { background: var(--limit); }
.bars { list-style: none; margin: 0; padding: 0; display: grid; gap: .2rem; }
.bars li { position: relative; display: flex; gap: 1rem; justify-content: space-between; padding: .28rem .55rem; border-radius: 5px; overflow: hidden; }
.bar { position: absolute; inset: 0 auto 0 0; opacity: .17; }
.bar-text { position: relative; min-width: 0; overflow-wrap: anywhere; }
.bars .num { position: relative; white-space: nowrap; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 0 2rem; }
.pair h3 { margin-top: 0; }
.changes { list-style: none; margin: 0; padding: 0; display: grid; gap: .7rem; }
.changes li { border: 1px solid var(--line); border-left: 5px solid var(--limit); border-radius: 9px; padding: .7rem 1rem; }
.changes h3 { margin: 0 0 .4rem; display: flex; justify-content: space-between; gap: 1rem; }
.changes small { color: var(--soft); font-weight: 400; }
.changes dl { margin-bottom: .3rem; }
.num { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow: auto; max-height: 34rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th { text-align: left; color: var(--soft); font-weight: 600; font-size: .8125rem; position: sticky; top: 0; background: var(--card); }
th.num { text-align: right; }
th, td { padding: .28rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; }
.chain { border: 1px solid var(--line); border-radius: 9px; margin-bottom: .5rem; }
.chain summary { padding: .45rem .8rem; cursor: pointer; color: var(--soft); }
.chain summary b { color: var(--ink); }
.rules { table-layout: auto; }
.rules td.num { white-space: nowrap; }
.rule-text { width: 60%; }
.place { color: var(--soft); white-space: nowrap; }
.heat { display: block; width: 5.5rem; height: .7rem; border-radius: 4px; background: var(--mark); margin-top: .3rem; overflow: hidden; }
.heat i { display: block; height: 100%; border-radius: 4px; background: linear-gradient(90deg, #f2b84b, #d9534f); }
.is-quiet td { color: var(--soft); }
.is-dead code { text-decoration: line-through; color: var(--soft); }
.badge { display: inline-block; margin-left: .6rem; padding: 0 .5rem; border-radius: 99px; border: 1px solid var(--dropped); color: var(--dropped); font-size: .75rem; }
.rule-text .link { margin-left: .6rem; font-size: .8125rem; white-space: nowrap; }
.status { margin: 0 0 .4rem; color: var(--soft); font-size: .875rem; }
.grid { border: 1px solid var(--line); border-radius: 9px; overflow: hidden; }
.grid-row { display: flex; align-items: center; height: 30px; border-bottom: 1px solid var(--line); min-width: 60rem; }
.grid-head { background: var(--mark); overflow: hidden; }
.grid-head button { border: 0; background: none; padding: 0; font: inherit; font-weight: 600; color: var(--soft); width: 100%; text-align: inherit; }
.grid-head [aria-sort=ascending] button::after { content: ' ▲'; font-size: .65em; } .grid-head [aria-sort=descending] button::after { content: ' ▼'; font-size: .65em; }
.grid-port { height: 28rem; overflow: auto; position: relative; }
.grid-body { position: relative; min-width: 60rem; }
.grid-body .grid-row { position: absolute; left: 0; right: 0; cursor: pointer; }
.grid-body .grid-row:hover { background: var(--mark); }
.cell { padding: 0 .6rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.is-dropped .cell:nth-last-child(-n+2) { color: var(--dropped); }
.is-active { background: var(--mark); box-shadow: inset 3px 0 0 var(--link); }
.detail:not(:empty) { margin-top: .9rem; border: 1px solid var(--line); border-radius: 9px; padding: .8rem 1rem; }
.detail button { margin-right: .6rem; }
.way { background: var(--paper); border: 1px solid var(--line); border-radius: 9px; padding: .9rem 1rem; margin: 0; overflow: auto; max-height: 40rem; line-height: 1.45; }
.map { max-width: 60rem; margin: 0 auto; }
.map svg { width: 100%; height: auto; }
.map text { fill: var(--ink); font-size: 11px; font-family: ui-monospace, Menlo, Consolas, monospace; }
.band { fill: none; stroke-opacity: .55; }
.band-source { stroke: var(--local); background: var(--local); } .band-destination { stroke: var(--sent); background: var(--sent); }
details > summary { cursor: pointer; color: var(--soft); margin-top: .5rem; }
footer { max-width: 1320px; margin: 0 auto; padding: 0 1.4rem 2rem; color: var(--soft); font-size: .8125rem; }
@media (max-width: 46rem) { main { padding: .6rem; } section { padding: .9rem; border-radius: 9px; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .3rem; } .top { flex-wrap: wrap; gap: .4rem 1rem; } }
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --mark: #f0f0f0; --shadow: none; }
  header { position: static; } nav, #theme, .controls, .told { display: none; }
  section { break-inside: avoid-page; border: 0; padding: 0; } .scroll, .way { max-height: none; overflow: visible; }
  .grid-port { height: 24rem; overflow: hidden; } * { print-color-adjust: exact; }
}
`;
