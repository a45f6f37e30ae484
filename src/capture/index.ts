/**
 * Capture files: read packet by packet, from files or from streams, and written.
 * @module
 */
export { Capture } from './capture.ts';
export type { CaptureInterface } from './capture-interface.ts';
export { describeLinkType, isDecodable } from './link-name.ts';
export { type CaptureOptions, openCapture } from './open.ts';
export type { CaptureFormat } from './record-reader.ts';
export type { CaptureWriter, WriterInterface, WriterOptions } from './capture-writer.ts';
export { createCapture } from './create.ts';
export { StreamCapture, streamCapture } from './stream-capture.ts';
