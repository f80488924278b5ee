/* The modules of a trace: loads, unloads, rundowns, symbol files, volumes, and looking them up. */
#include "tests/decoded.h"
#include "tests/etl_builder.h"
#include "tests/trace_random.h"

#include "decoder/image_event.h"
#include "decoder/image_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PID = 100 };

static struct decoded finish(struct etl *etl)
{
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    struct decoded decoded = decode(trace, size);
    free(trace);
    etl_builder_free(etl);
    decoded_expect_clean(&decoded);
    return decoded;
}

static const struct image *only_image(const struct decoded *decoded)
{
    const struct images *images = decoder_images(decoded->decoder);
    assert_int_equal(images_count(images), 1);
    return images_at(images, 0);
}

/* The path of what lies there, or "". */
static const char *path_at(const struct decoded *decoded, uint32_t pid, uint64_t address,
                           uint64_t time_ns)
{
    const struct images *images = decoder_images(decoded->decoder);
    const struct processes *processes = decoder_processes(decoded->decoder);
    uint32_t process = 0;
    while (process < processes->count && processes->list[process].pid != pid)
        process++;
    size_t found = images_find(images, process, address, time_ns);
    return found == SIZE_MAX ? "" : images_at(images, found)->path;
}

static void every_field_is_read_under_every_header(void **state)
{
    (void)state;
    static const uint8_t headers[] = { HEADER_SYSTEM32, HEADER_SYSTEM64, HEADER_FULL32,
                                       HEADER_FULL64, HEADER_COMPACT64 };
    const struct etl_image image = { 0x10000000, 0x5000, "\\dir\\a.dll", 0, 0x1234, 0x5678 };
    for (size_t i = 0; i < sizeof headers; i++) {
        struct etl *etl = etl_builder_new(NULL);
        etl_under(etl, headers[i]);
        etl_image(etl, 10 * US, ETL_IMAGE_LOAD, &image);
        etl_image(etl, 30 * US, ETL_IMAGE_UNLOAD, &image);
        struct decoded decoded = finish(etl);
        const struct image *found = only_image(&decoded);
        assert_true(found->base == image.base && found->size == image.size);
        assert_int_equal(found->checksum, image.checksum);
        assert_int_equal(found->timestamp, image.timestamp);
        assert_int_equal(found->load_ns, 10 * US);
        assert_int_equal(found->unload_ns, 30 * US);
        assert_string_equal(found->path, image.path);
        assert_null(found->pdb);
        assert_int_equal(decoder_processes(decoded.decoder)->list[found->process].pid, PID);
        decoded_release(&decoded);
    }
}

/* A payload as its version has it: pointers of 8 bytes. */
struct version_case {
    const char *name;
    uint8_t version;
    size_t fixed_bytes;
    bool has_timestamp;
};

static const struct version_case versions[] = {
    { "version 0", 0, 12, false },
    { "version 1", 1, 20, false },
    { "version 2", 2, 56, true },
    { "version 3", 3, 56, true },
};

static struct event_header image_header(const struct version_case *c, const uint8_t *payload,
                                        size_t size)
{
    return (struct event_header){ .group = GROUP_PROCESS,
                                  .opcode = IMAGE_LOAD,
                                  .version = c->version,
                                  .payload = payload,
                                  .payload_bytes = size,
                                  .pointer_bytes = 8,
                                  .pid = 77,
                                  .has_owner = true };
}

static void every_version_is_read_and_no_shorter_payload(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        const struct version_case *c = &versions[i];
        uint8_t payload[64] = { 0 };
        struct image_event image;
        bool is_known;
        etl_poke(payload, 0x7ff000000000, 8);
        etl_poke(payload + 8, 0x3000, c->version == 0 ? 4 : 8);
        if (c->version > 0)
            etl_poke(payload + 16, 42, 4);
        if (c->has_timestamp)
            etl_poke(payload + 24, 0x99, 4);
        etl_poke(payload + c->fixed_bytes, 'x', 2);
        for (size_t size = 0; size <= c->fixed_bytes + 2; size++) {
            uint8_t *exact = malloc(size + !size);
            assert_non_null(exact);
            memcpy(exact, payload, size);
            struct event_header header = image_header(c, exact, size);
            assert_int_equal(image_event_decode(&header, &image, &is_known),
                             size >= c->fixed_bytes);
            assert_true(is_known);
            free(exact);
        }
        assert_true(image.base == 0x7ff000000000 && image.size == 0x3000);
        assert_int_equal(image.pid, c->version == 0 ? 77 : 42);
        assert_int_equal(image.timestamp, c->has_timestamp ? 0x99 : 0);
        assert_string_equal(image.path, "x");
    }
}

static void shorter_symbol_and_volume_payloads_are_refused(void **state)
{
    (void)state;
    enum { FIXED = 8 + 4 + 16 + 4, NT_BYTES = 4 };
    struct pdb_event pdb;
    struct volume_event volume;
    for (size_t size = 0; size <= FIXED; size++) {
        uint8_t *exact = calloc(1, size + !size);
        assert_non_null(exact);
        const struct event_header header = { .group = GROUP_IMAGE_ID,
                                             .opcode = IMAGE_ID_RSDS,
                                             .payload = exact,
                                             .payload_bytes = size,
                                             .pointer_bytes = 8 };
        assert_int_equal(pdb_event_decode(&header, &pdb), size == FIXED);
        free(exact);
    }
    for (size_t size = 0; size <= NT_BYTES + 2; size++) {
        uint8_t *exact = calloc(1, size + !size);
        assert_non_null(exact);
        if (size > 0)
            exact[0] = 'x';
        const struct event_header header = { .payload = exact, .payload_bytes = size };
        assert_int_equal(volume_event_decode(&header, &volume), size >= NT_BYTES + 2);
        free(exact);
    }
}

static void a_rundown_says_what_was_there_before_and_after(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    const struct etl_image a = { 0x10000000, 0x5000, "a.dll", 0, 0, 0 };
    const struct etl_image b = { 0x20000000, 0x5000, "b.dll", 0, 0, 0 };
    const struct etl_image c = { 0x30000000, 0x5000, "c.dll", 0, 0, 0 };
    etl_image(etl, 10 * US, ETL_IMAGE_DCSTART, &a);
    etl_image(etl, 20 * US, ETL_IMAGE_UNLOAD, &b);
    etl_image(etl, 30 * US, ETL_IMAGE_DCEND, &a);
    etl_image(etl, 30 * US, ETL_IMAGE_DCEND, &c);
    struct decoded decoded = finish(etl);
    const struct images *images = decoder_images(decoded.decoder);
    assert_int_equal(images_count(images), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(images_at(images, i)->load_ns, 0);
        assert_int_equal(images_at(images, i)->unload_ns, i == 1 ? 20 * US : UINT64_MAX);
    }
    decoded_release(&decoded);
}

static void an_address_is_looked_up_by_time(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    const struct etl_image a = { 0x10000000, 0x5000, "a.dll", 0, 0, 0 };
    const struct etl_image b = { 0x10003000, 0x5000, "b.dll", 0, 0, 0 };
    const struct etl_image driver = { UINT64_C(0xfffff80000000000), 0x5000, "k.sys", 0, 0, 0 };
    etl_image(etl, 10 * US, ETL_IMAGE_LOAD, &a);
    etl_image(etl, 20 * US, ETL_IMAGE_UNLOAD, &a);
    etl_image(etl, 40 * US, ETL_IMAGE_LOAD, &b);
    etl_image(etl, 50 * US, ETL_IMAGE_LOAD, &a); /* over it */
    etl_image(etl, 60 * US, ETL_IMAGE_DCEND, &driver);
    etl_as(etl, 0, PID + 1, 1);
    etl_image(etl, 70 * US, ETL_IMAGE_LOAD, &b);
    struct decoded decoded = finish(etl);
    assert_string_equal(path_at(&decoded, PID, 0x10003000, 15 * US), "a.dll");
    assert_string_equal(path_at(&decoded, PID, 0x10003000, 1 * US), "a.dll");  /* next */
    assert_string_equal(path_at(&decoded, PID, 0x10003000, 30 * US), "b.dll"); /* next */
    assert_string_equal(path_at(&decoded, PID, 0x10003000, 45 * US), "b.dll");
    assert_string_equal(path_at(&decoded, PID, 0x10003000, 55 * US), "a.dll");
    assert_string_equal(path_at(&decoded, PID, 0x10007000, 90 * US), "b.dll"); /* the last */
    assert_string_equal(path_at(&decoded, PID, 0x10008000, 45 * US), "");
    assert_string_equal(path_at(&decoded, PID, 0x0fffffff, 45 * US), "");
    assert_string_equal(path_at(&decoded, PID + 1, 0x10003000, 45 * US), "b.dll");
    assert_string_equal(path_at(&decoded, PID + 1, driver.base + 1, 1 * US), "k.sys");
    decoded_release(&decoded);
}

static void modules_go_with_their_process(void **state)
{
    (void)state;
    struct etl *etl = etl_builder_new(NULL);
    const struct etl_image a = { 0x10000000, 0x5000, "a.dll", 0, 0, 0 };
    etl_process(etl, 1 * US, ETL_PROCESS_START, PID, 4, "p.exe", "p");
    etl_image(etl, 10 * US, ETL_IMAGE_LOAD, &a);
    etl_process(etl, 20 * US, ETL_PROCESS_END, PID, 4, "p.exe", "p");
    etl_image(etl, 21 * US, ETL_IMAGE_UNLOAD, &a); /* of nobody any more */
    etl_process(etl, 30 * US, ETL_PROCESS_START, PID, 4, "q.exe", "q");
    etl_image(etl, 40 * US, ETL_IMAGE_LOAD, &a);
    struct decoded decoded = finish(etl);
    const struct images *images = decoder_images(decoded.decoder);
    assert_int_equal(images_count(images), 2);
    assert_int_equal(images_at(images, 0)->unload_ns, 20 * US);
    assert_int_equal(images_at(images, 1)->unload_ns, UINT64_MAX);
    assert_int_not_equal(images_at(images, 0)->process, images_at(images, 1)->process);
    assert_int_equal(decoder_processes(decoded.decoder)->count, 2);
    decoded_release(&decoded);
}

static void a_symbol_file_finds_its_module_in_any_order(void **state)
{
    (void)state;
    const struct etl_image a = { 0x10000000, 0x5000, "a.dll", 0, 0, 0 };
    uint8_t guid[16];
    for (uint8_t i = 0; i < 16; i++)
        guid[i] = (uint8_t)(i + 1);
    for (int order = 0; order < 2; order++) {
        struct etl *etl = etl_builder_new(NULL);
        if (order == 0)
            etl_image(etl, 10 * US, ETL_IMAGE_LOAD, &a);
        etl_pdb(etl, 20 * US, a.base, PID, guid, 7, "C:\\out\\a.pdb");
        etl_pdb(etl, 20 * US, a.base + 0x1000, PID, guid, 8, "of nothing");
        if (order == 1)
            etl_image(etl, 30 * US, ETL_IMAGE_LOAD, &a);
        etl_pdb(etl, 40 * US, a.base, PID, guid, 7, "once more");
        struct decoded decoded = finish(etl);
        const struct image *image = only_image(&decoded);
        assert_string_equal(image->pdb, "C:\\out\\a.pdb");
        assert_int_equal(image->pdb_age, 7);
        assert_memory_equal(image->pdb_guid, guid, sizeof guid);
        decoded_release(&decoded);
    }
}

static void volumes_get_their_letters_whenever_they_are_told(void **state)
{
    (void)state;
    const struct etl_image a = {
        0x10000000, 0x5000, "\\Device\\HarddiskVolume3\\w\\a.dll", 0, 0, 0
    };
    const struct etl_image b = { 0x20000000, 0x5000, "\\device\\harddiskvolume3\\b.dll", 0, 0, 0 };
    const struct etl_image c = { 0x30000000, 0x5000, "\\Device\\HarddiskVolume33\\c.dll", 0, 0, 0 };
    const struct etl_image d = { 0x40000000, 0x5000, "\\SystemRoot\\d.sys", 0, 0, 0 };
    struct etl *etl = etl_builder_new(NULL);
    etl_image(etl, 10 * US, ETL_IMAGE_LOAD, &a);
    etl_image(etl, 11 * US, ETL_IMAGE_LOAD, &c);
    etl_image(etl, 12 * US, ETL_IMAGE_LOAD, &d);
    etl_volume(etl, 20 * US, "\\Device\\HarddiskVolume3\\", "C:\\");
    etl_volume(etl, 20 * US, "\\SystemRoot\\", "C:\\Windows\\and\\a\\long\\way\\");
    etl_volume(etl, 20 * US, "\\Device\\HarddiskVolume33\\", "\\\\?\\GLOBALROOT\\x\\");
    etl_image(etl, 30 * US, ETL_IMAGE_LOAD, &b);
    struct decoded decoded = finish(etl);
    assert_string_equal(path_at(&decoded, PID, a.base, 90 * US), "C:\\w\\a.dll");
    assert_string_equal(path_at(&decoded, PID, b.base, 90 * US), "C:\\b.dll");
    assert_string_equal(path_at(&decoded, PID, c.base, 90 * US), c.path);
    assert_string_equal(path_at(&decoded, PID, d.base, 90 * US),
                        "C:\\Windows\\and\\a\\long\\way\\d.sys");
    decoded_release(&decoded);
}

/* ---- The index against a search of all spans ---- */

static bool is_better(const struct image_span *a, const struct image_span *b, uint64_t time_ns)
{
    bool a_holds = a->load_ns <= time_ns && time_ns < a->unload_ns;
    bool b_holds = b->load_ns <= time_ns && time_ns < b->unload_ns;
    bool a_is_next = a->load_ns > time_ns, b_is_next = b->load_ns > time_ns;
    if (a_holds || b_holds)
        return a_holds;
    if (a_is_next != b_is_next)
        return a_is_next;
    return a_is_next ? a->load_ns < b->load_ns : a->unload_ns > b->unload_ns;
}

static size_t slow_find(const struct image_span *spans, size_t count, uint32_t space,
                        uint64_t address, uint64_t time_ns)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (spans[i].space != space || address < spans[i].base || address >= spans[i].end)
            continue;
        if (best == SIZE_MAX || is_better(&spans[i], &spans[best], time_ns))
            best = i;
    }
    return best;
}

static bool overlaps(const struct image_span *a, const struct image_span *b)
{
    return a->space == b->space && a->base < b->end && b->base < a->end &&
           a->load_ns < b->unload_ns && b->load_ns < a->unload_ns;
}

static void the_index_finds_what_a_search_of_all_finds(void **state)
{
    (void)state;
    enum { SPANS = 60, PLACES = 40, TIMES = 30 };
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct random random = random_new(seed);
        struct image_span spans[SPANS];
        size_t count = 0;
        for (int tries = 0; tries < 400 && count < SPANS; tries++) {
            struct image_span *span = &spans[count];
            span->space = random_below(&random, 3);
            span->base = random_below(&random, PLACES);
            span->end = span->base + 1 + random_below(&random, 10);
            span->load_ns = random_below(&random, TIMES);
            span->unload_ns = span->load_ns + 1 + random_below(&random, 10);
            bool is_free = true;
            for (size_t i = 0; i < count; i++)
                is_free &= !overlaps(&spans[i], span);
            count += is_free;
        }
        struct image_index *index = image_index_new(spans, count);
        assert_non_null(index);
        for (int i = 0; i < 3000; i++) {
            uint32_t space = random_below(&random, 4);
            uint64_t address = random_below(&random, PLACES + 20);
            uint64_t time_ns = random_below(&random, TIMES + 20);
            size_t found = image_index_find(index, space, address, time_ns);
            size_t expected = slow_find(spans, count, space, address, time_ns);
            assert_int_equal(found == SIZE_MAX, expected == SIZE_MAX);
            if (found != SIZE_MAX && found != expected) /* as good, of equal times */
                assert_false(is_better(&spans[expected], &spans[found], time_ns));
        }
        image_index_free(index);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read_under_every_header),
        cmocka_unit_test(every_version_is_read_and_no_shorter_payload),
        cmocka_unit_test(shorter_symbol_and_volume_payloads_are_refused),
        cmocka_unit_test(a_rundown_says_what_was_there_before_and_after),
        cmocka_unit_test(an_address_is_looked_up_by_time),
        cmocka_unit_test(modules_go_with_their_process),
        cmocka_unit_test(a_symbol_file_finds_its_module_in_any_order),
        cmocka_unit_test(volumes_get_their_letters_whenever_they_are_told),
        cmocka_unit_test(the_index_finds_what_a_search_of_all_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
