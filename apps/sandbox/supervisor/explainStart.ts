import { DamagedDataFolder } from '../postgres/dataFolder.ts';
import { StartProblem } from './problem.ts';
import { startOver } from './stateFolder.ts';

/** What the person who started the sandbox reads about a failure: where the state is to blame, also what to do about it. */
export function explainStart(error: unknown, stateFolder: string): Error {
  if (error instanceof StartProblem) return error;
  if (error instanceof DamagedDataFolder) return new StartProblem(`${error.message}; ${startOver}`);
  const { code, errcode, message } = error as { code?: string; errcode?: number; message?: string };
  // What PostgreSQL calls a wrong password, a missing role or a missing database.
  if (['28P01', '28000', '3D000'].includes(code ?? '')) {
    return new StartProblem(
      `the databases in ${stateFolder} do not take the passwords in secrets.json (${message}); ${startOver}`,
    );
  }
  const corrupt = [11, 26];
  if (errcode !== undefined && corrupt.includes(errcode)) {
    return new StartProblem(`a file of the stand-ins in ${stateFolder} is damaged (${message}); ${startOver}`);
  }
  if (/was changed after it ran|is no longer there|which ran already/.test(message ?? '')) {
    return new StartProblem(`the databases in ${stateFolder} are of another release: ${message}; ${startOver}`);
  }
  return error instanceof Error ? error : new Error(String(error));
}
