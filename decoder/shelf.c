/* Buffers that were read along with one that lies beside them in the file. */
#include "decoder/shelf.h"

#include <stdlib.h>

/* So many reads elsewhere, and the next group starts there. */
enum { MISSES_MAX = 8 };

/*
 * What is read in vain stays a part of what is wanted, in whatever order that is: a buffer that is
 * read along is a debt of ALONG, which is paid back when it is wanted; and whatever is wanted pays
 * 1 besides. With a debt for DEBT_GROUPS, twice what the shelf holds, nothing more is read along.
 */
enum { ALONG = 8, DEBT_GROUPS = 4 };

/* Buffers of a group. */
static unsigned group_of(const struct shelf *shelf)
{
    size_t fitting = SHELF_GROUP_BYTES / shelf->buffer_bytes;
    return fitting > SHELF_GROUP_MAX ? SHELF_GROUP_MAX : fitting > 1 ? (unsigned)fitting : 1;
}

/* The place that has all of these bytes. NULL: none. */
static struct shelf_place *find(struct shelf *shelf, uint64_t offset, size_t size)
{
    for (size_t i = 0; i < SHELF_PLACES && size > 0; i++)
        if (shelf->places[i].offset == offset && shelf->places[i].bytes == size)
            return &shelf->places[i];
    return NULL;
}

/* Bytes of the buffer that starts at `offset`: fewer than usual where the file ends. */
static size_t bytes_at(const struct shelf *shelf, uint64_t offset)
{
    uint64_t end = source_size(shelf->source);
    uint64_t rest = end > offset ? end - offset : 0;
    return rest < shelf->buffer_bytes ? (size_t)rest : shelf->buffer_bytes;
}

/*
 * A place to fill: always the same ones while they are empty, as they stay in the cache; else that
 * of what lies first in the file, which is none of the group that is being made. NULL: there is no
 * memory for it.
 */
static struct shelf_place *make_place(struct shelf *shelf)
{
    struct shelf_place *chosen = shelf->places;
    for (unsigned i = 0; i < 2 * group_of(shelf) && chosen->bytes > 0; i++)
        if (shelf->places[i].bytes == 0 || shelf->places[i].offset < chosen->offset)
            chosen = &shelf->places[i];
    if (!chosen->memory)
        chosen->memory = malloc(shelf->buffer_bytes);
    return chosen->memory ? chosen : NULL;
}

/* Whether the buffer is one of the group that follows the last one. */
static bool is_in_group(const struct shelf *shelf, uint64_t offset)
{
    uint64_t ahead = offset - shelf->next;
    return offset >= shelf->next && ahead / shelf->buffer_bytes < group_of(shelf) &&
           ahead % shelf->buffer_bytes == 0;
}

/*
 * Reads that group, as far as there are places: the buffer at `offset` goes to the memory of
 * `wanted`. Returns how many bytes of that have come: all or none.
 */
static size_t read_group(struct shelf *shelf, uint64_t offset, struct shelf_place *wanted)
{
    struct shelf_place *places[SHELF_GROUP_MAX];
    struct source_part parts[SHELF_GROUP_MAX];
    uint64_t start = shelf->next;
    unsigned count = 0;
    for (; count < group_of(shelf); count++) {
        size_t bytes = bytes_at(shelf, shelf->next);
        struct shelf_place *place = shelf->next == offset ? wanted : make_place(shelf);
        if (!place || bytes == 0)
            break;
        *place = (struct shelf_place){ shelf->next, bytes, place->memory };
        parts[count] = (struct source_part){ place->memory, bytes };
        places[count] = place;
        shelf->next += bytes;
    }
    if (count > 0)
        shelf->debt += (count - 1) * ALONG;
    size_t got = source_read_parts(shelf->source, start, parts, count);
    for (unsigned i = 0; i < count; i++)
        if (places[i]->offset + places[i]->bytes > start + got)
            places[i]->bytes = 0;
    return wanted->bytes;
}

static bool may_read_along(const struct shelf *shelf)
{
    const unsigned group = group_of(shelf);
    return shelf->debt + (group - 1) * ALONG <= DEBT_GROUPS * group * ALONG;
}

static void pay_back(struct shelf *shelf, unsigned paid)
{
    shelf->debt -= paid < shelf->debt ? paid : shelf->debt;
}

/* The next group starts there. What lies on the shelf is always of before that. */
static void start_over(struct shelf *shelf, uint64_t offset)
{
    for (size_t i = 0; i < SHELF_PLACES; i++)
        shelf->places[i].bytes = 0;
    shelf->next = offset;
}

bool shelf_read(struct shelf *shelf, uint64_t offset, uint8_t **memory, size_t size, size_t *got,
                struct error *err)
{
    struct shelf_place *place = find(shelf, offset, size);
    pay_back(shelf, place ? ALONG + 1 : 1);
    if (place) {
        uint8_t *taken = place->memory;
        place->memory = *memory;
        place->bytes = 0;
        *memory = taken;
        *got = size;
        return true;
    }
    if (++shelf->misses > MISSES_MAX)
        start_over(shelf, offset);
    *got = 0;
    if (is_in_group(shelf, offset) && may_read_along(shelf)) {
        shelf->misses = 0;
        struct shelf_place wanted = { .memory = *memory };
        *got = read_group(shelf, offset, &wanted);
        if (size > 0 && *got == size)
            return true;
    }
    return source_read(shelf->source, offset, *memory, size, got, err);
}

void shelf_release(struct shelf *shelf)
{
    for (size_t i = 0; i < SHELF_PLACES; i++)
        free(shelf->places[i].memory);
    *shelf = (struct shelf){ 0 };
}
