/* Readers for any server that speaks WebSocket: what they look for is a stamp in the payload.
 *
 *     crowd PORT PATH CONNECTIONS HELLO READY PING PONG
 *
 * Each sends HELLO (unless empty) once its handshake is done, and is live when a message contains
 * READY (if empty: at once). A message that is PING is answered with PONG. A delivery is a stamp
 * "t=NANOSECONDS n=NUMBER" (CLOCK_MONOTONIC; numbers go up by one), wherever it is in a message.
 * Readers of Headrace's own protocol check more: loadtests/bench/readers.c, whose commands on
 * standard input (ready, count, reset, report) and answers these share.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER (1 << 20)
#define AT_ONCE 128
#define BUCKETS (1 << 20)
#define BUCKET_NS 10000

struct reader {
    int fd, shaken, live, closed;
    int64_t number;
    char *kept;
    size_t kept_bytes;
};

static struct {
    int64_t deliveries, frames, reads, bytes, gaps, repeats, malformed, lost, timed, latest;
} counted;

static struct reader *readers;
static uint32_t latencies[BUCKETS];
static char buffer[BUFFER];
static int epoll, port, wanted, begun, under_way, live, failed;
static const char *path, *hello, *ready, *ping, *pong;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* Blocking: a loopback handshake's request and the few answers always fit. */
static void put(struct reader *r, const char *data, size_t length) {
    if (send(r->fd, data, length, MSG_NOSIGNAL) != (ssize_t)length) counted.malformed++;
}

/* Masked with zeros (RFC 6455, section 5.3). */
static void put_frame(struct reader *r, int opcode, const char *payload, size_t length) {
    char frame[1024] = {(char)(0x80 | opcode)};
    size_t at = 2;
    if (length > sizeof frame - 8) fail("a message to the server is too long");
    frame[1] = (char)(0x80 | (length < 126 ? length : 126));
    if (length >= 126) {
        frame[at++] = length >> 8;
        frame[at++] = length;
    }
    at += 4;
    memcpy(frame + at, payload, length);
    put(r, frame, at + length);
}

static void begin(struct reader *r) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = r};
    char request[1024];
    int one = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (r->fd < 0 || connect(r->fd, (struct sockaddr *)&to, sizeof to)) fail("connect");
    setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int length = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        path, port);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, r->fd, &event)) fail("epoll_ctl");
    put(r, request, length);
    under_way++;
}

static void become_live(struct reader *r) {
    if (r->live) return;
    r->live = 1;
    live++;
    under_way--;
}

static void lose(struct reader *r) {
    close(r->fd);
    r->closed = 1;
    if (r->live) {
        live--;
        counted.lost++;
    } else {
        under_way--;
        failed++;
    }
}

static void take_stamps(struct reader *r, const char *at, const char *end, int64_t now) {
    while ((at = memmem(at, end - at, "t=", 2))) {
        char *rest;
        int64_t sent = strtoll(at += 2, &rest, 10), number;
        if (rest + 3 > end || memcmp(rest, " n=", 3)) continue;
        number = strtoll(rest + 3, &rest, 10);
        if (r->number && number <= r->number) counted.repeats++;
        else if (r->number && number > r->number + 1) counted.gaps++;
        r->number = number;
        int64_t bucket = now > sent ? (now - sent) / BUCKET_NS : 0;
        latencies[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
        counted.timed++;
        counted.deliveries++;
        counted.latest = now;
        at = rest;
    }
}

static void take_frame(struct reader *r, int opcode, char *payload, size_t length, int64_t now) {
    counted.frames++;
    if (opcode == 9) put_frame(r, 10, payload, length);
    if (opcode != 1 && opcode != 2) return;
    if (!r->live && memmem(payload, length, ready, strlen(ready))) become_live(r);
    if (*ping && length == strlen(ping) && !memcmp(payload, ping, length))
        put_frame(r, 1, pong, strlen(pong));
    take_stamps(r, payload, payload + length, now);
}

static size_t take_frames(struct reader *r, char *data, size_t length, int64_t now) {
    size_t at = 0;
    while (length - at >= 2) {
        unsigned char *head = (unsigned char *)data + at;
        size_t size = head[1] & 127, skip = 2;
        if (size == 127) {
            fprintf(stderr, "crowd: a frame of more than 65,535 bytes\n");
            exit(1);
        }
        if (size == 126) {
            if (length - at < 4) break;
            size = head[2] << 8 | head[3];
            skip = 4;
        }
        if (length - at < skip + size) break;
        take_frame(r, head[0] & 15, data + at + skip, size, now);
        at += skip + size;
    }
    return at;
}

static size_t take_handshake(struct reader *r, char *data, size_t length) {
    char *end = memmem(data, length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (length < 12 || memcmp(data, "HTTP/1.1 101", 12)) {
        if (!failed) fprintf(stderr, "crowd: refused: %.*s\n", (int)length, data);
        shutdown(r->fd, SHUT_RDWR);
        return length;
    }
    r->shaken = 1;
    if (*hello) put_frame(r, 1, hello, strlen(hello));
    if (!*ready) become_live(r);
    return end + 4 - data;
}

static void keep(struct reader *r, const char *rest, size_t length) {
    free(r->kept);
    r->kept = length ? memcpy(malloc(length), rest, length) : NULL;
    r->kept_bytes = length;
}

static void take_bytes(struct reader *r) {
    size_t have = r->kept_bytes, used = 0;
    if (have) memcpy(buffer, r->kept, have);
    ssize_t got = recv(r->fd, buffer + have, BUFFER - 1 - have, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        lose(r);
        return;
    }
    have += got;
    counted.reads++;
    counted.bytes += got;
    buffer[have] = 0; /* so that numbers at the very end end */
    if (!r->shaken) used = take_handshake(r, buffer, have);
    if (r->shaken) used += take_frames(r, buffer + used, have - used, now_ns());
    if (used < have || r->kept) keep(r, buffer + used, have - used);
}

static double milliseconds_at(double share) {
    int64_t enough = counted.timed * share, seen = 0;
    double last = 0;
    for (int i = 0; i < BUCKETS; i++) {
        if (!latencies[i]) continue;
        last = (i + 0.5) * BUCKET_NS / 1e6;
        if ((seen += latencies[i]) > enough) break;
    }
    return last;
}

static void report(void) {
    printf("{\"live\":%d,\"failed\":%d,\"activities\":%lld,\"frames\":%lld,\"reads\":%lld,"
        "\"bytes\":%lld,\"gaps\":%lld,\"repeats\":%lld,\"malformed\":%lld,\"errors\":0,"
        "\"lost\":%lld,\"resumed\":0,\"slowest_resume_ms\":0,\"latest_ns\":%lld,"
        "\"latency_ms\":{\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}}\n",
        live, failed, (long long)counted.deliveries, (long long)counted.frames,
        (long long)counted.reads, (long long)counted.bytes, (long long)counted.gaps,
        (long long)counted.repeats, (long long)counted.malformed, (long long)counted.lost,
        (long long)counted.latest, milliseconds_at(0.5), milliseconds_at(0.9),
        milliseconds_at(0.99), milliseconds_at(0.999), milliseconds_at(1));
}

static void obey(const char *command) {
    if (!strcmp(command, "ready")) {
        printf("{\"live\":%d,\"failed\":%d}\n", live, failed);
    } else if (!strcmp(command, "count")) {
        printf("%lld\n", (long long)counted.deliveries);
    } else if (!strcmp(command, "reset")) {
        memset(&counted, 0, sizeof counted);
        memset(latencies, 0, sizeof latencies);
        puts("ok");
    } else if (!strcmp(command, "report")) {
        report();
    } else {
        fprintf(stderr, "crowd: no such command: %s\n", command);
        exit(1);
    }
    fflush(stdout);
}

static void take_commands(void) {
    static char line[256];
    static size_t length;
    ssize_t got = read(0, line + length, sizeof line - 1 - length);
    if (got <= 0) exit(0);
    length += got;
    line[length] = 0;
    for (char *end; (end = strchr(line, '\n')); memmove(line, end + 1, length + 1)) {
        *end = 0;
        length -= end + 1 - line;
        obey(line);
    }
}

int main(int count, char **arguments) {
    if (count != 8) return fprintf(stderr, "usage: see the top of crowd.c\n"), 2;
    port = atoi(arguments[1]), path = arguments[2], wanted = atoi(arguments[3]);
    hello = arguments[4], ready = arguments[5], ping = arguments[6], pong = arguments[7];
    readers = calloc(wanted, sizeof *readers);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input)) fail("epoll_ctl");
    for (;;) {
        while (begun < wanted && under_way < AT_ONCE) begin(&readers[begun++]);
        int got = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < got; i++) {
            struct reader *r = events[i].data.ptr;
            if (!r) take_commands();
            else if (!r->closed) take_bytes(r);
        }
    }
}
