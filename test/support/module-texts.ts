/**
 * A few texts of every match and target module, for rule sets drawn at random (random-tables.ts). `<host>`, `<net>`, `<port>` and
 * `<range>` stand for something the packets have. Those in front belong to both families where nothing is said.
 * @module
 */
export interface ModuleText {
  /** The word after -m or -j. */
  readonly module: string;
  /** Of a rule: -p in front, where it must be a certain one. */
  readonly protocol: string;
  /** 0: both. */
  readonly family: 0 | 4 | 6;
  readonly text: string;
}

/** Read and refused, as they ask what no rule set holds. */
export const REFUSED: ReadonlySet<string> = new Set(['ipvs', 'osf']);

const BOTH_MATCHES = `
-m addrtype --dst-type LOCAL
-m addrtype --src-type UNICAST ! --dst-type MULTICAST
-m addrtype --dst-type LOCAL,UNICAST --limit-iface-in
-m addrtype --src-type UNICAST --limit-iface-out
-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"
-m bpf --bytecode "4,48 0 0 1,21 0 1 0,6 0 0 0,6 0 0 1"
-m cgroup --cgroup 1
-m cgroup ! --cgroup 1
-m cluster --cluster-total-nodes 3 --cluster-local-node 1 --cluster-hash-seed 0xdeadbeef
-m cluster ! --cluster-local-nodemask 5 --cluster-total-nodes 3 --cluster-hash-seed 12
-m comment --comment "DROP ) ; return x"
-m connbytes --connbytes 2:4 --connbytes-dir both --connbytes-mode packets
-m connbytes ! --connbytes 200 --connbytes-dir original --connbytes-mode bytes
-m connbytes --connbytes 40:60 --connbytes-dir reply --connbytes-mode avgpkt
-m connlabel --label 3
-m connlabel ! --label 3 --set
-m connlimit --connlimit-above 2
-m connlimit --connlimit-upto 3 --connlimit-mask 24 --connlimit-daddr
-m connmark --mark 1
-m connmark ! --mark 0x1/0x3
-m conntrack --ctstate NEW
-m conntrack --ctstate RELATED,ESTABLISHED
-m conntrack ! --ctstate INVALID,UNTRACKED
-m conntrack --ctstate NEW,SNAT,DNAT
-m conntrack --ctstate NEW --ctproto tcp
-m conntrack ! --ctproto udp
-m conntrack --ctorigsrc <net>
-m conntrack --ctrepldst <net> --ctorigdstport <port>
-m conntrack --ctreplsrcport 0:80
-m conntrack --ctstatus SEEN_REPLY,ASSURED
-m conntrack ! --ctstatus CONFIRMED
-m conntrack --ctexpire 10:40
-m conntrack --ctdir ORIGINAL
-m conntrack --ctdir REPLY
-m cpu --cpu 0
-m cpu ! --cpu 0
-p dccp -m dccp --sport 0:1023
-p dccp -m dccp ! --dport <port>
-p dccp -m dccp --dccp-types REQUEST,DATA
-p dccp -m dccp --dccp-option 32
-m devgroup --src-group 0
-m devgroup ! --dst-group 0x1/0x3
-m dscp --dscp 0x02
-m dscp ! --dscp-class BE
-m ecn --ecn-ip-ect 0
-m ecn ! --ecn-ip-ect 1
-p tcp -m ecn --ecn-tcp-cwr
-p tcp -m ecn ! --ecn-tcp-ece
-p esp -m esp --espspi 0:300
-p esp -m esp ! --espspi 97
-m hashlimit --hashlimit-upto 40/sec --hashlimit-burst 3 --hashlimit-mode srcip,dstport --hashlimit-name web
-m hashlimit --hashlimit-above 20/sec --hashlimit-burst 2 --hashlimit-mode dstip --hashlimit-name other --hashlimit-srcmask 24
-m hashlimit --hashlimit-upto 1kb/s --hashlimit-burst 2kb --hashlimit-name all
-m helper --helper ftp
-m helper ! --helper ftp
-p ipcomp -m ipcomp --ipcompspi 0:30000
-p ipcomp -m ipcomp ! --ipcompspi 5 --compres
-m iprange --src-range <range>
-m iprange ! --dst-range <range>
-m length --length 0:60
-m length ! --length 60:80
-m limit --limit 10/sec --limit-burst 3
-m limit --limit 40/sec
-m mac --mac-source 02:00:00:00:00:99
-m mac ! --mac-source 02:00:00:00:00:98
-m mark --mark 0
-m mark --mark 0x1/0x3
-m mark ! --mark 2
-p tcp -m multiport --dports 22,80,8000:9000
-p udp -m multiport ! --ports 53,443
-p sctp -m multiport --sports 0:100
-p udplite -m multiport --dports <port>
-m nfacct --nfacct-name web
-m owner --uid-owner 0
-m owner ! --gid-owner 0-999
-m owner --socket-exists
-m physdev --physdev-in eth0
-m physdev ! --physdev-is-bridged
-m pkttype --pkt-type unicast
-m pkttype ! --pkt-type broadcast
-m policy --dir in --pol none
-m policy --dir out --pol none
-m policy --dir in --pol ipsec
-m quota --quota 600
-m quota ! --quota 1000
-m rateest --rateest re --rateest-lt --rateest-bps 8kbit
-m rateest ! --rateest re --rateest-gt --rateest-pps 3
-m rateest --rateest-delta --rateest re --rateest-bps1 8kbit --rateest-gt --rateest-bps 1kbit
-m rateest --rateest1 re --rateest-eq --rateest-bps --rateest2 re
-m recent --name seen --set
-m recent --name seen --rcheck --hitcount 2
-m recent ! --name seen --update --seconds 1 --rttl
-m recent --name other --set --rdest
-m recent --name other --remove --rdest
-m rpfilter
-m rpfilter --loose --invert
-m rpfilter --validmark --accept-local
-p sctp -m sctp --dport <port>
-p sctp -m sctp ! --sport 0:100
-p sctp -m sctp --chunk-types any DATA,INIT
-p sctp -m sctp --chunk-types all INIT
-p sctp -m sctp ! --chunk-types only DATA:Be
-m set --match-set ADDRESSES src
-m set ! --match-set ADDRESSES dst
-m set --match-set PORTS dst
-m set --match-set PAIRS src,dst --packets-gt 1
-m set --match-set NETS dst --return-nomatch
-m socket
-m socket --transparent --nowildcard
-m socket --restore-skmark
-m state --state NEW
-m state ! --state RELATED,ESTABLISHED
-m state --state INVALID,UNTRACKED
-m statistic --mode random --probability 0.5
-m statistic --mode random ! --probability 0.25
-m statistic --mode nth --every 3 --packet 1
-m statistic --mode nth ! --every 2 --packet 0
-m string --string "aaa" --algo bm
-m string ! --hex-string "|61 61|" --algo kmp --from 20 --to 90
-m string --string "AAAA" --algo bm --icase
-p tcp -m tcp
-p tcp -m tcp --dport <port>
-p tcp -m tcp ! --sport <port> --dport 0:1023
-p tcp -m tcp --syn
-p tcp -m tcp ! --syn --dport <port>
-p tcp -m tcp --tcp-flags ALL ACK,PSH
-p tcp -m tcp --tcp-flags NONE NONE
-p tcp -m tcp ! --tcp-flags SYN,RST SYN
-p tcp -m tcp --tcp-option 2
-p tcp -m tcp ! --tcp-option 8 --dport <port>
-p tcp -m tcpmss --mss 500:1400
-p tcp -m tcpmss ! --mss 1460
-m time --timestart 22:00 --timestop 23:00
-m time --weekdays Tue,Wed
-m time ! --monthdays 14
-m time --datestart 2023-11-14T22:13:21
-m tos --tos 8/0x3f
-m tos ! --tos 0
-m u32 --u32 "0>>28=4"
-m u32 ! --u32 "6&0xFF=6,17"
-p udp -m udp
-p udp -m udp --dport <port>
-p udp -m udp ! --sport 0:100`;

const MATCHES_4 = `
-p ah -m ah --ahspi 0:500
-p ah -m ah ! --ahspi 97
-p icmp -m icmp --icmp-type 8
-p icmp -m icmp ! --icmp-type 3/1
-p icmp -m icmp --icmp-type any
-m realm --realm 0
-m realm ! --realm 0x1/0x1
-m ttl --ttl-eq 64
-m ttl --ttl-lt 5
-m ttl ! --ttl-eq 2`;

const MATCHES_6 = `
-m ah --ahspi 0:500
-m ah ! --ahspi 97 --ahres
-m dst --dst-len 6
-m dst ! --dst-len 14 --dst-opts 1:4
-m eui64
-m frag --fragid 0:9
-m frag ! --fragid 5 --fragmore
-m frag --fraglast
-m frag --fragfirst
-m hbh --hbh-len 6
-m hbh --hbh-opts 1:4
-m hl --hl-eq 64
-m hl --hl-gt 5
-p icmpv6 -m icmp6 --icmpv6-type 128
-p icmpv6 -m icmp6 ! --icmpv6-type 1/4
-m ipv6header --header hop,dst --soft
-m ipv6header ! --header frag
-p mh -m mh --mh-type 1:3
-p mh -m mh ! --mh-type 5
-m rt --rt-type 0
-m rt ! --rt-segsleft 1:5
-m rt --rt-type 0 --rt-0-res --rt-0-addrs fd00::2 --rt-0-not-strict
-m srh --srh-next-hdr 17
-m srh ! --srh-segs-left-gt 1`;

const BOTH_TARGETS = `
-j AUDIT --type accept
-p udp -j CHECKSUM --checksum-fill
-j CLASSIFY --set-class 1:2
-j CONNMARK --set-xmark 0x1/0xffffffff
-j CONNMARK --save-mark
-j CONNMARK --restore-mark --nfmask 0x3 --ctmask 0x3
-j CONNSECMARK --save
-j CONNSECMARK --restore
-j CT --notrack
-j CT --zone 5
-p tcp -j CT --helper ftp
-j CT --zone-orig 7 --ctevents new,destroy
-j DNAT --to-destination <host>
-p tcp -j DNAT --to-destination <host>:8080
-p udp -j DNAT --to-destination <host>:1000-1010 --random
-j DSCP --set-dscp 4
-j DSCP --set-dscp-class EF
-j HMARK --hmark-tuple src,dst,sport,dport --hmark-mod 3 --hmark-offset 1 --hmark-rnd 0xcafe
-j IDLETIMER --timeout 5 --label idle
-j LED --led-trigger-id light
-j LOG
-j LOG --log-prefix "a \\" b" --log-level debug --log-tcp-sequence --log-tcp-options --log-ip-options --log-uid
-j MARK --set-xmark 0x1/0xffffffff
-j MARK --set-xmark 0x2/0x2
-j MARK --and-mark 0x1
-j MASQUERADE
-p tcp -j MASQUERADE --to-ports 1024-2047 --random
-j NETMAP --to <net>
-j NFLOG
-j NFLOG --nflog-group 3 --nflog-prefix x --nflog-size 20
-j NFQUEUE --queue-num 1 --queue-bypass
-j NFQUEUE --queue-num 2
-j NFQUEUE --queue-balance 3:5 --queue-bypass
-j NOTRACK
-j RATEEST --rateest-name re --rateest-interval 250ms --rateest-ewmalog 0.5s
-j REDIRECT
-p tcp -j REDIRECT --to-ports 3128
-j REJECT
-p tcp -j REJECT --reject-with tcp-reset
-j SECMARK --selctx system_u:object_r:httpd_packet_t:s0
-j SET --add-set ADDRESSES src --exist
-j SET --del-set ADDRESSES dst
-j SET --add-set PAIRS src,dst
-j SET --map-set MAPPED src --map-mark
-j SNAT --to-source <host>
-p udp -j SNAT --to-source <host>:2000-2010 --persistent
-p tcp -j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460
-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000
-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
-p tcp -j TCPOPTSTRIP --strip-options 8,sack-permitted
-j TEE --gateway <host>
-j TOS --set-tos 0x10/0x3f
-j TOS --xor-tos 0x4
-p tcp -j TPROXY --on-port 3129 --tproxy-mark 0x1/0x1
-p udp -j TPROXY --on-port 53
-j TRACE`;

const TARGETS_4 = `
-p tcp -j ECN --ecn-tcp-remove
-j REJECT --reject-with icmp-host-prohibited
-j TTL --ttl-set 9
-j TTL --ttl-inc 1
-j TTL --ttl-dec 1`;

const TARGETS_6 = `
-j DNPT --src-pfx fd00::/64 --dst-pfx 2001:db8:9::/64
-j HL --hl-set 9
-j HL --hl-dec 1
-j REJECT --reject-with icmp6-adm-prohibited
-j SNPT --src-pfx fd00::/64 --dst-pfx 2001:db8:9::/64`;

function read(list: string, family: 0 | 4 | 6): ModuleText[] {
  return list
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, given, text = ''] = /^(?:-p (\S+) )?(.*)$/.exec(line)!;
      const module = /-j (\S+)/.exec(text)?.[1] ?? /^-m (\S+)/.exec(text)![1]!;
      return { module, protocol: given ?? '', family, text };
    });
}

export const MATCH_TEXTS: readonly ModuleText[] = [...read(BOTH_MATCHES, 0), ...read(MATCHES_4, 4), ...read(MATCHES_6, 6)];
export const TARGET_TEXTS: readonly ModuleText[] = [...read(BOTH_TARGETS, 0), ...read(TARGETS_4, 4), ...read(TARGETS_6, 6)];
