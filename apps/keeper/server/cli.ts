#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError } from '@tillkeeper/platform/config';
import { AppError, toAppError } from '@tillkeeper/platform/errors';
import { createLogger } from '@tillkeeper/platform/log';
import { type Call, readCall } from './cli/call.ts';
import type { Command } from './cli/command.ts';
import { commands } from './cli/commands.ts';
import { type KeeperConfig, keeperConfig } from './config.ts';
import { closeDeps, openContext, openDeps } from './context.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** 0: done; 1: the verb refused or failed; 2: the call or the configuration is wrong. */
type ExitCode = 0 | 1 | 2;

async function main(argv: readonly string[], processEnvironment: Environment): Promise<ExitCode> {
  let call: Call;
  let environment: Environment;
  let config: KeeperConfig;
  try {
    call = readCall(commands, argv);
    if (call.command === undefined) return print(usage());
    environment = { ...processEnvironment, ...readEnvFile(call.envFile) };
    const { variables = [] } = call.command;
    for (const name of variables)
      if ((environment[name] ?? '') === '') throw new AppError('invalid_input', `${name} is missing`);
    config = keeperConfig(environment);
  } catch (error) {
    return complain(error, 2);
  }
  try {
    const { result, text } = await runCommand(call.command, call, config, environment);
    return print(call.json ? JSON.stringify(result) : text);
  } catch (error) {
    return complain(error, 1);
  }
}

async function runCommand(command: Command, call: Call, config: KeeperConfig, environment: Environment) {
  const deps = openDeps(config, createLogger({ name: 'keeper-cli', level: 'error' }), 'keeper-cli');
  try {
    const ctx = await openContext(deps, { kind: 'system', job: 'cli' });
    return await command.run(ctx, { ...call, environment });
  } finally {
    await closeDeps(deps);
  }
}

function readEnvFile(file: string | undefined): Environment {
  if (file === undefined) return {};
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new AppError('invalid_input', `${file} cannot be read`, {}, { cause: error });
  }
}

function usage(): string {
  const calls = commands.map(({ name, operands, summary }) => ({
    words: [name, ...operands.map((operand) => (operand.optional === true ? `[${operand.name}]` : operand.name))],
    summary,
  }));
  const width = Math.max(...calls.map(({ words }) => words.join(' ').length)) + 3;
  return [
    'keeper COMMAND [--json] [--env FILE]',
    '',
    ...calls.map(({ words, summary }) => `  ${words.join(' ').padEnd(width)}${summary}`),
    '',
    '--json         prints the result as JSON, with the fields of the API',
    '--env FILE     reads the configuration from a file, which goes before the environment',
    '--limit N      how much of a list, 100 unless told; --cursor TEXT goes on where a list ended',
  ].join('\n');
}

function print(text: string): ExitCode {
  process.stdout.write(`${text}\n`);
  return 0;
}

/** One line, whatever it was: a stack belongs to the log of a server, not to a person's terminal. */
function complain(error: unknown, code: ExitCode): ExitCode {
  const message = error instanceof ConfigError ? error.problems.join('; ') : toAppError(error).message;
  process.stderr.write(`keeper: ${message.replace(/\s*\n\s*/g, '; ')}\n`);
  return code;
}

// Whoever reads may have seen enough, as `head` does.
process.stdout.on('error', () => undefined);
process.exitCode = await main(process.argv.slice(2), process.env);
