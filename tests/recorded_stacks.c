/* The call stacks in a recording, read without the decoder. */
#include "tests/recorded_stacks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* ---- reading ---- */

static bool is_filled(const struct buffer_header *buffer)
{
    return buffer->type == TYPE_GENERIC;
}

static struct told told_of(const void *at)
{
    const struct event_header *event = at;
    struct told told = {
        .process = event->process, .thread = event->thread, .time = event->time, .event = event
    };
    if (event->marker >> 16 == IDENTITY_MARKER)
        return told;
    told.hook = event->hook;
    if (told.hook == HOOK_STACK_WALK) {
        assert_int_equal(told.stack->marker, STACK_MARKER);
        assert_int_equal(told.stack->time, told.stack->event_time);
        told.process = told.stack->process;
        told.thread = told.stack->thread;
    }
    return told;
}

static void read_buffer(struct recorded_stacks *recorded, const unsigned char *bytes)
{
    const struct buffer_header *buffer = (const void *)bytes;
    uint32_t filled = buffer->filled;
    assert_true(filled <= BUFFER_BYTES);
    for (uint32_t at = sizeof *buffer; is_filled(buffer) && at < filled;) {
        const struct event_header *event = (const void *)(bytes + at);
        assert_true(event_bytes(event) >= sizeof *event && event_bytes(event) <= filled - at);
        recorded->events[recorded->count++] = told_of(event);
        at += event_stride(event_bytes(event));
    }
}

struct recorded_stacks recorded_stacks_read(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &status), 0);
    size_t size = (size_t)status.st_size;
    assert_int_equal(size % BUFFER_BYTES, 0);
    struct recorded_stacks recorded = {
        .bytes = malloc(size),
        .events = calloc(size / sizeof(struct event_header), sizeof *recorded.events),
    };
    assert_true(recorded.bytes && recorded.events);
    assert_int_equal(fread(recorded.bytes, 1, size, file), size);
    fclose(file);
    for (size_t at = 0; at < size; at += BUFFER_BYTES)
        read_buffer(&recorded, recorded.bytes + at);
    return recorded;
}

void recorded_stacks_free(struct recorded_stacks *recorded)
{
    free(recorded->bytes);
    free(recorded->events);
}

size_t recorded_stacks_count(const struct recorded_stacks *recorded, uint16_t hook)
{
    size_t count = 0;
    for (size_t i = 0; i < recorded->count; i++)
        count += recorded->events[i].hook == hook;
    return count;
}

size_t recorded_stacks_depth(const struct stack_event *stack)
{
    return (stack->bytes - offsetof(struct stack_event, frames)) / sizeof *stack->frames;
}

/* ---- calls and their stacks ---- */

static bool is_call(const struct told *told)
{
    return told->hook == HOOK_HEAP_ALLOC || told->hook == HOOK_HEAP_REALLOC;
}

static bool is_same_call(const struct told *a, const struct told *b)
{
    return a->time == b->time && a->process == b->process && a->thread == b->thread;
}

/* What was written next by the process of `told` but images; its stream has no gaps. */
static const struct told *behind(const struct recorded_stacks *recorded, const struct told *told)
{
    const struct told *end = recorded->events + recorded->count;
    for (const struct told *next = told + 1; next < end; next++)
        if (next->process == told->process && next->hook != HOOK_IMAGE_LOAD && next->hook != 0)
            return next;
    return NULL;
}

void assert_each_call_has_its_stack(const struct recorded_stacks *recorded)
{
    size_t stacks = 0;
    for (const struct told *told = recorded->events; told < recorded->events + recorded->count;
         told++) {
        if (!is_call(told))
            continue;
        const struct told *next = behind(recorded, told);
        assert_non_null(next);
        assert_int_equal(next->hook, HOOK_STACK_WALK);
        assert_true(is_same_call(told, next));
        assert_true(recorded_stacks_depth(next->stack) > 0);
        next = behind(recorded, next);
        assert_true(!next || next->time > told->time || next->hook == HOOK_PROCESS_END);
        stacks++;
    }
    assert_int_equal(stacks, recorded_stacks_count(recorded, HOOK_STACK_WALK));
}

/* ---- modules ---- */

const struct image_payload *recorded_stacks_image(const struct recorded_stacks *recorded,
                                                  size_t index, uint32_t process, uint64_t address)
{
    const struct image_payload *found = NULL;
    for (size_t i = 0; i < index; i++) {
        const struct told *told = &recorded->events[i];
        if (told->hook != HOOK_IMAGE_LOAD && told->hook != HOOK_IMAGE_UNLOAD)
            continue;
        const struct image_payload *image = (const void *)(told->event + 1);
        if (image->process == process && address - image->base < image->bytes)
            found = told->hook == HOOK_IMAGE_LOAD ? image : NULL;
    }
    return found;
}

/* ---- the list ---- */

enum { FUNCTIONS_MAX = 8 };

struct line {
    unsigned process;
    unsigned long size;
    unsigned depth;
    size_t count;
    struct {
        char name[64];
        unsigned long start;
        unsigned long bytes;
    } functions[FUNCTIONS_MAX];
};

static bool read_line(FILE *list, struct line *line)
{
    if (fscanf(list, "%u %lu %u", &line->process, &line->size, &line->depth) != 3)
        return false;
    for (line->count = 0; fgetc(list) == ' '; line->count++) {
        assert_true(line->count < FUNCTIONS_MAX);
        assert_int_equal(fscanf(list, "%63[^:]:%lx:%lu", line->functions[line->count].name,
                                &line->functions[line->count].start,
                                &line->functions[line->count].bytes),
                         3);
    }
    return true;
}

static uint64_t size_of(const struct told *told)
{
    return told->hook == HOOK_HEAP_ALLOC ? told->alloc->size : told->realloc->size;
}

/* The first function called the allocator itself; between the others there may be more frames. */
static void compare(const struct recorded_stacks *recorded, const struct line *line,
                    const struct told *told)
{
    const struct stack_event *stack = told->stack;
    size_t depth = recorded_stacks_depth(stack), at = 0;
    if (line->depth != 0)
        assert_int_equal(depth, line->depth);
    for (size_t i = 0; i < line->count; i++) {
        uint64_t start = line->functions[i].start;
        while (at < depth && stack->frames[at] - start >= line->functions[i].bytes)
            at++;
        if (at == depth || (i == 0 && at != 0))
            fail_msg("a block of %lu bytes: %s is not where it should be", line->size,
                     line->functions[i].name);
        assert_non_null(recorded_stacks_image(recorded, (size_t)(told - recorded->events),
                                              told->process, stack->frames[at]));
        at++;
    }
}

size_t recorded_stacks_compare(const struct recorded_stacks *recorded, const char *list_path)
{
    struct line line;
    size_t lines = 0;
    FILE *list = fopen(list_path, "r");
    assert_non_null(list);
    for (; read_line(list, &line); lines++) {
        size_t calls = 0;
        for (size_t i = 0; i < recorded->count; i++) {
            const struct told *told = &recorded->events[i];
            if (!is_call(told) || told->process != line.process || size_of(told) != line.size)
                continue;
            const struct told *next = behind(recorded, told);
            assert_non_null(next);
            calls++;
            compare(recorded, &line, next);
        }
        assert_true(calls > 0);
    }
    fclose(list);
    return lines;
}
