/* Limits on how many: each is reached, and what comes then says so or does without. */
#include "analyzer/block_pool.h"
#include "analyzer/chains.h"
#include "analyzer/measure_sum.h"
#include "decoder/buffer_index.h"
#include "decoder/images.h"
#include "decoder/processes.h"
#include "decoder/stack_keys.h"
#include "decoder/stacks.h"
#include "decoder/volumes.h"
#include "tests/etl_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_limit(const struct error *err, const char *text)
{
    if (err->code != ERROR_LIMIT || !strstr(err->message, text))
        fail_msg("'%s' (%d) where '%s' was wanted", err->message, err->code, text);
}

/* ---- the decoder ---- */

static uint8_t *trace_of_two_buffers(struct trace_info *info, size_t *size)
{
    struct etl_options options = etl_defaults();
    options.buffer_bytes = 1024;
    struct etl *etl = etl_builder_new(&options);
    for (uint64_t i = 1; i < 20; i++)
        etl_alloc(etl, i * US, 0x10000, 0x20000 + 64 * i, 64, 1);
    uint8_t *trace = etl_finish(etl, size);
    etl_builder_free(etl);
    *info = (struct trace_info){ .buffer_bytes = options.buffer_bytes };
    return trace;
}

/* As if so many had been seen: to see them takes 4.8 GB of buffers, and 1.5 GiB of index. */
static void buffers_have_a_limit(void **state)
{
    static struct buffer_index index;
    struct trace_info info;
    struct anomalies anomalies = { 0 };
    struct source source;
    struct error err = { 0 };
    size_t size;
    (void)state;
    uint8_t *trace = trace_of_two_buffers(&info, &size);
    source_open_memory(&source, trace, size);
    struct buffer_walk walk = { .index = &index,
                                .source = &source,
                                .info = &info,
                                .anomalies = &anomalies,
                                .indexed = BUFFERS_MAX - 1 };
    assert_int_equal(buffer_walk_next(&walk, &err), WALK_MORE);
    assert_int_equal(buffer_walk_next(&walk, &err), WALK_ERROR);
    expect_limit(&err, "more than 67108864 buffers; no option takes more");
    assert_int_equal(err.offset, info.buffer_bytes);
    buffer_index_release(&index);
    free(trace);
}

static void names_of_processes_have_a_limit(void **state)
{
    enum { LONG = 60000, FIT = PROCESS_TEXT_BYTES_MAX / LONG };
    struct processes processes;
    struct error err = { 0 };
    uint32_t ended;
    (void)state;
    char *name = malloc(LONG);
    assert_non_null(name);
    memset(name, 'x', LONG - 1);
    name[LONG - 1] = '\0';
    assert_true(processes_init(&processes, &err));
    const struct process_facts facts = { 4, 0, name, "" };
    for (uint64_t i = 0; i < FIT; i++)
        assert_true(processes_start(&processes, &facts, i, &ended, &err));
    assert_false(processes_start(&processes, &facts, FIT, &ended, &err));
    expect_limit(&err, "names of processes take more than 268435456 bytes; no option takes more");
    processes_release(&processes);
    free(name);
}

static void stacks_have_a_limit_and_none_come_after_it(void **state)
{
    const struct stack_owner owner = { 0 };
    struct error err = { 0 };
    uint32_t id, first;
    uint64_t frame = 0;
    (void)state;
    struct stacks *stacks = stacks_new(&err);
    assert_non_null(stacks);
    assert_true(stacks_intern(stacks, &owner, &frame, 1, &first, &err));
    for (frame = 1; frame < STACKS_MAX; frame++) {
        assert_true(stacks_intern(stacks, &owner, &frame, 1, &id, &err));
        assert_int_equal(id, frame + 1);
    }
    assert_true(stacks_intern(stacks, &owner, &frame, 1, &id, &err));
    assert_int_equal(id, STACK_NONE);
    assert_true(stacks_promise(stacks, &owner, &id, &err));
    assert_int_equal(id, STACK_NONE);
    frame = 0;
    assert_true(stacks_intern(stacks, &owner, &frame, 1, &id, &err));
    assert_int_equal(id, first);
    assert_int_equal(stacks_count(stacks), STACKS_MAX);
    stacks_free(stacks);
}

static void frames_of_stacks_have_a_limit(void **state)
{
    enum { FIT = STACKS_FRAME_BYTES_MAX / (STACK_FRAMES_MAX * sizeof(uint64_t)) };
    const struct stack_owner owner = { 0 };
    uint64_t frames[STACK_FRAMES_MAX] = { 0 };
    struct error err = { 0 };
    uint32_t id, promised;
    bool is_kept;
    (void)state;
    struct stacks *stacks = stacks_new(&err);
    assert_non_null(stacks);
    assert_true(stacks_promise(stacks, &owner, &promised, &err));
    for (frames[0] = 0; frames[0] < FIT; frames[0]++) {
        assert_true(stacks_intern(stacks, &owner, frames, STACK_FRAMES_MAX, &id, &err));
        assert_int_not_equal(id, STACK_NONE);
    }
    assert_true(stacks_intern(stacks, &owner, frames, STACK_FRAMES_MAX, &id, &err));
    assert_int_equal(id, STACK_NONE);
    assert_true(stacks_define(stacks, promised, frames, STACK_FRAMES_MAX, &is_kept, &err));
    assert_false(is_kept);
    assert_null(stacks_at(stacks, promised).frames);
    frames[0] = FIT - 1;
    assert_true(stacks_define(stacks, promised, frames, STACK_FRAMES_MAX, &is_kept, &err));
    assert_true(is_kept);
    stacks_free(stacks);
}

static void keys_of_stacks_have_a_limit_that_definitions_make_room_in(void **state)
{
    struct stack_keys keys = { 0 };
    struct stack_use use = { 0 };
    struct error err = { 0 };
    uint64_t value;
    (void)state;
    for (use.key = 0; use.key < STACK_KEYS_MAX; use.key++)
        assert_non_null(stack_keys_use(&keys, &use, &err));
    assert_null(stack_keys_use(&keys, &use, &err));
    assert_int_equal(err.code, ERROR_NONE);
    assert_true(stack_keys_take(&keys, 7, false, &value));
    assert_non_null(stack_keys_use(&keys, &use, &err));
    stack_keys_release(&keys);
}

static struct image_facts module_at(uint64_t number, const char *path)
{
    return (struct image_facts){ .base = number << 16, .size = 0x1000, .path = path };
}

static void modules_have_a_limit(void **state)
{
    struct error err = { 0 };
    bool is_kept;
    (void)state;
    struct images *images = images_new(&err);
    assert_non_null(images);
    for (uint64_t i = 0; i <= IMAGES_MAX; i++) {
        const struct image_facts facts = module_at(i, "m");
        assert_true(images_note(images, IMAGE_LOADED, &facts, i, &is_kept, &err));
        assert_int_equal(is_kept, i < IMAGES_MAX);
    }
    assert_int_equal(images_count(images), IMAGES_MAX);
    images_free(images);
}

static void names_of_modules_have_a_limit(void **state)
{
    enum { LONG = 60000, FIT = IMAGE_TEXT_BYTES_MAX / LONG };
    struct error err = { 0 };
    bool is_kept;
    (void)state;
    char *path = malloc(LONG);
    struct images *images = images_new(&err);
    assert_true(path && images);
    memset(path, 'x', LONG - 1);
    path[LONG - 1] = '\0';
    for (uint64_t i = 0; i <= FIT; i++) {
        const struct image_facts facts = module_at(i, path);
        assert_true(images_note(images, IMAGE_LOADED, &facts, i, &is_kept, &err));
        assert_int_equal(is_kept, i < FIT);
    }
    images_free(images);
    free(path);
}

static void symbol_files_told_of_before_their_modules_have_a_limit(void **state)
{
    static const uint8_t guid[16];
    struct error err = { 0 };
    bool is_kept;
    (void)state;
    struct images *images = images_new(&err);
    assert_non_null(images);
    for (uint64_t i = 0; i <= IMAGES_MAX; i++) {
        const struct pdb_facts facts = { .base = i << 16, .guid = guid, .name = "m.pdb" };
        assert_true(images_note_pdb(images, &facts, &is_kept, &err));
        assert_int_equal(is_kept, i < IMAGES_MAX);
    }
    images_free(images);
}

static void volumes_have_a_limit(void **state)
{
    struct volumes volumes = { 0 };
    struct error err = { 0 };
    char path[64];
    const struct volume *added;
    (void)state;
    for (int i = 0; i <= VOLUMES_MAX; i++) {
        snprintf(path, sizeof path, "\\Device\\HarddiskVolume%d", i);
        assert_true(volumes_add(&volumes, path, "C:\\", &added, &err));
        assert_int_equal(added != NULL, i < VOLUMES_MAX);
    }
    volumes_release(&volumes);
}

/* ---- the analyzer ---- */

static void live_blocks_have_a_limit_that_a_filter_avoids(void **state)
{
    struct error err = { 0 };
    (void)state;
    struct block_pool *pool = block_pool_new(&err);
    assert_non_null(pool);
    assert_true(block_pool_reserve(pool, &err));
    uint32_t index = block_pool_take(pool);
    pool->first_free = UINT32_MAX; /* as if the others were in use: 128 GiB of them */
    pool->used = POOL_BLOCKS_MAX;
    assert_false(block_pool_reserve(pool, &err));
    expect_limit(&err, "more than 4294967294 live blocks; --process takes fewer");
    block_pool_give_back(pool, index);
    assert_true(block_pool_reserve(pool, &err));
    assert_int_equal(block_pool_take(pool), index);
    block_pool_free(pool);
}

static void chains_have_a_limit_that_a_filter_avoids(void **state)
{
    struct chains chains = { 0 };
    struct error err = { 0 };
    (void)state;
    assert_true(chains_reserve(&chains, &err));
    uint32_t index = chains_start(&chains, 1, 64, 0);
    const size_t slabs = chains.slab_count;
    const uint32_t used = chains.used;
    chains.slab_count = UINT32_MAX / 1024; /* as if there were so many slabs, all in use */
    chains.used = (uint32_t)chains.slab_count * 1024;
    assert_false(chains_reserve(&chains, &err));
    expect_limit(&err, "more than 4294966272 reallocated blocks; --process takes fewer");
    chains_end(&chains, index);
    assert_true(chains_reserve(&chains, &err));
    chains.slab_count = slabs;
    chains.used = used;
    chains_release(&chains);
}

static void sources_that_are_added_up_have_a_limit(void **state)
{
    enum { LIMIT = 256 };
    struct measures sum = { 0 };
    struct error err = { 0 };
    (void)state;
    for (uint32_t code = 0; code <= LIMIT; code++) {
        struct source_result source = { .code = code, .allocs = 1 };
        const struct measures more = { .sources = &source, .source_count = 1 };
        assert_int_equal(measure_sum_add(&sum, &more, &err), code < LIMIT);
    }
    expect_limit(&err, "more than 256 Sources to add up");
    free(sum.sources);
    free(sum.sizes);
    free(sum.realloc.size_pairs);
    free(sum.transitions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buffers_have_a_limit),
        cmocka_unit_test(names_of_processes_have_a_limit),
        cmocka_unit_test(stacks_have_a_limit_and_none_come_after_it),
        cmocka_unit_test(frames_of_stacks_have_a_limit),
        cmocka_unit_test(keys_of_stacks_have_a_limit_that_definitions_make_room_in),
        cmocka_unit_test(modules_have_a_limit),
        cmocka_unit_test(names_of_modules_have_a_limit),
        cmocka_unit_test(symbol_files_told_of_before_their_modules_have_a_limit),
        cmocka_unit_test(volumes_have_a_limit),
        cmocka_unit_test(live_blocks_have_a_limit_that_a_filter_avoids),
        cmocka_unit_test(chains_have_a_limit_that_a_filter_avoids),
        cmocka_unit_test(sources_that_are_added_up_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
