interface BuiltFile {
  readonly fileName: string;
}

interface Tag {
  readonly tag: string;
  readonly injectTo: 'head-prepend';
  readonly attrs: Record<string, string | true>;
}

/**
 * Puts a preload link for the two Latin typefaces before anything else in the page, under the hashed names of this build: without it the
 * browser only hears of them after the style sheet, and every word is set twice.
 */
export function preloadFonts() {
  return {
    name: 'tillkeeper-preload-fonts',
    transformIndexHtml: {
      order: 'post' as const,
      handler(_html: string, context: { bundle?: Record<string, BuiltFile> | undefined }): Tag[] {
        return Object.values(context.bundle ?? {})
          .filter((file) => /(sans|mono)-latin-wght-normal[^/]*\.woff2$/.test(file.fileName))
          .map((file) => ({
            tag: 'link',
            injectTo: 'head-prepend',
            attrs: { rel: 'preload', as: 'font', type: 'font/woff2', href: `/${file.fileName}`, crossorigin: true },
          }));
      },
    },
  };
}
