/**
 * Messages of H.245 (version 7): opening a logical channel and its acknowledgement, with the addresses that media go to.
 * @module
 */
import * as asn1 from './schema.ts';
import type { Type } from './schema.ts';
import { BOOLEAN, choice, closed, closedChoice, INT16, INT32, INT8, keep, list, may, must, NULL, OCTETS, OID } from './schema.ts';
import { octets, sequence, skip, small, STOP, stop } from './schema.ts';

const NON_STANDARD = closed([
  must(
    'nonStandardIdentifier',
    closedChoice([
      must('object', OID),
      must('h221NonStandard', closed([must('t35CountryCode', INT8), must('t35Extension', INT8), must('manufacturerCode', INT16)])),
    ]),
  ),
  must('data', OCTETS),
]);
const OWN = must('nonStandard', NON_STANDARD);

const H261_VIDEO = sequence(
  [
    may('qcifMPI', small(2)),
    may('cifMPI', small(2)),
    must('temporalSpatialTradeOffCapability', BOOLEAN),
    must('maxBitRate', INT16),
    must('stillImageTransmission', BOOLEAN),
  ],
  { more: skip('videoBadMBsCap') },
);

const FRAME_AND_BUFFER = [
  may('videoBitRate', INT32),
  may('vbvBufferSize', INT32),
  may('samplesPerLine', INT16),
  may('linesPerFrame', INT16),
  may('pictureRate', small(4)),
  may('luminanceSampleRate', INT32),
];

const H262_VIDEO = sequence(
  [...asn1.all(BOOLEAN, 'SPatML MPatLL MPatML MPatH-14 MPatHL SNRatLL SNRatML SpatialatH-14 HPatML HPatH-14 HPatHL'), ...FRAME_AND_BUFFER],
  { more: skip('videoBadMBsCap') },
);

const H263_VIDEO = sequence(
  [
    may('sqcifMPI', small(5)),
    may('qcifMPI', small(5)),
    may('cifMPI', small(5)),
    may('cif4MPI', small(5)),
    may('cif16MPI', small(5)),
    must('maxBitRate', INT32),
    ...asn1.all(BOOLEAN, 'unrestrictedVector arithmeticCoding advancedPrediction pbFrames temporalSpatialTradeOffCapability'),
    may('hrd-B', INT32),
    may('bppMaxKb', INT16),
  ],
  {
    more: skip('slowSqcifMPI slowQcifMPI slowCifMPI slowCif4MPI slowCif16MPI errorCompensation enhancementLayerInfo h263Options'),
  },
);

const IS11172_VIDEO = sequence([must('constrainedBitstream', BOOLEAN), ...FRAME_AND_BUFFER], { more: skip('videoBadMBsCap') });

const VIDEO = choice(
  [
    OWN,
    must('h261VideoCapability', H261_VIDEO),
    must('h262VideoCapability', H262_VIDEO),
    must('h263VideoCapability', H263_VIDEO),
    must('is11172VideoCapability', IS11172_VIDEO),
  ],
  skip('genericVideoCapability'),
);

const IS11172_AUDIO = sequence([
  ...asn1.all(BOOLEAN, 'layer1 layer2 layer3 32k 44k1 48k singleChannel twoChannels'),
  must('bitRate', INT16),
]);

const IS13818_AUDIO = sequence([
  ...asn1.all(BOOLEAN, 'layer1 layer2 layer3 16k 22k05 24k 32k 44k1 48k singleChannel twoChannels'),
  ...asn1.all(BOOLEAN, '2-1 3-0 2-0-2-0 2-2 3-1 3-0-2-0 3-2 lowFrequencyEnhancement multilingual'),
  must('bitRate', INT16),
]);

const AUDIO = choice(
  [
    OWN,
    ...asn1.all(INT8, 'g711Alaw64k g711Alaw56k g711Ulaw64k g711Ulaw56k g722-64k g722-56k g722-48k'),
    must('g7231', closed([must('maxAl-sduAudioFrames', INT8), must('silenceSuppression', BOOLEAN)])),
    ...asn1.all(INT8, 'g728 g729 g729AnnexA'),
    must('is11172AudioCapability', IS11172_AUDIO),
    must('is13818AudioCapability', IS13818_AUDIO),
  ],
  skip(
    'g729wAnnexB g729AnnexAwAnnexB g7231AnnexCCapability gsmFullRate gsmHalfRate gsmEnhancedFullRate genericAudioCapability g729Extensions',
  ),
);

const DATA_PROTOCOL = choice(
  [OWN, ...asn1.all(NULL, 'v14buffered v42lapm hdlcFrameTunnelling h310SeparateVCStack h310SingleVCStack transparent')],
  skip('segmentationAndReassembly hdlcFrameTunnelingwSAR v120 separateLANStack v76wCompression tcp udp'),
);

const T84_RESTRICTED = sequence([
  ...asn1.all(BOOLEAN, 'qcif cif ccir601Seq ccir601Prog hdtvSeq hdtvProg MH200x100 MH200x200 MMR200x100 MMR200x200'),
  ...asn1.all(BOOLEAN, 'jbig200Seq jbig200Prog jbig300Seq jbig300Prog photoLow photoMedSeq photoMedProg photoHighSeq photoHighProg'),
]);

const APPLICATION = choice(
  [
    OWN,
    keep(must('t120', DATA_PROTOCOL)),
    must('dsm-cc', DATA_PROTOCOL),
    must('userData', DATA_PROTOCOL),
    must(
      't84',
      closed([
        must('t84Protocol', DATA_PROTOCOL),
        must('t84Profile', closedChoice([must('t84Unrestricted', NULL), must('t84Restricted', T84_RESTRICTED)])),
      ]),
    ),
    must('t434', DATA_PROTOCOL),
    must('h224', DATA_PROTOCOL),
    must('nlpid', closed([must('nlpidProtocol', DATA_PROTOCOL), must('nlpidData', OCTETS)])),
    must('dsvdControl', NULL),
    must('h222DataPartitioning', DATA_PROTOCOL),
  ],
  skip('t30fax t140 t38fax genericDataCapability'),
);

const DATA_TYPE = choice(
  [
    OWN,
    must('nullData', NULL),
    must('videoData', VIDEO),
    must('audioData', AUDIO),
    keep(must('data', sequence([keep(must('application', APPLICATION)), must('maxBitRate', INT32)]))),
    must('encryptionData', choice([OWN, must('h233Encryption', NULL)])),
  ],
  skip('h235Control h235Media multiplexedStream'),
);

const H222_CHANNEL = sequence([
  must('resourceID', INT16),
  must('subChannelID', INT16),
  may('pcr-pid', INT16),
  may('programDescriptors', OCTETS),
  may('streamDescriptors', OCTETS),
]);

const ADAPTATION_LAYER = choice(
  [
    OWN,
    ...asn1.all(NULL, 'al1Framed al1NotFramed al2WithoutSequenceNumbers al2WithSequenceNumbers'),
    must('al3', closed([must('controlFieldOctets', small(2)), must('sendBufferSize', INT32)])),
  ],
  skip('al1M al2M al3M'),
);
const H223_CHANNEL = sequence([must('adaptationLayerType', ADAPTATION_LAYER), must('segmentableFlag', BOOLEAN)]);

const RECOVERY = choice(asn1.all(NULL, 'rej sREJ mSREJ'));
const V76_CHANNEL = sequence([
  must(
    'hdlcParameters',
    sequence([
      must('crcLength', choice(asn1.all(NULL, 'crc8bit crc16bit crc32bit'))),
      must('n401', INT16),
      must('loopbackTestProcedure', BOOLEAN),
    ]),
  ),
  must('suspendResume', choice(asn1.all(NULL, 'noSuspendResume suspendResumewAddress suspendResumewoAddress'))),
  must('uIH', BOOLEAN),
  must('mode', choice([must('eRM', sequence([must('windowSize', small(7)), must('recovery', RECOVERY)])), must('uNERM', NULL)])),
  must('v75Parameters', sequence([must('audioHeaderPresent', BOOLEAN)])),
]);

const PORT = must('tsapIdentifier', INT16);
const SOURCE_ROUTE = sequence([
  must('routing', closedChoice(asn1.all(NULL, 'strict loose'))),
  must('network', octets(4)),
  PORT,
  must('route', list(octets(4))),
]);

const UNICAST = choice(
  [
    keep(must('iPAddress', sequence([keep(must('network', octets(4))), PORT]))),
    must('iPXAddress', sequence([must('node', octets(6)), must('netnum', octets(4)), must('tsapIdentifier', octets(2))])),
    keep(must('iP6Address', sequence([keep(must('network', octets(16))), PORT]))),
    must('netBios', octets(16)),
    must('iPSourceRouteAddress', SOURCE_ROUTE),
  ],
  skip('nsap nonStandardAddress'),
);

const MULTICAST = choice(
  [must('iPAddress', sequence([must('network', octets(4)), PORT])), must('iP6Address', sequence([must('network', octets(16)), PORT]))],
  skip('nsap nonStandardAddress'),
);

const MEDIA_ADDRESS = choice([keep(must('unicastAddress', UNICAST)), must('multicastAddress', MULTICAST)]);

/** What stands behind the media's control channel is not read. */
const H2250_CHANNEL = keep(
  must(
    'h2250LogicalChannelParameters',
    sequence(
      [
        may('nonStandard', list(NON_STANDARD)),
        must('sessionID', INT8),
        may('associatedSessionID', small(8)),
        keep(may('mediaChannel', MEDIA_ADDRESS)),
        may('mediaGuaranteedDelivery', BOOLEAN),
        keep(may('mediaControlChannel', MEDIA_ADDRESS)),
        STOP,
      ],
      { optionals: 10 },
    ),
  ),
);

const FORWARD_MULTIPLEX = choice(
  [
    must('h222LogicalChannelParameters', H222_CHANNEL),
    must('h223LogicalChannelParameters', H223_CHANNEL),
    must('v76LogicalChannelParameters', V76_CHANNEL),
  ],
  [H2250_CHANNEL, must('none', NULL)],
);

const FORWARD = sequence(
  [may('portNumber', INT16), keep(must('dataType', DATA_TYPE)), keep(must('multiplexParameters', FORWARD_MULTIPLEX))],
  { more: skip('forwardLogicalChannelDependency replacementFor') },
);

const REVERSE_MULTIPLEX = choice(
  [must('h223LogicalChannelParameters', H223_CHANNEL), must('v76LogicalChannelParameters', V76_CHANNEL)],
  [H2250_CHANNEL],
);

const REVERSE = sequence([must('dataType', DATA_TYPE), keep(may('multiplexParameters', REVERSE_MULTIPLEX))], {
  more: skip('reverseLogicalChannelDependency replacementFor'),
});

const NETWORK_ADDRESS = choice([
  must(
    'q2931Address',
    sequence([
      must('address', choice([must('internationalNumber', asn1.digitsOf(4)), must('nsapAddress', asn1.octetsOf(5, 1))])),
      may('subaddress', asn1.octetsOf(5, 1)),
    ]),
  ),
  must('e164Address', asn1.digitsOf(7)),
  keep(must('localAreaAddress', MEDIA_ADDRESS)),
]);

const NETWORK_ACCESS = sequence(
  [
    may('distribution', choice(asn1.all(NULL, 'unicast multicast'))),
    keep(must('networkAddress', NETWORK_ADDRESS)),
    must('associateConference', BOOLEAN),
    may('externalReference', asn1.octetsOf(8, 1)),
  ],
  { more: skip('t120SetupProcedure') },
);

export const OPEN_LOGICAL_CHANNEL: Type = sequence(
  [
    must('forwardLogicalChannelNumber', INT16),
    keep(must('forwardLogicalChannelParameters', FORWARD)),
    keep(may('reverseLogicalChannelParameters', REVERSE)),
  ],
  { more: [keep(may('separateStack', NETWORK_ACCESS)), STOP] },
);

const ACK_MULTIPLEX = choice([must('h222LogicalChannelParameters', H222_CHANNEL)], [H2250_CHANNEL]);

const REVERSE_ACK = sequence(
  [must('reverseLogicalChannelNumber', INT16), may('portNumber', INT16), keep(may('multiplexParameters', ACK_MULTIPLEX))],
  { more: skip('replacementFor') },
);

const H2250_ACK = sequence(
  [
    may('nonStandard', list(NON_STANDARD)),
    may('sessionID', small(8)),
    keep(may('mediaChannel', MEDIA_ADDRESS)),
    keep(may('mediaControlChannel', MEDIA_ADDRESS)),
    may('dynamicRTPPayloadType', small(5)),
  ],
  { more: skip('flowControlToZero portNumber') },
);

const OPEN_LOGICAL_CHANNEL_ACK = sequence(
  [must('forwardLogicalChannelNumber', INT16), keep(may('reverseLogicalChannelParameters', REVERSE_ACK))],
  {
    more: [
      keep(may('separateStack', NETWORK_ACCESS)),
      keep(may('forwardMultiplexAckParameters', choice([keep(must('h2250LogicalChannelAckParameters', H2250_ACK))]))),
      STOP,
    ],
  },
);

const REQUEST = choice(
  [
    ...stop('nonStandard masterSlaveDetermination terminalCapabilitySet'),
    keep(must('openLogicalChannel', OPEN_LOGICAL_CHANNEL)),
    ...stop('closeLogicalChannel requestChannelClose multiplexEntrySend requestMultiplexEntry requestMode'),
    ...stop('roundTripDelayRequest maintenanceLoopRequest'),
  ],
  stop('communicationModeRequest conferenceRequest multilinkRequest logicalChannelRateRequest'),
);

const RESPONSE = choice(
  [
    ...stop('nonStandard masterSlaveDeterminationAck masterSlaveDeterminationReject terminalCapabilitySetAck'),
    ...stop('terminalCapabilitySetReject'),
    keep(must('openLogicalChannelAck', OPEN_LOGICAL_CHANNEL_ACK)),
    ...stop('openLogicalChannelReject closeLogicalChannelAck requestChannelCloseAck requestChannelCloseReject'),
    ...stop('multiplexEntrySendAck multiplexEntrySendReject requestMultiplexEntryAck requestMultiplexEntryReject'),
    ...stop('requestModeAck requestModeReject roundTripDelayResponse maintenanceLoopAck maintenanceLoopReject'),
  ],
  stop('communicationModeResponse conferenceResponse multilinkResponse logicalChannelRateAcknowledge logicalChannelRateReject'),
);

export const CONTROL_MESSAGE: Type = choice([
  keep(must('request', REQUEST)),
  keep(must('response', RESPONSE)),
  ...stop('command indication'),
]);
