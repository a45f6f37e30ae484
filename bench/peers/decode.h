/*
 * What the C peers share: a bounds-checked decoder of Ethernet, VLAN tags, IPv4, IPv6, TCP, UDP and ICMP, as a careful C program
 * has it, and how a run is timed and told. The numbers summed up are those hookline's own loop sums up, so that the two can be
 * seen to have read the same.
 */
#ifndef PEERS_DECODE_H
#define PEERS_DECODE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct decoded {
    int family; /* 0: no IP */
    uint8_t protocol;
    int32_t source_port, destination_port; /* -1: none */
    uint32_t transport_length;
    uint32_t source[4], destination[4]; /* first word only for IPv4 */
    uint8_t tcp_flags;
};

static inline uint16_t load16(const uint8_t *p) {
    uint16_t v;
    memcpy(&v, p, 2);
    return __builtin_bswap16(v);
}

static inline uint32_t load32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return __builtin_bswap32(v);
}

static inline void decode_transport(struct decoded *d, const uint8_t *p, uint32_t length) {
    d->transport_length = length;
    d->source_port = d->destination_port = -1;
    if ((d->protocol == 6 && length >= 20) || (d->protocol == 17 && length >= 8)) {
        d->source_port = load16(p);
        d->destination_port = load16(p + 2);
        if (d->protocol == 6) d->tcp_flags = p[13];
    }
}

static inline void decode(struct decoded *d, const uint8_t *p, uint32_t captured) {
    d->family = 0;
    if (captured < 14) return;
    uint16_t type = load16(p + 12);
    uint32_t at = 14;
    while (type == 0x8100 || type == 0x88a8) {
        if (captured < at + 4) return;
        type = load16(p + at + 2);
        at += 4;
    }
    if (type == 0x0800) {
        if (captured < at + 20 || p[at] >> 4 != 4) return;
        uint32_t header = (p[at] & 15) * 4, total = load16(p + at + 2);
        if (header < 20 || total < header || at + total > captured) return;
        d->family = 4;
        d->protocol = p[at + 9];
        d->source[0] = load32(p + at + 12);
        d->destination[0] = load32(p + at + 16);
        if ((load16(p + at + 6) & 0x1fff) != 0) {
            d->transport_length = total - header;
            d->source_port = d->destination_port = -1;
            return;
        }
        decode_transport(d, p + at + header, total - header);
    } else if (type == 0x86dd) {
        if (captured < at + 40 || p[at] >> 4 != 6) return;
        uint32_t length = load16(p + at + 4);
        if (at + 40 + length > captured) return;
        d->family = 6;
        d->protocol = p[at + 6];
        for (int i = 0; i < 4; i++) {
            d->source[i] = load32(p + at + 8 + 4 * i);
            d->destination[i] = load32(p + at + 24 + 4 * i);
        }
        decode_transport(d, p + at + 40, length);
    }
}

static inline double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

/* One run: the passes' nanoseconds a packet by the clock and of the processor, as the bench reads it. */
struct run {
    int passes;
    uint64_t packets;
    int32_t check;
    double wall[64], cpu[64];
};

static inline void run_pass(struct run *r, double wall, double cpu) {
    if (r->passes == 64) return;
    r->wall[r->passes] = wall * 1e9 / r->packets;
    r->cpu[r->passes++] = cpu * 1e9 / r->packets;
}

static inline void run_tell(const struct run *r) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"items\":%llu,\"check\":%d,\"memory\":%.1f,\"wall\":[", (unsigned long long)r->packets, r->check, usage.ru_maxrss / 1024.0);
    for (int i = 0; i < r->passes; i++) printf("%s%.3f", i ? "," : "", r->wall[i]);
    printf("],\"cpu\":[");
    for (int i = 0; i < r->passes; i++) printf("%s%.3f", i ? "," : "", r->cpu[i]);
    printf("]}\n");
}

#endif
