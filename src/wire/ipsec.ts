/**
 * IPsec header views: ESP (RFC 4303 §2) and AH (RFC 4302 §2).
 *
 *   ESP  +-------------------+------------------+
 *        |        SPI        |     sequence     |  then what only the receiver can read
 *        +-------------------+------------------+
 *   AH   +------+------+-----+------+-----------+----------+
 *        | next |length| reserved   |    SPI    | sequence |  then the integrity value
 *        +------+------+------------+-----------+----------+
 *
 * AH's length counts 4 octets and does not count the first 8.
 * @module
 */
import { HeaderView } from './header-view.ts';
import { HeaderLayout, octet, u16, u32 } from './layout.ts';

export const ESP_LAYOUT: HeaderLayout = new HeaderLayout([u32('spi'), u32('sequence')]);
export const AH_LAYOUT: HeaderLayout = new HeaderLayout([
  octet('nextHeader'),
  octet('lengthWords'),
  u16('reserved'),
  u32('spi'),
  u32('sequence'),
]);

const ESP_SPI = ESP_LAYOUT.offsetOf('spi');
const ESP_SEQUENCE = ESP_LAYOUT.offsetOf('sequence');
const NEXT = AH_LAYOUT.offsetOf('nextHeader');
const LENGTH = AH_LAYOUT.offsetOf('lengthWords');
const RESERVED = AH_LAYOUT.offsetOf('reserved');
const AH_SPI = AH_LAYOUT.offsetOf('spi');
const AH_SEQUENCE = AH_LAYOUT.offsetOf('sequence');

export const ESP_HEADER_LEN: number = ESP_LAYOUT.span;
/** Octets in front of the integrity value. */
export const AH_HEADER_LEN: number = AH_LAYOUT.span;

export class EspView extends HeaderView {
  get spi(): number {
    return this.view.getUint32(this.offset + ESP_SPI);
  }
  get sequence(): number {
    return this.view.getUint32(this.offset + ESP_SEQUENCE);
  }

  set spi(spi: number) {
    this.view.setUint32(this.offset + ESP_SPI, spi);
  }
  set sequence(sequence: number) {
    this.view.setUint32(this.offset + ESP_SEQUENCE, sequence);
  }
}

export class AhView extends HeaderView {
  get nextHeader(): number {
    return this.view.getUint8(this.offset + NEXT);
  }
  get lengthWords(): number {
    return this.view.getUint8(this.offset + LENGTH);
  }
  get reserved(): number {
    return this.view.getUint16(this.offset + RESERVED);
  }
  get spi(): number {
    return this.view.getUint32(this.offset + AH_SPI);
  }
  get sequence(): number {
    return this.view.getUint32(this.offset + AH_SEQUENCE);
  }
  /** Octets of the whole header. */
  get length(): number {
    return (this.lengthWords + 2) << 2;
  }

  set nextHeader(protocol: number) {
    this.view.setUint8(this.offset + NEXT, protocol);
  }
  set lengthWords(words: number) {
    this.view.setUint8(this.offset + LENGTH, words);
  }
  set reserved(value: number) {
    this.view.setUint16(this.offset + RESERVED, value);
  }
  set spi(spi: number) {
    this.view.setUint32(this.offset + AH_SPI, spi);
  }
  set sequence(sequence: number) {
    this.view.setUint32(this.offset + AH_SEQUENCE, sequence);
  }
}
