/**
 * The body of a large table: only the rows in view are in the document.
 *
 * The table stays what it is (the same header, columns, cells and classes as the static excerpt);
 * two empty rows stand for what is above and below. All rows have one height and all columns keep
 * the width that their longest entry needs, so that nothing moves while scrolling.
 */
(function () {
  'use strict';

  const { element } = benchfolio;
  /** Rows drawn beyond the edge, so that the Tab key finds the next one. */
  const BEYOND = 12;
  /** Longer entries are cut with an ellipsis; the whole text is in the popover. */
  const WIDEST = 360;
  /** So many of the longest texts of a column are measured. */
  const MEASURED = 60;

  /** @param {string} text */
  const word = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');

  /** Return a value or state as the template writes it. @param {any} entry */
  function shownNode(entry) {
    const state = entry.state !== 'ok';
    if (!state && !entry.text) return null;
    const classes = state ? `bf-state bf-state-${word(entry.state)}`
      : `bf-value${entry.tone ? ` bf-${word(entry.tone)}` : ''}`;
    const bad = !state && entry.tone === 'bad';
    return element('span', { class: classes, ...(entry.tip ? { title: entry.tip } : {}) },
      bad && element('span', { class: 'bf-mark', 'aria-hidden': 'true' }, '▾'),
      bad && element('span', { class: 'bf-sr' }, 'worse: '),
      entry.href ? element('a', { href: entry.href }, entry.text) : entry.text);
  }

  /**
   * Make one cell.
   * @param {any} column
   * @param {any} entry
   * @param {boolean} first Of its row.
   */
  function cellNode(column, entry, first) {
    const classes = [column.numeric ? 'bf-num' : 'bf-text', 'bf-short', first && 'bf-first'];
    return element(column.heading ? 'th' : 'td', {
      class: classes.filter(Boolean).join(' '),
      ...(column.heading ? { scope: 'row' } : {}),
      ...(entry.cell ? { 'data-cell': entry.cell } : {}),
    },
    shownNode(entry),
    entry.mark && element('span', { class: 'bf-detail bf-warning' },
      element('span', { 'aria-hidden': 'true' }, '⚠ '), entry.mark),
    entry.detail && element('span', { class: 'bf-detail' }, entry.detail));
  }

  /** A table body that draws what is in view. */
  class Grid {
    /**
     * @param {any} table
     * @param {HTMLElement} region Scrolls.
     */
    constructor(table, region) {
      this.table = table;
      this.region = region;
      this.element = table.element;
      this.body = table.body;
      this.rows = [];
      /** @type {Map<number, HTMLTableRowElement>} Lines in the document by place. */
      this.lines = new Map();
      /** @type {WeakMap<Element, number>} */
      this.rowOfLine = new WeakMap();
      this.above = spacer(table.columns.length);
      this.below = spacer(table.columns.length);
      this.measure();
      this.body.replaceChildren(this.above, this.below);
      region.addEventListener('scroll', () => this.soon(), { passive: true });
      addEventListener('resize', () => this.soon());
    }

    /** Give columns the widths, and rows the height, that their largest entries need. */
    measure() {
      const { columns } = this.table;
      const samples = [0, 1].map((kind) => this.sample(kind));
      this.element.classList.add('bf-grid-table');
      this.body.replaceChildren(...samples);
      const heads = this.table.heads;
      const widths = heads.map((head) => Math.ceil(head.getBoundingClientRect().width));
      this.height = Math.ceil(
        Math.max(...samples.map((line) => line.getBoundingClientRect().height)));
      this.widths = columns.map((column, place) =>
        Math.min(widths[place], Math.max(WIDEST, column.numeric ? widths[place] : 0)));
      this.cols = this.widths.map((width) => {
        const col = element('col');
        col.style.width = `${width}px`;
        return col;
      });
      this.element.querySelectorAll('colgroup').forEach((group) => group.remove());
      this.element.querySelector('caption').after(element('colgroup', {}, ...this.cols));
      this.element.style.setProperty('--bf-row', `${this.height}px`);
      this.element.classList.add('bf-fixed');
    }

    /** A line of the widest entries (0), or of those with the most under them (1). */
    sample(kind) {
      const line = element('tr');
      this.table.columns.forEach((column, place) => {
        const at = kind ? tallest(column) : widest(column, this.pen);
        line.append(cellNode(column, column.entry(at), place === 0));
      });
      return line;
    }

    /** What measures texts as the table writes them. */
    get pen() {
      if (!this._pen) {
        this._pen = element('canvas').getContext('2d');
        const { fontSize, fontFamily } = getComputedStyle(this.element);
        this._pen.font = `500 ${fontSize} ${fontFamily}`;
      }
      return this._pen;
    }

    /** @param {number[]} rows In the order to show. */
    show(rows, { hidden }) {
      this.rows = rows;
      this.hidden = hidden;
      this.lines.forEach((line) => line.remove());
      this.lines.clear();
      this.cols.forEach((col, place) => { col.hidden = hidden[place]; });
      const width = this.widths.reduce((sum, one, place) => sum + (hidden[place] ? 0 : one), 0);
      this.element.style.width = `${width}px`;
      this.element.setAttribute('aria-rowcount', String(rows.length + this.headRows));
      this.draw();
    }

    get headRows() {
      return this.element.tHead.rows.length;
    }

    soon() {
      if (this.asked) return;
      this.asked = requestAnimationFrame(() => {
        this.asked = 0;
        this.draw();
      });
    }

    /** Draw the rows in view; lines that stay are left alone, with the focus in them. */
    draw() {
      const top = Math.max(0, this.region.scrollTop - this.above.offsetTop);
      const seen = Math.ceil(this.region.clientHeight / this.height);
      const first = Math.max(0, Math.floor(top / this.height) - BEYOND);
      const end = Math.min(this.rows.length, first + seen + 2 * BEYOND);
      for (const [place, line] of this.lines) {
        if (place < first || place >= end) {
          line.remove();
          this.lines.delete(place);
        }
      }
      let before = this.below;
      for (let place = end - 1; place >= first; place -= 1) {
        let line = this.lines.get(place);
        if (!line) {
          line = this.line(place);
          this.lines.set(place, line);
          before.before(line);
        }
        before = line;
      }
      setHeight(this.above, first * this.height);
      setHeight(this.below, (this.rows.length - Math.max(first, end)) * this.height);
    }

    /** @param {number} place In the order shown. */
    line(place) {
      const row = this.rows[place];
      const { model, columns } = this.table;
      const line = element('tr', { id: model.anchors[row],
        'aria-rowindex': place + 1 + this.headRows });
      if (row === this.table.target) line.classList.add('bf-target');
      columns.forEach((column, at) => {
        const cell = cellNode(column, column.entry(row), at === 0);
        cell.hidden = this.hidden[at];
        if (at === 0) {
          cell.append(element('a', { class: 'bf-anchor', href: `#${model.anchors[row]}`,
            'aria-label': 'Link to this row' }, '#'), benchfolio.details.button());
        }
        line.append(cell);
      });
      this.rowOfLine.set(line, row);
      return line;
    }

    /** @param {Element} line @returns {number | undefined} */
    rowOf(line) {
      return this.rowOfLine.get(line);
    }

    /** Scroll to a row that is shown. @param {number} row */
    reveal(row) {
      const place = this.rows.indexOf(row);
      const middle = (this.region.clientHeight - this.height) / 2;
      this.region.scrollTop = this.above.offsetTop + place * this.height - middle;
      this.lines.forEach((line) => line.remove());
      this.lines.clear();
      this.draw();
      this.region.scrollIntoView({ block: 'nearest' });
    }
  }

  /** The row with the widest text of a column; of the longest ones only, the others are not. */
  function widest(column, pen) {
    const rows = new Map();
    for (let row = 0; row < column.rows; row += 1) {
      const text = column.text(row);
      if (!rows.has(text)) rows.set(text, row);
    }
    const longest = [...rows.keys()].sort((a, b) => b.length - a.length).slice(0, MEASURED);
    let most = '';
    let width = -1;
    for (const text of longest) {
      const own = pen.measureText(text).width;
      if (own > width) [most, width] = [text, own];
    }
    return rows.get(most) || 0;
  }

  /** The row with the most lines in a cell of a column, and of these the longest. */
  function tallest(column) {
    let at = 0;
    let most = -1;
    for (let row = 0; row < column.rows; row += 1) {
      const detail = column.read('detail', row) || '';
      const mark = column.read('mark', row) || '';
      const size = (Number(Boolean(detail)) + Number(Boolean(mark))) * 1000 +
        Math.max(detail.length, mark.length);
      if (size > most) [at, most] = [row, size];
    }
    return at;
  }

  /** An empty row that stands for those not drawn. @param {number} columns */
  function spacer(columns) {
    return element('tr', { class: 'bf-space', 'aria-hidden': 'true' },
      element('td', { colspan: columns }));
  }

  function setHeight(row, height) {
    row.cells[0].style.height = `${height}px`;
    row.hidden = height === 0;
  }

  benchfolio.grid = { Grid };
})();
