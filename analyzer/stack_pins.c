/* Which block pins which pages. */
#include "analyzer/stack_pins.h"

#include "analyzer/occupancy.h"

enum { PAGE_MASK = PAGE_BYTES - 1 };

/*
 * The pages up to `page`, which no further block touches. Every block so far starts before or in
 * the first of them, so one that reaches furthest has those for itself that no other one reaches.
 */
static bool judge(struct pin_walk *walk, uint64_t page, struct stack_pins *out)
{
    uint64_t from = walk->page > walk->others_end ? walk->page : walk->others_end;
    uint64_t to = page < walk->end ? page : walk->end;
    walk->page = page;
    if (from >= to)
        return false;
    *out = (struct stack_pins){ .stack = walk->stack, .pages = to - from };
    if (from == walk->address >> PAGE_SHIFT)
        out->waste_bytes += walk->address & PAGE_MASK;
    if (to == walk->end)
        out->waste_bytes += PAGE_MASK - (walk->last & PAGE_MASK);
    return true;
}

bool pin_walk_block(struct pin_walk *walk, uint64_t address, uint64_t size, uint32_t stack,
                    struct stack_pins *out)
{
    if (size == 0)
        return false;
    bool has_pins = judge(walk, address >> PAGE_SHIFT, out);
    uint64_t last = size - 1 < UINT64_MAX - address ? address + size - 1 : UINT64_MAX;
    uint64_t end = (last >> PAGE_SHIFT) + 1;
    if (end > walk->end) {
        walk->others_end = walk->end;
        walk->address = address;
        walk->last = last;
        walk->stack = stack;
        walk->end = end;
    } else if (end > walk->others_end) {
        walk->others_end = end;
    }
    return has_pins;
}

bool pin_walk_finish(struct pin_walk *walk, struct stack_pins *out)
{
    return judge(walk, walk->end, out);
}
