/**
 * Security tokens of H.225.0 and H.235, which stand in front of what the helper looks for in a Progress message.
 * @module
 */
import * as asn1 from './schema.ts';
import type { Type } from './schema.ts';
import { BITS, choice, closed, INT32, INTEGER, list, may, must, NULL, OCTETS, OID, octets, open, sequence, skip } from './schema.ts';
import { ALIAS_ADDRESS, NON_STANDARD_PARAMETER } from './h225-common.ts';

const IDENTIFIER = asn1.wideOf(7);

const CLEAR_TOKEN = sequence(
  [
    must('tokenOID', OID),
    may('timeStamp', INT32),
    may('password', IDENTIFIER),
    may('dhkey', sequence(asn1.all(asn1.WORD_BITS, 'halfkey modSize generator'))),
    may('challenge', asn1.octetsOf(7, 8)),
    may('random', INTEGER),
    may('certificate', sequence([must('type', OID), must('certificate', OCTETS)])),
    may('generalID', IDENTIFIER),
    may('nonStandard', closed([must('nonStandardIdentifier', OID), must('data', OCTETS)])),
  ],
  { more: skip('eckasdhkey sendersID') },
);

const ALGORITHM = must('algorithmOID', OID);
const PARAMETERS = must('paramS', sequence([may('ranInt', INTEGER), may('iv8', octets(8))], { more: skip('iv16') }));
const HASHED = must('token', closed([ALGORITHM, PARAMETERS, must('hash', BITS)]));
const ENCRYPTED = closed([ALGORITHM, PARAMETERS, must('encryptedData', OCTETS)]);
const SIGNED = closed([open(must('toBeSigned', NULL)), ALGORITHM, PARAMETERS, must('signature', BITS)]);
const TOKEN_OID = must('tokenOID', OID);

const CRYPTO_TOKEN = choice([
  must('cryptoEncryptedToken', closed([TOKEN_OID, must('token', ENCRYPTED)])),
  must('cryptoSignedToken', closed([TOKEN_OID, must('token', SIGNED)])),
  must('cryptoHashedToken', closed([TOKEN_OID, must('hashedVals', CLEAR_TOKEN), HASHED])),
  must('cryptoPwdEncr', ENCRYPTED),
]);

const CRYPTO_H323_TOKEN = choice([
  must('cryptoEPPwdHash', closed([must('alias', ALIAS_ADDRESS), must('timeStamp', INT32), HASHED])),
  must('cryptoGKPwdHash', closed([must('gatekeeperId', IDENTIFIER), must('timeStamp', INT32), HASHED])),
  ...asn1.all(ENCRYPTED, 'cryptoEPPwdEncr cryptoGKPwdEncr'),
  ...asn1.all(SIGNED, 'cryptoEPCert cryptoGKCert cryptoFastStart'),
  must('nestedcryptoToken', CRYPTO_TOKEN),
]);

const SECURITY_SERVICE = choice([must('nonStandard', NON_STANDARD_PARAMETER), ...asn1.all(NULL, 'none default')]);
const SECURITY_CAPABILITIES = sequence([
  may('nonStandard', NON_STANDARD_PARAMETER),
  ...asn1.all(SECURITY_SERVICE, 'encryption authentication integrity'),
]);

export const H245_SECURITY: Type = choice([
  must('nonStandard', NON_STANDARD_PARAMETER),
  must('noSecurity', NULL),
  ...asn1.all(SECURITY_CAPABILITIES, 'tls ipsec'),
]);
export const TOKENS: Type = list(CLEAR_TOKEN);
export const CRYPTO_TOKENS: Type = list(CRYPTO_H323_TOKEN);
