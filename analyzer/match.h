/* Which heap of one build is which of another (metrics.md, section 7). */
#ifndef ANALYZER_MATCH_H
#define ANALYZER_MATCH_H

#include "analyzer/merged.h"

enum match_rule {
    MATCH_WHOLE, /* all of the traces */
    MATCH_NAME,  /* processes: the same image and order */
    MATCH_FIRST, /* heaps: number 1 of its process, its CREATE seen */
    MATCH_FLAGS, /* heaps: the same flags, the same order among those */
    MATCH_SIZES, /* heaps: sizes of allocations alike: weak */
    MATCH_MAP,   /* the user said so */
};

/* What a rule is called in reports. */
extern const char *const match_rule_names[MATCH_MAP + 1];

/* That the first label, of the base, is the second, of the new build. */
struct match_pair {
    const char *base, *now;
};

/* Two of a kind, or (NULL) one without a counterpart. Labels are owned. */
struct match {
    char *base_label, *now_label; /* "app.exe", "app.exe (2) #3"; hostile */
    const struct merged_process *base_process, *now_process;
    const struct merged_heap *base_heap, *now_heap; /* both NULL: the processes themselves */
    enum match_rule rule;
    double similarity; /* MATCH_SIZES: cosine, 0.9 to 1 */
};

struct matching {
    struct match *list; /* processes, each before its heaps, in order of keys of the base */
    size_t count;
};

/*
 * False with ERROR_NO_MEMORY, or with ERROR_USAGE if a label of `map` names nothing or two labels
 * are not both processes or both heaps.
 */
bool match_builds(const struct merged *base, const struct merged *now, const struct match_pair *map,
                  size_t map_count, struct matching *out, struct error *err);
void matching_release(struct matching *matching); /* safe on a zero-filled one */

#endif
