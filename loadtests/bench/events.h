/* Server-sent events (WHATWG HTML, section 9.2) as they come in HTTP/1.1, in chunks or without.
 * Lines end with LF or CRLF; a lone CR, which the standard allows too, ends none here. */
#include <ctype.h>
#include <stddef.h>

/* Where a body in chunks (RFC 9112, section 7.1) has been read up to. */
struct chunks {
    int is_on, is_over, digits, is_extension;
    size_t size, left;
};

static inline void end_size_line(struct chunks *c) {
    if (c->digits && !(c->left = c->size)) c->is_over = 1;
    c->digits = c->is_extension = 0;
    c->size = 0;
}

/* What belongs to no data: sizes in hexadecimal, extensions, the line end after each chunk. */
static inline void take_size(struct chunks *c, char byte) {
    if (byte == '\n') {
        end_size_line(c);
    } else if (byte == ';') {
        c->is_extension = 1;
    } else if (isxdigit((unsigned char)byte) && !c->is_extension) {
        c->size = c->size * 16 + (isdigit((unsigned char)byte) ? byte - '0' : (byte | 32) - 'a' + 10);
        c->digits++;
    }
}

/* Leaves of what came the data alone, in its place; answers how much that is. */
static inline size_t unchunk(struct chunks *c, char *came, size_t length) {
    if (!c->is_on) return length;
    size_t data = 0;
    for (size_t at = 0; at < length && !c->is_over;) {
        if (!c->left) {
            take_size(c, came[at++]);
            continue;
        }
        size_t part = c->left < length - at ? c->left : length - at;
        memmove(came + data, came + at, part);
        data += part, at += part, c->left -= part;
    }
    return data;
}

/* A line and what ends it; 0 where that has not come yet. */
static inline size_t line_length(const char *text, size_t length) {
    const char *end = memchr(text, '\n', length);
    return end ? end + 1 - text : 0;
}

static inline int is_blank(const char *line, size_t length) {
    return length == 1 || (length == 2 && *line == '\r');
}

/* The lines of an event, the blank one after it included; 0 where that has not come yet. */
static inline size_t event_length(const char *text, size_t length) {
    for (size_t at = 0, line; (line = line_length(text + at, length - at)); at += line)
        if (is_blank(text + at, line)) return at + line;
    return 0;
}

/* Leaves of an event's lines the data alone, in its place and with a NUL after it; answers how much
 * that is, 0 for comments and whatever else has none. */
static inline size_t event_data(char *event, size_t length) {
    size_t data = 0;
    for (size_t at = 0, line; at < length; at += line) {
        line = line_length(event + at, length - at);
        if (line < 5 || memcmp(event + at, "data:", 5)) continue;
        size_t from = at + 5, end = at + line - 1;
        if (event[from] == ' ') from++;
        if (end > from && event[end - 1] == '\r') end--;
        if (data) event[data++] = '\n';
        memmove(event + data, event + from, end - from);
        data += end - from;
    }
    event[data] = 0;
    return data;
}
