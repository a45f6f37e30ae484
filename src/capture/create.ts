/**
 * createCapture: a capture file to write to.
 * @module
 */
import type { CaptureWriter, WriterOptions } from './capture-writer.ts';
import { OutputFile } from './output-file.ts';
import { PcapWriter } from './pcap-writer.ts';
import { PcapngWriter } from './pcapng-writer.ts';

/**
 * Start a capture at `path`, `-` for standard output. The file appears when the writer is closed.
 * @throws HooklineError ERR_OUTPUT
 */
export function createCapture(path: string, options: WriterOptions = {}): CaptureWriter {
  const file = new OutputFile(path);
  return options.format === 'pcap' ? new PcapWriter(file, options) : new PcapngWriter(file, options);
}
