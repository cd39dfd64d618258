/**
 * The one global of these pages, `benchfolio`: data that register themselves, scripts on demand,
 * and a way to build elements that cannot turn text into markup.
 *
 * Classic scripts only, nothing fetched: pages work from file:// and under `default-src 'self'`.
 */
(function () {
  'use strict';

  const own = /** @type {HTMLScriptElement} */ (document.currentScript);
  const folder = own.src.replace(/[^/]*(\?.*)?(#.*)?$/, '');

  /** @type {Map<string, unknown>} */
  const known = new Map();
  /** @type {Map<string, Promise<void>>} */
  const loading = new Map();

  /**
   * Register data; called by data files.
   * @param {string} name
   * @param {unknown} value
   */
  function data(name, value) {
    known.set(name, value);
  }

  /**
   * Run a script once.
   * @param {string} address
   * @returns {Promise<void>}
   */
  function load(address) {
    let promise = loading.get(address);
    if (!promise) {
      promise = new Promise((resolve, reject) => {
        const script = document.createElement('script');
        script.addEventListener('load', () => resolve());
        script.addEventListener('error', () => reject(new Error(`cannot load ${address}`)));
        script.src = address;
        document.head.append(script);
      });
      loading.set(address, promise);
    }
    return promise;
  }

  /**
   * Run a script of ours that few pages need, once.
   * @param {string} name As `table-grid.js`.
   * @returns {Promise<void>}
   */
  function script(name) {
    return load(folder + name);
  }

  /**
   * Return registered data, from a data file where they are not here yet.
   * @param {string} name
   * @param {string} address Of the file that registers them.
   * @returns {Promise<any>}
   */
  async function find(name, address) {
    if (!known.has(name)) await load(address);
    if (!known.has(name)) throw new Error(`${address} holds no data of the name ${name}`);
    return known.get(name);
  }

  /**
   * Make an element. Text stays text: nothing here parses markup.
   * @template {keyof HTMLElementTagNameMap} T
   * @param {T} tag
   * @param {Record<string, string | number | boolean | EventListener>} [properties] Attributes;
   *   `on…` with a function listens, `true` sets an empty attribute, `false` none.
   * @param {...(Node | string | null | undefined | false)} children
   * @returns {HTMLElementTagNameMap[T]}
   */
  function element(tag, properties, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties || {})) {
      if (typeof value === 'function') made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, '');
      else if (value !== false) made.setAttribute(name, String(value));
    }
    for (const child of children) if (child) made.append(child);
    return made;
  }

  /**
   * Run when the document is complete.
   * @param {() => void} action
   */
  function ready(action) {
    if (document.readyState !== 'loading') action();
    else document.addEventListener('DOMContentLoaded', action);
  }

  window.benchfolio = Object.assign(window.benchfolio || {}, {
    data, element, find, folder, load, ready, script,
  });
})();
