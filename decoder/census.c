/* How many events there were of each provider, header kind and opcode. */
#include "decoder/census.h"

#include "decoder/bytes.h"
#include "decoder/event_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECENT = 256, ROWS_CAPACITY = CENSUS_ROWS_MAX + HEADER_KIND_MAX };

/* What tells rows apart, as it is in the event. */
struct row_key {
    uint64_t provider[2]; /* GUID, or group in the first */
    uint32_t opcode_and_header;
};

/*
 * Rows are kept in order, so that a search takes 13 steps whatever a trace holds, and a table of
 * recent finds makes most searches one step. A new row moves those behind it: there are few.
 */
struct census {
    size_t count;
    struct {
        struct row_key key;
        uint32_t row_plus_one; /* 0: free */
    } recent[RECENT];
    struct census_row rows[ROWS_CAPACITY];
};

/* By group of the hook id (phnt ntwmi.h EVENT_TRACE_GROUP_…). */
static const char *const group_names[] = {
    "EventTrace", "DiskIo",   "PageFault", "Process",  "FileIo",     "Thread", "TcpIp",  "Job",
    "UdpIp",      "Registry", "DbgPrint",  "Config",   "Spare1",     "Wnf",    "Pool",   "PerfInfo",
    "Heap",       "Object",   "Power",     "ModBound", "Image",      "Dpc",    "Cc",     "CritSec",
    "StackWalk",  "Ums",      "ALPC",      "SplitIo",  "ThreadPool", "Hyper",  "HyperX",
};

struct census *census_new(struct error *err)
{
    struct census *census = calloc(1, sizeof *census);
    if (!census)
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to count events by provider");
    return census;
}

void census_free(struct census *census)
{
    free(census);
}

static struct row_key key_of(const struct event_header *event)
{
    struct row_key key = {
        .provider = { event->group, 0 },
        .opcode_and_header = (uint32_t)event->opcode << 8 | event->kind,
    };
    if (event->guid) {
        key.provider[0] = load_u64(event->guid);
        key.provider[1] = load_u64(event->guid + 8);
    }
    return key;
}

static size_t recent_slot(const struct row_key *key)
{
    uint64_t mixed =
        key->provider[0] ^ key->provider[1] ^ key->opcode_and_header * UINT64_C(0x9e37);
    return (size_t)((mixed * UINT64_C(0x9e3779b97f4a7c15)) >> 56) % RECENT;
}

static void name_guid(const uint8_t *guid, char name[PROVIDER_NAME_SIZE])
{
    snprintf(name, PROVIDER_NAME_SIZE, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             (unsigned)load_u32(guid), (unsigned)load_u16(guid + 4), (unsigned)load_u16(guid + 6),
             guid[8], guid[9], guid[10], guid[11], guid[12], guid[13], guid[14], guid[15]);
}

static struct census_row row_of(const struct event_header *event)
{
    struct census_row row = { .opcode = event->opcode, .header = event->kind };
    if (event->guid)
        name_guid(event->guid, row.provider);
    else if (event->group < sizeof group_names / sizeof group_names[0])
        snprintf(row.provider, sizeof row.provider, "%s", group_names[event->group]);
    else if (event->group < GROUP_NONE)
        snprintf(row.provider, sizeof row.provider, "grp%02x", (unsigned)event->group);
    else
        snprintf(row.provider, sizeof row.provider, "%s",
                 event->kind == HEADER_MESSAGE ? "Message" : "Error");
    return row;
}

static int compare_rows(const struct census_row *a, const struct census_row *b)
{
    int order = strcmp(a->provider, b->provider);
    if (order == 0)
        order = a->opcode - b->opcode;
    return order == 0 ? a->header - b->header : order;
}

/* Where `row` is, or where it belongs. */
static size_t search(const struct census *census, const struct census_row *row, bool *is_there)
{
    size_t low = 0;
    size_t high = census->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_rows(&census->rows[middle], row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *is_there = low < census->count && compare_rows(&census->rows[low], row) == 0;
    return low;
}

static size_t find_or_add(struct census *census, struct census_row row)
{
    bool is_there;
    size_t at = search(census, &row, &is_there);
    if (!is_there && census->count >= CENSUS_ROWS_MAX) {
        row = (struct census_row){ .provider = "other", .header = row.header };
        at = search(census, &row, &is_there);
    }
    if (is_there)
        return at;
    memmove(&census->rows[at + 1], &census->rows[at], (census->count - at) * sizeof row);
    census->rows[at] = row;
    census->count++;
    memset(census->recent, 0, sizeof census->recent);
    return at;
}

void census_count(struct census *census, const struct event_header *event)
{
    struct row_key key = key_of(event);
    size_t slot = recent_slot(&key);
    const struct row_key *recent = &census->recent[slot].key;
    size_t row = census->recent[slot].row_plus_one;
    if (row == 0 || recent->provider[0] != key.provider[0] ||
        recent->provider[1] != key.provider[1] ||
        recent->opcode_and_header != key.opcode_and_header) {
        row = find_or_add(census, row_of(event)) + 1;
        census->recent[slot].key = key;
        census->recent[slot].row_plus_one = (uint32_t)row;
    }
    census->rows[row - 1].count++;
}

size_t census_rows(const struct census *census, const struct census_row **rows)
{
    *rows = census->rows;
    return census->count;
}
