/**
 * What stands behind a figure, on demand: interval, n, versions, command, file, permalink.
 *
 * One popover for the page. A button in each row tells of all its figures, for the keyboard and
 * for touch; a click on one figure tells of that one.
 */
(function () {
  'use strict';

  const { element } = benchfolio;
  const GAP = 6;

  /** @type {HTMLElement | null} */
  let popover = null;

  function made() {
    if (popover) return popover;
    popover = element('div', { class: 'bf-popover', popover: 'auto', role: 'dialog',
      tabindex: '-1', 'aria-labelledby': 'bf-popover-title' });
    // Browsers let one press of Escape through only after a click; readers may come by keyboard.
    popover.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') popover.hidePopover();
    });
    document.body.append(popover);
    return popover;
  }

  /**
   * Whether there is more to say of an entry than the table shows.
   * @param {any} entry
   */
  const tells = (entry) => Boolean(entry.tip || entry.cell || entry.low !== null);

  /** @param {string} term @param {...(Node | string | false | null)} told */
  function fact(term, ...told) {
    return element('div', {}, element('dt', {}, term), element('dd', {}, ...told));
  }

  /** @param {any} column @param {any} entry */
  function valueText(column, entry) {
    const unit = entry.unit || entry.state !== 'ok' || typeof entry.raw !== 'number' ||
      entry.worded ? '' : column.unit;
    return unit ? `${entry.text} ${unit}` : entry.text;
  }

  /** @param {string} anchor */
  function permalink(anchor) {
    const address = new URL(location.href);
    address.hash = anchor;
    return element('a', { href: address.href }, `#${anchor}`);
  }

  /** @param {any} column @param {any} entry */
  function figure(column, entry) {
    const notes = entry.tip.split('; ').filter(Boolean);
    return element('section', {},
      element('h3', {}, column.name),
      element('p', { class: 'bf-popover-value' }, valueText(column, entry),
        entry.mark && element('span', { class: 'bf-detail' }, ` ⚠ ${entry.mark}`)),
      element('dl', {},
        entry.detail && fact(entry.low !== null && !entry.worded ? 'Interval' : 'Beside it',
          entry.detail),
        column.formula && fact('Computed', column.formula),
        notes.length > 0 && fact(entry.state === 'ok' ? 'How' : 'Why',
          element('ul', {}, ...notes.map((note) => element('li', {}, note)))),
        entry.file && fact('File', element('code', {}, entry.file)),
        entry.cell && fact('Permalink', permalink(entry.cell))));
  }

  /** @param {any} table @param {number} row */
  function rowName(table, row) {
    const names = table.model.columns.filter((column) => column.heading)
      .map((column) => column.text(row)).filter(Boolean);
    return names.join(' · ') || table.title;
  }

  /** @param {any} table @param {number} row */
  function rowFacts(table, row) {
    const lines = table.model.verify(row);
    return element('div', { class: 'bf-popover-row' }, element('dl', {},
      lines.length > 0 && fact('To measure again',
        ...lines.map((line) => element('code', { class: 'bf-line' }, line))),
      fact('Link to this row', permalink(table.model.anchors[row]))));
  }

  /**
   * Show what stands behind figures of a row; on closing, the browser gives the focus back.
   * @param {any} table
   * @param {number} row
   * @param {any[]} columns Of the figures.
   * @param {HTMLElement} from Where to put it.
   */
  function open(table, row, columns, from) {
    const box = made();
    const figures = columns.map((column) => [column, column.entry(row)])
      .filter(([, entry]) => tells(entry)).map(([column, entry]) => figure(column, entry));
    const close = element('button', { type: 'button', class: 'bf-close', 'aria-label': 'Close',
      onclick: () => box.hidePopover() }, '×');
    if (box.matches(':popover-open')) box.hidePopover();
    box.replaceChildren(
      element('div', { class: 'bf-popover-head' },
        element('h2', { id: 'bf-popover-title' }, rowName(table, row)), close),
      ...figures, rowFacts(table, row));
    box.showPopover();
    place(box, from.getBoundingClientRect());
    box.scrollTop = 0;
    box.focus({ preventScroll: true });
  }

  /** Put a box below or above a rectangle, inside the window. */
  function place(box, { left, top, bottom }) {
    const { clientWidth, clientHeight } = document.documentElement;
    const { width, height } = box.getBoundingClientRect();
    const x = Math.max(GAP, Math.min(left, clientWidth - width - GAP));
    const below = bottom + GAP + height <= clientHeight;
    const y = below ? bottom + GAP : Math.max(GAP, top - GAP - height);
    box.style.setProperty('--bf-x', `${x}px`);
    box.style.setProperty('--bf-y', `${y}px`);
  }

  /** Its sign comes from the style sheet: text of the page stays what it is without scripts. */
  function button() {
    return element('button', { type: 'button', class: 'bf-more',
      'aria-label': 'How the figures of this row were found', 'aria-haspopup': 'dialog' });
  }

  /**
   * Listen to a table's buttons and figures.
   * @param {any} table
   */
  function listen(table) {
    table.body.addEventListener('click', (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      const line = target.closest('tr');
      const row = line ? table.rowOf(line) : undefined;
      if (row === undefined) return;
      if (target.closest('.bf-more')) {
        const columns = table.columns.filter((column) => !column.heading && table.isShown(column));
        open(table, row, columns, target.closest('.bf-more'));
        return;
      }
      const cell = target.closest('td');
      if (!cell || target.closest('a, button, details, summary')) return;
      if (!String(getSelection()).trim()) openCell(table, row, cell, line);
    });
  }

  function openCell(table, row, cell, line) {
    const column = table.model.columns[[...line.cells].indexOf(cell)];
    if (!column || !tells(column.entry(row))) return;
    open(table, row, [column], cell);
  }

  benchfolio.details = { button, listen, tells };
})();
