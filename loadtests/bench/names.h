/* Names of streams, each a number: a table with open addressing. */

static char **names;
static uint32_t *slots, name_count, slot_mask;

static uint32_t hash(const char *name, size_t length) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < length; i++) h = (h ^ (unsigned char)name[i]) * 16777619u;
    return h;
}

static uint32_t *slot_of(const char *name, size_t length) {
    uint32_t at = hash(name, length) & slot_mask;
    while (slots[at] && (strncmp(names[slots[at] - 1], name, length) || names[slots[at] - 1][length]))
        at = (at + 1) & slot_mask;
    return &slots[at];
}

static void grow_names(void) {
    slot_mask = slot_mask ? slot_mask * 2 + 1 : 1023;
    free(slots);
    slots = calloc(slot_mask + 1, sizeof *slots);
    names = realloc(names, (slot_mask + 1) * sizeof *names);
    for (uint32_t i = 0; i < name_count; i++) *slot_of(names[i], strlen(names[i])) = i + 1;
}

static uint32_t stream_number(const char *name, size_t length) {
    if (name_count * 2 >= slot_mask) grow_names();
    uint32_t *slot = slot_of(name, length);
    if (!*slot) {
        names[name_count++] = strndup(name, length);
        *slot = name_count;
    }
    return *slot - 1;
}
