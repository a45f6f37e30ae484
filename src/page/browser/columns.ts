/**
 * Columns of flows, unpacked once; every look-up by row is then a read from a typed array.
 * @module
 */
import type { PackedColumn, PageModel } from './model.ts';

export type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

const MAKERS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array } as const;

async function unpack({ type, data }: PackedColumn): Promise<Column> {
  const text = atob(data);
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  const inflated = new Blob([octets]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new MAKERS[type](await new Response(inflated).arrayBuffer());
}

export class Flows {
  readonly count: number;
  readonly addresses: readonly string[];
  private readonly columns: Map<string, Column> = new Map();
  private readonly biases: Map<string, number> = new Map();

  private constructor({ count, addresses }: PageModel['flows']) {
    this.count = count;
    this.addresses = addresses;
  }

  /** Inflate all columns. */
  static async open(packed: PageModel['flows']): Promise<Flows> {
    const flows = new Flows(packed);
    const columns = Object.entries(packed.columns);
    const unpacked = await Promise.all(columns.map(([, column]) => unpack(column)));
    columns.forEach(([name, { bias }], i) => {
      flows.columns.set(name, unpacked[i]!);
      flows.biases.set(name, bias);
    });
    return flows;
  }

  column(name: string): Column {
    return this.columns.get(name)!;
  }

  /** A function that reads one column. */
  reader(name: string): (row: number) => number {
    const column = this.column(name);
    const bias = this.biases.get(name)!;
    return (row) => column[row]! + bias;
  }
}
