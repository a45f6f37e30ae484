/*
 * libpcap-flows OPENING FILE PASSES: what one would write by hand: libpcap, the decoder and a hash table of five-tuples, both
 * directions of a connection in one entry, which counts packets and octets of each and notes the time and the TCP flags seen.
 * No states, no windows, no timeouts, no rules. OPENING fills the table and is not timed; the answer is how many flows there are.
 */
#include "decode.h"

#include <pcap/pcap.h>

struct flow {
    uint32_t a[4], b[4];
    uint32_t ports;
    uint8_t protocol, family, used, flags;
    uint32_t packets[2];
    uint32_t octets[2];
    uint32_t last;
};

#define SLOTS (1u << 21)

static struct flow *table;
static uint64_t packets;
static uint32_t flows;

static uint32_t mix(uint32_t h, uint32_t word) {
    h ^= word;
    h *= 0x9e3779b1;
    return h ^ (h >> 15);
}

static void take(u_char *user, const struct pcap_pkthdr *header, const u_char *octets) {
    struct decoded d;
    (void)user;
    packets++;
    decode(&d, octets, header->caplen);
    if (d.family == 0) return;
    int words = d.family == 4 ? 1 : 4;
    int turned = memcmp(d.source, d.destination, 4 * words) > 0;
    const uint32_t *a = turned ? d.destination : d.source, *b = turned ? d.source : d.destination;
    uint32_t ports = turned ? (uint32_t)d.destination_port << 16 | (d.source_port & 0xffff)
                            : (uint32_t)d.source_port << 16 | (d.destination_port & 0xffff);
    uint32_t hash = mix(mix(0, ports), d.protocol);
    for (int i = 0; i < words; i++) hash = mix(mix(hash, a[i]), b[i]);
    for (uint32_t slot = hash & (SLOTS - 1);; slot = (slot + 1) & (SLOTS - 1)) {
        struct flow *flow = &table[slot];
        if (!flow->used) {
            memcpy(flow->a, a, 4 * words);
            memcpy(flow->b, b, 4 * words);
            flow->ports = ports;
            flow->protocol = d.protocol;
            flow->family = d.family;
            flow->used = 1;
            if (++flows > SLOTS - SLOTS / 8) fprintf(stderr, "table full\n"), exit(1);
        } else if (flow->ports != ports || flow->protocol != d.protocol || flow->family != d.family ||
                   memcmp(flow->a, a, 4 * words) != 0 || memcmp(flow->b, b, 4 * words) != 0) {
            continue;
        }
        flow->packets[turned]++;
        flow->octets[turned] += header->len;
        flow->flags |= d.tcp_flags;
        flow->last = header->ts.tv_sec * 1000 + header->ts.tv_usec / 1000;
        return;
    }
}

static void read_all(const char *path) {
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *capture = pcap_open_offline(path, error);
    if (capture == NULL) fprintf(stderr, "%s\n", error), exit(1);
    if (pcap_loop(capture, -1, take, NULL) != 0) fprintf(stderr, "%s\n", pcap_geterr(capture)), exit(1);
    pcap_close(capture);
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    struct run run = {0};
    table = malloc(SLOTS * sizeof(struct flow));
    for (int pass = 0; pass < atoi(argv[3]); pass++) {
        memset(table, 0, SLOTS * sizeof(struct flow));
        flows = 0;
        read_all(argv[1]);
        packets = 0;
        double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        read_all(argv[2]);
        run.packets = packets;
        run.check = (int32_t)flows;
        run_pass(&run, seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    }
    run_tell(&run);
    return 0;
}
