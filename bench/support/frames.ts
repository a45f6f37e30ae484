/**
 * Frames of the generated traffic, written into one Packet through the wire views, with right checksums.
 * @module
 */
import { finish, pseudoHeaderSum, sum16 } from '../../src/inet/checksum.ts';
import * as ipproto from '../../src/inet/protocol.ts';
import { Packet } from '../../src/packet/packet.ts';
import { ETHERNET_HEADER_LEN, EthernetView, EtherType } from '../../src/wire/ethernet.ts';
import { ICMP_HEADER_LEN, IcmpView } from '../../src/wire/icmp.ts';
import { IPV4_HEADER_LEN, Ipv4View } from '../../src/wire/ipv4.ts';
import { IPV6_HEADER_LEN, Ipv6View } from '../../src/wire/ipv6.ts';
import { TCP_HEADER_LEN, TcpView } from '../../src/wire/tcp.ts';
import { UDP_HEADER_LEN, UdpView } from '../../src/wire/udp.ts';
import { VLAN_TAG_LEN, VlanView } from '../../src/wire/vlan.ts';

/** Octets of the shortest Ethernet frame without its FCS. */
const MIN_FRAME = 60;
const INSIDE_MAC = 0x0200_0000_0001;
const OUTSIDE_MAC = 0x0200_0000_0002;
const VLAN = 7;
const TTL = 63;
const WINDOW = 0xffff;
const FILLER = 0x2a;

/** Who talks to whom. Direction 0 is from client to server. */
export interface Flow {
  readonly family: 4 | 6;
  readonly tagged: boolean;
  /** Last word of the client's address; the rest is fixed. */
  readonly client: number;
  readonly server: number;
  readonly clientPort: number;
  readonly serverPort: number;
  /** Who answers, and whom, where translation on the way made others of server and client. */
  readonly answerer?: number;
  readonly answererPort?: number;
  readonly answered?: number;
}

const CLIENT_NET6 = 0xfd000000 | 0;
const SERVER_NET6 = 0x20010db8;

export class Frames {
  readonly packet: Packet = new Packet();
  private readonly ethernet = new EthernetView();
  private readonly vlan = new VlanView();
  private readonly ipv4 = new Ipv4View();
  private readonly ipv6 = new Ipv6View();
  private readonly tcpView = new TcpView();
  private readonly udpView = new UdpView();
  private readonly icmpView = new IcmpView();
  private identification = 0;

  /** A TCP segment in a frame of `size` octets, or as many as its headers need; answers the octets of payload. */
  tcp(flow: Flow, direction: number, segment: { flags: number; seq: number; ack: number }, size: number): number {
    const data = this.begin(flow, direction, ipproto.TCP, TCP_HEADER_LEN, size);
    const at = this.packet.end - data - TCP_HEADER_LEN;
    const { tcpView } = this;
    tcpView.at(this.packet.view, at);
    tcpView.srcPort = direction === 0 ? flow.clientPort : (flow.answererPort ?? flow.serverPort);
    tcpView.dstPort = direction === 0 ? flow.serverPort : flow.clientPort;
    tcpView.seq = segment.seq;
    tcpView.ack = segment.ack;
    tcpView.dataWords = TCP_HEADER_LEN / 4;
    tcpView.flags = segment.flags;
    tcpView.window = WINDOW;
    tcpView.checksum = this.transportChecksum(at, ipproto.TCP);
    this.finish();
    return data;
  }

  udp(flow: Flow, direction: number, size: number): void {
    const data = this.begin(flow, direction, ipproto.UDP, UDP_HEADER_LEN, size);
    const at = this.packet.end - data - UDP_HEADER_LEN;
    const { udpView } = this;
    udpView.at(this.packet.view, at);
    udpView.srcPort = direction === 0 ? flow.clientPort : flow.serverPort;
    udpView.dstPort = direction === 0 ? flow.serverPort : flow.clientPort;
    udpView.length = UDP_HEADER_LEN + data;
    udpView.checksum = this.transportChecksum(at, ipproto.UDP) || 0xffff;
    this.finish();
  }

  /** An echo request or its reply (IPv4). */
  echo(flow: Flow, direction: number, sequence: number, size: number): void {
    const data = this.begin(flow, direction, ipproto.ICMP, ICMP_HEADER_LEN, size);
    const at = this.packet.end - data - ICMP_HEADER_LEN;
    const { icmpView } = this;
    icmpView.at(this.packet.view, at);
    icmpView.type = direction === 0 ? 8 : 0;
    icmpView.identifier = flow.clientPort;
    icmpView.sequence = sequence;
    icmpView.checksum = finish(sum16(this.packet.view, at, this.packet.end - at));
    this.finish();
  }

  /** Link and IP header; answers the octets left for payload behind `header` octets of transport. The frame ends there for now. */
  private begin(flow: Flow, direction: number, protocol: number, header: number, size: number): number {
    const { packet } = this;
    const link = ETHERNET_HEADER_LEN + (flow.tagged ? VLAN_TAG_LEN : 0);
    const network = flow.family === 4 ? IPV4_HEADER_LEN : IPV6_HEADER_LEN;
    const data = Math.max(0, size - link - network - header);
    packet.blank(link + network + header + data);
    packet.network = packet.start + link;
    packet.family = flow.family;
    packet.bytes.fill(FILLER, packet.end - data, packet.end);
    this.putLink(flow, direction);
    if (flow.family === 4) this.putIpv4(flow, direction, protocol);
    else this.putIpv6(flow, direction, protocol);
    return data;
  }

  private putLink(flow: Flow, direction: number): void {
    const { packet, ethernet, vlan } = this;
    const type = flow.family === 4 ? EtherType.Ipv4 : EtherType.Ipv6;
    ethernet.at(packet.view, packet.start);
    ethernet.source = direction === 0 ? INSIDE_MAC : OUTSIDE_MAC;
    ethernet.destination = direction === 0 ? OUTSIDE_MAC : INSIDE_MAC;
    ethernet.type = flow.tagged ? EtherType.Vlan : type;
    if (!flow.tagged) return;
    vlan.at(packet.view, packet.start + ETHERNET_HEADER_LEN);
    vlan.identifier = VLAN;
    vlan.type = type;
  }

  private putIpv4(flow: Flow, direction: number, protocol: number): void {
    const { packet, ipv4 } = this;
    ipv4.at(packet.view, packet.network);
    ipv4.version = 4;
    ipv4.headerWords = IPV4_HEADER_LEN / 4;
    ipv4.totalLength = packet.end - packet.network;
    this.identification = (this.identification + 1) & 0xffff;
    ipv4.identification = this.identification;
    ipv4.dontFragment = 1;
    ipv4.ttl = TTL;
    ipv4.protocol = protocol;
    packet.src0 = direction === 0 ? flow.client : (flow.answerer ?? flow.server);
    packet.dst0 = direction === 0 ? flow.server : (flow.answered ?? flow.client);
    ipv4.src = packet.src0;
    ipv4.dst = packet.dst0;
    ipv4.checksum = finish(sum16(packet.view, packet.network, IPV4_HEADER_LEN));
  }

  private putIpv6(flow: Flow, direction: number, protocol: number): void {
    const { packet, ipv6 } = this;
    ipv6.at(packet.view, packet.network);
    ipv6.version = 6;
    ipv6.payloadLength = packet.end - packet.network - IPV6_HEADER_LEN;
    ipv6.nextHeader = protocol;
    ipv6.hopLimit = TTL;
    packet.src0 = direction === 0 ? CLIENT_NET6 : SERVER_NET6;
    packet.dst0 = direction === 0 ? SERVER_NET6 : CLIENT_NET6;
    packet.src3 = direction === 0 ? flow.client : flow.server;
    packet.dst3 = direction === 0 ? flow.server : flow.client;
    ipv6.src0 = packet.src0;
    ipv6.dst0 = packet.dst0;
    ipv6.src3 = packet.src3;
    ipv6.dst3 = packet.dst3;
  }

  private transportChecksum(at: number, protocol: number): number {
    const { packet } = this;
    const length = packet.end - at;
    return finish(sum16(packet.view, at, length, pseudoHeaderSum(packet, protocol, length)));
  }

  /** Pad to the shortest frame there is. */
  private finish(): void {
    const { packet } = this;
    packet.end = Math.max(packet.end, packet.start + MIN_FRAME);
    packet.wireLength = packet.end - packet.start;
  }
}
