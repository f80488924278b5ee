/* Every payload of the heap provider and of heap ranges, field by field, in whole traces. */
#include "tests/decoded.h"
#include "tests/etl_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * A payload as a word, a letter a field:
 *   pointer-sized: H heap, s size, a address, o old address, z old size, f free, c committed,
 *                  r reserved, l large uncommitted, . ignored
 *   32 bits: S source, F flags, P process id, N number of ranges, - ignored
 * Sources: phnt ntwmi.h ETW_HEAP_EVENT_… and PERFINFO_HEAPRANGE…, PerfView's MOF Heap_… classes.
 */
struct layout {
    const char *name;
    uint8_t group, opcode, version;
    uint8_t kind; /* enum event_kind */
    uint8_t has;
    const char *fields;
};

enum { H = EVENT_HAS_HEAP, HS = H | EVENT_HAS_SPACE, HSL = HS | EVENT_HAS_LARGE_UNCOMMITTED };

static struct layout layouts[] = {
    { "create_3", ETL_GROUP_HEAP, 32, 3, EVENT_create, HS, "HFrc." },
    { "create_2", ETL_GROUP_HEAP, 32, 2, EVENT_create, H, "HF" },
    { "create_0", ETL_GROUP_HEAP, 32, 0, EVENT_create, H, "HF" },
    { "alloc_2", ETL_GROUP_HEAP, 33, 2, EVENT_alloc, H, "HsaS" },
    { "realloc_2", ETL_GROUP_HEAP, 34, 2, EVENT_realloc, H, "HaoszS" },
    { "destroy_2", ETL_GROUP_HEAP, 35, 2, EVENT_destroy, H, "H" },
    { "free_2", ETL_GROUP_HEAP, 36, 2, EVENT_free, H, "HaS" },
    { "extend_3", ETL_GROUP_HEAP, 37, 3, EVENT_extend, HS, "Hsafcr-." },
    { "extend_2", ETL_GROUP_HEAP, 37, 2, EVENT_extend, HS, "Hsafcr-" },
    { "snapshot_3", ETL_GROUP_HEAP, 38, 3, EVENT_snapshot, HSL, "Hfcr--l--." },
    { "snapshot_2", ETL_GROUP_HEAP, 38, 2, EVENT_snapshot, HSL, "Hfcr--l--" },
    { "snapshot_0", ETL_GROUP_HEAP, 38, 0, EVENT_snapshot, HS, "Hfcr-" },
    { "contract_3", ETL_GROUP_HEAP, 42, 3, EVENT_contract, HS, "Hsafcr-." },
    { "lock_2", ETL_GROUP_HEAP, 43, 2, EVENT_other, H, "H" },
    { "unlock_2", ETL_GROUP_HEAP, 44, 2, EVENT_other, H, "H" },
    { "validate_2", ETL_GROUP_HEAP, 45, 2, EVENT_other, H, "H" },
    { "walk_2", ETL_GROUP_HEAP, 46, 2, EVENT_other, H, "H" },
    { "subsegment_alloc_2", ETL_GROUP_HEAP, 47, 2, EVENT_other, H, "H..." },
    { "subsegment_free_2", ETL_GROUP_HEAP, 48, 2, EVENT_other, H, "H..." },
    { "subsegment_alloc_cached_2", ETL_GROUP_HEAP, 49, 2, EVENT_other, H, "H..." },
    { "subsegment_free_cached_2", ETL_GROUP_HEAP, 50, 2, EVENT_other, H, "H..." },
    { "commit_2", ETL_GROUP_HEAP, 51, 2, EVENT_commit, H, "Has-" },
    { "decommit_2", ETL_GROUP_HEAP, 52, 2, EVENT_decommit, H, "Has-" },
    { "subsegment_init_2", ETL_GROUP_HEAP, 53, 2, EVENT_other, H, "H...-" },
    { "affinity_enable_2", ETL_GROUP_HEAP, 54, 2, EVENT_other, H, "H-" },
    { "affinity_slot_assigned_2", ETL_GROUP_HEAP, 55, 2, EVENT_other, 0, "-" },
    { "subsegment_activated_2", ETL_GROUP_HEAP, 56, 2, EVENT_other, H, "H." },
    { "affinity_slot_changed_2", ETL_GROUP_HEAP, 57, 2, EVENT_other, H, "H.-" },
    { "reuse_threshold_2", ETL_GROUP_HEAP, 58, 2, EVENT_other, H, "H.-" },
    { "range_rundown", ETL_GROUP_PAGE_FAULT, 0x64, 2, EVENT_range_rundown, H, "HFPN-.s.s" },
    { "range_rundown_of_none", ETL_GROUP_PAGE_FAULT, 0x64, 2, EVENT_range_rundown, H, "HFPO-" },
    { "range_create", ETL_GROUP_PAGE_FAULT, 0x65, 2, EVENT_range_create, H, "HsF" },
    { "range_reserve", ETL_GROUP_PAGE_FAULT, 0x66, 2, EVENT_range_reserve, H, "Has" },
    { "range_release", ETL_GROUP_PAGE_FAULT, 0x67, 2, EVENT_range_release, H, "Has" },
    { "range_destroy", ETL_GROUP_PAGE_FAULT, 0x68, 2, EVENT_range_destroy, H, "H" },
};

enum { PID = 4242, RUNDOWN_PID = 5353, TID = 99, TIME_NS = 5 * US };

struct payload {
    uint8_t bytes[128];
    size_t size;
};

static bool is_pointer_sized(char letter)
{
    return strchr("Hsaozfcrl.", letter) != NULL;
}

/* What a field says: another value for each, with every byte of it used. */
static uint64_t value_of(char letter, size_t index, size_t width)
{
    switch (letter) {
    case 'P':
        return RUNDOWN_PID;
    case 'N':
        return 2;
    case 'O':
        return 0;
    default:
        break;
    }
    uint64_t value = UINT64_C(0x0112233445566708) + UINT64_C(0x0001010101010110) * index;
    return width == 4 ? (uint32_t)value : value;
}

static void set_field(struct event *event, char letter, uint64_t value)
{
    switch (letter) {
    case 'H':
        event->heap = value;
        break;
    case 's':
        event->size += value; /* a rundown sums its ranges */
        break;
    case 'a':
        event->address = value;
        break;
    case 'o':
        event->old_address = value;
        break;
    case 'z':
        event->old_size = value;
        break;
    case 'f':
        event->free_bytes = value;
        break;
    case 'c':
        event->committed_bytes = value;
        break;
    case 'r':
        event->reserved_bytes = value;
        break;
    case 'l':
        event->large_uncommitted_bytes = value;
        break;
    case 'S':
        event->source = (uint32_t)value;
        break;
    case 'F':
        event->flags = (uint32_t)value;
        break;
    default:
        break;
    }
}

static struct payload make(const struct layout *layout, size_t pointer_bytes,
                           struct event *expected)
{
    struct payload payload = { .size = 0 };
    *expected = (struct event){
        .kind = layout->kind, .has = layout->has, .time_ns = TIME_NS, .thread = TID
    };
    for (const char *letter = layout->fields; *letter; letter++) {
        size_t width = is_pointer_sized(*letter) ? pointer_bytes : 4;
        uint64_t value = value_of(*letter, (size_t)(letter - layout->fields), width);
        assert_true(payload.size + width <= sizeof payload.bytes);
        etl_poke(payload.bytes + payload.size, value, width);
        payload.size += width;
        set_field(expected, *letter, value);
    }
    return payload;
}

static struct decoded decode_payload(const struct layout *layout, uint8_t header, uint8_t version,
                                     const uint8_t *payload, size_t size)
{
    struct etl *etl = etl_builder_new(&(struct etl_options){
        .cpu_count = 1, .buffer_bytes = 1024, .pointer_bytes = 8, .log = etl_defaults().log });
    etl_put(etl, &(struct etl_event){ .header = header,
                                      .group = layout->group,
                                      .opcode = layout->opcode,
                                      .version = version,
                                      .ticks = etl_ticks(etl, TIME_NS),
                                      .pid = PID,
                                      .tid = TID,
                                      .payload = payload,
                                      .payload_size = size });
    size_t trace_size;
    uint8_t *trace = etl_finish(etl, &trace_size);
    struct decoded decoded = decode(trace, trace_size);
    free(trace);
    etl_builder_free(etl);
    return decoded;
}

/* The kinds of headers that name a process, each with the width of its pointers. */
static const struct {
    uint8_t kind, pointer_bytes;
} headers[] = {
    { HEADER_SYSTEM32, 4 },  { HEADER_SYSTEM64, 8 }, { HEADER_COMPACT32, 4 },
    { HEADER_COMPACT64, 8 }, { HEADER_FULL32, 4 },   { HEADER_FULL64, 8 },
    { HEADER_EVENT32, 4 },   { HEADER_EVENT64, 8 },
};
enum { HEADER_COUNT = sizeof headers / sizeof headers[0] };

static uint32_t pid_of(const struct layout *layout)
{
    return layout->kind == EVENT_range_rundown ? RUNDOWN_PID : PID;
}

static void every_field_arrives_under_every_header(void **state)
{
    const struct layout *layout = *state;
    for (size_t i = 0; i < HEADER_COUNT; i++) {
        struct event expected;
        struct payload payload = make(layout, headers[i].pointer_bytes, &expected);
        struct decoded decoded =
            decode_payload(layout, headers[i].kind, layout->version, payload.bytes, payload.size);
        uint32_t pid = pid_of(layout);
        decoded_expect_only(&decoded, &(enum anomaly){ ANOMALY_source_unexpected }, 1);
        decoded_expect_events(&decoded, &expected, &pid, 1);
        decoded_release(&decoded);
    }
}

static void a_longer_payload_is_accepted(void **state)
{
    const struct layout *layout = *state;
    struct event expected;
    struct payload payload = make(layout, 8, &expected);
    uint8_t longer[sizeof payload.bytes + 8] = { 0 };
    memcpy(longer, payload.bytes, payload.size);
    struct decoded decoded =
        decode_payload(layout, HEADER_SYSTEM64, layout->version, longer, payload.size + 8);
    uint32_t pid = pid_of(layout);
    decoded_expect_only(&decoded, &(enum anomaly){ ANOMALY_source_unexpected }, 1);
    decoded_expect_events(&decoded, &expected, &pid, 1);
    decoded_release(&decoded);
}

static void every_shorter_payload_is_refused(void **state)
{
    const struct layout *layout = *state;
    for (size_t i = 0; i < HEADER_COUNT; i++) {
        struct event ignored;
        struct payload payload = make(layout, headers[i].pointer_bytes, &ignored);
        for (size_t size = 0; size < payload.size; size++) {
            struct decoded decoded =
                decode_payload(layout, headers[i].kind, layout->version, payload.bytes, size);
            if (decoded.count != 0)
                fail_msg("%zu of %zu bytes were enough", size, payload.size);
            assert_int_equal(decoded_anomaly(&decoded, ANOMALY_payload_undecodable), 1);
            decoded_expect_only(&decoded, &(enum anomaly){ ANOMALY_payload_undecodable }, 1);
            decoded_release(&decoded);
        }
    }
}

static void a_version_to_come_is_read_as_the_newest_and_counted(void **state)
{
    const struct layout *layout = *state;
    if (layout->group != ETL_GROUP_HEAP)
        return; /* no source names the versions of heap ranges */
    struct event expected;
    struct payload payload = make(layout, 8, &expected);
    struct decoded decoded =
        decode_payload(layout, HEADER_SYSTEM64, 9, payload.bytes, payload.size);
    const enum anomaly allowed[] = { ANOMALY_source_unexpected, ANOMALY_version_unknown };
    uint32_t pid = pid_of(layout);
    decoded_expect_only(&decoded, allowed, 2);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_version_unknown), 1);
    decoded_expect_events(&decoded, &expected, &pid, 1);
    decoded_release(&decoded);
}

/* An event without an owner belongs to no heap that could be told. */
static void an_event_without_a_process_is_refused(void **state)
{
    const struct layout *layout = *state;
    struct event ignored;
    struct payload payload = make(layout, 8, &ignored);
    struct decoded decoded =
        decode_payload(layout, HEADER_PERFINFO64, layout->version, payload.bytes, payload.size);
    bool has_own_pid = layout->kind == EVENT_range_rundown;
    assert_true(decoded.count == 0 || has_own_pid);
    assert_int_equal(decoded_anomaly(&decoded, ANOMALY_payload_undecodable), 1 - decoded.count);
    decoded_release(&decoded);
}

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } checks[] = {
        { "every_field_arrives_under_every_header", every_field_arrives_under_every_header },
        { "a_longer_payload_is_accepted", a_longer_payload_is_accepted },
        { "every_shorter_payload_is_refused", every_shorter_payload_is_refused },
        { "an_event_without_a_process_is_refused", an_event_without_a_process_is_refused },
        { "a_version_to_come_is_read_as_the_newest_and_counted",
          a_version_to_come_is_read_as_the_newest_and_counted },
    };
    enum { LAYOUTS = sizeof layouts / sizeof layouts[0], CHECKS = sizeof checks / sizeof *checks };
    static struct CMUnitTest tests[LAYOUTS * CHECKS];
    static char names[LAYOUTS * CHECKS][96];
    for (size_t i = 0; i < LAYOUTS * CHECKS; i++) {
        struct layout *layout = &layouts[i / CHECKS];
        strcpy(names[i], layout->name);
        strcat(names[i], ": ");
        strcat(names[i], checks[i % CHECKS].name);
        tests[i] = (struct CMUnitTest){ .name = names[i],
                                        .test_func = checks[i % CHECKS].run,
                                        .initial_state = layout };
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
