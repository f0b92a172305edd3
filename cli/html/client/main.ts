/** The page's script: the table, its filter, the keys, and the detail of the chosen function. */
import picomatch from 'picomatch';
import { MARGIN_SIGN, shownMargin } from '../../report/estimates.ts';
import { signNotes } from '../../report/sign-notes.ts';
import { containing, globMatcher, isGlob, matchesName, type Named } from '../../text/glob.ts';
import type { PageData, PageFunction } from '../page-data.ts';
import { showDetail } from './detail.ts';
import { element } from './dom.ts';
import { COLUMNS, hasSign, type PageColumn, shownName } from './columns.ts';

/** Rows drawn at once: a browser lays out some thousand cells without a pause. */
const MOST_ROWS = 500;

const data = JSON.parse(byId('data').textContent ?? '') as PageData;
const table = byId('functions') as HTMLTableElement;
const filter = byId('filter') as HTMLInputElement;
const shown = byId('shown');

let sorted: PageColumn = COLUMNS.find(({ key }) => key === 'total') ?? (COLUMNS[0] as PageColumn);
let descending = true;
let chosen: string | undefined;

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** Functions whose name contains each word, or is one that it names where it is a glob; case does not matter. */
function matcher(text: string): (entry: Named) => boolean {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const patterns = words.map((word) => globMatcher(isGlob(word) ? word : containing(word), picomatch));
  return ({ functionName, file }) => {
    const lower = { functionName: functionName.toLowerCase(), file: file.toLowerCase() };
    return patterns.every((pattern) => matchesName(pattern, lower));
  };
}

function selected(): PageFunction[] {
  const matches = matcher(filter.value);
  const direction = descending ? -1 : 1;
  const { value } = sorted;
  return data.functions
    .filter(matches)
    .toSorted((a, b) => direction * compare(value(a), value(b)) || compare(a.functionName, b.functionName));
}

function compare(a: number | string | undefined, b: number | string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return a < b ? -1 : Number(a > b);
}

function drawHead(): void {
  const cells = COLUMNS.map((column) => {
    const state = column === sorted ? (descending ? 'descending' : 'ascending') : 'none';
    const button = element('button', { type: 'button', title: column.meaning }, column.title);
    button.addEventListener('click', () => sortBy(column));
    return element('th', { scope: 'col', 'aria-sort': state, class: column.key }, button);
  });
  table.tHead?.replaceChildren(element('tr', {}, ...cells));
}

function sortBy(column: PageColumn): void {
  descending = column === sorted ? !descending : column.key !== 'name';
  sorted = column;
  drawHead();
  drawRows();
  // The head was drawn anew: the focus stays on the column.
  table.tHead?.querySelector<HTMLElement>(`.${column.key} button`)?.focus();
}

function drawRows(): void {
  const functions = selected();
  const rows = functions.slice(0, MOST_ROWS).map(drawRow);
  table.tBodies[0]?.replaceChildren(...rows);
  const more = functions.length > MOST_ROWS ? `, the first ${MOST_ROWS} drawn` : '';
  shown.textContent = `${functions.length} of ${data.functions.length}${more}`;
  if (!functions.some(({ functionName }) => functionName === chosen)) chooseFirst();
}

/** The first row; nothing where there is none. */
function chooseFirst(): void {
  chosen = undefined;
  byId('detail').replaceChildren();
  table.tBodies[0]?.rows[0]?.click();
}

/** What the signs mean that stand in the table, or beside the average of a function. */
function drawLegend(): void {
  const { functions } = data;
  const margin = functions.some((entry) => shownMargin(entry) !== '') ? MARGIN_SIGN : '';
  const titles = COLUMNS.map(({ title }) => title).join(' ');
  const notes = signNotes(functions, `${titles} ${margin}`, (sign) =>
    functions.some((entry) => hasSign(entry, sign)),
  );
  byId('legend').replaceChildren(...notes.map((note) => element('span', {}, note)));
}

function drawRow(entry: PageFunction): HTMLTableRowElement {
  const row = element(
    'tr',
    entry.functionName === chosen ? { 'aria-current': 'true' } : {},
    ...COLUMNS.map((column, index) =>
      element(
        index === 0 ? 'th' : 'td',
        { class: column.key, ...(index === 0 ? { scope: 'row', 'data-name': shownName(entry) } : {}) },
        column.cell(entry),
      ),
    ),
  );
  row.addEventListener('click', () => choose(entry, row));
  return row;
}

function choose(entry: PageFunction, row: HTMLTableRowElement): void {
  chosen = entry.functionName;
  for (const other of table.querySelectorAll('[aria-current]')) other.removeAttribute('aria-current');
  row.setAttribute('aria-current', 'true');
  showDetail(byId('detail'), entry);
}

/** Moves the choice by a row, as a list does. */
function moveChoice(by: 1 | -1): void {
  const rows = [...(table.tBodies[0]?.rows ?? [])];
  const at = rows.findIndex((row) => row.hasAttribute('aria-current'));
  const row = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  row?.querySelector<HTMLElement>('button')?.focus();
  row?.click();
  row?.scrollIntoView({ block: 'nearest' });
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === 'Escape') {
    filter.value = '';
    drawRows();
  } else if (event.target === filter) {
    return;
  } else if (event.key === '/') filter.focus();
  else if (event.key === 'ArrowDown') moveChoice(1);
  else if (event.key === 'ArrowUp') moveChoice(-1);
  else return;
  event.preventDefault();
});
filter.addEventListener('input', drawRows);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  const entry = data.functions.find(({ functionName }) => functionName === chosen);
  if (entry !== undefined) showDetail(byId('detail'), entry);
});

drawHead();
drawRows();
drawLegend();
