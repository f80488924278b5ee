/* Call stacks made by hand, for tests of reports. */
#include "tests/result_stacks.h"

#include "tests/result_fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);
    if (!memory)
        abort();
    return memory;
}

static char *copy_of(const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        abort();
    return copy;
}

static const char *const module_paths[] = {
    "C:\\Windows\\System32\\ntdll.dll",
    "C:\\Windows\\System32\\ucrtbase.dll",
    "C:\\Program Files\\App\\app.exe",
    "C:\\evil\\<b>\x1b]0;x\x07=HYPERLINK(\"x\").dll",
};
enum { NTDLL, UCRT, APP, EVIL, MODULES };

static void add_modules(struct stacks_result *stacks)
{
    stacks->modules = zeroed(MODULES, sizeof *stacks->modules);
    stacks->module_count = MODULES;
    for (size_t i = 0; i < MODULES; i++)
        stacks->modules[i] = (struct stack_module){ .path = copy_of(module_paths[i]),
                                                    .size = 0x100000 * (i + 1),
                                                    .timestamp = (uint32_t)i };
    struct stack_module *app = &stacks->modules[APP];
    app->pdb = copy_of("D:\\build\\app.pdb");
    for (uint8_t i = 0; i < 16; i++)
        app->pdb_guid[i] = (uint8_t)(i * 17);
    app->pdb_age = 3;
}

static const struct {
    uint32_t module;
    uint64_t offset;
    const char *names[3];
    const char *file;
} frame_list[] = {
    { NTDLL, 0x1a2b0, { "RtlpReAllocateHeapInternal" }, NULL },
    { NTDLL, 0x1b000, { "RtlReAllocateHeap" }, NULL },
    { UCRT, 0x8310, { "_realloc_base" }, NULL },
    { APP,
      0x10f4,
      { "void std::vector<int, A<int>>::grow<int>(int)", "fit", "grow_log" },
      "log.c" },
    { APP, 0x2200, { "append(log&, char const*)" }, "D:\\src\\log.c" },
    { APP, 0x3000, { "main" }, "main.c" },
    { NTDLL, 0x1000, { "RtlAllocateHeap" }, NULL },
    { APP, 0x4444, { "keep_node" }, "nodes.c" },
    { EVIL, 0x666, { HOSTILE_FUNCTION }, HOSTILE_FUNCTION },
    { EVIL, 0x777, { NULL }, NULL },
    { RESULT_NO_MODULE, 0x7ff812345678, { NULL }, NULL },
    { APP, 0x5550, { "recurse" }, "main.c" },
};
enum { FRAMES = sizeof frame_list / sizeof frame_list[0] };

static void add_frames(struct stacks_result *stacks)
{
    stacks->frames = zeroed(FRAMES, sizeof *stacks->frames);
    stacks->frame_count = FRAMES;
    for (size_t i = 0; i < FRAMES; i++) {
        struct stack_frame *frame = &stacks->frames[i];
        *frame = (struct stack_frame){ .module = frame_list[i].module,
                                       .offset = frame_list[i].offset,
                                       .is_return = i != 0 };
        frame->names = zeroed(3, sizeof *frame->names);
        for (size_t n = 0; n < 3 && frame_list[i].names[n]; n++) {
            frame->names[frame->name_count++] =
                (struct frame_name){ copy_of(frame_list[i].names[n]), copy_of(frame_list[i].file),
                                     frame_list[i].file ? (uint32_t)(10 * i + n) : 0 };
        }
    }
}

static struct stack_row *add_row(struct stacks_result *stacks, uint32_t process,
                                 const uint32_t *frames, size_t count)
{
    struct stack_row *row = &stacks->rows[stacks->row_count++];
    *row = (struct stack_row){ .process = process, .frame_count = count, .growth_p50 = NAN };
    row->frames = zeroed(count, sizeof *row->frames);
    if (count > 0)
        memcpy(row->frames, frames, count * sizeof *frames);
    return row;
}

static void add_rows(struct stacks_result *stacks)
{
    enum { ROWS = 8, DEEP = 60 };
    static const uint32_t grow[] = { 0, 1, 2, 3, 4, 5 }, keep[] = { 6, 7, 5 };
    static const uint32_t evil[] = { 6, 8, 9, 10 }, allocator[] = { 0, 1 };
    uint32_t deep[DEEP] = { 6, 7 };
    for (size_t i = 2; i < DEEP; i++)
        deep[i] = i + 1 < DEEP ? 11 : 5;
    stacks->rows = zeroed(ROWS, sizeof *stacks->rows);
    struct stack_row *row = add_row(stacks, 0, grow, 6);
    row->counts = (struct stack_counts){ .allocs = 1,
                                         .alloc_bytes = 100,
                                         .reallocs = 900000,
                                         .moved = 800000,
                                         .in_place = 100000,
                                         .copied_bytes = UINT64_C(8800) << 20,
                                         .avoidable_moves = 300000,
                                         .avoidable_bytes = UINT64_C(800) << 20,
                                         .live_bytes_at_peak = 60 << 20,
                                         .live_blocks_at_peak = 1,
                                         .arithmetic = 5 };
    row->growth_p50 = 1.05;
    row = add_row(stacks, 0, keep, 3);
    row->counts = (struct stack_counts){ .allocs = 25000,
                                         .alloc_bytes = 25000 * 48,
                                         .live_blocks_at_peak = 25000,
                                         .live_bytes_at_peak = 25000 * 48,
                                         .live_blocks_at_end = 25000,
                                         .live_bytes_at_end = 25000 * 48,
                                         .pinned_pages_at_peak = 9,
                                         .pinned_waste_at_peak = 9 * 4048,
                                         .pinned_pages_at_end = 20000,
                                         .pinned_waste_at_end = 64 << 20,
                                         .blockers = 700000 };
    row = add_row(stacks, 0, evil, 4);
    row->counts = (struct stack_counts){ .allocs = 7,
                                         .alloc_bytes = UINT64_MAX - 5,
                                         .live_bytes_at_peak = 5 << 20,
                                         .copied_bytes = 100 << 20,
                                         .pinned_waste_at_end = 1 << 20,
                                         .blockers = 3 };
    row = add_row(stacks, 0, deep, DEEP);
    row->counts = (struct stack_counts){ .allocs = 70,
                                         .alloc_bytes = 70 << 20,
                                         .live_bytes_at_peak = 30 << 20,
                                         .pinned_waste_at_end = 15 << 20 };
    row = add_row(stacks, 0, NULL, 0);
    row->counts =
        (struct stack_counts){ .allocs = 3, .alloc_bytes = 3 << 20, .live_bytes_at_peak = 2 << 20 };
    row = add_row(stacks, 0, NULL, 0);
    row->left_out = 57;
    row->counts = (struct stack_counts){ .allocs = 99, .copied_bytes = 100 << 20 };
    row = add_row(stacks, 1, allocator, 2);
    row->counts = (struct stack_counts){ .allocs = 2, .alloc_bytes = 200, .copied_bytes = 300 };
    row = add_row(stacks, 1, keep, 3);
    row->counts = (struct stack_counts){ .allocs = 1, .alloc_bytes = 10 };
}

void fixture_stacks(struct result *out)
{
    fixture_rich(out);
    struct stacks_result *stacks = &out->stacks;
    *stacks = (struct stacks_result){ .known = true,
                                      .events_with = 924000,
                                      .events_without = 5000,
                                      .undefined = 12,
                                      .has_names = true };
    add_modules(stacks);
    add_frames(stacks);
    add_rows(stacks);
    for (size_t i = 0; i < out->process_count; i++) {
        for (size_t h = 0; h < out->processes[i].heap_count; h++) {
            struct chain_result *chain = &out->processes[i].heaps[h].measures.realloc.chains.top[0];
            chain->first_stack = i == 0 ? 0 : RESULT_NO_STACK;
            chain->costliest_stack = i == 0 ? 0 : 6;
        }
    }
    out->totals.realloc.chains.top[0].costliest_stack = RESULT_NO_STACK;
}

/* Numerical Recipes' generator: the same on every machine. */
static uint32_t random_below(uint64_t *seed, uint32_t bound)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % bound;
}

enum { OWN_MODULES = 5, FUNCTIONS = 160, CALLEES = 3, DEPTH_MAX = 40 };

static void add_program(struct stacks_result *stacks, bool is_named, uint64_t *seed)
{
    static const char *const verbs[] = { "append", "parse", "render", "load",  "visit",
                                         "insert", "merge", "encode", "flush", "resolve" };
    static const char *const nouns[] = { "Row",   "Document", "Cache",  "Index",
                                         "Layer", "Session",  "Packet", "Widget" };
    static const char *const paths[OWN_MODULES] = { "C:\\App\\server.exe", "C:\\App\\engine.dll",
                                                    "C:\\App\\codec.dll", "C:\\App\\ui.dll",
                                                    "C:\\Windows\\System32\\ntdll.dll" };
    stacks->modules = zeroed(OWN_MODULES, sizeof *stacks->modules);
    stacks->module_count = OWN_MODULES;
    for (size_t i = 0; i < OWN_MODULES; i++)
        stacks->modules[i] = (struct stack_module){ .path = copy_of(paths[i]), .size = 1 << 20 };
    stacks->frames = zeroed(FUNCTIONS, sizeof *stacks->frames);
    stacks->frame_count = FUNCTIONS;
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        struct stack_frame *frame = &stacks->frames[i];
        bool is_heap = i < 2;
        *frame = (struct stack_frame){ .module = is_heap ? OWN_MODULES - 1
                                                         : random_below(seed, OWN_MODULES - 1),
                                       .offset = 0x1000 + 0x40 * i,
                                       .is_return = true };
        if (!is_named)
            continue;
        char name[96];
        snprintf(name, sizeof name, "%s::%s%s<std::string, %u>",
                 nouns[i % (sizeof nouns / sizeof nouns[0])],
                 verbs[i % (sizeof verbs / sizeof verbs[0])], i % 3 ? "" : "All", i);
        frame->names = zeroed(1, sizeof *frame->names);
        frame->name_count = 1;
        frame->names[0] = (struct frame_name){
            copy_of(is_heap ? i ? "RtlReAllocateHeap" : "RtlAllocateHeap" : name),
            copy_of(is_heap ? NULL : "engine.cpp"), is_heap ? 0 : i
        };
    }
}

void add_many_stacks(struct result *result, size_t count, bool is_named)
{
    uint64_t seed = 11;
    struct stacks_result *stacks = &result->stacks;
    *stacks = (struct stacks_result){ .known = true, .has_names = is_named };
    stacks->events_with = 900 * count;
    stacks->events_without = 5 * count;
    add_program(stacks, is_named, &seed);
    stacks->rows = zeroed(count, sizeof *stacks->rows);
    for (size_t i = 0; i < count; i++) {
        uint32_t frames[DEPTH_MAX], outside_in[DEPTH_MAX];
        size_t depth = 3 + random_below(&seed, DEPTH_MAX - 4);
        outside_in[0] = 2;
        for (size_t f = 1; f < depth; f++) /* each function calls but a few others */
            outside_in[f] =
                2 + (outside_in[f - 1] * 7 + random_below(&seed, CALLEES)) % (FUNCTIONS - 2);
        outside_in[depth - 1] = random_below(&seed, 2);
        for (size_t f = 0; f < depth; f++)
            frames[f] = outside_in[depth - 1 - f];
        uint32_t process = (uint32_t)(i * result->process_count / count);
        struct stack_row *row = add_row(stacks, process, frames, depth);
        uint64_t size = UINT64_C(1) << random_below(&seed, 20);
        row->counts.allocs = 1 + random_below(&seed, 90);
        row->counts.alloc_bytes = row->counts.allocs * size;
        row->counts.live_bytes_at_peak = row->counts.alloc_bytes / (1 + random_below(&seed, 9));
        if (frames[0] == 1) {
            row->counts.reallocs = row->counts.moved = 2 * row->counts.allocs;
            row->counts.copied_bytes = size * random_below(&seed, 900);
            row->growth_p50 = 1.5;
        }
        if (i % 7 == 0)
            row->counts.pinned_waste_at_end = UINT64_C(4000) * random_below(&seed, 2000);
    }
}
