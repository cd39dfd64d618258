/**
 * Tables of the page: sorting, filtering, choosing columns, with the state in the address.
 *
 * A table is complete without this. Up to about a thousand rows the lines of the page are put in
 * order and taken out; larger tables have an excerpt on the page and their rows in a data file.
 */
(function () {
  'use strict';

  const { address, element, ready } = benchfolio;

  /** The lines of the page as the body of a table. */
  class Lines {
    /** @param {any} table */
    constructor(table) {
      this.table = table;
      this.body = table.body;
      this.lines = [...table.body.rows];
      this.cells = this.lines.map((line) => [...line.cells]);
      this.rows = new Map(this.lines.map((line, row) => [line, row]));
      this.grouped = this.lines.some((line) => line.classList.contains('bf-begins'));
      this.none = element('tr', { class: 'bf-none' },
        element('td', { colspan: table.heads.length }, 'No row answers this.'));
      if (this.lines.some((line) => line.querySelector('td [title], td[data-cell]'))) {
        for (const line of this.lines) line.cells[0].append(benchfolio.details.button());
        table.element.classList.add('bf-tells');
      }
      this.hidden = table.heads.map(() => false);
      this.grow();
    }

    /** A long answer comes in steps: nobody waits for what is not looked at. */
    grow() {
      this.step = Number(this.table.block.getAttribute('data-step')) || Infinity;
      this.end = this.step;
      if (this.lines.length <= this.step) return;
      this.more = element('button', { type: 'button', class: 'bf-more-rows', onclick: () => {
        this.end += this.step;
        this.table.apply(this.table.query);
      } });
      this.table.block.querySelector('.bf-scroll').after(this.more);
      this.show([...this.lines.keys()], { hidden: this.hidden, sorted: false });
    }

    /** Say how many there are beyond what is shown; return what is. @param {number[]} all */
    cut(all) {
      if (!this.more) return all;
      const left = all.length - this.end;
      this.more.hidden = left <= 0;
      this.more.textContent = `Show ${Math.min(this.step, left)} more of ${all.length}`;
      return all.slice(0, this.end);
    }

    /** @param {number[]} all In the order to show. @param {any} how */
    show(all, { hidden, sorted }) {
      this.hide(hidden);
      const rows = this.cut(all);
      const changed = rows.length !== this.body.rows.length ||
        rows.some((row, place) => this.body.rows[place] !== this.lines[row]);
      if (!changed) return;
      this.regroup(rows, sorted);
      this.body.replaceChildren(...(rows.length ? rows.map((row) => this.lines[row])
        : [this.none]));
    }

    /** @param {boolean[]} hidden By place of the column. */
    hide(hidden) {
      hidden.forEach((value, place) => {
        if (value === this.hidden[place]) return;
        for (const cells of this.cells) cells[place].hidden = value;
      });
      this.hidden = hidden;
    }

    /** Names step back only under the same name; in a sorted table every row speaks for itself. */
    regroup(rows, sorted) {
      rows.forEach((row, place) => {
        const count = sorted || place === 0 ? 0 : this.sameAs(rows[place - 1], row);
        this.cells[row].forEach((cell, at) => cell.classList.toggle('bf-same', at < count));
        this.lines[row].classList.toggle('bf-begins', this.grouped && !sorted && count === 0);
      });
    }

    /** How many row headers, from the first on, say the same in two rows. */
    sameAs(above, row) {
      const { columns } = this.table.model;
      const end = columns.findIndex((column) =>
        !column.heading || column.text(above) !== column.text(row));
      return end < 0 ? columns.length : end;
    }

    /** @param {HTMLTableRowElement} line */
    rowOf(line) {
      return this.rows.get(line);
    }

    /** @param {number} row */
    reveal(row) {
      this.lines[row].scrollIntoView({ block: 'center', inline: 'nearest' });
    }
  }

  /** A table of the page. */
  class Table {
    /** @param {HTMLElement} block */
    constructor(block) {
      this.block = block;
      this.id = block.id;
      this.name = block.getAttribute('data-table') || block.id;
      /** What addresses call it: its own name, or its id where the page has two of the name. */
      this.key = document.querySelectorAll(`.bf-block[data-table="${CSS.escape(this.name)}"]`)
        .length > 1 ? this.id : this.name;
      this.element = block.querySelector('table.bf-table');
      this.body = this.element.tBodies[0];
      const caption = block.querySelector('.bf-caption');
      this.title = caption ? caption.textContent.trim() : this.id;
      this.query = benchfolio.query.nothing();
      this.heads = benchfolio.model.leafHeads(this.element);
      this.target = -1;
      /** An answer to a question of the reader's: the address is that of the question. */
      this.isAnswer = false;
    }

    /** Read the rows, of the page or of a data file, and make everything work. */
    async open() {
      const source = this.block.getAttribute('data-source');
      if (source) await this.openLarge(source);
      else this.display = new Lines(this);
      this.placeControls();
      this.addSorting();
      benchfolio.details.listen(this);
    }

    async openLarge(source) {
      const [found] = await Promise.all([
        benchfolio.find(this.block.getAttribute('data-stem'), source),
        benchfolio.script('table-grid.js'),
      ]);
      this._model = benchfolio.model.fromData(found, this.id);
      if (this.element.tHead.querySelector('.bf-verify-head')) {
        this.element.tHead.querySelector('.bf-verify-head').remove();
        this.heads.pop();
      }
      this.display = new benchfolio.grid.Grid(this, this.block.querySelector('.bf-scroll'));
      this.element.classList.add('bf-tells');
      const note = this.block.querySelector('.bf-excerpt');
      if (note) note.textContent = note.getAttribute('data-whole') || '';
      this.display.show(benchfolio.query.answer(this.model, this.query), this.how());
    }

    get model() {
      if (!this._model) this._model = benchfolio.model.fromPage(this.element);
      return this._model;
    }

    /** Columns that can be shown and hidden: those of the model, and the lines to type. */
    get columns() {
      return this.model.columns;
    }

    /** @param {any} column */
    isShown(column) {
      return !this.query.hidden.has(column.id);
    }

    placeControls() {
      const bar = this.block.querySelector('.bf-bar');
      if (!bar) return;
      const whole = !bar.matches('.bf-bar-small');
      this.controls = new benchfolio.controls.Controls(this, bar, whole);
      this.controls.show(this.model.size);
    }

    // Sorting ---------------------------------------------------------------------------

    addSorting() {
      this.heads.forEach((head) => {
        const label = head.querySelector('.bf-label');
        if (!label || !head.hasAttribute('data-column')) return;
        const button = element('button', { type: 'button', class: 'bf-sort',
          onclick: () => this.sortBy(head) });
        button.append(...label.childNodes);
        label.append(button);
      });
    }

    /** Up, down, as it was; where higher is better, down comes first. */
    sortBy(head) {
      const column = this.columns[this.heads.indexOf(head)];
      const first = column.better === 'higher';
      const { sort } = this.query;
      const query = benchfolio.query.copy(this.query);
      if (!sort || sort.column !== column.id) query.sort = { column: column.id, descending: first };
      else if (sort.descending === first) query.sort = { column: column.id, descending: !first };
      else query.sort = null;
      this.ask(query);
    }

    // Showing what is asked for ------------------------------------------------------------

    /** Take up what the reader asks for, and put it into the address. */
    ask(query, typed = false) {
      this.apply(query);
      if (!this.isAnswer) page.remember(typed ? this : null);
    }

    /** @param {any} query */
    apply(query) {
      this.query = this.known(query);
      this.rows = benchfolio.query.answer(this.model, this.query);
      this.display.show(this.rows, this.how());
      this.showHeads();
      if (this.controls) this.controls.show(this.rows.length);
    }

    /** Leave out what this table does not have. */
    known(asked) {
      const query = benchfolio.query.copy(asked);
      const idOf = (id) => (this.model.column(id) || {}).id;
      const named = (entries, also) => new Map([...entries]
        .map(([id, value]) => [idOf(id) || (id === also ? also : undefined), value])
        .filter(([id]) => id));
      query.facets = named(query.facets, benchfolio.query.STATE);
      query.ranges = named(query.ranges, undefined);
      query.hidden = new Set([...query.hidden].filter((id) => {
        const column = this.model.column(id);
        return column && column.id === id && !column.heading;
      }));
      if (query.sort && !idOf(query.sort.column)) query.sort = null;
      else if (query.sort) query.sort.column = idOf(query.sort.column);
      return query;
    }

    how() {
      const hidden = this.heads.map((_, place) =>
        Boolean(this.columns[place]) && !this.isShown(this.columns[place]));
      return { hidden, sorted: Boolean(this.query.sort) };
    }

    showHeads() {
      const { hidden } = this.how();
      const { sort } = this.query;
      this.heads.forEach((head, place) => {
        const column = this.columns[place];
        if (!column) return;
        head.hidden = hidden[place];
        if (sort && sort.column === column.id) {
          head.setAttribute('aria-sort', sort.descending ? 'descending' : 'ascending');
        } else {
          head.removeAttribute('aria-sort');
        }
      });
      this.showUpper(hidden);
    }

    /** An upper header spans what is left of its columns. */
    showUpper(hidden) {
      let place = 0;
      for (const head of this.element.tHead.rows[0].cells) {
        if (!head.matches('.bf-upper')) {
          place += 1;
          continue;
        }
        const width = Number(head.getAttribute('data-span') || head.colSpan);
        head.setAttribute('data-span', String(width));
        const left = hidden.slice(place, place + width).filter((one) => !one).length;
        head.hidden = left === 0;
        head.colSpan = left || width;
        place += width;
      }
    }

    /** What to take along. */
    shown() {
      return {
        id: this.name,
        title: this.title,
        columns: this.columns.filter((column) => this.isShown(column)),
        rows: this.rows || benchfolio.query.answer(this.model, this.query),
        model: this.model,
      };
    }

    /** The address of this page with this table as it is. */
    address() {
      const here = new URL(location.href);
      if (this.isAnswer) return here.href;
      here.hash = address.write(this.key, this.query) || this.id;
      return here.href;
    }

    /** @param {Element} line */
    rowOf(line) {
      return this.display.rowOf(line);
    }

    /** Bring a row into view that an address names. @param {number} row */
    reveal(row) {
      if (this.rows && !this.rows.includes(row)) this.apply(benchfolio.query.nothing());
      this.target = row;
      this.display.reveal(row);
    }
  }

  /** The tables of the page and its address. */
  const page = {
    /** @type {Table[]} */
    tables: [],
    /** @type {Table | null} The table whose words are being typed. */
    typing: null,

    /** Everything that is asked for, as it stands in the address. */
    written() {
      return this.tables.map((table) => address.write(table.key, table.query)).filter(Boolean)
        .join('&');
    },

    /** Put what is asked for into the address; what is typed letter by letter is one step. */
    remember(typing) {
      const hash = this.written();
      const target = location.href.replace(/#.*/, '') + (hash ? `#${hash}` : '');
      const again = typing !== null && this.typing === typing;
      this.typing = typing;
      history[again ? 'replaceState' : 'pushState']({ benchfolio: hash }, '', target);
    },

    /** Show what is asked for in words of an address. @param {string} hash */
    restore(hash) {
      const queries = address.read(hash) || new Map();
      for (const table of this.tables) {
        const query = queries.get(table.key) || benchfolio.query.nothing();
        if (address.write(table.key, query) !== address.write(table.key, table.query)) {
          table.apply(query);
        }
      }
      return queries;
    },

    /** The address has changed, or the page was opened. @param {boolean} opened */
    arrive(opened) {
      this.typing = null;
      const hash = location.hash;
      const kept = history.state ? history.state.benchfolio : undefined;
      if (address.read(hash)) {
        const queries = this.restore(hash);
        const first = this.tables.find((table) => queries.has(table.key));
        if (first && (opened || kept === undefined)) first.block.scrollIntoView();
        return;
      }
      if (kept !== undefined) this.restore(kept ? `#${kept}` : '');
      else if (!opened && !hash) this.restore('');
      this.keep();
      this.jump(hash.slice(1));
    },

    /** A place on the page was gone to: remember how the tables are at it. */
    keep() {
      history.replaceState({ ...history.state, benchfolio: this.written() }, '');
    },

    /** Show the row that an address names, also where it is filtered out or not drawn. */
    jump(anchor) {
      if (!anchor || this.isDrawn(anchor)) return;
      for (const table of this.tables) {
        if (!table._model && !table.rows) continue;
        const row = table.model.rowByAnchor.get(anchor);
        if (row !== undefined) {
          table.reveal(row);
          return;
        }
      }
    },

    isDrawn(anchor) {
      const found = document.getElementById(anchor);
      return found !== null && !found.hidden && found.closest('[hidden]') === null &&
        !found.closest('.bf-grid-table');
    },
  };

  /**
   * Make a table work that a script has put on the page as the answer to a question.
   * @param {HTMLElement} block
   */
  function adopt(block) {
    const table = new Table(block);
    table.isAnswer = true;
    table.open().catch(console.error); // what stands there is the answer all the same
  }

  benchfolio.tables = { adopt };

  ready(async () => {
    const blocks = [...document.querySelectorAll('.bf-block[data-table]')];
    const opened = await Promise.all(blocks.map(async (block) => {
      const table = new Table(/** @type {HTMLElement} */ (block));
      try {
        await table.open();
        return table;
      } catch (error) {
        console.error(error); // The table is as complete as the page has it.
        return null;
      }
    }));
    page.tables = opened.filter((table) => table !== null);
    if (page.tables.length) {
      page.arrive(true);
      addEventListener('popstate', () => page.arrive(false));
      addEventListener('hashchange', () => page.arrive(false));
    }
    document.documentElement.classList.add('bf-tables-ready');
  });
})();
