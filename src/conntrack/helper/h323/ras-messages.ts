/**
 * Messages of H.225.0's RAS (registration, admission, status; version 4) that name addresses.
 * @module
 */
import { BOOLEAN, choice, INT16, INT32, keep, keptList, list, may, must, NULL, OID, sequence, skip, STOP, stop, wideOf } from './schema.ts';
import { all, type Type } from './schema.ts';
import { ALIAS_ADDRESS, CALL_TYPE, ENDPOINT_TYPE, NON_STANDARD_PARAMETER, TRANSPORT_ADDRESS, VENDOR } from './h225-common.ts';

const MAX_ADDRESSES = 10;

const NUMBER = must('requestSeqNum', INT16);
const PROTOCOL = must('protocolIdentifier', OID);
const OWN_DATA = may('nonStandardData', NON_STANDARD_PARAMETER);
const IDENTIFIER = wideOf(7);
const GATEKEEPER = may('gatekeeperIdentifier', IDENTIFIER);
const ALIASES = list(ALIAS_ADDRESS);
const RAS_ADDRESS = keep(must('rasAddress', TRANSPORT_ADDRESS));
const ADDRESSES = keptList(must('item', TRANSPORT_ADDRESS), MAX_ADDRESSES);
const CALL_ADDRESSES = keep(must('callSignalAddress', ADDRESSES));
const TIME_TO_LIVE = keep(may('timeToLive', INT32));
const CALL_MODEL = choice(all(NULL, 'direct gatekeeperRouted'));

const GATEKEEPER_REQUEST = sequence([NUMBER, PROTOCOL, OWN_DATA, RAS_ADDRESS, STOP], { optionals: 4 });
const GATEKEEPER_CONFIRM = sequence([NUMBER, PROTOCOL, OWN_DATA, GATEKEEPER, RAS_ADDRESS], { more: [STOP] });

const REGISTRATION_REQUEST = sequence(
  [
    NUMBER,
    PROTOCOL,
    OWN_DATA,
    must('discoveryComplete', BOOLEAN),
    CALL_ADDRESSES,
    keep(must('rasAddress', ADDRESSES)),
    must('terminalType', ENDPOINT_TYPE),
    may('terminalAlias', ALIASES),
    GATEKEEPER,
    must('endpointVendor', VENDOR),
  ],
  { more: [...skip('alternateEndpoints'), TIME_TO_LIVE, STOP] },
);

const REGISTRATION_CONFIRM = sequence(
  [NUMBER, PROTOCOL, OWN_DATA, CALL_ADDRESSES, may('terminalAlias', ALIASES), GATEKEEPER, must('endpointIdentifier', IDENTIFIER)],
  { more: [...skip('alternateGatekeeper'), TIME_TO_LIVE, STOP] },
);

const UNREGISTRATION_REQUEST = sequence([NUMBER, CALL_ADDRESSES, STOP], { optionals: 3 });

const ADMISSION_REQUEST = sequence(
  [
    NUMBER,
    must('callType', CALL_TYPE),
    may('callModel', CALL_MODEL),
    must('endpointIdentifier', IDENTIFIER),
    may('destinationInfo', ALIASES),
    keep(may('destCallSignalAddress', TRANSPORT_ADDRESS)),
    may('destExtraCallInfo', ALIASES),
    must('srcInfo', ALIASES),
    keep(may('srcCallSignalAddress', TRANSPORT_ADDRESS)),
    STOP,
  ],
  { optionals: 7 },
);

const ADMISSION_CONFIRM = sequence(
  [NUMBER, must('bandWidth', INT32), must('callModel', CALL_MODEL), keep(must('destCallSignalAddress', TRANSPORT_ADDRESS)), STOP],
  { optionals: 2 },
);

const LOCATION_REQUEST = sequence(
  [
    NUMBER,
    may('endpointIdentifier', IDENTIFIER),
    must('destinationInfo', ALIASES),
    OWN_DATA,
    keep(must('replyAddress', TRANSPORT_ADDRESS)),
  ],
  { more: [STOP] },
);

const LOCATION_CONFIRM = sequence([NUMBER, keep(must('callSignalAddress', TRANSPORT_ADDRESS)), RAS_ADDRESS, STOP], {
  optionals: 1,
});

const INFO_REQUEST_RESPONSE = sequence(
  [OWN_DATA, NUMBER, must('endpointType', ENDPOINT_TYPE), must('endpointIdentifier', IDENTIFIER), RAS_ADDRESS, CALL_ADDRESSES, STOP],
  { optionals: 3 },
);

export const RAS_MESSAGE: Type = choice(
  [
    keep(must('gatekeeperRequest', GATEKEEPER_REQUEST)),
    keep(must('gatekeeperConfirm', GATEKEEPER_CONFIRM)),
    ...stop('gatekeeperReject'),
    keep(must('registrationRequest', REGISTRATION_REQUEST)),
    keep(must('registrationConfirm', REGISTRATION_CONFIRM)),
    ...stop('registrationReject'),
    keep(must('unregistrationRequest', UNREGISTRATION_REQUEST)),
    ...stop('unregistrationConfirm unregistrationReject'),
    keep(must('admissionRequest', ADMISSION_REQUEST)),
    keep(must('admissionConfirm', ADMISSION_CONFIRM)),
    ...stop('admissionReject bandwidthRequest bandwidthConfirm bandwidthReject disengageRequest disengageConfirm disengageReject'),
    keep(must('locationRequest', LOCATION_REQUEST)),
    keep(must('locationConfirm', LOCATION_CONFIRM)),
    ...stop('locationReject infoRequest'),
    keep(must('infoRequestResponse', INFO_REQUEST_RESPONSE)),
    ...stop('nonStandardMessage'),
  ],
  [
    ...stop('unknownMessageResponse requestInProgress resourcesAvailableIndicate resourcesAvailableConfirm infoRequestAck'),
    ...stop('infoRequestNak serviceControlIndication serviceControlResponse'),
  ],
);
