/*
 * A flame graph: the call tree that stacks make, each function as wide as what it answers for,
 * those it calls beneath it. Laid out here, drawn by flame_svg.c.
 */
#ifndef REPORTS_FLAME_H
#define REPORTS_FLAME_H

#include "reports/stack_names.h"
#include "reports/stack_rank.h"

enum {
    FLAME_STACKS_MAX = 5000, /* the greatest; the others are one box */
    FLAME_DEPTH_MAX = 64,    /* levels: who calls deeper gets it all, so that a page stays low */
    FLAME_BOXES_MAX = 700,   /* drawn: some 200 bytes of page each */
};
#define FLAME_THINNEST (0.5 / 1200) /* of the width: half a pixel on a wide screen */

enum flame_kind {
    FLAME_ROOT,
    FLAME_PROCESS,
    FLAME_PLACE,
    FLAME_NO_STACK, /* what came without a stack */
    FLAME_OTHERS,   /* stacks that were left out, or boxes too thin to draw */
};

struct flame_box {
    enum flame_kind kind;
    struct place place; /* of FLAME_PLACE */
    uint32_t process;   /* of FLAME_PROCESS: index in result.processes */
    uint64_t others;    /* of FLAME_OTHERS: how many */
    double weight;
    double x, width; /* shares of the whole */
    size_t depth;    /* 0: the root */
};

struct flame {
    struct flame_box *boxes; /* callers before who they call; owned */
    size_t count;
    size_t depth; /* levels */
};

/*
 * Of all processes, which are a level of their own if they are several. Direct recursion is one
 * box. No boxes when no stack has any of the weight. False with ERROR_NO_MEMORY.
 */
bool flame_make(struct flame *flame, const struct result *result, enum stack_rank weight,
                struct error *err);
void flame_release(struct flame *flame); /* safe on a zero-filled one */

#endif
