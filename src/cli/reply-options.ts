/**
 * Options about packets of a capture that do not fit the router at hand: answers to addresses it translates, and what follows a
 * connection whose first packet it drops.
 * @module
 */
import { type Command, Option } from 'commander';
import type { AsPeer } from '../nat/as-peer.ts';
import type { Replies } from '../replay/replay.ts';

export interface ReplyFlags {
  readonly replies?: 'as-captured' | 'translate';
}

export interface LoopFlags {
  readonly openLoop?: boolean;
  readonly closedLoop?: boolean;
}

/** `--replies`. */
export function replyOptions(command: Command): Command {
  return command.addOption(
    new Option(
      '--replies <how>',
      'answers to the original address of a connection that is translated (a capture of one side of a NAT): leave them, or rewrite them as the peer would have sent them',
    )
      .choices(['as-captured', 'translate'])
      .default('as-captured'),
  );
}

/** `--open-loop`, `--closed-loop`. */
export function loopOptions(command: Command): Command {
  return command
    .addOption(new Option('--open-loop', 'do not mark what follows a connection whose first packet was dropped').conflicts('closedLoop'))
    .option('--closed-loop', 'leave out what would not have happened, since the first packet of its connection was dropped');
}

/** For Replay. */
export function repliesOf({ replies }: ReplyFlags, asPeer: AsPeer): Replies {
  return { asPeer, translate: replies === 'translate' };
}

export function loopOf({ openLoop, closedLoop }: LoopFlags): 'marked' | 'left out' | undefined {
  if (openLoop === true) return undefined;
  return closedLoop === true ? 'left out' : 'marked';
}
