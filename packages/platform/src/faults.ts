/**
 * Named points at which a test or a drill kills the worker: before an outside effect, after it, between two writes. In production a
 * fault point costs one check of a variable.
 */
type FaultHandler = (name: string) => void | Promise<void>;

let handler: FaultHandler | undefined;

/** Marks a point in the code where a crash must do no harm. Names read `domain.moment`: `messages.before-send`. */
export async function faultPoint(name: string): Promise<void> {
  if (handler !== undefined) await handler(name);
}

/** What happens at every fault point of this process from now on; `undefined` takes it away. */
export function installFaultHandler(next: FaultHandler | undefined): void {
  handler = next;
}

/**
 * Thrown by a fault handler in place of kill -9. Whoever catches errors in order to write them down lets this one through: loops and jobs
 * stop dead on it, so that nothing is written that a killed process could not have written.
 */
export class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash';

  constructor(point = 'fault point') {
    super(`simulated crash at ${point}`);
  }
}

/** Whether the error is a simulated crash, or was caused by one. */
export function isSimulatedCrash(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof SimulatedCrash) return true;
  return false;
}

/**
 * Arms one fault point from configuration: `name`, or `name#3` for its third passing. The process then kills itself with SIGKILL, as a
 * power cut would. The caller allows this in the sandbox only. Throws on a value that names nothing.
 */
export function armFaultFromEnvironment(value: string | undefined): void {
  if (value === undefined || value === '') return;
  const match = /^([a-z][a-z0-9.-]*)(?:#([1-9][0-9]*))?$/.exec(value);
  const point = match?.[1];
  if (point === undefined) throw new Error(`fault point "${value}" is not of the form name or name#3`);
  const deadly = Number(match?.[2] ?? 1);
  let passed = 0;
  installFaultHandler(async (name) => {
    if (name !== point) return;
    passed += 1;
    if (passed < deadly) return;
    process.kill(process.pid, 'SIGKILL');
    // The signal may take a moment; nothing of this process may happen after the point.
    await new Promise<never>(() => undefined);
  });
}
