/** What wire/layout.ts uses of buffer-layout 1.2.2, which has no types of its own. */
declare module 'buffer-layout' {
  export interface Layout {
    readonly span: number;
    readonly property?: string;
    decode(bytes: Uint8Array, offset?: number): unknown;
  }
  export interface BitField {
    readonly property: string;
    readonly bits: number;
    readonly start: number;
    readonly valueMask: number;
  }
  export interface BitStructure extends Layout {
    readonly fields: readonly BitField[];
    addField(bits: number, property: string): BitField;
  }
  export interface Structure extends Layout {
    readonly fields: readonly Layout[];
    decode(bytes: Uint8Array, offset?: number): Record<string, number | Record<string, number>>;
  }
  export const BitStructure: new (word: Layout, msb: boolean, property: string) => BitStructure;
  export const IntBE: new (span: number, property: string) => Layout;
  export function u8(property?: string): Layout;
  export function u16be(property?: string): Layout;
  export function u24be(property?: string): Layout;
  export function u32be(property?: string): Layout;
  export function u48be(property?: string): Layout;
  export function s32be(property?: string): Layout;
  export function struct(fields: readonly Layout[]): Structure;
}
