import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const root = import.meta.dirname;

/** The page, and beside it the player alone under a name that does not change, for pages of others. */
export default defineConfig({
  root,
  base: './',
  // `npm run dev`: the page reloads as it is edited, beside a `heatbox watch` or `serve` on its default port.
  server: { proxy: { '/v1': { target: 'http://127.0.0.1:8080', ws: true } } },
  build: {
    outDir: resolve(root, '../dist/web-viewer'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    rollupOptions: {
      input: { index: resolve(root, 'index.html'), 'heatbox-player': resolve(root, 'src/player/element.ts') },
      output: {
        entryFileNames: ({ name }) => (name === 'heatbox-player' ? 'heatbox-player.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
