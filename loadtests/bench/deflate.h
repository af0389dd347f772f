/* Compressed messages (RFC 7692) by the system's zlib, whose header a bare system has not: so this
 * is what it says of the parts used here. */
#include <dlfcn.h>

struct z_stream {
    const char *next_in;
    unsigned available_in;
    unsigned long total_in;
    char *next_out;
    unsigned available_out;
    unsigned long total_out;
    const char *message;
    void *state, *allocate, *release, *opaque;
    int data_type;
    unsigned long adler, reserved;
};

#define SYNC_FLUSH 2
#define TAIL 4 /* bytes at a message's end that are not sent (section 7.2.1) */

static int (*zlib_step)(struct z_stream *, int), (*zlib_reset)(struct z_stream *);

static inline void *from_zlib(const char *name) {
    static void *zlib;
    if (!zlib) zlib = dlopen("libz.so.1", RTLD_NOW);
    void *found = zlib ? dlsym(zlib, name) : NULL;
    if (!found) fail("libz.so.1");
    return found;
}

static struct z_stream unpacking;

static inline void begin_unpacking(void) {
    int (*begin)(struct z_stream *, int, const char *, int);
    *(void **)&begin = from_zlib("inflateInit2_");
    *(void **)&zlib_step = from_zlib("inflate");
    *(void **)&zlib_reset = from_zlib("inflateReset");
    if (begin(&unpacking, -15, "1.2", sizeof unpacking)) fail("inflateInit2_");
}

/* Unpacks a payload into text that ends with a NUL; its length, 0 if it cannot be unpacked. */
static inline size_t unpack(const char *payload, size_t length, char *into, size_t room) {
    static const char tail[TAIL] = {0, 0, (char)0xff, (char)0xff};
    const char *parts[] = {payload, tail};
    const size_t sizes[] = {length, TAIL};
    zlib_reset(&unpacking);
    unpacking.next_out = into;
    unpacking.available_out = room - 1;
    for (int i = 0; i < 2; i++) {
        unpacking.next_in = parts[i];
        unpacking.available_in = sizes[i];
        if (zlib_step(&unpacking, SYNC_FLUSH) < 0 || unpacking.available_in) return 0;
    }
    *unpacking.next_out = 0;
    return unpacking.next_out - into;
}

/* A stream for each connection, as a server has that compresses for each by itself. */
static inline struct z_stream *packers(int connections) {
    int (*begin)(struct z_stream *, int, int, int, int, int, const char *, int);
    struct z_stream *made = calloc(connections, sizeof *made);
    *(void **)&begin = from_zlib("deflateInit2_");
    *(void **)&zlib_step = from_zlib("deflate");
    *(void **)&zlib_reset = from_zlib("deflateReset");
    for (int i = 0; i < connections; i++)
        if (begin(&made[i], -1, 8, -15, 8, 0, "1.2", sizeof *made)) fail("deflateInit2_");
    return made;
}

static inline size_t pack(struct z_stream *packer, const char *text, size_t length, char *into,
                          size_t room) {
    zlib_reset(packer);
    packer->next_in = text;
    packer->available_in = length;
    packer->next_out = into;
    packer->available_out = room;
    zlib_step(packer, SYNC_FLUSH);
    return packer->next_out - into - TAIL;
}
