import { defineConfig, type Plugin } from 'vitepress';
import packageJson from '../../package.json' with { type: 'json' };
import { anchorOf } from '../../scripts/docs/markdown.ts';
import { finish } from '../finish.ts';
import { relink } from '../links.ts';
import { menu, otherMarkdown, placeOf, root, sourcePages } from '../pages.ts';
import { folder, home } from '../versions.ts';

const pages = sourcePages();

/** Pages lie outside of this folder: Vue, which they import, is looked for here. */
const vueForPages = {
  name: 'vue-for-pages',
  enforce: 'pre',
  resolveId(id, importer, options) {
    if (!/^vue($|\/server-renderer$)/.test(id)) return undefined;
    if (options.ssr) return { id, external: true };
    return importer?.includes('.md')
      ? this.resolve(id, import.meta.filename, { ...options, skipSelf: true })
      : undefined;
  },
} satisfies Plugin;

export default defineConfig({
  title: 'starrocks-sink',
  description: packageJson.description,
  lang: 'en',
  base: `${home}${folder}/`,
  srcDir: root,
  srcExclude: [...otherMarkdown(pages)],
  outDir: `dist/${folder}`,
  rewrites: Object.fromEntries(pages.map((page) => [page, placeOf(page)])),
  // Whether a link leads to a page is known better by ../links.ts, and whether to a heading by ../finish.ts.
  ignoreDeadLinks: true,
  markdown: { anchor: { slugify: anchorOf }, config: relink(new Set(pages)) },
  vite: {
    publicDir: false,
    server: { host: '127.0.0.1' },
    plugins: [vueForPages],
  },
  buildEnd: ({ outDir }) => finish(outDir),
  themeConfig: {
    nav: [
      { text: 'First rows', link: '/tutorials/first-rows.md' },
      { text: 'Options', link: '/options.md' },
      { text: 'Failures', link: '/failures.md' },
      { text: 'API', link: '/api/producer.md' },
      { text: folder, link: '/versions.html', target: '_self' },
    ],
    sidebar: menu(pages),
    outline: { level: [2, 3] },
    search: { provider: 'local' },
  },
});
