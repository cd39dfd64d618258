/**
 * Says which versions have the page that was asked for: the same path in another version, or all of
 * the path where the address names none.
 */
(function () {
  'use strict';

  const known = new Map();
  window.benchfolio = { data: (name, value) => known.set(name, value) };

  /**
   * Run a script.
   * @param {string} address
   * @returns {Promise<void>} Also when there is no such script.
   */
  function load(address) {
    return new Promise((resolve) => {
      const script = document.createElement('script');
      script.addEventListener('load', () => resolve());
      script.addEventListener('error', () => resolve());
      script.src = address;
      document.head.append(script);
    });
  }

  /** @param {string} text */
  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  /**
   * Return the ways in which a page may be written in the list of a version.
   * @param {string} path
   */
  function spellings(path) {
    if (path === '' || path.endsWith('/')) return [path, `${path}index.html`];
    return [path, `${path}.html`, `${path}/index.html`];
  }

  /** @param {string} path From the folder of all versions. */
  async function search(path) {
    const versions = known.get('versions') || [];
    // The first part is the name of a version, which may be gone, or a folder of an unversioned site.
    const within = path.slice(path.indexOf('/') + 1);
    const wanted = [...spellings(path), ...(path.includes('/') ? spellings(within) : [])];
    const found = [];
    for (const version of versions) {
      await load(new URL(`${version.url}benchfolio-pages.js`, document.baseURI).href);
      const pages = known.get(`pages of ${version.name}`) || [];
      const page = pages.find((one) => wanted.includes(decoded(one)));
      if (page !== undefined) found.push([version, page]);
    }
    return found;
  }

  /** @param {Array<[{name: string, url: string, newest: boolean}, string]>} found */
  function offer(found) {
    const list = document.createElement('ul');
    for (const [version, page] of found) {
      const link = document.createElement('a');
      link.href = new URL(version.url + page, document.baseURI).href + location.hash;
      link.textContent = version.name;
      const item = document.createElement('li');
      item.append(link, version.newest ? ' (newest)' : '');
      list.append(item);
    }
    const text = document.createElement('p');
    text.textContent = 'This page is in:';
    document.getElementById('elsewhere').append(text, list);
  }

  (async () => {
    const base = decoded(new URL(document.baseURI).pathname);
    const path = decoded(location.pathname);
    if (!path.startsWith(base)) return;
    await load(new URL('versions.js', document.baseURI).href);
    const found = await search(path.slice(base.length));
    if (found.length) offer(found);
  })();
})();
