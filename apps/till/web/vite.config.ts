import tailwindcss from '@tailwindcss/vite';
import { preloadFonts } from '@tillkeeper/ui/vite/preloadFonts';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss(), preloadFonts()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The policy of the server allows no inline data in fonts, and a preloaded file must stay a file.
    assetsInlineLimit: 0,
    target: 'es2024',
  },
});
