/**
 * Call signalling messages of H.225.0 (version 4), which a Q.931 message carries in its user-user element: where the control
 * channel is, and the media proposed at once (fastStart), or H.245 messages in the same connection (h245Control).
 * @module
 */
import * as asn1 from './schema.ts';
import type { Type } from './schema.ts';
import { BOOLEAN, choice, INT16, keep, keptList, list, may, must, NULL, OID, octets, open, sequence, skip, STOP } from './schema.ts';
import { ALIAS_ADDRESS, CALL_TYPE, ENDPOINT_TYPE, NON_STANDARD_PARAMETER, TRANSPORT_ADDRESS } from './h225-common.ts';
import { CONTROL_MESSAGE, OPEN_LOGICAL_CHANNEL } from './h245-messages.ts';
import { CRYPTO_TOKENS, H245_SECURITY, TOKENS } from './tokens.ts';

const MAX_CHANNELS = 30;
const MAX_CONTROLS = 4;

const PROTOCOL = must('protocolIdentifier', OID);
const H245_ADDRESS = keep(may('h245Address', TRANSPORT_ADDRESS));
const ALIASES = list(ALIAS_ADDRESS);
const FAST_START = keep(may('fastStart', keptList(open(must('item', OPEN_LOGICAL_CHANNEL)), MAX_CHANNELS)));
const TOKENS_AND_SECURITY = skip('callIdentifier h245SecurityMode tokens cryptoTokens');

const SERVICES = sequence([
  ...asn1.all(BOOLEAN, 'q932Full q951Full q952Full q953Full q955Full q956Full q957Full'),
  must('q954Info', sequence(asn1.all(BOOLEAN, 'conferenceCalling threePartyService'))),
]);

const SETUP = sequence(
  [
    PROTOCOL,
    H245_ADDRESS,
    may('sourceAddress', ALIASES),
    must('sourceInfo', ENDPOINT_TYPE),
    may('destinationAddress', ALIASES),
    keep(may('destCallSignalAddress', TRANSPORT_ADDRESS)),
    may('destExtraCallInfo', ALIASES),
    may('destExtraCRV', list(INT16)),
    must('activeMC', BOOLEAN),
    must('conferenceID', octets(16)),
    must(
      'conferenceGoal',
      choice(asn1.all(NULL, 'create join invite'), skip('capability-negotiation callIndependentSupplementaryService')),
    ),
    may('callServices', SERVICES),
    must('callType', CALL_TYPE),
  ],
  {
    more: [
      keep(may('sourceCallSignalAddress', TRANSPORT_ADDRESS)),
      ...skip('remoteExtensionAddress callIdentifier h245SecurityCapability tokens cryptoTokens'),
      FAST_START,
      ...skip('mediaWaitForConnect canOverlapSend'),
      STOP,
    ],
  },
);

const CALL_PROCEEDING = sequence([PROTOCOL, must('destinationInfo', ENDPOINT_TYPE), H245_ADDRESS], {
  more: [...TOKENS_AND_SECURITY, FAST_START, ...skip('multipleCalls maintainConnection fastConnectRefused featureSet')],
});

const CONNECT = sequence([PROTOCOL, H245_ADDRESS, must('destinationInfo', ENDPOINT_TYPE), must('conferenceID', octets(16))], {
  more: [
    ...TOKENS_AND_SECURITY,
    FAST_START,
    ...skip('multipleCalls maintainConnection language connectedAddress presentationIndicator screeningIndicator'),
    ...skip('fastConnectRefused serviceControl capacity featureSet'),
  ],
});

const ALERTING = sequence([PROTOCOL, must('destinationInfo', ENDPOINT_TYPE), H245_ADDRESS], {
  more: [
    ...TOKENS_AND_SECURITY,
    FAST_START,
    ...skip('multipleCalls maintainConnection alertingAddress presentationIndicator screeningIndicator'),
    ...skip('fastConnectRefused serviceControl capacity featureSet'),
  ],
});

const INFORMATION = sequence([PROTOCOL], {
  more: skip('callIdentifier tokens cryptoTokens fastStart fastConnectRefused circuitInfo'),
});

const RELEASE_REASON = choice(
  [
    ...asn1.all(NULL, 'noBandwidth gatekeeperResources unreachableDestination destinationRejection invalidRevision noPermission'),
    ...asn1.all(NULL, 'unreachableGatekeeper gatewayResources badFormatAddress adaptiveBusy inConf undefinedReason'),
  ],
  [
    ...skip('facilityCallDeflection securityDenied calledPartyNotRegistered callerNotRegistered newConnectionNeeded'),
    ...skip('nonStandardReason replaceWithConferenceInvite genericDataReason neededFeatureNotSupported tunnelledSignallingRejected'),
  ],
);

const RELEASE_COMPLETE = sequence([PROTOCOL, may('reason', RELEASE_REASON)], {
  more: [
    ...skip('callIdentifier tokens cryptoTokens busyAddress presentationIndicator screeningIndicator capacity'),
    ...skip('serviceControl featureSet'),
  ],
});

/** Its alternatives are of interest themselves. */
const FACILITY_REASON = choice(
  asn1.all(NULL, 'routeCallToGatekeeper callForwarded routeCallToMC undefinedReason'),
  skip('conferenceListChoice startH245 noH245 newTokens featureSetUpdate forwardedElements transportedInformation'),
);

const FACILITY = sequence(
  [
    PROTOCOL,
    keep(may('alternativeAddress', TRANSPORT_ADDRESS)),
    may('alternativeAliasAddress', ALIASES),
    may('conferenceID', octets(16)),
    keep(must('reason', FACILITY_REASON)),
  ],
  {
    more: [
      ...skip('callIdentifier destExtraCallInfo remoteExtensionAddress tokens cryptoTokens conferences'),
      H245_ADDRESS,
      FAST_START,
      ...skip('multipleCalls maintainConnection fastConnectRefused serviceControl circuitInfo featureSet destinationInfo'),
      ...skip('h245SecurityMode'),
    ],
  },
);

const PROGRESS = sequence(
  [
    PROTOCOL,
    must('destinationInfo', ENDPOINT_TYPE),
    H245_ADDRESS,
    must('callIdentifier', sequence([must('guid', octets(16))])),
    may('h245SecurityMode', H245_SECURITY),
    may('tokens', TOKENS),
    may('cryptoTokens', CRYPTO_TOKENS),
    FAST_START,
  ],
  { more: skip('multipleCalls maintainConnection fastConnectRefused') },
);

const MESSAGE_BODY = choice(
  [
    keep(must('setup', SETUP)),
    keep(must('callProceeding', CALL_PROCEEDING)),
    keep(must('connect', CONNECT)),
    keep(must('alerting', ALERTING)),
    must('information', INFORMATION),
    must('releaseComplete', RELEASE_COMPLETE),
    keep(must('facility', FACILITY)),
  ],
  [keep(must('progress', PROGRESS)), ...skip('empty status statusInquiry setupAcknowledge notify')],
);

const H323_PDU = sequence([keep(must('h323-message-body', MESSAGE_BODY)), may('nonStandardData', NON_STANDARD_PARAMETER)], {
  more: [
    ...skip('h4501SupplementaryService h245Tunneling'),
    keep(may('h245Control', keptList(open(must('item', CONTROL_MESSAGE)), MAX_CONTROLS))),
    STOP,
  ],
});

export const USER_INFORMATION: Type = sequence([keep(must('h323-uu-pdu', H323_PDU)), STOP], { optionals: 1 });
