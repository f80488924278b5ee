/* Tests of decoder/event_forms.h: a form tells what reading header and payload one by one tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/event_forms.h"
#include "decoder/process_event.h"
#include "decoder/stack_event.h"
#include "tests/decoded.h"
#include "tests/etl_builder.h"

#include <stdlib.h>
#include <string.h>

enum { EVENT_MAX = 256, FLAG_ONE_COUNTER = 1 };

static const uint8_t group_kinds[] = { HEADER_SYSTEM32,  HEADER_SYSTEM64,   HEADER_COMPACT32,
                                       HEADER_COMPACT64, HEADER_PERFINFO32, HEADER_PERFINFO64 };
enum { GROUP_KINDS = sizeof group_kinds };

/* What makes up the look of an event. */
struct look_case {
    uint8_t kind, group, opcode, version, flags;
};

/* An event of `size` bytes on the heap; bytes that the look does not tell differ by `seed`. */
static uint8_t *make_event(const struct look_case *c, size_t size, unsigned seed)
{
    uint8_t *event = malloc(size);
    assert_non_null(event);
    for (size_t i = 0; i < size; i++)
        event[i] = (uint8_t)(i * 37 + seed * 101 + 1);
    event[0] = c->version;
    event[1] = c->flags;
    event[2] = c->kind;
    event[3] = 0xc0;
    event[4] = (uint8_t)size;
    event[5] = (uint8_t)(size >> 8);
    event[6] = c->opcode;
    event[7] = c->group;
    return event;
}

/* Learns the form of an event of that look. NULL: it has none. */
static const struct event_form *learn(struct event_forms *forms, const struct look_case *c)
{
    uint8_t *event = make_event(c, EVENT_MAX, 1);
    uint64_t look = event_look(event);
    struct event_header header;
    assert_int_equal(event_header_read(event, EVENT_MAX, &header), EVENT_FOUND);
    event_forms_learn(forms, &header);
    free(event);
    const struct event_form *form = event_forms_at(forms, look);
    return form->look == look ? form : NULL;
}

static void check_same_event(const struct event_form *form, const uint8_t *start,
                             const struct event_header *header)
{
    struct event expected, got;
    uint32_t pid;
    bool is_known;
    memset(&expected, 0, sizeof expected);
    memset(&got, 0xee, sizeof got);
    assert_int_equal(heap_event_decode(header, &expected, &pid, &is_known), HEAP_DECODED);
    assert_true(is_known);
    assert_int_equal(load_u32(start + HEADER_PID_AT), pid);
    assert_int_equal(load_u32(start + HEADER_TID_AT), expected.thread);
    heap_form_read(&form->heap, start + form->payload_at, &got);
    assert_true(got.heap == expected.heap && got.address == expected.address &&
                got.size == expected.size && got.free_bytes == expected.free_bytes &&
                got.committed_bytes == expected.committed_bytes &&
                got.reserved_bytes == expected.reserved_bytes &&
                got.large_uncommitted_bytes == expected.large_uncommitted_bytes &&
                got.source == expected.source);
    assert_int_equal(got.kind, expected.kind);
    assert_int_equal(got.has, expected.has);
}

/* Events of this look that are as long as the form needs, and a little longer. */
static void check_form(const struct event_form *form, const struct look_case *c)
{
    enum { MORE = 7 };
    for (size_t size = form->bytes_min; size <= form->bytes_min + 2u * MORE; size += MORE) {
        uint8_t *event = make_event(c, size, (unsigned)size);
        struct event_header header;
        assert_int_equal(event_look(event), form->look);
        assert_int_equal(event_header_read(event, size, &header), EVENT_FOUND);
        assert_int_equal((int64_t)load_u64(event + form->ticks_at), header.ticks);
        assert_int_equal(form->header_kind, header.kind);
        assert_true(form->header.group == header.group && form->header.opcode == header.opcode &&
                    form->header.kind == header.kind && !form->header.guid);
        assert_int_equal(event_meaning(&header), form->is_heap ? MEANING_HEAP : MEANING_FOREIGN);
        if (form->is_heap)
            check_same_event(form, event, &header);
        free(event);
    }
}

/* All events of a group, but by every 16th version beyond those that are known. */
static size_t check_group(uint8_t group)
{
    struct event_forms *forms = calloc(1, sizeof *forms);
    assert_non_null(forms);
    size_t heap_forms = 0;
    for (unsigned at = 0; at < GROUP_KINDS * 256u * 6; at++) {
        static const uint8_t versions[] = { 0, 1, 2, 3, 4, 255 };
        const struct look_case c = { .kind = group_kinds[at % GROUP_KINDS],
                                     .group = group,
                                     .opcode = (uint8_t)(at / GROUP_KINDS % 256),
                                     .version = versions[at / GROUP_KINDS / 256],
                                     .flags = at % 5 == 0 ? FLAG_ONE_COUNTER : 0 };
        const struct event_form *form = learn(forms, &c);
        heap_forms += form && form->is_heap;
        if (form)
            check_form(form, &c);
    }
    free(forms);
    return heap_forms;
}

static void tells_what_reading_one_by_one_tells(void **state)
{
    (void)state;
    /* Of 4 kinds that have an owner. Of version 0 there are three events, of 1 two, of 2 … */
    assert_int_equal(check_group(GROUP_HEAP), 4 * (3 + 2 + 22 + 4));
    assert_int_equal(check_group(GROUP_PAGE_FAULT), 4 * 5 * 4);
    assert_int_equal(check_group(GROUP_PROCESS), 0);
    assert_int_equal(check_group(0x0f), 0);
}

static void has_no_form_for_what_is_read_one_by_one(void **state)
{
    (void)state;
    static const struct look_case cases[] = {
        { HEADER_SYSTEM64, GROUP_PROCESS, PROCESS_START, 3, 0 },
        { HEADER_PERFINFO64, GROUP_STACK_WALK, STACK_WALK, 2, 0 },
        { HEADER_SYSTEM64, GROUP_IMAGE, 10, 2, 0 },
        { HEADER_SYSTEM64, GROUP_HEAP, 33, 3, 0 },         /* an unknown version */
        { HEADER_PERFINFO64, GROUP_HEAP, 33, 2, 0 },       /* nobody owns it */
        { HEADER_SYSTEM64, GROUP_HEAP, 39, 2, 0 },         /* undescribed */
        { HEADER_SYSTEM64, GROUP_HEAP, 55, 2, 0 },         /* names no heap */
        { HEADER_SYSTEM64, GROUP_PAGE_FAULT, 0x64, 2, 0 }, /* names its owner */
    };
    struct event_forms *forms = calloc(1, sizeof *forms);
    assert_non_null(forms);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_null(learn(forms, &cases[i]));
    free(forms);
}

static void an_event_too_short_for_its_kind_teaches_nothing(void **state)
{
    (void)state;
    const struct look_case alloc = { HEADER_SYSTEM64, GROUP_HEAP, 33, 2, 0 };
    struct event_forms *forms = calloc(1, sizeof *forms);
    assert_non_null(forms);
    for (size_t size = 0x20; size < 0x20 + 28; size++) {
        struct event_header header;
        uint8_t *event = make_event(&alloc, size, 1);
        assert_int_equal(event_header_read(event, size, &header), EVENT_FOUND);
        event_forms_learn(forms, &header);
        assert_true(event_forms_at(forms, event_look(event))->look == 0);
        free(event);
    }
    assert_int_equal(learn(forms, &alloc)->bytes_min, 0x20 + 28);
    free(forms);
}

/* Or they would push each other out, event after event. */
static void the_events_that_a_heap_trace_is_made_of_have_places_of_their_own(void **state)
{
    (void)state;
    static const uint8_t opcodes[] = { 33, 34, 36 };
    const struct event_form *places[4 * sizeof opcodes];
    struct event_forms *forms = calloc(1, sizeof *forms);
    assert_non_null(forms);
    for (size_t i = 0; i < 4 * sizeof opcodes; i++) {
        const struct look_case c = {
            .kind = group_kinds[i % 4], .group = GROUP_HEAP, .opcode = opcodes[i / 4], .version = 2
        };
        places[i] = learn(forms, &c);
        assert_non_null(places[i]);
        for (size_t k = 0; k < i; k++)
            assert_ptr_not_equal(places[k], places[i]);
    }
    free(forms);
}

/* An event of another provider whose form takes the place of that of an ALLOC. */
static struct etl_event rival_of_alloc(void)
{
    const struct look_case alloc = { HEADER_SYSTEM64, GROUP_HEAP, 33, 2, 0 };
    struct event_forms *forms = calloc(1, sizeof *forms);
    assert_non_null(forms);
    const struct event_form *place = learn(forms, &alloc);
    unsigned number = 0;
    struct look_case rival = { .kind = HEADER_SYSTEM64, .group = ETL_GROUP_PERF_INFO };
    do {
        assert_true(number < 0x10000);
        rival.opcode = (uint8_t)number;
        rival.version = (uint8_t)(number++ >> 8);
    } while (learn(forms, &rival) != place);
    free(forms);
    return (struct etl_event){ .header = rival.kind,
                               .group = rival.group,
                               .opcode = rival.opcode,
                               .version = rival.version,
                               .cpu = 1 };
}

/* An event waits for its turn, and meanwhile another CPU's takes the place of its form. */
static void an_event_keeps_its_meaning_while_other_cpus_are_read(void **state)
{
    (void)state;
    enum { ROUNDS = 40, RUN = 3 };
    struct etl *etl = etl_builder_new(NULL);
    struct etl_event rival = rival_of_alloc();
    for (uint64_t i = 0; i < ROUNDS * RUN; i++) {
        uint64_t time_ns = (2 * (i / RUN) * RUN + i % RUN + 1) * US;
        rival.ticks = etl_ticks(etl, time_ns + RUN * US);
        etl_put(etl, &rival);
        etl_as(etl, 0, 100, 1);
        etl_alloc(etl, time_ns, 0x10000, 0x20000 + i, 1 + i, ETL_MAINPATH);
    }
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    struct decoded decoded = decode(trace, size);
    decoded_expect_clean(&decoded);
    assert_int_equal(decoded.count, ROUNDS * RUN);
    for (uint64_t i = 0; i < ROUNDS * RUN; i++)
        assert_true(decoded.events[i].kind == EVENT_alloc &&
                    decoded.events[i].address == 0x20000 + i && decoded.events[i].size == 1 + i);
    decoded_release(&decoded);
    free(trace);
    etl_builder_free(etl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_reading_one_by_one_tells),
        cmocka_unit_test(has_no_form_for_what_is_read_one_by_one),
        cmocka_unit_test(an_event_too_short_for_its_kind_teaches_nothing),
        cmocka_unit_test(the_events_that_a_heap_trace_is_made_of_have_places_of_their_own),
        cmocka_unit_test(an_event_keeps_its_meaning_while_other_cpus_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
