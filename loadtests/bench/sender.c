/* The limit: a loop of send() over as many connections as the readers open, and nothing else.
 *
 *     sender CONNECTIONS FRAME_BYTES FRAMES_PER_WRITE ROUNDS INTERVAL_MICROSECONDS [deflate]
 *
 * With "deflate" each frame is compressed for each connection by itself.
 *
 * It prints its port, waits for the connections, and for a byte on standard input; then it writes
 * to each of them once per interval. Frames are whole activity messages, so that the readers do the
 * same work as with a server. Prints as JSON: sends, deliveries, the CPU nanoseconds of the rounds
 * (sleeping included, as in any server), and how many sends did not take everything.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"
#include "deflate.h"

#define FIRST_NUMBER 1000000
#define HEAD 4 /* bytes of a frame's header; payloads are 126 to 65,535 bytes */

static void sleep_until(int64_t due) {
    struct timespec t = {due / 1000000000LL, due % 1000000000LL};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static int listening(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) || listen(fd, 4096)) fail("listen");
    getsockname(fd, (struct sockaddr *)&at, &size);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

/* Room for a whole write from the first one on: the system's own choice grows only with use. */
static int *accepted(int connections) {
    int listener = listening(), one = 1, room = 1 << 18, *fds = calloc(connections, sizeof *fds);
    for (int i = 0; i < connections; i++) {
        fds[i] = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fds[i] < 0) fail("accept");
        setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    }
    return fds;
}

static void write_frame(char *frame, size_t bytes, int64_t number, int64_t now) {
    size_t payload = bytes - HEAD;
    frame[0] = (char)0x81;
    frame[1] = 126;
    frame[2] = payload >> 8;
    frame[3] = payload;
    int used = snprintf(frame + HEAD, payload,
        "{\"op\":\"activity\",\"stream\":\"bare\",\"seq\":%lld,\"activity\":{\"content\":\"t=%lld ",
        (long long)number, (long long)now);
    memset(frame + HEAD + used, 'x', payload - used);
    memcpy(frame + bytes - 3, "\"}}", 3);
}

/* A frame of a compressed message has RSV1 set (RFC 7692, section 6). */
static size_t write_packed(struct z_stream *packer, const char *frame, size_t bytes, char *packed) {
    size_t length = pack(packer, frame + HEAD, bytes - HEAD, packed + HEAD, bytes * 2), skip = HEAD;
    if (length < 126) skip = 2, memmove(packed + 2, packed + HEAD, length);
    packed[0] = (char)0xc1;
    packed[1] = length < 126 ? length : 126;
    if (length >= 126) packed[2] = length >> 8, packed[3] = length;
    return skip + length;
}

static int send_packed(struct z_stream *packer, int fd, const char *frames, size_t bytes, size_t size) {
    static char packed[1 << 17];
    size_t length = 0;
    for (size_t at = 0; at < size; at += bytes)
        length += write_packed(packer, frames + at, bytes, packed + length);
    return send(fd, packed, length, MSG_NOSIGNAL) != (ssize_t)length;
}

int main(int count, char **arguments) {
    int deflates = count == 7 && !strcmp(arguments[6], "deflate");
    if (count != 6 && !deflates) return fprintf(stderr, "usage: see the top of sender.c\n"), 2;
    int connections = atoi(arguments[1]), per_write = atoi(arguments[3]), rounds = atoi(arguments[4]);
    size_t bytes = atoi(arguments[2]), size = bytes * per_write;
    int64_t interval = atoll(arguments[5]) * 1000, number = FIRST_NUMBER, partial = 0;
    if (bytes < 160) return fprintf(stderr, "sender: frames have at least 160 bytes\n"), 2;
    raise_limit();
    int *fds = accepted(connections);
    struct z_stream *packing = deflates ? packers(connections) : NULL;
    char *shared = malloc(size + 1), go;
    if (read(0, &go, 1) != 1) return 1;
    int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), due = clock_ns(CLOCK_MONOTONIC);
    for (int round = 0; round < rounds; round++, due += interval) {
        sleep_until(due);
        for (int i = 0; i < per_write; i++) write_frame(shared + i * bytes, bytes, number++, due);
        for (int i = 0; i < connections && deflates; i++)
            partial += send_packed(&packing[i], fds[i], shared, bytes, size);
        for (int i = 0; i < connections && !deflates; i++)
            partial += send(fds[i], shared, size, MSG_NOSIGNAL) != (ssize_t)size;
    }
    cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    int64_t sends = (int64_t)rounds * connections;
    printf("{\"sends\":%lld,\"deliveries\":%lld,\"cpu_ns\":%lld,\"partial\":%lld}\n",
        (long long)sends, (long long)sends * per_write, (long long)cpu, (long long)partial);
    fflush(stdout);
    return read(0, &go, 1) < 0; /* keep the connections until the readers have been asked */
}
