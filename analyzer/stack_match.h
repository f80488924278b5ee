/*
 * Which call stacks got worse from one build to another.
 *
 * Offsets differ between builds, so stacks are matched by what survives a rebuild: the image of
 * their process, and for each frame the file name of its module (whatever case or folder) and, if
 * symbols were asked for in all results, its function, functions inlined there before it. Without a
 * function, neighbouring frames of one module are one. So these are taken together, and their
 * numbers added up: processes of one image, call sites in one function, and without symbols all
 * paths that go through the same modules in the same order.
 *
 *     struct stack_matching matching = { 0 };
 *     for each result of the old build, where it is read:
 *         stack_matching_add(&matching, STACK_SIDE_BASE, &result, &err);
 *     for each of the new one:
 *         stack_matching_add(&matching, STACK_SIDE_NOW, &result, &err);
 *     stack_matching_finish(&matching, top, &err);
 *     if (matching.is_comparable)
 *         for each weight:
 *             for i from 0 to matching.worst_count[weight] - 1:
 *                 … matching.list[matching.worst[weight][i]] …
 *     stack_matching_release(&matching);
 */
#ifndef ANALYZER_STACK_MATCH_H
#define ANALYZER_STACK_MATCH_H

#include "analyzer/result.h"
#include "decoder/error.h"

/* What stacks are ranked by: fields of struct stack_counts, of which more is worse. */
#define STACK_WEIGHT_LIST(X)                                                                       \
    X(copied_bytes)                                                                                \
    X(pinned_waste_at_end)                                                                         \
    X(live_bytes_at_peak)                                                                          \
    X(pinned_waste_at_peak)                                                                        \
    X(avoidable_bytes)

#define X(name) STACK_WEIGHT_##name,
enum stack_weight { STACK_WEIGHT_LIST(X) STACK_WEIGHT_COUNT };
#undef X
extern const char *const stack_weight_names[STACK_WEIGHT_COUNT]; /* "copied_bytes", … */

/* That field of `counts`. */
uint64_t stack_weight(const struct stack_counts *counts, enum stack_weight weight);

enum stack_side { STACK_SIDE_BASE, STACK_SIDE_NOW, STACK_SIDES };

/* Strings are the matching's own, and hostile. */
struct stack_match_frame {
    const char *module;   /* file name, in the case first met; NULL: in no known module */
    const char *function; /* demangled; NULL: not known, and there may be several such frames */
};

/* All stacks with one key. */
struct stack_match {
    const char *image;                       /* of the process; NULL: unknown */
    struct stack_match_frame *frames;        /* owned; innermost first; NULL before …_finish */
    size_t frame_count;                      /* 0: what came without a stack */
    struct stack_counts counts[STACK_SIDES]; /* sums over the runs of a side */
    uint64_t rows[STACK_SIDES];              /* stacks taken together; 0: that side has none */
    double per_run[STACK_SIDES][STACK_WEIGHT_COUNT]; /* means over the side's runs with stacks */
    double change[STACK_WEIGHT_COUNT];               /* new less base, per run */
};

/* Zero-filled is empty. */
struct stack_matching {
    uint64_t runs[STACK_SIDES]; /* results with stacks; those without are passed over */
    bool is_comparable;         /* both sides have some */
    bool has_functions;         /* all of them have names: else modules alone are compared */
    struct stack_match *list;   /* owned; in order of first appearance */
    size_t count;
    size_t *worst[STACK_WEIGHT_COUNT];      /* owned: indices in `list` of what grew, most first; */
    size_t worst_count[STACK_WEIGHT_COUNT]; /* what grew as much, in order of the list */

    struct stack_match_table *table; /* owned, private */
};

/* Adds a result, which may be released afterwards. False with ERROR_NO_MEMORY. */
bool stack_matching_add(struct stack_matching *matching, enum stack_side side,
                        const struct result *result, struct error *err);

/* After the last addition: fills all that is public. `top` is the most that each `worst` has. */
bool stack_matching_finish(struct stack_matching *matching, size_t top, struct error *err);

void stack_matching_release(struct stack_matching *matching); /* zero-fills; safe on zeros */

#endif
