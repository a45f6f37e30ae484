#!/usr/bin/env node
/**
 * The command line. Data goes to standard output, everything else to standard error; errors are caught here and nowhere else.
 * @module
 */
import { CommanderError } from 'commander';
import { describeError, exitCodeOf } from './exit.ts';
import { withFilter } from './filter-option.ts';
import { program } from './program.ts';

/** A reader that has gone away (`| head`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  const root = await program(process.argv[2]);
  await root.parseAsync(
    withFilter(
      root.commands.find((command) => command.name() === process.argv[2]),
      process.argv,
    ),
  );
} catch (error) {
  if (!(error instanceof CommanderError)) process.stderr.write(`hookline: ${describeError(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
