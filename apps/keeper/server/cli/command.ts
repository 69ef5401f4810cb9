import type { KeeperContext } from '../context.ts';

export interface Operand {
  /** As the help shows it. */
  readonly name: string;
  readonly optional?: boolean;
  readonly matches?: RegExp;
  /** What a word that does not match is not. */
  readonly expected?: string;
}

export interface Given {
  /** One for each operand that was given. */
  readonly operands: readonly string[];
  /** For commands that are `paged`. */
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What `keeper` can do. Calls the verb that the API calls. */
export interface Command {
  readonly name: string;
  readonly operands: readonly Operand[];
  readonly summary: string;
  /** Takes `--limit` and `--cursor`. */
  readonly paged?: boolean;
  /** Variables of the environment that have to be set, beside the configuration. */
  readonly variables?: readonly string[];
  /** `result` is printed as JSON if that is wanted, `text` otherwise. */
  run(ctx: KeeperContext, given: Given): Promise<{ readonly result: unknown; readonly text: string }>;
}
