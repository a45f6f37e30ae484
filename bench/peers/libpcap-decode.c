/*
 * libpcap-decode FILE PASSES: libpcap reads a capture, every packet is decoded. What a C program around pcap_loop() costs at least.
 */
#include "decode.h"

#include <pcap/pcap.h>

struct sums {
    uint64_t packets;
    uint32_t check;
};

static void take(u_char *user, const struct pcap_pkthdr *header, const u_char *octets) {
    struct sums *sums = (struct sums *)user;
    struct decoded d;
    decode(&d, octets, header->caplen);
    sums->packets++;
    if (d.family != 0) sums->check += d.source[0] + d.destination[0] + d.source_port + d.protocol + d.transport_length;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    struct run run = {0};
    for (int pass = 0; pass < atoi(argv[2]); pass++) {
        struct sums sums = {0};
        char error[PCAP_ERRBUF_SIZE];
        double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        pcap_t *capture = pcap_open_offline(argv[1], error);
        if (capture == NULL) return fprintf(stderr, "%s\n", error), 1;
        if (pcap_loop(capture, -1, take, (u_char *)&sums) != 0) return fprintf(stderr, "%s\n", pcap_geterr(capture)), 1;
        pcap_close(capture);
        run.packets = sums.packets;
        run.check = (int32_t)sums.check;
        run_pass(&run, seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    }
    run_tell(&run);
    return 0;
}
