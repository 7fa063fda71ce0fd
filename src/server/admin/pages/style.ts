import { Markup } from "./html.ts";

/** The style of all pages: the browser's light or dark colours, narrow screens and printing included. */
export const style = new Markup(`
:root { color-scheme: light dark; --text: light-dark(#1b1f24, #e3e7ec); --dim: light-dark(#57606a, #9da7b3);
  --page: light-dark(#fff, #12161b); --box: light-dark(#f5f7f9, #1b2128); --line: light-dark(#d5dae0, #333c47);
  --link: light-dark(#0a5bb8, #75b5ff); --good: light-dark(#17692f, #6fd58d); --bad: light-dark(#a8211b, #ff938a);
  --soft: light-dark(#7a5200, #e6b450) }
* { box-sizing: border-box }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page) }
header { border-bottom: 1px solid var(--line); background: var(--box) }
header > div, main, footer { max-width: 80rem; margin: 0 auto; padding: .75rem 1.25rem }
header > div { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline }
header strong { font-size: 1.05rem }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0; padding: 0; list-style: none }
nav a { text-decoration: none; padding: .15rem 0 }
nav a:hover { text-decoration: underline }
nav a[aria-current] { color: var(--text); font-weight: 600; border-bottom: 2px solid var(--link) }
a { color: var(--link) }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
.skip { position: absolute; left: -100rem }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.skip:focus { left: 1rem; top: .5rem; background: var(--page); padding: .25rem .5rem }
h1 { font-size: 1.45rem; margin: .75rem 0 }
h2 { font-size: 1.12rem; margin: 1.9rem 0 .5rem }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem }
p { margin: .5rem 0; max-width: 60rem }
.dim, footer { color: var(--dim) }
footer { font-size: .87rem; margin-top: 2rem; border-top: 1px solid var(--line) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
table.numbers { width: auto; min-width: min(100%, 36rem) }
caption { text-align: left; color: var(--dim); padding: .25rem 0 }
th, td { text-align: left; vertical-align: top; padding: .38rem .9rem .38rem 0; border-bottom: 1px solid var(--line) }
thead th { color: var(--dim); font-weight: 600; font-size: .87rem; white-space: nowrap }
tbody th { font-weight: 500 }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
code, pre { font: .87em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
code { overflow-wrap: anywhere }
pre { background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto }
.state { font-weight: 500 }
.good { color: var(--good) } .bad { color: var(--bad) } .soft, .warning { color: var(--soft) }
ul.plain { list-style: none; margin: 0; padding: 0 }
ul.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; list-style: none; padding: 0; margin: .75rem 0 }
ul.tiles li { border: 1px solid var(--line); border-radius: 6px; padding: .6rem .9rem; background: var(--box) }
ul.tiles b { display: block; font-size: 1.5rem; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.5rem; margin: .5rem 0 }
dt { color: var(--dim) } dd { margin: 0 }
form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin: .75rem 0 }
label { display: grid; gap: .15rem; font-size: .87rem; color: var(--dim) }
input, select, button { font: inherit; height: 2.2rem; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 5px; padding: .3rem .6rem }
button { background: var(--box); cursor: pointer }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .5rem } }
@media print { header nav, form, .refresh { display: none } }
`);
