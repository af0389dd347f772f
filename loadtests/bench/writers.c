/* Clients that publish over HTTP/1.1, each on a connection of its own, one request at a time.
 *
 *     writers PLAN BODY MILLISECONDS
 *
 * PLAN has a line per client: port TAB token TAB path. Each posts the bytes of the file BODY, and
 * when it has the answer posts them again, until the time is over; then those under way are waited
 * for. Prints as JSON: answers, how many of them refused (a status other than 200 and 201, or the
 * word "error" in it), the seconds from the first request to the last answer, and latencies.
 *
 * Like the readers, it looks for answers and never waits for them: see readers.c.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

#define ANSWER (1 << 20)
#define NAP_NS 200000
#define PATIENCE_NS 30000000000LL

struct writer {
    int fd;
    char *request, *answer;
    size_t request_bytes, have, unsent;
    int64_t sent_at;
};

static struct writer *writers;
static size_t writer_count;
static int64_t answered, refused, under_way, until, latest;
static int epoll;

static char *contents(const char *path, size_t *size) {
    FILE *file = fopen(path, "r");
    if (!file || fseek(file, 0, SEEK_END)) fail(path);
    *size = ftell(file);
    rewind(file);
    char *data = malloc(*size + 1);
    if (fread(data, 1, *size, file) != *size) fail(path);
    fclose(file);
    return data;
}

static void open_connection(struct writer *w, int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = w};
    int one = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (w->fd < 0 || connect(w->fd, (struct sockaddr *)&to, sizeof to)) fail("connect");
    setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, w->fd, &event)) fail("epoll_ctl");
}

static void read_plan(const char *path, const char *body, size_t body_bytes) {
    FILE *plan = fopen(path, "r");
    if (!plan) fail(path);
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, plan) > 0) {
        char *port = strtok(line, "\t\n"), *token = strtok(NULL, "\t\n"), *to = strtok(NULL, "\t\n");
        writers = realloc(writers, (writer_count + 1) * sizeof *writers);
        struct writer *w = &writers[writer_count++];
        *w = (struct writer){.request = malloc(body_bytes + 1024), .answer = malloc(ANSWER)};
        w->request_bytes = snprintf(w->request, 1024,
            "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nAuthorization: Bearer %s\r\n"
            "Content-Length: %zu\r\n\r\n", to, port, token, body_bytes);
        memcpy(w->request + w->request_bytes, body, body_bytes);
        w->request_bytes += body_bytes;
        w->fd = atoi(port); /* until all are read and none of them moves any more */
    }
    fclose(plan);
    for (size_t i = 0; i < writer_count; i++) open_connection(&writers[i], writers[i].fd);
}

static void send_rest(struct writer *w) {
    while (w->unsent) {
        const char *rest = w->request + w->request_bytes - w->unsent;
        ssize_t sent = send(w->fd, rest, w->unsent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EAGAIN) return;
        if (sent < 0) fail("send");
        w->unsent -= sent;
    }
}

static void ask(struct writer *w) {
    w->unsent = w->request_bytes;
    w->have = 0;
    w->sent_at = now_ns();
    under_way++;
    send_rest(w);
}

/* RFC 9112, sections 6.3 and 7.1: by its length, or up to the last chunk. */
static int is_complete(const struct writer *w) {
    const char *body = memmem(w->answer, w->have, "\r\n\r\n", 4);
    if (!body) return 0;
    body += 4;
    const char *length = strcasestr(w->answer, "\r\ncontent-length:");
    if (length && length < body)
        return w->answer + w->have - body >= strtoll(length + 17, NULL, 10);
    return !memcmp(w->answer + w->have - 5, "0\r\n\r\n", 5) && w->answer + w->have > body;
}

static void take_answer(struct writer *w) {
    latest = now_ns();
    note_latency(latest - w->sent_at);
    under_way--;
    answered++;
    int is_good = !memcmp(w->answer, "HTTP/1.1 200", 12) || !memcmp(w->answer, "HTTP/1.1 201", 12);
    if (!is_good || strstr(w->answer, "\"error\"")) {
        if (!refused++) fprintf(stderr, "writers: refused: %.2000s\n", w->answer);
    }
    if (latest < until) ask(w);
}

static void take_bytes(struct writer *w) {
    for (;;) {
        ssize_t got = recv(w->fd, w->answer + w->have, ANSWER - 1 - w->have, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            fprintf(stderr, "writers: a connection was lost, or an answer is too long\n");
            exit(1);
        }
        w->have += got;
        w->answer[w->have] = 0;
        if (is_complete(w)) take_answer(w);
    }
}

int main(int count, char **arguments) {
    if (count != 4) return fprintf(stderr, "usage: writers PLAN BODY MILLISECONDS\n"), 2;
    size_t body_bytes;
    char *body = contents(arguments[2], &body_bytes);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    read_plan(arguments[1], body, body_bytes);
    struct timespec nap = {0, NAP_NS};
    struct epoll_event events[256];
    int64_t began = now_ns();
    until = began + atoll(arguments[3]) * 1000000LL;
    for (size_t i = 0; i < writer_count; i++) ask(&writers[i]);
    while (under_way && now_ns() < until + PATIENCE_NS) {
        int ready = epoll_wait(epoll, events, 256, 0);
        for (int i = 0; i < ready; i++) {
            send_rest(events[i].data.ptr);
            take_bytes(events[i].data.ptr);
        }
        if (ready < 256) nanosleep(&nap, NULL);
    }
    printf("{\"answered\":%lld,\"refused\":%lld,\"unanswered\":%lld,\"seconds\":%.6f,",
        (long long)answered, (long long)refused, (long long)under_way, (latest - began) / 1e9);
    print_latencies();
    puts("}");
    return 0;
}
