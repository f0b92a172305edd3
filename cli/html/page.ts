import { createHash } from 'node:crypto';
import type { AggregateMetrics } from '../../runtime/report/aggregates.ts';
import { DOUBT_SIGN, hasGuesses, isSampled, SAMPLED_SIGN } from '../../runtime/report/estimates.ts';
import { warningsOfProfile } from '../report/warnings.ts';
import { isoTime } from '../report/document.ts';
import { printable } from '../text/escape.ts';
import { formatCount, formatDuration, formatTime, plural } from '../text/format.ts';
import { noticesOf } from '../report/notices.ts';
import { aliveMsOf, countWriters, durationOf, type Profile } from '../profile/profile.ts';
import { stateOf } from '../report/endings.ts';
import { overheadFacts } from '../report/report.ts';
import { packageVersion } from '../version.ts';
import { pageAsset } from './assets.ts';
import { barsOf } from './bars.ts';
import { PAGE_BEGINNING } from './own-page.ts';
import type { PageData } from './page-data.ts';

/**
 * The report as one page that needs nothing else: data, script and style are in it, and its policy lets it ask for
 * nothing. Text from the journal gets in by `textContent` and by {@link escapeHtml} alone.
 *
 * @param functions those that were selected, in order
 */
export function renderPage(profile: Profile, functions: readonly AggregateMetrics[]): string {
  const [script, style] = [pageAsset('page.js'), pageAsset('page.css')];
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
  return `${PAGE_BEGINNING} ${packageVersion}">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>tka-perf · run ${escapeHtml(profile.run.id)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<header>
<h1>tka-perf <span>Performance Report</span></h1>
${renderFacts(profile)}
</header>
<main>
${renderTiles(profile, functions)}
${renderInFlight(profile)}
${renderList('warnings', 'Performance Warnings', warningsOfProfile(profile, functions))}
${renderList('notices', 'Not read', noticesOf(profile))}
<section aria-labelledby="functions-title">
<div class="bar"><h2 id="functions-title">Functions</h2>
<label>Filter <input id="filter" type="search" placeholder="Cart.*" autocomplete="off" spellcheck="false"></label>
<output id="shown" for="filter"></output></div>
<div class="scroll" tabindex="0" role="region" aria-labelledby="functions-title"><table id="functions"><thead></thead><tbody></tbody></table></div>
<p class="legend" id="legend"></p>
<p class="keys"><kbd>↑</kbd> <kbd>↓</kbd> next function · <kbd>/</kbd> filter · <kbd>Esc</kbd> all again</p>
</section>
<section id="detail" aria-live="polite" aria-label="The chosen function"></section>
</main>
<footer>Written by tka-perf ${escapeHtml(packageVersion)} from run ${escapeHtml(profile.run.id)}, ${escapeHtml(isoTime(profile.lastAt))}.</footer>
<noscript>The table and the plots need JavaScript, which this page runs from its own text alone.</noscript>
<script type="application/json" id="data">${jsonInScript(dataOf(profile, functions))}</script>
<script>${script}</script>
</html>
`;
}

function dataOf(profile: Profile, functions: readonly AggregateMetrics[]): PageData {
  return {
    functions: functions.flatMap((metrics) => {
      const found = profile.functions.get(metrics.functionName);
      if (found === undefined) return [];
      const timeline = profile.timelines.get(metrics.functionName);
      const bars = barsOf(found.aggregate.histogram);
      return [{ ...metrics, bars, ...(timeline === undefined ? {} : { timeline }) }];
    }),
  };
}

function renderFacts(profile: Profile): string {
  const { run, writers } = profile;
  const command = writers[0]?.head.command.join(' ') ?? '';
  const facts = [
    ['run', run.id],
    ['started', formatTime(run.startedAt)],
    ['duration', formatDuration(durationOf(profile))],
    ['processes', formatCount(countWriters(writers).processes)],
    ['node', [...new Set(writers.map(({ head }) => head.node.replace(/^v/, '')))].join(', ')],
    ['commit', [...new Set(writers.flatMap(({ head }) => head.revision ?? []))].join(', ')],
    ['measuring took', overheadFacts(profile).join(', ').replace('measuring took ', '')],
    ['command', command],
  ] as const;
  const items = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`);
  return `<dl class="facts">${items.join('')}</dl>`;
}

function renderTiles(
  { metrics, functions: all, writers }: Profile,
  functions: readonly AggregateMetrics[],
): string {
  const sum = (value: (metrics: AggregateMetrics) => number): number =>
    functions.reduce((total, each) => total + value(each), 0);
  const selfMs = sum(({ selfTimeMs = 0 }) => selfTimeMs);
  // A sum of estimates, of which those that came out below 0 count as 0.
  const aliveMs = aliveMsOf(writers) ?? Infinity;
  const isTooMuch = selfMs > aliveMs && functions.some(isSampled);
  const tiles = [
    [
      'functions',
      formatCount(functions.length),
      functions.length < all.size ? `of ${formatCount(all.size)}` : '',
    ],
    [
      'calls',
      (functions.some(hasGuesses) ? SAMPLED_SIGN : '') + formatCount(sum(({ callCount }) => callCount)),
      '',
    ],
    ['metrics recorded', formatCount(metrics), ''],
    ['self time', isTooMuch ? DOUBT_SIGN + formatDuration(aliveMs).trim() : formatDuration(selfMs), ''],
    ['errors', formatCount(sum(({ errorCount }) => errorCount)), ''],
  ] as const;
  const items = tiles.map(
    ([name, value, more]) =>
      `<div><dt>${name}</dt><dd>${value.trim()}${more === '' ? '' : ` <small>${more}</small>`}</dd></div>`,
  );
  return `<dl class="tiles">${items.join('')}</dl>`;
}

function renderInFlight({ inFlight }: Profile): string {
  const lines = inFlight.map(({ name, calls, oldestMs, writer }) => {
    const age = oldestMs === undefined ? '' : `, the oldest for ${formatDuration(oldestMs)}`;
    return `${name}: ${plural(calls, 'call')}${age} (${stateOf(writer)})`;
  });
  return renderList('in-flight', 'In Flight', lines);
}

function renderList(name: string, title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const items = lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('');
  return `<section class="${name}" aria-labelledby="${name}"><h2 id="${name}">${title}</h2><ul>${items}</ul></section>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for an element or a quoted attribute; control characters and overrides of direction are shown, not obeyed. */
function escapeHtml(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** JSON that no `</script>` or `<!--` in a name can end or comment out. */
function jsonInScript(value: unknown): string {
  return JSON.stringify(value, shortened).replaceAll('<', String.raw`\u003c`);
}

/** Digits of a fraction: some more than any place of the page shows. */
const DIGITS = 6;

function shortened(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
