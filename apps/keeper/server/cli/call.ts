import { parseArgs } from 'node:util';
import { AppError } from '@tillkeeper/platform/errors';
import type { Command } from './command.ts';

/** A command line that was understood. `command` is absent where only help is wanted. */
export interface Call {
  readonly command: Command | undefined;
  readonly operands: readonly string[];
  readonly json: boolean;
  /** A file with the configuration. */
  readonly envFile: string | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}

const limits = { least: 1, most: 1_000, usual: 100 };

/** Reads the words behind `keeper`. Throws `invalid_input` for what cannot be understood. */
export function readCall(commands: readonly Command[], argv: readonly string[]): Call {
  const { values, positionals } = readWords(argv);
  const common = {
    json: values.json,
    envFile: values.env,
    limit: readLimit(values.limit),
    cursor: values.cursor,
  };
  if (values.help) return { ...common, command: undefined, operands: [] };
  const command = commands.find(({ name }) => name === positionals.slice(0, name.split(' ').length).join(' '));
  if (command === undefined) {
    const said = positionals.length === 0 ? 'no command was given' : `there is no command "${positionals.join(' ')}"`;
    throw new AppError('invalid_input', `${said}; keeper --help lists them`);
  }
  if (command.paged !== true && (values.limit !== undefined || values.cursor !== undefined))
    throw new AppError('invalid_input', `${command.name} takes neither --limit nor --cursor`);
  return { ...common, command, operands: readOperands(command, positionals.slice(command.name.split(' ').length)) };
}

function readWords(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        env: { type: 'string' },
        limit: { type: 'string' },
        cursor: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new AppError('invalid_input', error instanceof Error ? error.message : String(error), {}, { cause: error });
  }
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return limits.usual;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (limit >= limits.least && limit <= limits.most) return limit;
  throw new AppError('invalid_input', `--limit must be a whole number from ${limits.least} to ${limits.most}`);
}

function readOperands(command: Command, words: readonly string[]): readonly string[] {
  for (const [index, operand] of command.operands.entries()) {
    const word = words[index];
    if (word === undefined && operand.optional !== true)
      throw new AppError('invalid_input', `${command.name} needs ${operand.name}`);
    if (word !== undefined && operand.matches?.test(word) === false)
      throw new AppError('invalid_input', `"${word}" is not ${operand.expected ?? operand.name}`);
  }
  const more = words[command.operands.length];
  if (more !== undefined) throw new AppError('invalid_input', `${command.name} does not take "${more}"`);
  return words;
}
