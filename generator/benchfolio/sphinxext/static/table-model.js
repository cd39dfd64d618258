/**
 * A table as figures and texts by row and column, read from the page or from a data file.
 */
(function () {
  'use strict';

  /**
   * @typedef {object} ColumnInfo What `view.Column` says.
   * @property {string} id
   * @property {string} label
   * @property {string} [group]
   * @property {string} [unit]
   * @property {string} [formula]
   * @property {string} [better]
   * @property {boolean} [numeric]
   * @property {boolean} [heading]
   *
   * @typedef {object} Entry What one cell shows, as `view.Entry`.
   * @property {string} text
   * @property {string} detail
   * @property {string} state
   * @property {string} tone
   * @property {string} mark
   * @property {string} tip
   * @property {string} unit
   * @property {string} href
   * @property {string} cell Anchor of the measurement.
   * @property {string} file Result file that it stands in.
   * @property {number | string | null} raw
   * @property {number | null} low
   * @property {number | null} high
   * @property {boolean} worded
   */

  /** What an entry has where nothing is stated. */
  const NOTHING = Object.freeze({
    text: '', detail: '', state: 'ok', tone: '', mark: '', tip: '', unit: '', href: '', cell: '',
    file: '', raw: null, low: null, high: null, worded: false,
  });

  const collator = new Intl.Collator('en', { numeric: true });

  /** A column: its header, and one field after the other for all rows. */
  class Column {
    /**
     * @param {ColumnInfo} info
     * @param {number} rows
     * @param {(field: string, row: number) => any} read
     */
    constructor(info, rows, read) {
      Object.assign(this, { group: '', unit: '', formula: '', better: '' }, info);
      this.numeric = Boolean(info.numeric);
      this.heading = Boolean(info.heading);
      this.rows = rows;
      this.read = read;
      const last = this.id.slice(this.id.lastIndexOf('.') + 1);
      this.kind = this.numeric ? (/^(drop|gain)\b/.exec(last) || [''])[0] : '';
      const title = [this.group, this.label].filter(Boolean).join(': ');
      this.name = title || this.id;
      this.title = (this.formula ? `${title} = ${this.formula}` : title) +
        (this.unit ? ` (${this.unit})` : '');
    }

    /** @param {number} row @returns {Entry} */
    entry(row) {
      const entry = Object.assign({}, NOTHING);
      for (const field of Object.keys(NOTHING)) {
        const value = this.read(field, row);
        if (value !== undefined && value !== null) entry[field] = value;
      }
      return entry;
    }

    /** @param {number} row @returns {string} */
    text(row) {
      return this.read('text', row) || '';
    }

    /** @param {number} row @returns {string} */
    state(row) {
      return this.read('state', row) || 'ok';
    }

    /** Units that stand behind the numbers because the header cannot state one. */
    get units() {
      return this.once('units', () => {
        const found = new Set();
        for (let row = 0; row < this.rows; row += 1) found.add(this.read('unit', row) || '');
        found.delete('');
        return [...found];
      });
    }

    /** Numbers by row; NaN where there is none. */
    get numbers() {
      return this.once('numbers', () => {
        const numbers = new Float64Array(this.rows);
        for (let row = 0; row < this.rows; row += 1) {
          const raw = this.read('raw', row);
          numbers[row] = typeof raw === 'number' ? raw : NaN;
        }
        return numbers;
      });
    }

    /** Distinct values with what readers call them, in their order, and each row's place. */
    get values() {
      return this.once('values', () => {
        const places = new Map();
        const at = new Int32Array(this.rows);
        const found = [];
        for (let row = 0; row < this.rows; row += 1) {
          const raw = this.read('raw', row);
          const label = this.text(row);
          const key = typeof raw === 'string' && raw ? raw : label;
          let place = places.get(key);
          if (place === undefined) {
            place = found.length;
            places.set(key, place);
            found.push({ key, label: label || key, state: this.state(row), count: 0 });
          }
          found[place].count += 1;
          at[row] = place;
        }
        return { found, at };
      });
    }

    /** What rows are sorted by: numbers as they are, texts by their rank; NaN goes last. */
    get order() {
      if (this.numeric) return this.numbers;
      return this.once('order', () => {
        const { found, at } = this.values;
        const missing = (one) => !one.label || one.state === 'none';
        const ranked = found.map((one, place) => place).filter((place) => !missing(found[place]));
        ranked.sort((a, b) => collator.compare(found[a].label, found[b].label) || a - b);
        const ranks = new Float64Array(found.length).fill(NaN);
        ranked.forEach((place, rank) => { ranks[place] = rank; });
        return Float64Array.from(at, (place) => ranks[place]);
      });
    }

    /**
     * Compute something of this column once.
     * @template T
     * @param {string} name
     * @param {() => T} compute
     * @returns {T}
     */
    once(name, compute) {
      const slot = `_${name}`;
      if (!(slot in this)) this[slot] = compute();
      return this[slot];
    }
  }

  /** A table: columns, and anchors and verify lines of its rows. */
  class Model {
    /**
     * @param {Column[]} columns
     * @param {string[]} anchors Ids of the rows.
     * @param {(row: number) => string[]} verify
     */
    constructor(columns, anchors, verify) {
      this.columns = columns;
      this.anchors = anchors;
      this.verify = verify;
      this.size = anchors.length;
    }

    /**
     * Find a column by its id, or by `drop` and `gain` where only one is of the kind.
     * @param {string} id
     * @returns {Column | undefined}
     */
    column(id) {
      const exact = this.columns.find((column) => column.id === id);
      if (exact) return exact;
      const alike = this.columns.filter((column) => column.kind && column.kind === id);
      return alike.length === 1 ? alike[0] : undefined;
    }

    /** Rows by their own anchor and by those of the measurements in them. */
    get rowByAnchor() {
      if (!this._rowByAnchor) {
        const rows = new Map();
        this.anchors.forEach((anchor, row) => {
          rows.set(anchor, row);
          for (const column of this.columns) {
            const cell = column.read('cell', row);
            if (cell && !rows.has(cell)) rows.set(cell, row);
          }
        });
        this._rowByAnchor = rows;
      }
      return this._rowByAnchor;
    }

    /** States other than ok that cells of value columns are in, with how many rows have them. */
    get states() {
      if (!this._states) {
        const counts = new Map();
        const of = [];
        for (let row = 0; row < this.size; row += 1) {
          const found = new Set();
          for (const column of this.columns) if (!column.heading) found.add(column.state(row));
          found.delete('none');
          for (const state of found) counts.set(state, (counts.get(state) || 0) + 1);
          of.push(found);
        }
        this._states = { counts, of };
      }
      return this._states;
    }
  }

  /** @param {string | null} text @returns {number | null} */
  function numberOf(text) {
    return text === null || text === '' ? null : Number(text);
  }

  /** @param {HTMLTableCellElement} cell @returns {Entry} */
  function readCell(cell) {
    const shown = cell.querySelector(':scope > .bf-value, :scope > .bf-state');
    const plain = cell.querySelector(':scope > .bf-detail:not(.bf-warning)');
    const warning = cell.querySelector(':scope > .bf-warning');
    const raw = cell.getAttribute('data-raw');
    return {
      text: shown ? textOf(shown) : '',
      detail: plain ? plain.textContent : '',
      state: cell.getAttribute('data-state') || 'ok',
      tone: shown && shown.classList.contains('bf-bad') ? 'bad' : '',
      mark: warning ? textOf(warning) : '',
      tip: (shown && shown.getAttribute('title')) || '',
      unit: cell.getAttribute('data-unit') || '',
      href: (shown && shown.querySelector('a') && shown.querySelector('a').href) || '',
      cell: cell.getAttribute('data-cell') || '',
      file: cell.getAttribute('data-file') || '',
      raw: raw === null ? cell.getAttribute('data-key') : Number(raw),
      low: numberOf(cell.getAttribute('data-low')),
      high: numberOf(cell.getAttribute('data-high')),
      worded: cell.hasAttribute('data-worded'),
    };
  }

  /** Return what is shown, without signs beside it. @param {Element} shown */
  function textOf(shown) {
    let text = '';
    for (const child of shown.childNodes) {
      const aside = child instanceof Element && child.matches('.bf-mark, .bf-sr, [aria-hidden]');
      if (!aside) text += child.textContent;
    }
    return text;
  }

  /**
   * Return the header cells that stand over one column each, in the order of the columns.
   * @param {HTMLTableElement} table
   * @returns {HTMLTableCellElement[]}
   */
  function leafHeads(table) {
    const [upper, lower] = table.tHead.rows;
    const below = lower ? [...lower.cells] : [];
    return [...upper.cells].flatMap((head) =>
      (head.matches('.bf-upper') ? below.splice(0, head.colSpan) : [head]));
  }

  /** @param {HTMLTableElement} table @returns {ColumnInfo[]} */
  function readHeads(table) {
    const heads = leafHeads(table).filter((head) => head.hasAttribute('data-column'));
    return heads.map((head) => JSON.parse(head.getAttribute('data-column')));
  }

  /**
   * Read a table of the page; cells are read when they are first asked for.
   * @param {HTMLTableElement} table
   * @returns {Model}
   */
  function fromPage(table) {
    const lines = [...table.tBodies[0].rows];
    const infos = readHeads(table);
    const cells = lines.map((line) => [...line.cells]);
    /** @type {Map<HTMLTableCellElement, Entry>} */
    const entries = new Map();
    const read = (place) => (field, row) => {
      const cell = cells[row][place];
      let entry = entries.get(cell);
      if (!entry) {
        entry = readCell(cell);
        entries.set(cell, entry);
      }
      return entry[field];
    };
    const columns = infos.map((info, place) => new Column(info, lines.length, read(place)));
    const commands = (row) =>
      [...lines[row].querySelectorAll('.bf-verify code')].map((code) => code.textContent);
    return new Model(columns, lines.map((line) => line.id), commands);
  }

  /**
   * Return what reads a field: a list, or distinct values (`of`) and each row's place (`at`).
   * @param {any} field
   * @returns {(row: number) => any}
   */
  function reader(field) {
    if (Array.isArray(field)) return (row) => field[row];
    return (row) => field.of[field.at[row]];
  }

  /**
   * Take over the data of a large table.
   * @param {{columns: ColumnInfo[], anchors: string[], fields: Record<string, any>[],
   *   verify?: any}} found
   * @param {string} prefix What ids of rows begin with.
   * @returns {Model}
   */
  function fromData(found, prefix) {
    const columns = found.columns.map((info, place) => {
      const readers = Object.fromEntries(
        Object.entries(found.fields[place]).map(([name, field]) => [name, reader(field)]));
      return new Column(info, found.anchors.length, (field, row) =>
        (readers[field] ? readers[field](row) : undefined));
    });
    const verify = found.verify ? reader(found.verify) : () => [];
    return new Model(columns, found.anchors.map((anchor) => `${prefix}-${anchor}`), verify);
  }

  benchfolio.model = { Column, Model, fromData, fromPage, leafHeads };
})();
