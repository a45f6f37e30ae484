/**
 * `hookline snapshot`: prints the script that saves a machine's state for --host.
 * @module
 */
import { Command } from 'commander';
import { SNAPSHOT_SCRIPT } from '../snapshot-script.ts';

export function snapshotCommand(): Command {
  return new Command('snapshot')
    .description('print a short shell script that saves the state of a machine into a folder for --host')
    .addHelpText(
      'after',
      `
The script needs root and reads only: rules and sets of both families, addresses, routes, neighbours, policy rules, sysctls and
the connection table. --host takes the folder whole; -r, -6 and --ipset stand in for its own. Run it when the capture begins: the
connections it finds stand in the table when the first packet comes.

Examples:
  hookline snapshot > snapshot.sh; sudo sh snapshot.sh router1
  hookline snapshot | ssh root@router1 'sh -s /tmp/state && tar -C /tmp -c state' | tar -x
  hookline replay capture.pcap --host router1`,
    )
    .action(() => {
      process.stdout.write(SNAPSHOT_SCRIPT);
    });
}
