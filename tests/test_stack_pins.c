/* Who pins which pages: random blocks, overlapping or not, against a look at each page. */
#include "analyzer/stack_pins.h"
#include "tests/trace_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { BLOCKS = 24, PAGES = 32, PAGE = 4096 };

struct pinned {
    uint64_t pages, waste_bytes;
};

struct placed {
    uint64_t address, size;
};

static uint64_t bytes_in_page(const struct placed *block, uint64_t page)
{
    uint64_t last = block->address + block->size - 1;
    if (last < block->address)
        last = UINT64_MAX;
    if (block->size == 0 || block->address > page + PAGE - 1 || last < page)
        return 0;
    uint64_t from = block->address > page ? block->address : page;
    uint64_t to = last < page + PAGE - 1 ? last : page + PAGE - 1;
    return to - from + 1;
}

static void look(const struct placed *blocks, size_t count, uint64_t first_page,
                 struct pinned pinned[BLOCKS])
{
    for (size_t p = 0; p < PAGES; p++) {
        size_t users = 0, owner = 0;
        uint64_t page = first_page + p * PAGE;
        for (size_t i = 0; i < count; i++)
            if (bytes_in_page(&blocks[i], page) > 0) {
                users++;
                owner = i;
            }
        if (users != 1)
            continue;
        pinned[owner].pages++;
        pinned[owner].waste_bytes += PAGE - bytes_in_page(&blocks[owner], page);
    }
}

static void take(struct pinned pinned[BLOCKS], const struct stack_pins *pins)
{
    pinned[pins->stack].pages += pins->pages;
    pinned[pins->stack].waste_bytes += pins->waste_bytes;
}

static void walk(const struct placed *blocks, size_t count, struct pinned pinned[BLOCKS])
{
    struct pin_walk walk = { 0 };
    struct stack_pins pins;
    for (size_t i = 0; i < count; i++)
        if (pin_walk_block(&walk, blocks[i].address, blocks[i].size, (uint32_t)i, &pins))
            take(pinned, &pins);
    if (pin_walk_finish(&walk, &pins))
        take(pinned, &pins);
}

/* Blocks in order of address, within PAGES pages from `first_page` on, or past the end of all. */
static size_t make_blocks(struct random *random, uint64_t first_page, struct placed *blocks)
{
    static const uint32_t sizes[] = { 40, 3000, 5000, 30000 };
    uint32_t size = sizes[random_below(random, 4)];
    uint32_t step = 1 + random_below(random, 6000);
    uint64_t address = first_page + random_below(random, PAGE);
    size_t count = 0;
    while (count < BLOCKS && address - first_page < (PAGES - 9) * (uint64_t)PAGE) {
        blocks[count++] = (struct placed){ address, random_below(random, size) };
        address += 1 + random_below(random, step);
    }
    return count;
}

static void every_page_has_its_owner(void **state)
{
    const uint64_t first_pages[] = { 0, 0x7ff000, UINT64_MAX - PAGES * (uint64_t)PAGE + 1 };
    struct random random = random_new(1);
    (void)state;
    for (size_t round = 0; round < 6000; round++) {
        struct placed blocks[BLOCKS];
        struct pinned got[BLOCKS] = { 0 }, want[BLOCKS] = { 0 };
        uint64_t first_page = first_pages[round % 3];
        size_t count = make_blocks(&random, first_page, blocks);
        if (round % 3 == 2 && count > 0)
            blocks[count - 1].size = UINT64_MAX >> 1; /* cut at the end of the address space */
        walk(blocks, count, got);
        look(blocks, count, first_page, want);
        assert_memory_equal(got, want, sizeof got);
    }
}

static void no_blocks_pin_nothing(void **state)
{
    (void)state;
    struct pin_walk walk = { 0 };
    struct stack_pins pins;
    assert_false(pin_walk_block(&walk, 0x1000, 0, 1, &pins));
    assert_false(pin_walk_finish(&walk, &pins));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_has_its_owner),
        cmocka_unit_test(no_blocks_pin_nothing),
    };
    return cmocka_run_group_tests_name("stack_pins", tests, NULL, NULL);
}
