/* The findings of a result in order: the worst first, what others explain last. */
#include "reports/verdict.h"

#include "reports/verdict_rules.h"

#include <math.h>

const struct finding_info finding_infos[FINDING_COUNT] = {
#define X(key, section) { #key, section },
    FINDING_LIST(X)
#undef X
};

/* How bad it is, on one scale: bytes held, with those at a discount that were held for a time. */
static double weight_of(const struct finding *finding)
{
    switch (finding->kind) {
    case FINDING_failed_allocations:
        return HUGE_VAL;
    case FINDING_growing_moves:
    case FINDING_small_growth:
    case FINDING_arithmetic_growth:
    case FINDING_small_steps:
    case FINDING_avoidable_moves:
    case FINDING_destroyed_blocks:
        return (double)finding->bytes / VERDICT_COPIES_A_BYTE;
    default:
        return (double)finding->bytes;
    }
}

static bool is_worse(const struct finding *a, const struct finding *b)
{
    if (a->kind == FINDING_failed_allocations && b->kind == a->kind)
        return a->number > b->number;
    return weight_of(a) > weight_of(b);
}

/* Judges one heap; keeps a finding that is worse than what its kind has so far. */
static void judge(const struct process_result *process, const struct heap_result *heap,
                  bool has_loss, struct finding worst[FINDING_COUNT], bool known[FINDING_COUNT])
{
    struct verdict_subject subject = { .heap = heap, .m = &heap->measures, .has_loss = has_loss };
    for (int kind = 0; kind < FINDING_COUNT; kind++) {
        struct finding finding = { .kind = (enum finding_kind)kind,
                                   .process = process,
                                   .heap = heap };
        if (!verdict_rules[kind](&subject, &finding))
            continue;
        finding.others = known[kind] ? worst[kind].others + 1 : 0;
        if (!known[kind] || is_worse(&finding, &worst[kind]))
            worst[kind] = finding;
        else
            worst[kind].others = finding.others;
        known[kind] = true;
    }
}

/* What says the same more closely: of one heap, the first names the cause of the second. */
static const struct {
    enum finding_kind cause, effect;
} explanations[] = {
    { FINDING_pinned_waste, FINDING_page_fragmentation },
    { FINDING_pinned_waste, FINDING_commit_waste },
    { FINDING_pinned_waste, FINDING_scattered_gaps },
    { FINDING_pinned_waste, FINDING_external_free },
    { FINDING_page_fragmentation, FINDING_commit_waste },
    { FINDING_page_fragmentation, FINDING_scattered_gaps },
    { FINDING_page_fragmentation, FINDING_external_free },
    { FINDING_commit_waste, FINDING_external_free },
    { FINDING_commit_waste, FINDING_peak_to_peak },
    { FINDING_small_steps, FINDING_growing_moves },
    { FINDING_small_steps, FINDING_small_growth },
    { FINDING_small_steps, FINDING_arithmetic_growth },
    { FINDING_arithmetic_growth, FINDING_growing_moves },
    { FINDING_arithmetic_growth, FINDING_small_growth },
    { FINDING_small_growth, FINDING_growing_moves },
};

/* A cause explains what is at stake when half of the bytes, or more, are its own. */
static bool is_explained(enum finding_kind kind, const struct finding worst[FINDING_COUNT],
                         const bool known[FINDING_COUNT])
{
    for (size_t i = 0; i < sizeof explanations / sizeof explanations[0]; i++) {
        enum finding_kind cause = explanations[i].cause;
        if (explanations[i].effect == kind && known[cause] &&
            worst[cause].heap == worst[kind].heap && worst[cause].bytes >= worst[kind].bytes / 2)
            return true;
    }
    return false;
}

/* Whether `a` is to be read before `b`. */
static bool is_before(enum finding_kind a, enum finding_kind b,
                      const struct finding worst[FINDING_COUNT], const bool known[FINDING_COUNT])
{
    bool a_is_explained = is_explained(a, worst, known);
    if (a_is_explained != is_explained(b, worst, known))
        return !a_is_explained;
    return is_worse(&worst[a], &worst[b]);
}

size_t verdict_find(const struct result *result, struct finding findings[FINDING_COUNT])
{
    struct finding worst[FINDING_COUNT];
    bool known[FINDING_COUNT] = { false };
    bool has_loss = anomalies_worst(&result->anomalies) == SEVERITY_DATA_LOSS;
    for (size_t p = 0; p < result->process_count; p++)
        for (size_t h = 0; h < result->processes[p].heap_count; h++)
            judge(&result->processes[p], &result->processes[p].heaps[h], has_loss, worst, known);

    size_t count = 0;
    for (int kind = 0; kind < FINDING_COUNT; kind++) {
        if (!known[kind])
            continue;
        size_t at = count++;
        for (; at > 0 && is_before((enum finding_kind)kind, findings[at - 1].kind, worst, known);
             at--)
            findings[at] = findings[at - 1];
        findings[at] = worst[kind];
    }
    return count;
}
