/** Something that the person who started the sandbox can mend. Its message is the one line that they read. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
}
