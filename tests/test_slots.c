/* Tests of analyzer/slots.h: slots beside a plain list of all offsets, whatever they are. */
#include "analyzer/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { OFFSETS = 4096, STEPS = 6000, STEPS_A_LOOK = 50 };

/* Where slots may begin, and how many there are at most. */
static const struct kind {
    const char *name;
    uint32_t stride, first; /* of the offsets that may be used */
    uint32_t odd_of;        /* one in so many may be any offset; 0: none */
    uint32_t most;
} kinds[] = {
    { "few_slots_are_found", 16, 0, 0, 6 },
    { "slots_of_cells_are_found", 16, 0, 0, 256 },
    { "slots_of_cells_that_begin_anywhere_in_them_are_found", 32, 8, 0, 128 },
    { "slots_that_share_cells_now_and_then_are_found", 16, 0, 40, 120 },
    { "slots_at_any_offset_are_found", 1, 0, 0, 4096 },
    { "half_a_page_of_slots_is_found", 8, 0, 0, 300 },
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

struct model {
    struct slots slots;
    struct arena arena;
    bool is_there[OFFSETS];
    uint32_t count;
    uint64_t random;
};

static uint32_t random_below(struct model *model, uint32_t limit)
{
    model->random = model->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(model->random >> 33) % limit;
}

/* The offset of a place, or OFFSETS for none. */
static uint32_t offset_at(struct model *model, uint32_t place)
{
    if (place == SLOTS_NONE)
        return OFFSETS;
    assert_true(place < model->slots.count);
    return slots_array(&model->slots)[place].offset;
}

static void check(struct model *model)
{
    assert_int_equal(model->slots.count, model->count);
    uint32_t previous = OFFSETS;
    for (uint32_t offset = 0; offset <= OFFSETS; offset++) {
        assert_int_equal(offset_at(model, slots_previous(&model->slots, offset)), previous);
        if (offset == OFFSETS || !model->is_there[offset])
            continue;
        uint32_t place = slots_find(&model->slots, offset);
        assert_int_equal(offset_at(model, place), offset);
        assert_int_equal(slots_at(&model->slots, place).value, offset * 3);
        previous = offset;
    }
    uint32_t next = OFFSETS;
    for (uint32_t offset = OFFSETS; offset-- > 0;) {
        if (model->is_there[offset])
            next = offset;
        else
            assert_int_equal(slots_find(&model->slots, offset), SLOTS_NONE);
        assert_int_equal(offset_at(model, slots_next(&model->slots, offset)), next);
    }
    assert_int_equal(slots_next(&model->slots, OFFSETS), SLOTS_NONE);
    assert_true(slots_are_consistent(&model->slots));
}

/* A map in which slots lie side by side says so, until two of them share a cell. */
static void knows_whether_slots_are_disjoint(void **state)
{
    (void)state;
    static struct model model;
    model = (struct model){ 0 };
    for (uint32_t i = 0; i < OFFSETS / 48; i++) {
        assert_true(slots_reserve(&model.slots, &model.arena));
        slots_insert(&model.slots, (struct slot){ (uint16_t)(i * 48), (uint16_t)(i * 48 + 40), i });
        assert_int_equal(model.slots.is_disjoint, model.slots.capacity >= SLOTS_CELLED);
    }
    const uint32_t place = slots_find(&model.slots, 480);
    slots_set_end(&model.slots, place, 480 + 48); /* up to the next */
    assert_true(model.slots.is_disjoint);
    slots_set_end(&model.slots, place, 480 + 3000); /* over several words of the index */
    assert_false(model.slots.is_disjoint);
    slots_release(&model.slots, &model.arena);
    for (uint32_t i = 0; i < SLOTS_CELLED; i++) {
        assert_true(slots_reserve(&model.slots, &model.arena));
        slots_insert(&model.slots, (struct slot){ (uint16_t)(i * 16), (uint16_t)(i * 16 + 16), i });
    }
    slots_insert(&model.slots, (struct slot){ 1024, OFFSETS, 0 });
    assert_true(model.slots.is_disjoint);
    slots_remove(&model.slots, slots_find(&model.slots, 1024), &model.arena);
    slots_insert(&model.slots, (struct slot){ 2000, 2001, 0 });
    assert_true(model.slots.is_disjoint);
    assert_true(slots_are_consistent(&model.slots));
    slots_release(&model.slots, &model.arena);
    arena_release(&model.arena);
}

/* Some slots are empty, some end where the next one may begin, some reach over others. */
static uint16_t random_end(struct model *model, uint32_t offset)
{
    static const uint16_t bytes[] = { 0, 1, 8, 13, 16, 16, 20, 40, 1100 };
    uint32_t end = offset + bytes[random_below(model, sizeof bytes / sizeof bytes[0])];
    return (uint16_t)(end < OFFSETS ? end : OFFSETS);
}

static void insert(struct model *model, uint32_t offset)
{
    assert_true(slots_reserve(&model->slots, &model->arena));
    slots_insert(&model->slots,
                 (struct slot){ (uint16_t)offset, random_end(model, offset), offset * 3 });
    model->is_there[offset] = true;
    model->count++;
}

static void remove_one(struct model *model, uint32_t offset)
{
    slots_remove(&model->slots, slots_find(&model->slots, offset), &model->arena);
    model->is_there[offset] = false;
    model->count--;
}

/* Grows, shrinks, grows and shrinks again, with some coming and going all the time. */
static void finds_what_is_there(void **state)
{
    const struct kind *kind = *state;
    static struct model model;
    model = (struct model){ .random = kind->most };
    for (uint32_t step = 0; step < STEPS; step++) {
        bool is_odd = kind->odd_of > 0 && random_below(&model, kind->odd_of) == 0;
        uint32_t offset =
            is_odd ? random_below(&model, OFFSETS)
                   : random_below(&model, OFFSETS / kind->stride) * kind->stride + kind->first;
        bool is_growing = step / (STEPS / 4) % 2 == 0;
        bool wants_more = random_below(&model, 4) > 0 ? is_growing : !is_growing;
        if (model.is_there[offset] && !wants_more)
            remove_one(&model, offset);
        else if (!model.is_there[offset] && wants_more && model.count < kind->most)
            insert(&model, offset);
        else if (model.is_there[offset])
            slots_set_end(&model.slots, slots_find(&model.slots, offset),
                          random_end(&model, offset));
        if (step % STEPS_A_LOOK == 0)
            check(&model);
    }
    check(&model);
    slots_release(&model.slots, &model.arena);
    arena_release(&model.arena);
    assert_int_equal(model.slots.count, 0);
}

static void every_offset_of_a_page_holds_a_slot(void **state)
{
    (void)state;
    static struct model model;
    model = (struct model){ 0 };
    for (uint32_t i = 0; i < OFFSETS; i++)
        insert(&model, i * 1021 % OFFSETS);
    check(&model);
    for (uint32_t i = 0; i < OFFSETS; i++) {
        remove_one(&model, i * 907 % OFFSETS);
        if (i % 512 == 0)
            check(&model);
    }
    check(&model);
}

int main(void)
{
    struct CMUnitTest tests[KINDS + 2];
    for (size_t i = 0; i < KINDS; i++)
        tests[i] = (struct CMUnitTest){ .name = kinds[i].name,
                                        .test_func = finds_what_is_there,
                                        .initial_state = (void *)(uintptr_t)&kinds[i] };
    tests[KINDS] = (struct CMUnitTest)cmocka_unit_test(every_offset_of_a_page_holds_a_slot);
    tests[KINDS + 1] = (struct CMUnitTest)cmocka_unit_test(knows_whether_slots_are_disjoint);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
