/* What the C programs of the benchmarks share: clocks, limits, latencies. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define BUCKETS (1 << 20)
#define BUCKET_NS 10000

static uint32_t latencies[BUCKETS];
static int64_t timed;

static inline int64_t clock_ns(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline int64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

static inline void fail(const char *what) {
    perror(what);
    exit(1);
}

/* As many open files as we may have. */
static inline void raise_limit(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static inline void note_latency(int64_t latency) {
    int64_t bucket = latency < 0 ? 0 : latency / BUCKET_NS;
    latencies[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    timed++;
}

static inline void forget_latencies(void) {
    memset(latencies, 0, sizeof latencies);
    timed = 0;
}

static inline double milliseconds_at(double share) {
    int64_t enough = timed * share, seen = 0;
    double last = 0;
    for (int i = 0; i < BUCKETS; i++) {
        if (!latencies[i]) continue;
        last = (i + 0.5) * BUCKET_NS / 1e6;
        if ((seen += latencies[i]) > enough) break;
    }
    return last;
}

static inline void print_latencies(void) {
    printf("\"latency_ms\":{\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}",
        milliseconds_at(0.5), milliseconds_at(0.9), milliseconds_at(0.99), milliseconds_at(0.999),
        milliseconds_at(1));
}
