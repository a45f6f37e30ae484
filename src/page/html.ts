/**
 * The page as one text: style, data and scripts in it, nothing fetched. A policy in its head forbids every request and every script
 * but the one whose hash it names; data can become nothing but text (browser/dom.ts).
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PageModel } from './browser/model.ts';
import { STYLE } from './style.ts';

/** In order: each may use those before it. */
const SCRIPTS = ['dom', 'columns', 'chart', 'flow-grid', 'rules-view', 'nat-view', 'ways-view', 'main'];

/** Needs the built scripts beside this file. */
export function pageHtml(model: PageModel): string {
  const script = `'use strict';(()=>{\n${SCRIPTS.map(scriptText).join('\n')}\n})();`;
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(STYLE)}; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeText(model.title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
<header><div class="top"><h1>hookline <small>report</small></h1><nav id="nav" aria-label="Sections"></nav><button id="theme" type="button">Theme</button></div></header>
<main id="content"><noscript>This report is drawn by a script in the page itself; it makes no requests.</noscript></main>
<footer>hookline ${escapeText(model.version)}. One file, no requests. Times are UTC.</footer>
<script type="application/json" id="data">${dataText(model)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON that may stand in a script element: no tag can begin in it, and no line can end where HTML or JavaScript sees an end. */
export function dataText(data: unknown): string {
  return JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function escapeText(text: string): string {
  return text.replace(/[<>&"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** A module as a function that makes what it exports: what it imports comes from those before it. */
function scriptText(name: string): string {
  const text = readFileSync(new URL(`../page/browser/${name}.js`, import.meta.url), 'utf8');
  const exported = [...text.matchAll(/^export (?:class|function|const) (\w+)/gm)].map(([, word]) => word!);
  const body = text
    .replace(/^import \{([^}]*)\} from '\.\/([\w-]+)\.js';$/gm, (_, names: string, from: string) => `const {${names}} = ${variable(from)};`)
    .replace(/^export (?=class|function|const)/gm, '');
  return `const ${variable(name)} = (() => {\n${body}\nreturn { ${exported.join(', ')} };\n})();`;
}

function variable(module: string): string {
  return `$${module.replaceAll('-', '_')}`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
