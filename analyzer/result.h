/*
 * All answers about a trace, as plain data: no tables, no behaviour. Names, units and definitions
 * are those of result.json, whose shape this is.
 *
 * Unknown is said, never 0: a double is NAN, a count of time is RESULT_UNKNOWN, and what a heap may
 * never have told has a `known`. Everything a pointer here leads to is owned by the result.
 */
#ifndef ANALYZER_RESULT_H
#define ANALYZER_RESULT_H

#include "analyzer/wide.h"
#include "decoder/anomaly.h"
#include "decoder/processes.h"
#include "decoder/trace_info.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESULT_UNKNOWN UINT64_MAX
#define RESULT_NO_STACK UINT32_MAX
#define RESULT_NO_MODULE UINT32_MAX

enum { OCCUPANCY_BINS = 10 };
enum { GAP_CLASSES = 64 };      /* [2^i, 2^(i+1)) bytes */
enum { LIFETIME_CLASSES = 65 }; /* 0 ns, then [2^(i-1), 2^i) ns */
enum { OLD_SIZE_CLASSES = 65 }; /* size 0, then [2^(i-1), 2^i) bytes */
enum { GROWTH_BINS = 256 };     /* 1/16 octave of new/old size each, from 2^-8 to 2^8 */
enum { TOP_CHAINS = 20 };
enum { CHAIN_STEPS = 16 };   /* of a chain's path that are kept */
enum { CHAIN_CLASSES = 65 }; /* reallocs of a chain: none, then [2^(i-1), 2^i) */
enum { SOURCE_SLOTS = 7 };   /* slot N: Source N, 1 to 6; slot 0: any other */

/* Whole-number curves over time. key in result.json */
#define LEVEL_LIST(X)                                                                              \
    X(live_bytes)                                                                                  \
    X(live_blocks)                                                                                 \
    X(touched_bytes)                                                                               \
    X(committed_bytes)                                                                             \
    X(reserved_bytes)                                                                              \
    X(free_bytes)                                                                                  \
    X(pinned_pages)                                                                                \
    X(pinned_waste_bytes)

/* Curves that are fractions of the levels. key in result.json */
#define RATIO_LIST(X)                                                                              \
    X(page_fragmentation)                                                                          \
    X(page_excess)                                                                                 \
    X(commit_waste)                                                                                \
    X(external_free)                                                                               \
    X(virtual_fragmentation)

#define X(name) LEVEL_##name,
enum level { LEVEL_LIST(X) LEVEL_COUNT };
#undef X
#define X(name) RATIO_##name,
enum ratio { RATIO_LIST(X) RATIO_COUNT };
#undef X
extern const char *const level_names[LEVEL_COUNT];
extern const char *const ratio_names[RATIO_COUNT];

/* A curve of whole numbers. `known` false: it never had a value, and all of it is null. */
struct level_result {
    bool known;
    uint64_t peak;
    uint64_t peak_ns;      /* when the peak was first reached */
    double mean;           /* over time; NAN for no span */
    uint64_t at_live_peak; /* RESULT_UNKNOWN: no value at that time */
    uint64_t end;          /* RESULT_UNKNOWN: no value at that time */
};

/* A curve of fractions. NAN is unknown. */
struct ratio_result {
    bool known;
    double peak;
    uint64_t peak_ns;
    double mean, at_live_peak, end;
};

/* A share of `count` trials with its 95 % Wilson interval; all NAN when there was no trial. */
struct rate {
    double value, low, high;
};

struct gap_class {
    uint64_t count, bytes;
};

struct gaps_result {
    bool known; /* false: there was no such moment */
    uint64_t count, bytes, largest;
    double fragmentation; /* 1 - largest / bytes; NAN without gaps */
    struct gap_class classes[GAP_CLASSES];
};

struct traffic_result {
    uint64_t allocs, alloc_bytes; /* the program's own */
    uint64_t frees, free_bytes; /* the program's own, those of unknown blocks included (0 bytes) */
    uint64_t failed_allocs;     /* not in allocs */
    uint64_t realloc_internal_allocs, realloc_internal_frees;
    uint64_t free_of_unknown; /* of frees */
    uint64_t destroyed_blocks;
    uint64_t temporary;
};

struct growth_result {
    uint64_t values;                        /* successful reallocs with both sizes > 0 */
    double geomean, p5, p25, p50, p75, p95; /* NAN without values */
    uint64_t exact_1, exact_1_5, exact_2;
    uint64_t below, above;           /* outside the histogram */
    uint64_t histogram[GROWTH_BINS]; /* bin i starts at log2 ratio -8 + i/16 */
};

struct old_size_result {
    uint64_t in_place, moved, failed, copied_bytes;
};

/* Successful reallocs from one class of sizes to another, as power classes (power_class_low). */
struct size_pair {
    uint8_t old_class, new_class;
    uint64_t in_place, moved;
};

/* The first allocation of a chain, or one of its successful reallocs. */
struct chain_step {
    uint64_t time_ns;
    uint64_t bytes; /* the size from then on */
    bool moved;
};

struct chain_result {
    uint64_t address; /* where the block was last */
    uint64_t first_bytes, last_bytes;
    uint64_t reallocs, moves, copied_bytes;
    uint64_t first_ns;                    /* RESULT_UNKNOWN: allocated before the trace */
    uint64_t last_ns;                     /* of its FREE; RESULT_UNKNOWN: it was not freed */
    uint32_t first_stack;                 /* of its first allocation: index in stacks_result.rows */
    uint32_t costliest_stack;             /* of the move that copied most; RESULT_NO_STACK: none */
    size_t step_count;                    /* 0: the path was not kept */
    struct chain_step steps[CHAIN_STEPS]; /* in time order, thinned; the last one is kept */
};

struct chains_result {
    uint64_t count;
    uint64_t reallocs_p50, reallocs_p95, reallocs_max; /* RESULT_UNKNOWN without chains */
    uint64_t moves_p50, moves_p95, moves_max;
    uint64_t copied_bytes;
    uint64_t geometric, arithmetic, irregular;
    uint64_t reallocs_histogram[CHAIN_CLASSES]; /* chains by number of reallocs; sums to count */
    size_t top_count;
    struct chain_result top[TOP_CHAINS]; /* most copied first; ties: first_ns, address */
};

struct realloc_result {
    uint64_t count, in_place, moved, failed, paired, standalone;
    uint64_t grow, shrink, same;
    uint64_t from_zero, to_zero;
    struct rate move_rate, grow_move_rate, shrink_move_rate;
    uint64_t copied_bytes;
    double copy_amplification;
    struct growth_result growth;
    struct old_size_result by_old_size[OLD_SIZE_CLASSES];
    struct size_pair *size_pairs; /* those that occurred, in order of old_class, new_class */
    size_t size_pair_count;       /* at most OLD_SIZE_CLASSES squared */
    struct chains_result chains;
    uint64_t avoidable_moves, avoidable_bytes;
    uint64_t blockers[OLD_SIZE_CLASSES]; /* by size class of the block in the way */
};

/* One allocator path. */
struct source_result {
    uint32_t code;
    bool is_rest; /* codes beyond the limit, taken together; `code` means nothing */
    uint64_t allocs, alloc_bytes, frees, free_bytes;
    uint64_t reallocs, in_place, moved, failed; /* reallocs is the sum of the other three */
    struct rate move_rate;
    double growth_p50;
    uint64_t copied_bytes;
    uint64_t lifetimes[LIFETIME_CLASSES]; /* chains ended by FREE, by their last Source */
};

struct source_transition {
    uint32_t from, to; /* index in measures.sources */
    uint64_t count;
};

/* One class of sizes: [low, high) bytes. */
struct size_result {
    uint64_t low, high;
    uint64_t allocs, bytes; /* the program's own */
    uint64_t live_at_peak, live_bytes_at_peak;
};

/* One curve in one interval of a timeline; `known` false: it had no value in it. */
struct timeline_value {
    bool known;
    uint64_t min, max, last;
};

enum timeline_curve {
    TIMELINE_live_bytes,
    TIMELINE_live_blocks,
    TIMELINE_touched_bytes,
    TIMELINE_committed_bytes,
    TIMELINE_reserved_bytes,
    TIMELINE_free_bytes,
    TIMELINE_pinned_pages,
    TIMELINE_CURVES,
};

struct timeline_row {
    uint64_t t_ns; /* the interval is [t_ns, t_ns + interval_ns) */
    struct timeline_value curves[TIMELINE_CURVES];
    uint64_t events, reallocs, moved, copied_bytes; /* sums over the interval */
    uint64_t source_events[SOURCE_SLOTS];           /* allocs and reallocs by Source; sums too */
};

/* Only intervals with an event have a row. */
struct timeline_result {
    uint64_t interval_ns; /* a power of two */
    size_t count;
    struct timeline_row *rows;
};

/*
 * Occupancy over time and address. cells[column * row_count + row]: share of the bytes of that row
 * that were live at the end of that column, 0 none … 255 all; anything live is at least 1.
 */
struct address_map_result {
    uint64_t t0_ns, t1_ns; /* the columns divide [t0, t1] equally */
    size_t columns, row_count;
    struct address_map_row {
        uint64_t address, bytes; /* bytes: of address space the row stands for */
    } * rows;       /* in address order; what lies between two rows was never touched */
    uint8_t *cells; /* NULL: no map */
};

/*
 * What the means and ratios of `measures` were made of, kept whole so that results add up the same
 * in any order. Fixed point has its unit at 2^-32.
 */
enum { FRAG_BASES = 2 }; /* touched, committed: index basis_is_committed */
struct measure_sums {
    u128 level_integral[LEVEL_COUNT]; /* of the value, times ns */
    uint64_t level_span_ns[LEVEL_COUNT];
    i128 ratio_integral[RATIO_COUNT]; /* of the value, times ns; fixed point */
    uint64_t ratio_span_ns[RATIO_COUNT];
    i128 frag_integral[FRAG_BASES]; /* of frag_mean; fixed point */
    uint64_t frag_span_ns[FRAG_BASES];
    i128 growth_ln; /* natural logarithms of the growth ratios; fixed point */
    uint64_t growth_values;
    uint64_t grown_bytes; /* what copy_amplification divides by */
    uint64_t grow_moved, shrink_moved;
};

/* Everything measured about one heap, one process or the trace. */
struct measures {
    uint64_t first_ns, last_ns; /* of its events; RESULT_UNKNOWN: none */
    struct level_result levels[LEVEL_COUNT];
    struct ratio_result ratios[RATIO_COUNT];
    uint64_t occupancy_at_live_peak[OCCUPANCY_BINS], occupancy_at_end[OCCUPANCY_BINS];
    bool basis_is_committed; /* of the four below: committed, or else touched bytes */
    double frag_mean, frag_at_live_peak, frag_at_footprint_peak, frag_peak_to_peak;
    double creep_bytes_per_hour;
    struct gaps_result gaps_at_live_peak, gaps_at_end;
    struct traffic_result traffic;
    struct realloc_result realloc;
    struct source_result *sources; /* in order of code, the rest last */
    size_t source_count;
    struct source_transition *transitions; /* in order of from, to */
    size_t transition_count;
    struct size_result *sizes; /* classes that are not empty, smallest first */
    size_t size_count;
    uint64_t lifetimes[LIFETIME_CLASSES];
    uint64_t censored;
    struct measure_sums sums;
    struct timeline_result timeline;
    struct address_map_result address_map; /* heaps only */
};

struct heap_result {
    uint64_t handle;
    uint32_t ordinal; /* from 1, in its process */
    uint32_t flags;   /* of CREATE; means something only if created_in_trace */
    bool created_in_trace;
    uint64_t destroyed_ns; /* RESULT_UNKNOWN: it was not */
    struct measures measures;
};

/* A module that frames lie in: the same file, whatever process had it where. */
struct stack_module {
    char *path; /* UTF-8, hostile */
    uint64_t size;
    uint32_t checksum, timestamp; /* of the PE header; 0: not told */
    char *pdb;                    /* UTF-8, hostile; NULL: not told */
    uint8_t pdb_guid[16];         /* as it lies in the event */
    uint32_t pdb_age;
};

/* What a symbol file says of a frame: one entry for each function that was inlined there. */
struct frame_name {
    char *function; /* demangled, UTF-8, hostile */
    char *file;     /* NULL: not told */
    uint32_t line;  /* 0: not told */
};

/* A place in code that stacks go through. */
struct stack_frame {
    uint32_t module;          /* index in stacks_result.modules; RESULT_NO_MODULE */
    uint64_t offset;          /* in the module, or the address where there is none */
    bool is_return;           /* the instruction after a call: symbols are asked one byte before */
    struct frame_name *names; /* the innermost inlined function first; symbols fill this */
    size_t name_count;        /* 0: no symbols */
};

/*
 * What is counted of a stack. Every sum over the rows of a process is that of its totals (unless
 * memory ran out in the middle of an event).
 *
 * Who does a REALLOC is the stack of its event, or of the ALLOC it is paired with where it has none
 * itself; that ALLOC is not the program's own. A block is, for as long as its chain lives, that of
 * the stack which allocated it first, so a move that is under way counts both its blocks there;
 * blocks from before the trace are without a stack. The peak is that of the process's live bytes.
 */
struct stack_counts {
    uint64_t allocs, alloc_bytes; /* the program's own */
    /* At the live peak of the process, and at the end; blocks by the first stack of their chain. */
    uint64_t live_blocks_at_peak, live_bytes_at_peak;
    uint64_t live_blocks_at_end, live_bytes_at_end;
    uint64_t pinned_pages_at_peak, pinned_waste_at_peak; /* pages whose one live block is its */
    uint64_t pinned_pages_at_end, pinned_waste_at_end;
    uint64_t reallocs, in_place, moved, failed; /* by who does the REALLOC, as the next three */
    uint64_t copied_bytes;
    uint64_t avoidable_moves, avoidable_bytes;
    uint64_t geometric, arithmetic, irregular; /* chains by the stack they began with */
    uint64_t blockers; /* growing moves of any stack that a block of this one was in the way of */
};

/*
 * Its members in their order, for what is done to each: EVENT for what events do, LIVE for what is
 * live at a moment.
 */
#define STACK_COUNT_LIST(EVENT, LIVE)                                                              \
    EVENT(allocs)                                                                                  \
    EVENT(alloc_bytes)                                                                             \
    LIVE(live_blocks_at_peak)                                                                      \
    LIVE(live_bytes_at_peak)                                                                       \
    LIVE(live_blocks_at_end)                                                                       \
    LIVE(live_bytes_at_end)                                                                        \
    LIVE(pinned_pages_at_peak)                                                                     \
    LIVE(pinned_waste_at_peak)                                                                     \
    LIVE(pinned_pages_at_end)                                                                      \
    LIVE(pinned_waste_at_end)                                                                      \
    EVENT(reallocs)                                                                                \
    EVENT(in_place)                                                                                \
    EVENT(moved)                                                                                   \
    EVENT(failed)                                                                                  \
    EVENT(copied_bytes)                                                                            \
    EVENT(avoidable_moves)                                                                         \
    EVENT(avoidable_bytes)                                                                         \
    EVENT(geometric)                                                                               \
    EVENT(arithmetic)                                                                              \
    EVENT(irregular)                                                                               \
    EVENT(blockers)

#define X(name) +1
static_assert(sizeof(struct stack_counts) == (STACK_COUNT_LIST(X, X)) * sizeof(uint64_t),
              "the list has every count of a stack");
#undef X

struct stack_row {
    uint32_t process;   /* index in result.processes */
    uint32_t *frames;   /* indices in stacks_result.frames, innermost first; owned */
    size_t frame_count; /* 0: all that came without a stack, or with one that was never defined */
    struct stack_counts counts;
    double growth_p50; /* of its reallocs; NAN without values */
    /* Not 0: this row, without frames, sums up so many stacks that a saved result left out. */
    uint64_t left_out;
};

/*
 * Everything by call stack. Rows in order of process, then of first appearance, that without frames
 * last; a stack that counts nothing has none, unless a chain names it.
 */
struct stacks_result {
    bool known; /* false: the trace has no stacks, and all of this is empty */
    uint64_t events_with, events_without; /* ALLOCs and REALLOCs that count somewhere */
    uint64_t undefined;                   /* of events_with: by a key that was never defined */
    bool has_names;                       /* symbols were asked for */
    struct stack_module *modules;
    size_t module_count;
    struct stack_frame *frames;
    size_t frame_count;
    struct stack_row *rows;
    size_t row_count;
};

struct process_result {
    uint32_t pid;
    char *image;               /* UTF-8, hostile; NULL unknown */
    uint64_t start_ns, end_ns; /* RESULT_UNKNOWN: before the trace, not in the trace */
    struct measures totals;
    struct heap_result *heaps; /* in order of ordinal */
    size_t heap_count;
};

struct result {
    char *path; /* as the user named the trace */
    struct trace_info trace;
    uint64_t from_ns, to_ns;    /* what totals cover */
    struct anomalies anomalies; /* the decoder's and the analyzer's */
    size_t loss_count;
    struct loss_span losses[LOSS_SPANS]; /* in time order, apart, within what totals cover */
    struct measures totals;
    struct process_result *processes; /* those with heap events, in order of first appearance */
    size_t process_count;
    struct stacks_result stacks;
};

/* Free everything theirs and zero-fill it. Safe on what is zero-filled. */
void measures_release(struct measures *measures);
void result_release(struct result *result);
void stacks_result_release(struct stacks_result *stacks);

/*
 * Edges of the classes above, for reports: the smallest value in class `i`.
 * growth_bin_low gives log2 of the ratio.
 */
uint64_t power_class_low(size_t i); /* OLD_SIZE_CLASSES and LIFETIME_CLASSES */
double growth_bin_low(size_t i);

#endif
