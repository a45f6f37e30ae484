/**
 * What hookline does in the benches, by name; each run is a process of its own.
 * @module
 */
import { changeTask } from './tasks/change.ts';
import { aimTask, decodeTask, readTask, writeTask } from './tasks/capture.ts';
import { firstPacketTask, pathTask } from './tasks/path.ts';
import { loadTask } from './tasks/load.ts';
import { memoryTask } from './tasks/memory.ts';
import type { Task } from './support/task.ts';

export const TASKS: Readonly<Record<string, Task>> = {
  read: readTask,
  decode: decodeTask,
  aim: aimTask,
  write: writeTask,
  path: pathTask,
  first: firstPacketTask,
  load: loadTask,
  change: changeTask,
  memory: memoryTask,
};
