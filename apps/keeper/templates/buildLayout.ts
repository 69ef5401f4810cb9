import { readFileSync } from 'node:fs';
import mjml from 'mjml';

/** The frame of every mail as HTML that mail programs agree on; built when it changes, committed, and filled at run time. */
export async function buildLayout(): Promise<string> {
  const source = readFileSync(new URL('layout.mjml', import.meta.url), 'utf8');
  const { html, errors } = await mjml(source, { validationLevel: 'strict' });
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'));
  const lines = html.split('\n').map((line) => line.trimEnd());
  return `${lines.join('\n').trim()}\n`;
}
