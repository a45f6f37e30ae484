/**
 * Types of H.225.0 (version 4) that its call signalling and RAS share: addresses, aliases, and what an endpoint says it is.
 * @module
 */
import * as asn1 from './schema.ts';
import type { Type } from './schema.ts';
import { BOOLEAN, choice, closed, INT16, INT8, keep, list, may, must, NULL, OID, octets, sequence, skip } from './schema.ts';

const H221_NON_STANDARD = sequence([must('t35CountryCode', INT8), must('t35Extension', INT8), must('manufacturerCode', INT16)]);

export const NON_STANDARD_PARAMETER: Type = closed([
  must('nonStandardIdentifier', choice([must('object', OID), must('h221NonStandard', H221_NON_STANDARD)])),
  must('data', asn1.OCTETS),
]);

const IP_SOURCE_ROUTE = sequence([
  must('ip', octets(4)),
  must('port', INT16),
  must('route', list(octets(4))),
  must('routing', choice(asn1.all(NULL, 'strict loose'))),
]);

export const TRANSPORT_ADDRESS: Type = choice([
  keep(must('ipAddress', closed([keep(must('ip', octets(4))), must('port', INT16)]))),
  must('ipSourceRoute', IP_SOURCE_ROUTE),
  must('ipxAddress', closed([must('node', octets(6)), must('netnum', octets(4)), must('port', octets(2))])),
  keep(must('ip6Address', sequence([keep(must('ip', octets(16))), must('port', INT16)]))),
  must('netBios', octets(16)),
  must('nsap', asn1.octetsOf(5, 1)),
  must('nonStandardAddress', NON_STANDARD_PARAMETER),
]);

export const ALIAS_ADDRESS: Type = choice(
  [must('dialedDigits', asn1.digitsOf(7)), must('h323-ID', asn1.wideOf(asn1.OCTET_LENGTH))],
  skip('url-ID transportID email-ID partyNumber mobileUIM'),
);

export const VENDOR: Type = sequence([
  must('vendor', H221_NON_STANDARD),
  may('productId', asn1.octetsOf(asn1.OCTET_LENGTH, 1)),
  may('versionId', asn1.octetsOf(asn1.OCTET_LENGTH, 1)),
]);

const OWN_DATA = may('nonStandardData', NON_STANDARD_PARAMETER);
const CAPABILITIES = sequence([OWN_DATA], { more: skip('dataRatesSupported supportedPrefixes') });

const SUPPORTED_PROTOCOLS = choice(
  [must('nonStandardData', NON_STANDARD_PARAMETER), ...asn1.all(CAPABILITIES, 'h310 h320 h321 h322 h323 h324 voice t120-only')],
  skip('nonStandardProtocol t38FaxAnnexbOnly'),
);

export const ENDPOINT_TYPE: Type = sequence(
  [
    OWN_DATA,
    may('vendor', VENDOR),
    may('gatekeeper', sequence([OWN_DATA])),
    may('gateway', sequence([may('protocol', list(SUPPORTED_PROTOCOLS)), OWN_DATA])),
    may('mcu', sequence([OWN_DATA], { more: skip('protocol') })),
    may('terminal', sequence([OWN_DATA])),
    must('mc', BOOLEAN),
    must('undefinedNode', BOOLEAN),
  ],
  { more: skip('set supportedTunnelledProtocols') },
);

export const CALL_TYPE: Type = choice(asn1.all(NULL, 'pointToPoint oneToN nToOne nToN'));
