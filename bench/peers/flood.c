/*
 * flood DEVICE SOURCE-MAC DESTINATION-MAC FLOWS SECONDS: sends 46-octet IPv4/UDP packets into one end of a veth as fast as it can,
 * in batches, past the queueing disciplines. What the kernel does with them (veth, softirq, forwarding, netfilter) happens on this
 * process's processor inside its calls, so its time is theirs. FLOWS source ports and addresses take turns; 0: every packet another
 * connection. Prints how many packets were sent and what each cost.
 */
#define _GNU_SOURCE
#include "decode.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <sched.h>
#include <sys/socket.h>

#define BATCH 64
#define LENGTH 60

static uint16_t checksum(const uint8_t *p, int length) {
    uint32_t sum = 0;
    for (int i = 0; i < length; i += 2) sum += load16(p + i);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

static void store16(uint8_t *p, uint16_t v) {
    p[0] = v >> 8;
    p[1] = v & 255;
}

static void frame(uint8_t *p, uint64_t number) {
    uint32_t client = 0x0a000002 + (uint32_t)(number / 60000) % 60000;
    memset(p + 14, 0, LENGTH - 14);
    store16(p + 12, 0x0800);
    p[14] = 0x45;
    store16(p + 16, 46);
    p[22] = 64;
    p[23] = 17;
    client = htonl(client);
    memcpy(p + 26, &client, 4);
    memcpy(p + 30, "\xc6\x33\x64\x02", 4); /* 198.51.100.2 */
    store16(p + 24, checksum(p + 14, 20));
    store16(p + 34, 1024 + number % 60000);
    store16(p + 36, 9);
    store16(p + 38, 26);
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    uint64_t flows = strtoull(argv[4], NULL, 10), sent = 0;
    double limit = atof(argv[5]);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    sched_setaffinity(0, sizeof one, &one);
    int s = socket(AF_PACKET, SOCK_RAW, 0), yes = 1;
    if (s < 0) return perror("socket"), 1;
    setsockopt(s, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes);
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(argv[1]), .sll_halen = 6};
    static uint8_t frames[BATCH][LENGTH];
    struct iovec vectors[BATCH];
    struct mmsghdr messages[BATCH];
    struct ether_addr *source = ether_aton(argv[2]);
    for (int i = 0; i < BATCH; i++) {
        memcpy(frames[i] + 6, source, 6);
        memcpy(frames[i], ether_aton(argv[3]), 6);
        source = ether_aton(argv[2]);
        vectors[i] = (struct iovec){frames[i], LENGTH};
        messages[i] = (struct mmsghdr){.msg_hdr = {&to, sizeof to, &vectors[i], 1, NULL, 0, 0}};
    }
    double started = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    while (seconds(CLOCK_MONOTONIC) - started < limit) {
        for (int i = 0; i < BATCH; i++) frame(frames[i], flows == 0 ? sent + i : (sent + i) % flows);
        int done = sendmmsg(s, messages, BATCH, 0);
        if (done < 0) return perror("sendmmsg"), 1;
        sent += done;
    }
    struct run run = {.packets = sent};
    run_pass(&run, seconds(CLOCK_MONOTONIC) - started, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    run_tell(&run);
    return 0;
}
