/**
 * What a person needs of a program's output when it failed: the last messages, without the JSON around them, and of an uncaught error the line
 * that says it, not the source, the stack or the fields.
 */
export function lastWords(output: string): string {
  return output
    .split('\n')
    .filter((line) => /^\S/.test(line) && !/^(\^|\}|Node\.js v|file:|node:)/.test(line))
    .slice(-4)
    .map(messageOf)
    .join('; ');
}

function messageOf(line: string): string {
  try {
    const entry = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    return [entry.msg, entry.err?.message].filter((part) => part !== undefined).join(': ');
  } catch {
    return line.trim();
  }
}
