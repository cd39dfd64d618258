/**
 * What stands above a table: search, filters, columns, and ways to take along what is shown.
 *
 * Native elements only: `details` for menus, inputs with labels, buttons.
 */
(function () {
  'use strict';

  const { element } = benchfolio;
  const SIGNS = { min: '≥', max: '≤' };
  const WORDS = { min: 'at least', max: 'at most' };
  /** The end of the scale that readers set first, by kind of column. */
  const ENDS = { drop: ['max'], gain: ['min'], '': ['min', 'max'] };
  const GAP = 4;
  const THIN = '\u2009';

  /** Write a count with thin spaces, as the tables do. @param {number} count */
  const counted = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, count > 9999 ? THIN : '');

  /** Controls of one table. */
  class Controls {
    /**
     * @param {any} table
     * @param {HTMLElement} place The bar.
     * @param {boolean} whole With search and filters.
     */
    constructor(table, place, whole) {
      this.table = table;
      this.columns = menu('Columns', (panel) => this.fillColumns(panel));
      this.take = menu('Copy, save', (panel) => this.fillTake(panel));
      if (!whole) {
        place.append(element('div', { class: 'bf-tools' }, this.columns, this.take));
        return;
      }
      this.filter = menu('Filter', (panel) => this.fillFilter(panel));
      this.search = element('input', {
        type: 'search', class: 'bf-search', placeholder: 'Search', autocomplete: 'off',
        'aria-label': `Search ${table.title}`, oninput: () => this.searched(),
      });
      this.count = element('span', { class: 'bf-count', role: 'status' });
      this.chips = element('span', { class: 'bf-chips' });
      place.append(
        element('div', { class: 'bf-tools' }, this.search, this.filter, this.columns, this.take),
        element('div', { class: 'bf-told' }, this.count, this.chips));
    }

    /** Ask for something else; `typed` words make one entry in the history, not one a key. */
    ask(edit, typed = false) {
      const query = benchfolio.query.copy(this.table.query);
      edit(query);
      this.table.ask(query, typed);
    }

    searched() {
      this.ask((query) => { query.search = this.search.value; }, true);
    }

    /** Show what is asked for. @param {number} shown How many rows. */
    show(shown) {
      if (!this.search) return this.refill();
      const { model, query } = this.table;
      const all = counted(model.size);
      const rows = model.size === 1 ? 'row' : 'rows';
      const text = shown === model.size ? `${all} ${rows}` : `${counted(shown)} of ${all} ${rows}`;
      if (this.count.textContent !== text) this.count.textContent = text;
      if (document.activeElement !== this.search) this.search.value = query.search;
      const set = query.facets.size + query.ranges.size;
      this.filter.firstElementChild.textContent = set ? `Filter (${set})` : 'Filter';
      this.showChips();
      return this.refill();
    }

    /** Bring open menus up to date, leaving the focus where it is. */
    refill() {
      for (const part of [this.filter, this.columns]) if (part && part.sync) part.sync();
    }

    // What is asked for, one removable word each ----------------------------------------

    showChips() {
      const { query } = this.table;
      const chips = [];
      const chip = (text, edit) => chips.push(element(
        'button', { type: 'button', class: 'bf-chip', 'aria-label': `Remove: ${text}`,
          onclick: () => this.removed(edit) },
        text, element('span', { 'aria-hidden': 'true' }, ' ×')));
      if (query.search.trim()) {
        chip(`“${query.search.trim()}”`, (asked) => {
          asked.search = '';
          this.search.value = '';
        });
      }
      for (const [id, values] of query.facets) {
        chip(this.facetWords(id, values), (asked) => asked.facets.delete(id));
      }
      for (const [id, range] of query.ranges) {
        for (const end of Object.keys(range)) {
          chip(this.rangeWords(id, end, range[end]), (asked) => unset(asked, id, end));
        }
      }
      if (query.hidden.size) {
        const columns = query.hidden.size === 1 ? 'column' : 'columns';
        chip(`${query.hidden.size} ${columns} hidden`, (asked) => asked.hidden.clear());
      }
      if (chips.length || query.sort) {
        chips.push(element('button', { type: 'button', class: 'bf-reset',
          onclick: () => this.reset() }, 'Reset'));
      }
      this.chips.replaceChildren(...chips);
    }

    removed(edit) {
      this.ask(edit);
      this.search.focus();
    }

    reset() {
      this.search.value = '';
      this.table.ask(benchfolio.query.nothing());
      this.search.focus();
    }

    facetWords(id, values) {
      const facet = this.facets.find((one) => one.id === id);
      const label = (key) => {
        const value = facet && facet.values.find((one) => one.key === key);
        return value ? value.label : key;
      };
      return `${facet ? facet.name : id}: ${[...values].map(label).join(', ')}`;
    }

    rangeWords(id, end, number) {
      const column = this.table.model.column(id);
      const unit = unitOf(column);
      return `${column ? column.name : id} ${SIGNS[end]} ${number}${unit ? ` ${unit}` : ''}`;
    }

    get facets() {
      if (!this._facets) this._facets = benchfolio.query.facets(this.table.model);
      return this._facets;
    }

    // Filters -----------------------------------------------------------------------------

    fillFilter(panel) {
      const numeric = this.table.model.columns.filter((one) => one.numeric && known(one));
      const first = numeric.filter((column) => column.kind);
      const rest = numeric.filter((column) => !column.kind);
      const syncs = [];
      const groups = this.facets.map((facet) => this.facetGroup(facet, syncs));
      if (first.length) groups.push(this.rangeGroup('Gains and drops', first, syncs));
      panel.append(element('div', { class: 'bf-groups' }, ...groups));
      if (rest.length) {
        panel.append(element('details', { class: 'bf-more-numbers', open: !groups.length },
          element('summary', {}, 'Other numbers'), this.rangeGroup('', rest, syncs)));
      }
      panel.append(element('p', { class: 'bf-hint' },
        'Rows without a value do not answer a limit.'));
      return () => syncs.forEach((sync) => sync());
    }

    facetGroup({ id, name, values }, syncs) {
      const boxes = values.map((value) => {
        const box = element('input', { type: 'checkbox',
          onchange: () => this.ask((query) => choose(query, id, value.key, box.checked)) });
        syncs.push(() => {
          const wanted = this.table.query.facets.get(id);
          box.checked = Boolean(wanted && wanted.has(value.key));
        });
        return element('label', {}, box, element('span', {}, value.label), ' ',
          element('span', { class: 'bf-of' }, counted(value.count)));
      });
      return element('fieldset', {}, element('legend', {}, name),
        element('div', { class: 'bf-choices' }, ...boxes));
    }

    rangeGroup(legend, columns, syncs) {
      const inputs = columns.flatMap((column) =>
        ENDS[column.kind].map((end) => this.rangeInput(column, end, syncs)));
      return element('fieldset', { class: 'bf-ranges' }, legend && element('legend', {}, legend),
        ...inputs);
    }

    rangeInput(column, end, syncs) {
      const input = element('input', { type: 'number', step: 'any',
        oninput: () => this.ask((query) => limit(query, column.id, end, input.value), true) });
      syncs.push(() => {
        const range = this.table.query.ranges.get(column.id) || {};
        const text = range[end] === undefined ? '' : String(range[end]);
        if (document.activeElement !== input) input.value = text;
      });
      const unit = unitOf(column);
      return element('label', {}, element('span', {}, `${column.name} ${WORDS[end]} `), input,
        element('span', { class: 'bf-of' }, unit ? ` ${unit}` : ''));
    }

    // Columns -----------------------------------------------------------------------------

    fillColumns(panel) {
      const groups = new Map();
      for (const column of this.table.columns) {
        if (column.heading) continue;
        if (!groups.has(column.group)) groups.set(column.group, []);
        groups.get(column.group).push(column);
      }
      const syncs = [];
      const parts = [...groups].map(([name, columns]) => this.columnGroup(name, columns, syncs));
      panel.append(element('div', { class: 'bf-groups' }, ...parts));
      return () => syncs.forEach((sync) => sync());
    }

    columnGroup(name, columns, syncs) {
      const boxes = columns.map((column) =>
        this.columnBox(column.label || column.id, [column], syncs));
      const all = name && columns.length > 1 && this.columnBox('all of these', columns, syncs);
      return element('fieldset', {}, element('legend', {}, name || 'Columns'),
        element('div', { class: 'bf-choices' }, all, ...boxes));
    }

    columnBox(label, columns, syncs) {
      const box = element('input', { type: 'checkbox', onchange: () => this.ask((query) => {
        for (const { id } of columns) {
          if (box.checked) query.hidden.delete(id);
          else query.hidden.add(id);
        }
      }) });
      syncs.push(() => {
        const shown = columns.filter(({ id }) => !this.table.query.hidden.has(id)).length;
        box.checked = shown === columns.length;
        box.indeterminate = shown > 0 && shown < columns.length;
      });
      return element('label', {}, box, element('span', {}, label));
    }

    // What to take along ------------------------------------------------------------------

    fillTake(panel) {
      const said = element('p', { class: 'bf-hint', role: 'status' });
      const button = (label, action) => element('button', { type: 'button', onclick: action },
        label);
      const copy = (what, text) => async () => {
        said.textContent = await copied(text(), what) ? `${what} copied.` : '';
      };
      panel.append(element('p', { class: 'bf-hint' },
        'Exactly what is shown: these rows, in this order, and these columns.'));
      benchfolio.script('table-export.js').then(() => {
        const { exporting } = benchfolio;
        panel.append(
          button('Copy as Markdown', copy('Table', () => exporting.markdown(this.table.shown()))),
          button('Copy the address', copy('Address', () => this.table.address())),
          ...Object.entries(exporting.formats).map(([format, { label }]) =>
            button(`Save as ${label}`, () => exporting.download(format, this.table.shown()))),
          said);
        place(panel);
      }, console.error);
      return () => { said.textContent = ''; };
    }
  }

  /** Whether a column has any number. */
  const known = (column) => column.numbers.some((number) => !Number.isNaN(number));

  /** @param {any} column */
  const unitOf = (column) => (column ? column.unit || column.units.filter((unit) => unit !== '1').join(' or ') : '');

  function choose(query, id, key, wanted) {
    const values = query.facets.get(id) || new Set();
    if (wanted) values.add(key);
    else values.delete(key);
    if (values.size) query.facets.set(id, values);
    else query.facets.delete(id);
  }

  function limit(query, id, end, text) {
    if (text.trim() === '' || !Number.isFinite(Number(text))) unset(query, id, end);
    else query.ranges.set(id, { ...query.ranges.get(id), [end]: Number(text) });
  }

  function unset(query, id, end) {
    const range = { ...query.ranges.get(id) };
    delete range[end];
    if (Object.keys(range).length) query.ranges.set(id, range);
    else query.ranges.delete(id);
  }

  /** Make a menu that is filled when it is first opened. */
  function menu(label, fill) {
    const panel = element('div', { class: 'bf-panel' });
    const made = element('details', { class: 'bf-menu' }, element('summary', {}, label), panel);
    let sync = null;
    // A menu opens before `toggle` is told, and would be empty for a moment.
    made.firstElementChild.addEventListener('click', () => { sync ??= fill(panel); });
    made.addEventListener('toggle', () => {
      if (!made.open) return;
      sync ??= fill(panel);
      sync();
      place(panel);
    });
    made.sync = () => { if (sync && made.open && label !== 'Copy, save') sync(); };
    return made;
  }

  /**
   * Put a panel below its summary, or above where there is more room, inside the window. It is
   * fixed there, since themes cut off what leaves the column of text.
   * @param {HTMLElement} panel
   */
  function place(panel) {
    const { clientWidth, clientHeight } = document.documentElement;
    const { left, top, bottom } = panel.previousElementSibling.getBoundingClientRect();
    const below = clientHeight - bottom - 2 * GAP;
    const above = top - 2 * GAP;
    const up = below < Math.min(panel.scrollHeight, 300) && above > below;
    panel.style.maxHeight = `${Math.max(120, up ? above : below)}px`;
    const { width, height } = panel.getBoundingClientRect();
    panel.style.left = `${Math.max(GAP, Math.min(left, clientWidth - width - GAP))}px`;
    panel.style.top = `${up ? top - GAP - height : bottom + GAP}px`;
  }

  /** Open panels go along when the page scrolls. */
  function placeOpen() {
    for (const panel of document.querySelectorAll('details.bf-menu[open] > .bf-panel')) {
      place(/** @type {HTMLElement} */ (panel));
    }
  }
  addEventListener('scroll', placeOpen, { capture: true, passive: true });
  addEventListener('resize', placeOpen, { passive: true });

  /** Copy text, or show it to be copied by hand where the browser refuses, as from file://. */
  async function copied(text, what) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      showToCopy(text, what);
      return false;
    }
  }

  function showToCopy(text, what) {
    const area = element('textarea', { readonly: true, rows: 12, 'aria-label': what });
    area.value = text;
    const dialog = element('dialog', { class: 'bf-copy', 'aria-label': `${what} to copy` },
      element('p', {}, 'The browser does not let this page copy. It is selected: press Ctrl+C.'),
      area,
      element('form', { method: 'dialog' }, element('button', {}, 'Close')));
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    area.focus();
    area.select();
  }

  /** Menus close when the reader goes elsewhere, or presses Escape. */
  document.addEventListener('pointerdown', (event) => {
    for (const open of document.querySelectorAll('details.bf-menu[open]')) {
      if (!open.contains(/** @type {Node} */ (event.target))) open.open = false;
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    const open = /** @type {Element} */ (event.target).closest('details.bf-menu[open]');
    if (!open) return;
    open.open = false;
    open.querySelector('summary').focus();
  });
  document.addEventListener('focusin', (event) => {
    for (const open of document.querySelectorAll('details.bf-menu[open]')) {
      if (!open.contains(/** @type {Node} */ (event.target))) open.open = false;
    }
  });

  benchfolio.controls = { Controls };
})();
