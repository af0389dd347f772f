/* Thousands of live readers in one process, cheap enough to share a core with nobody.
 *
 *     readers PLAN [BYTES [deflate]]              of Headrace, or of the bare sender
 *     readers PLAN BYTES PATH READY PING PONG     of any server that speaks WebSocket at PATH
 *     readers PLAN BYTES events PATH READY        of any that sends server-sent events there
 *
 * BYTES is each connection's receive buffer; 0 or nothing leaves it to the system. PLAN has a line
 * per reader: port TAB token, and a TAB before each message that it sends once connected. A token
 * "-" is a bare sender's reader: frames come without a handshake. With "deflate" readers offer
 * permessage-deflate and unpack what comes, with zlib as the system has it. Each reader checks what it gets as
 * the protocol asks: per stream no gap (`prev` above what it knows), nothing twice, nothing late. An
 * activity whose content begins with "t=NANOSECONDS" (CLOCK_MONOTONIC) also gives a latency. It is
 * live when each of its subscriptions was answered, and comes again where it was sent away before.
 *
 * With any other server a reader is live when a message contains READY (if empty: at once) and
 * answers a message that is PING with PONG. What counts there is a stamp "t=NANOSECONDS n=NUMBER",
 * wherever it is in a message; numbers go up by one. A token, unless it is empty, is sent there too.
 *
 * The readers look for news every half millisecond and never wait for it: waking up a process that
 * waits is work of whoever sends, and no client of a real server lives on the server's machine.
 *
 * Commands on standard input, a line each; answers on standard output, a line each:
 *
 *     ready         {"live": N, "failed": N}
 *     count         the number of activities since the last reset
 *     reset         "ok"; counters and latencies start again
 *     report        everything since the last reset, as JSON
 *     failover PORT "ok"; readers that lost their connection, or lose it, resume there
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"
#include "deflate.h"
#include "events.h"
#include "names.h"

#define BUFFER (1 << 20)
#define MOST_CONNECTING 128
#define NAP_NS 500000

enum state { WAITING, CONNECTING, SHAKING, SUBSCRIBING, LIVE, CLOSED };

struct position {
    uint32_t stream;
    int64_t seq;
};

struct reader {
    int fd;
    enum state state;
    int port;
    char *token, *messages;
    int unanswered, close_code;
    struct position *positions;
    uint32_t known;
    char *kept;
    size_t kept_bytes;
    int64_t lost_at;
    struct chunks chunks;
};

/* Counted since the last reset. */
static struct {
    int64_t activities, frames, reads, bytes, gaps, repeats, malformed, errors, lost, resumed;
    int64_t retried, packed, slowest_resume, latest;
} counted;

static struct reader *readers, **queue;
static size_t reader_count, queue_begin, queue_length, connecting;
static int64_t live, failed;
static int epoll, failover, receive_bytes, deflates, hears_events;
static const char *path, *ready, *ping = "", *pong = ""; /* path is NULL for Headrace */
static char buffer[BUFFER], unpacked[BUFFER];

static struct position *position_of(struct reader *r, uint32_t stream) {
    for (uint32_t i = 0; i < r->known; i++)
        if (r->positions[i].stream == stream) return &r->positions[i];
    r->positions = realloc(r->positions, (r->known + 1) * sizeof *r->positions);
    r->positions[r->known] = (struct position){stream, -1};
    return &r->positions[r->known++];
}

/* Connecting: a bounded number at a time, the others queue. */

static void enqueue(struct reader *r) {
    r->state = WAITING;
    queue[(queue_begin + queue_length++) % reader_count] = r;
}

static void watch(struct reader *r, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = r};
    if (epoll_ctl(epoll, operation, r->fd, &event)) fail("epoll_ctl");
}

static void come_back(struct reader *r) {
    if (failover) r->port = failover;
    enqueue(r);
}

/* Close codes from 4100 on say that one may come again; a server that is too busy sends them. */
static int is_welcome(const struct reader *r) {
    return r->close_code >= 4100 || (failover && r->lost_at);
}

static void lose(struct reader *r) {
    close(r->fd);
    free(r->kept);
    r->kept = NULL;
    r->kept_bytes = 0;
    if (r->state == LIVE) {
        live--;
        counted.lost++;
        r->lost_at = now_ns();
    } else {
        connecting--;
        if (is_welcome(r)) counted.retried++;
        else failed++;
    }
    int comes_again = r->state == LIVE ? failover != 0 : is_welcome(r);
    r->state = CLOSED;
    if (comes_again) come_back(r);
}

static void fail_over(int port) {
    failover = port;
    for (size_t i = 0; i < reader_count; i++)
        if (readers[i].state == CLOSED && readers[i].lost_at) come_back(&readers[i]);
}

static void begin(struct reader *r) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(r->port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    r->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (r->fd < 0) fail("socket");
    int one = 1;
    setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (receive_bytes)
        setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    r->state = CONNECTING;
    r->close_code = 0;
    connecting++;
    if (!connect(r->fd, (struct sockaddr *)&to, sizeof to) || errno == EINPROGRESS)
        watch(r, EPOLL_CTL_ADD, EPOLLOUT);
    else
        lose(r);
}

static void begin_some(void) {
    for (size_t waiting = queue_length; waiting && connecting < MOST_CONNECTING; waiting--) {
        struct reader *r = queue[queue_begin];
        queue_begin = (queue_begin + 1) % reader_count;
        queue_length--;
        begin(r);
    }
}

static void become_live(struct reader *r) {
    if (r->state == LIVE) return;
    r->state = LIVE;
    connecting--;
    live++;
}

static void put(struct reader *r, const void *data, size_t length) {
    if (send(r->fd, data, length, MSG_NOSIGNAL) != (ssize_t)length)
        fprintf(stderr, "readers: a message to the server did not fit\n");
}

static const char *const upgrade =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

static void shake_hands(struct reader *r) {
    char request[4096];
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s%s%s%s%s%s\r\n",
        path ? path : "/api/v1/live", r->port,
        hears_events ? "Accept: text/event-stream\r\n" : upgrade,
        path ? "" : "Sec-WebSocket-Protocol: headrace.v1.json\r\n",
        deflates ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "",
        *r->token ? "Authorization: Bearer " : "", r->token, *r->token ? "\r\n" : "");
    if (length >= (int)sizeof request) {
        fprintf(stderr, "readers: a path or a token is too long\n");
        exit(2);
    }
    put(r, request, length);
    r->chunks = (struct chunks){0};
    r->state = SHAKING;
}

static void connected(struct reader *r) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        lose(r);
        return;
    }
    watch(r, EPOLL_CTL_MOD, EPOLLIN);
    if (strcmp(r->token, "-"))
        shake_hands(r);
    else
        become_live(r);
}

/* Frames to the server are masked (RFC 6455, section 5.3); zeros as the mask leave them as is. */
static void put_frame(struct reader *r, int opcode, const char *payload, size_t length) {
    char *frame = malloc(length + 14);
    size_t at = 0;
    frame[at++] = 0x80 | opcode;
    if (length < 126) {
        frame[at++] = 0x80 | length;
    } else {
        frame[at++] = 0x80 | 126;
        frame[at++] = length >> 8;
        frame[at++] = length;
    }
    memset(frame + at, 0, 4);
    memcpy(frame + at + 4, payload, length);
    put(r, frame, at + 4 + length);
    free(frame);
}

/* A subscription from where the reader was: of one subscription alone it is known which it was. */
static void resume(struct reader *r) {
    char *message = malloc(strlen(r->messages) + 16 + r->known * 100);
    size_t length = sprintf(message, "%s", r->messages);
    length += sprintf(message + length - 1, ",\"from\":{") - 1;
    for (uint32_t i = 0; i < r->known; i++)
        length += sprintf(message + length, "%s\"%s\":%lld", i ? "," : "",
            names[r->positions[i].stream], (long long)r->positions[i].seq);
    length += sprintf(message + length, "}}");
    put_frame(r, 1, message, length);
    free(message);
    r->unanswered = 1;
}

static void speak(struct reader *r) {
    r->state = SUBSCRIBING;
    r->unanswered = 0;
    if (r->lost_at) {
        resume(r);
        return;
    }
    for (const char *at = r->messages; *at; at += strspn(at, "\t")) {
        size_t length = strcspn(at, "\t");
        put_frame(r, 1, at, length);
        r->unanswered++;
        at += length;
    }
    if (path && !*ready) become_live(r);
}

/* Messages. The buffer ends with a NUL, so that text functions end too. */

static const char *after(const char *text, size_t length, const char *needle) {
    const char *found = memmem(text, length, needle, strlen(needle));
    return found ? found + strlen(needle) : NULL;
}

static int begins(const char *text, size_t length, const char *with) {
    return length >= strlen(with) && !memcmp(text, with, strlen(with));
}

static int64_t previous(const char *message, size_t length, int64_t seq) {
    if (length > 1 && message[length - 2] == '}') return seq - 1;
    for (size_t at = length; at-- > 7;)
        if (message[at] == ':')
            return memcmp(message + at - 6, "\"prev\"", 6) ? -2 : strtoll(message + at + 1, NULL, 10);
    return -2;
}

static void take_activity(struct reader *r, const char *message, size_t length, int64_t now) {
    const char *name = after(message, length, "\"stream\":\"");
    const char *end = name ? strchr(name, '"') : NULL;
    const char *number = end ? after(end, message + length - end, "\"seq\":") : NULL;
    if (!number) {
        counted.malformed++;
        return;
    }
    int64_t seq = strtoll(number, NULL, 10), prev = previous(message, length, seq);
    struct position *position = position_of(r, stream_number(name, end - name));
    if (prev == -2) counted.malformed++;
    if (position->seq >= 0 && seq <= position->seq) counted.repeats++;
    else if (position->seq >= 0 && prev > position->seq) counted.gaps++;
    if (seq > position->seq) position->seq = seq;
    counted.activities++;
    counted.latest = now;
    const char *sent = after(message, length, "\"content\":\"t=");
    if (sent) note_latency(now - strtoll(sent, NULL, 10));
}

/* The streams of a subscribed or checkpoint message: {"NAME": {…"head":N}} or {"NAME": N}. */
static void take_positions(struct reader *r, const char *message, size_t length, int is_start) {
    const char *at = after(message, length, "\"streams\":{");
    while (at && *at == '"') {
        const char *end = strchr(at + 1, '"');
        const char *number = end ? end + 2 : NULL;
        if (number && *number == '{') number = after(number, message + length - number, "\"head\":");
        if (!number) {
            counted.malformed++;
            return;
        }
        char *rest;
        int64_t seq = strtoll(number, &rest, 10);
        struct position *position = position_of(r, stream_number(at + 1, end - at - 1));
        if (is_start && r->lost_at && position->seq >= 0 && seq > position->seq) counted.gaps++;
        if (seq > position->seq) position->seq = seq;
        at = *rest == '}' && is_start ? rest + 1 : rest;
        at = *at == ',' ? at + 1 : NULL;
    }
}

static void take_message(struct reader *r, const char *message, size_t length, int64_t now) {
    if (begins(message, length, "{\"op\":\"activity\"")) {
        take_activity(r, message, length, now);
    } else if (begins(message, length, "{\"op\":\"checkpoint\"")) {
        take_positions(r, message, length, 0);
    } else if (begins(message, length, "{\"op\":\"subscribed\"")) {
        take_positions(r, message, length, 1);
        if (!--r->unanswered) become_live(r);
    } else if (begins(message, length, "{\"op\":\"caught_up\"")) {
        counted.resumed++;
        if (r->lost_at && now - r->lost_at > counted.slowest_resume)
            counted.slowest_resume = now - r->lost_at;
    } else if (begins(message, length, "{\"op\":\"error\"")) {
        if (!counted.errors++) fprintf(stderr, "readers: %.*s\n", (int)length, message);
    } else if (!begins(message, length, "{\"op\":\"")) {
        counted.malformed++;
    }
}

/* Messages of any other server. */

static void take_stamp(struct reader *r, int64_t sent, int64_t number, int64_t now) {
    struct position *position = position_of(r, 0);
    if (position->seq >= 0 && number <= position->seq) counted.repeats++;
    else if (position->seq >= 0 && number > position->seq + 1) counted.gaps++;
    position->seq = number;
    counted.activities++;
    counted.latest = now;
    note_latency(now - sent);
}

static void take_stamps(struct reader *r, const char *at, const char *end, int64_t now) {
    while ((at = memmem(at, end - at, "t=", 2))) {
        char *rest;
        int64_t sent = strtoll(at += 2, &rest, 10);
        if (rest + 3 > end || memcmp(rest, " n=", 3)) continue;
        take_stamp(r, sent, strtoll(rest + 3, &rest, 10), now);
        at = rest;
    }
}

static void take_foreign(struct reader *r, const char *message, size_t length, int64_t now) {
    if (r->state != LIVE && memmem(message, length, ready, strlen(ready))) become_live(r);
    if (*ping && length == strlen(ping) && !memcmp(message, ping, length))
        put_frame(r, 1, pong, strlen(pong));
    take_stamps(r, message, message + length, now);
}

static void take_close(struct reader *r, const unsigned char *payload, size_t length) {
    if (length >= 2) r->close_code = payload[0] << 8 | payload[1];
    shutdown(r->fd, SHUT_RDWR);
}

static void take_frame(struct reader *r, int opcode, const char *payload, size_t length, int64_t now) {
    counted.frames++;
    if (path && (opcode == 1 || opcode == 2)) take_foreign(r, payload, length, now);
    else if (opcode == 1) take_message(r, payload, length, now);
    else if (opcode == 8) take_close(r, (const unsigned char *)payload, length);
    else if (opcode == 9) put_frame(r, 10, payload, length);
    else if (opcode != 10) counted.malformed++;
}

static size_t take_frames(struct reader *r, char *data, size_t length, int64_t now) {
    size_t at = 0;
    while (length - at >= 2) {
        unsigned char *head = (unsigned char *)data + at;
        size_t size = head[1] & 127, skip = 2;
        if (size == 126) {
            if (length - at < 4) break;
            size = head[2] << 8 | head[3];
            skip = 4;
        } else if (size == 127) {
            if (length - at < 10) break;
            size = (size_t)head[6] << 24 | head[7] << 16 | head[8] << 8 | head[9];
            skip = 10;
        }
        if (length - at < skip + size) break;
        const char *payload = data + at + skip;
        size_t whole = size;
        if (head[0] & 0x40) whole = unpack(payload, size, unpacked, BUFFER), payload = unpacked, counted.packed++;
        take_frame(r, head[0] & 15, payload, whole, now);
        at += skip + size;
    }
    return at;
}

static size_t take_events(struct reader *r, char *data, size_t length, int64_t now) {
    size_t at = 0, size;
    while ((size = event_length(data + at, length - at))) {
        size_t said = event_data(data + at, size);
        counted.frames++;
        if (said) take_foreign(r, data + at, said, now);
        at += size;
    }
    if (r->chunks.is_over) shutdown(r->fd, SHUT_RDWR);
    return at;
}

static size_t take_handshake(struct reader *r, const char *data, size_t length) {
    const char *end = after(data, length, "\r\n\r\n");
    if (!end) return 0;
    if (!begins(data, length, hears_events ? "HTTP/1.1 200" : "HTTP/1.1 101")) {
        if (!failed) fprintf(stderr, "readers: refused: %.*s\n", (int)length, data);
        shutdown(r->fd, SHUT_RDWR);
        return length;
    }
    const char *encoding = strcasestr(data, "\r\nTransfer-Encoding:");
    r->chunks.is_on = encoding && encoding < end;
    speak(r);
    return end - data;
}

static void keep(struct reader *r, const char *rest, size_t length) {
    if (!length && !r->kept_bytes) return;
    free(r->kept);
    r->kept = length ? memcpy(malloc(length), rest, length) : NULL;
    r->kept_bytes = length;
}

static void take_bytes(struct reader *r) {
    size_t have = r->kept_bytes, used = 0, known = have;
    if (have) memcpy(buffer, r->kept, have);
    ssize_t got = recv(r->fd, buffer + have, BUFFER - 1 - have, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        lose(r);
        return;
    }
    have += got;
    buffer[have] = 0;
    counted.reads++;
    counted.bytes += got;
    if (r->state == SHAKING) used = known = take_handshake(r, buffer, have);
    if (r->state != SHAKING && hears_events) {
        have = known + unchunk(&r->chunks, buffer + known, have - known);
        buffer[have] = 0;
        used += take_events(r, buffer + used, have - used, now_ns());
    } else if (r->state != SHAKING) {
        used += take_frames(r, buffer + used, have - used, now_ns());
    }
    keep(r, buffer + used, have - used);
}

/* Commands. */

static void report(void) {
    printf("{\"live\":%lld,\"failed\":%lld,\"activities\":%lld,\"frames\":%lld,\"reads\":%lld,"
        "\"bytes\":%lld,\"gaps\":%lld,\"repeats\":%lld,\"malformed\":%lld,\"errors\":%lld,"
        "\"lost\":%lld,\"resumed\":%lld,\"retried\":%lld,\"packed\":%lld,"
        "\"slowest_resume_ms\":%.3f,"
        "\"latest_ns\":%lld,",
        (long long)live, (long long)failed, (long long)counted.activities,
        (long long)counted.frames, (long long)counted.reads, (long long)counted.bytes,
        (long long)counted.gaps, (long long)counted.repeats, (long long)counted.malformed,
        (long long)counted.errors, (long long)counted.lost, (long long)counted.resumed,
        (long long)counted.retried, (long long)counted.packed, counted.slowest_resume / 1e6, (long long)counted.latest);
    print_latencies();
    puts("}");
}

static void obey(const char *command) {
    if (!strcmp(command, "ready")) {
        printf("{\"live\":%lld,\"failed\":%lld}\n", (long long)live, (long long)failed);
    } else if (!strcmp(command, "count")) {
        printf("%lld\n", (long long)counted.activities);
    } else if (!strcmp(command, "reset")) {
        memset(&counted, 0, sizeof counted);
        forget_latencies();
        puts("ok");
    } else if (!strcmp(command, "report")) {
        report();
    } else if (!strncmp(command, "failover ", 9)) {
        fail_over(atoi(command + 9));
        puts("ok");
    } else {
        fprintf(stderr, "readers: no such command: %s\n", command);
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

static void read_plan(const char *path) {
    FILE *plan = fopen(path, "r");
    if (!plan) fail(path);
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, plan) > 0) {
        char *rest = line, *port, *token;
        line[strcspn(line, "\n")] = 0;
        port = strsep(&rest, "\t"), token = strsep(&rest, "\t");
        if (!token) {
            fprintf(stderr, "readers: not a line of a plan: %s\n", port);
            exit(2);
        }
        readers = realloc(readers, (reader_count + 1) * sizeof *readers);
        readers[reader_count++] = (struct reader){
            .port = atoi(port), .token = strdup(token), .messages = strdup(rest ? rest : "")};
    }
    fclose(plan);
    queue = calloc(reader_count + 1, sizeof *queue);
    for (size_t i = 0; i < reader_count; i++) enqueue(&readers[i]);
}

static void take_event(const struct epoll_event *event) {
    struct reader *r = event->data.ptr;
    if (!r) take_commands();
    else if (r->state == CONNECTING) connected(r);
    else take_bytes(r);
}

/* What comes after BYTES; whether it is one of the forms above. */
static int take_form(int count, char **form) {
    deflates = count == 1 && !strcmp(form[0], "deflate");
    hears_events = count == 3 && !strcmp(form[0], "events");
    if (count == 4) path = form[0], ready = form[1], ping = form[2], pong = form[3];
    if (hears_events) path = form[1], ready = form[2];
    return count <= 0 || deflates || path;
}

int main(int count, char **arguments) {
    if (count < 2 || !take_form(count - 3, arguments + 3))
        return fprintf(stderr, "usage: readers PLAN [BYTES [deflate | PATH READY PING PONG | events PATH READY]]\n"), 2;
    if (deflates) begin_unpacking();
    if (count > 2) receive_bytes = atoi(arguments[2]);
    raise_limit();
    grow_names();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    read_plan(arguments[1]);
    struct timespec nap = {0, NAP_NS};
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input)) fail("epoll_ctl");
    for (;;) {
        begin_some();
        int ready = epoll_wait(epoll, events, 256, 0);
        for (int i = 0; i < ready; i++) take_event(&events[i]);
        if (ready < 256) nanosleep(&nap, NULL);
    }
}
