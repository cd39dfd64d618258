/**
 * A choice of versions in the place of the link to their list. The page stays the same where the
 * other version has it; else its first page opens.
 */
(function () {
  'use strict';

  const { element, find, ready } = benchfolio;

  /**
   * Leave only addresses of pages: what a list says may come from anywhere.
   * @param {string} address
   * @param {string} base
   */
  function pageAddress(address, base) {
    const found = new URL(address, base);
    return ['http:', 'https:', 'file:'].includes(found.protocol) ? found.href : '';
  }

  /**
   * Open a version at the page shown.
   * @param {{name: string, url: string}} version
   * @param {string} root Address of its root.
   * @param {string} here The page, from the root; empty where there is none like it.
   */
  async function open(version, root, here) {
    let page = '';
    const sameSite = new URL(root).origin === location.origin || location.protocol === 'file:';
    if (here && sameSite) {
      const list = new URL('benchfolio-pages.js', root).href;
      // Versions that do not list their pages open at their root.
      const pages = await find(`pages of ${version.name}`, list).catch(() => []);
      if (Array.isArray(pages) && pages.includes(here)) page = here;
    }
    // From file:// a folder would show as a list of files.
    const first = location.protocol === 'file:' ? 'index.html' : '';
    location.assign(new URL(page || first, root).href);
  }

  /** @param {HTMLElement} block @param {number} number */
  async function offer(block, number) {
    const script = new URL(block.dataset.script || '', location.href).href;
    const versions = await find('versions', script).catch(() => []);
    const link = block.querySelector('a');
    if (!Array.isArray(versions) || versions.length < 2 || !link) return;
    const own = block.dataset.version || '';
    const select = element('select', { id: `bf-versions-${number}` });
    for (const version of versions) {
      const label = version.name + (version.newest ? ' (newest)' : '');
      const option = element('option', { value: String(version.name) }, label);
      option.selected = version.name === own;
      select.append(option);
    }
    if (!versions.some((version) => version.name === own)) {
      const option = element('option', { value: '' }, own || 'this version');
      option.selected = true;
      select.prepend(option);
    }
    select.addEventListener('change', () => {
      const version = versions.find((one) => one.name === select.value);
      const root = version && pageAddress(version.url, script);
      if (root) open(version, root, block.dataset.here || '');
    });
    const label = element('label', { for: select.id }, 'Version');
    block.replaceChildren(label, ' ', select);
  }

  ready(() => document.querySelectorAll('.bf-versions').forEach((block, number) => {
    offer(/** @type {HTMLElement} */ (block), number);
  }));
})();
