// gopacket FILE PASSES: the fastest way of gopacket, which is a zero-copy reader and a DecodingLayerParser, over a capture.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

type run struct {
	Items  uint64    `json:"items"`
	Check  int32     `json:"check"`
	Memory float64   `json:"memory"`
	Wall   []float64 `json:"wall"`
	Cpu    []float64 `json:"cpu"`
}

func usage() (seconds float64, mebibytes float64) {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9, float64(u.Maxrss) / 1024
}

func pass(path string) (packets uint64, check uint32, err error) {
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	reader, err := pcapgo.NewReader(bufio.NewReaderSize(file, 1<<20))
	if err != nil {
		return
	}
	var ethernet layers.Ethernet
	var tag layers.Dot1Q
	var ip4 layers.IPv4
	var ip6 layers.IPv6
	var tcp layers.TCP
	var udp layers.UDP
	var icmp layers.ICMPv4
	var payload gopacket.Payload
	parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &ethernet, &tag, &ip4, &ip6, &tcp, &udp, &icmp, &payload)
	parser.IgnoreUnsupported = true
	decoded := make([]gopacket.LayerType, 0, 8)
	for {
		octets, _, e := reader.ZeroCopyReadPacketData()
		if e == io.EOF {
			return
		}
		if e != nil {
			return packets, check, e
		}
		packets++
		if e := parser.DecodeLayers(octets, &decoded); e != nil {
			return packets, check, e
		}
		port := ^uint32(0)
		for _, layer := range decoded {
			switch layer {
			case layers.LayerTypeIPv4:
				check += binary.BigEndian.Uint32(ip4.SrcIP) + binary.BigEndian.Uint32(ip4.DstIP) + uint32(ip4.Protocol) + uint32(ip4.Length) - uint32(ip4.IHL)*4
			case layers.LayerTypeIPv6:
				check += binary.BigEndian.Uint32(ip6.SrcIP) + binary.BigEndian.Uint32(ip6.DstIP) + uint32(ip6.NextHeader) + uint32(ip6.Length)
			case layers.LayerTypeTCP:
				port = uint32(tcp.SrcPort)
			case layers.LayerTypeUDP:
				port = uint32(udp.SrcPort)
			}
		}
		check += port
	}
}

func main() {
	passes, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var r run
	for i := 0; i < passes; i++ {
		cpu, _ := usage()
		started := time.Now()
		packets, check, err := pass(os.Args[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		wall := time.Since(started).Seconds()
		after, memory := usage()
		r.Items, r.Check, r.Memory = packets, int32(check), memory
		r.Wall = append(r.Wall, wall*1e9/float64(packets))
		r.Cpu = append(r.Cpu, (after-cpu)*1e9/float64(packets))
	}
	json.NewEncoder(os.Stdout).Encode(r)
}
