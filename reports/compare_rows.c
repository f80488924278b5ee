/* What people are shown of a comparison, and how. */
#include "reports/compare_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char compare_matching_sentence[] =
    "Processes match by image name and order; heaps by being the first their process creates, then "
    "by flags and order, then by the sizes they allocate (weak: cosine of 0.9 or more), or as the "
    "map says.";
const char compare_loss_sentence[] =
    "Events were lost in a trace: all but rates are bounds, and only rates are gated.";
const char compare_volume_sentence[] = "/M: per million allocations of the program.";

const char compare_over_sentence[] =
    "Nothing was live when the traces ended, as when every process has ended by then, so what all "
    "heaps had at the end is not shown; a process or heap has its value of just before its own "
    "end.";

/* What all ask for first, changed or not. */
static const char *const headlines[] = {
    "live_bytes.peak",
    "live_bytes.mean",
    "committed_bytes.peak",
    "touched_bytes.peak",
    "page_fragmentation.mean",
    "page_fragmentation.end",
    "pinned_pages.end",
    "frag_mean",
    "frag_peak_to_peak",
    "count",
    "move_rate",
    "copied_bytes",
    "copy_amplification",
    "growth.geomean",
    "avoidable_moves.bytes",
    "failed_allocs",
};

static bool is_headline(const struct change *change)
{
    for (size_t i = 0; i < sizeof headlines / sizeof headlines[0]; i++)
        if (strcmp(headlines[i], change->metric->name) == 0)
            return true;
    return false;
}

static bool is_clear(const struct change *change)
{
    return change->is_gated || change->verdict == VERDICT_REGRESSED ||
           change->verdict == VERDICT_IMPROVED;
}

/* How far apart the builds are, whatever the unit. */
static double distance(const struct change *change)
{
    if (change->ratio > 0)
        return fabs(log(change->ratio));
    return change->difference != 0 && !isnan(change->difference) ? INFINITY : 0;
}

static int worst_first(const void *a, const void *b)
{
    const struct change *x = *(const struct change *const *)a;
    const struct change *y = *(const struct change *const *)b;
    if (x->verdict != y->verdict)
        return x->verdict < y->verdict ? -1 : 1;
    double left = distance(x), right = distance(y);
    if (left != right)
        return left > right ? -1 : 1;
    return (x->metric > y->metric) - (x->metric < y->metric);
}

static bool is_of_end(const struct change *change)
{
    static const char suffix[] = ".end";
    size_t length = strlen(change->metric->name), end = sizeof suffix - 1;
    return length > end && strcmp(change->metric->name + length - end, suffix) == 0;
}

/* Whether no block of the scope was live at its end, in either build. */
static bool is_over(const struct comparison *comparison, const struct compared_scope *scope)
{
    for (size_t i = 0; i < scope->change_count; i++) {
        const struct change *change = &comparison->changes[scope->first_change + i];
        if (strcmp(change->metric->name, "live_blocks.end") == 0)
            return change->base.median == 0 && change->now.median == 0;
    }
    return false;
}

bool compare_rows_make(const struct comparison *comparison, size_t scope, struct compare_rows *out,
                       struct error *err)
{
    const struct compared_scope *of = &comparison->scopes[scope];
    *out = (struct compare_rows){ 0 };
    out->list = calloc(of->change_count + 1, sizeof(const struct change *));
    if (!out->list)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a table");
    out->is_over = scope == 0 && is_over(comparison, of);
    for (size_t i = 0; i < of->change_count; i++) {
        const struct change *change = &comparison->changes[of->first_change + i];
        if (is_clear(change) ||
            (scope == 0 && is_headline(change) && !(out->is_over && is_of_end(change))))
            out->list[out->count++] = change;
        else
            out->hidden += change->difference != 0;
        out->regressed += change->verdict == VERDICT_REGRESSED;
    }
    if (out->count > 0)
        qsort(out->list, out->count, sizeof(const struct change *), worst_first);
    return true;
}

void compare_rows_release(struct compare_rows *rows)
{
    free(rows->list);
    *rows = (struct compare_rows){ 0 };
}

static bool has_gated(const struct comparison *comparison, const struct compared_scope *scope)
{
    for (size_t i = 0; i < scope->change_count; i++)
        if (comparison->changes[scope->first_change + i].is_gated)
            return true;
    return false;
}

bool compare_scope_is_shown(const struct comparison *comparison, size_t scope)
{
    const struct compared_scope *of = &comparison->scopes[scope];
    if (!of->match || of->match->base_heap)
        return true;
    return of->match->base_process->heap_count > 1 || has_gated(comparison, of);
}

struct unit_text compare_value_text(const struct metric *metric, double value)
{
    struct unit_text text = { "-" };
    if (isnan(value))
        return text;
    if (strncmp(metric->unit, "bytes", 5) == 0)
        return units_mean_bytes(value);
    if (strcmp(metric->unit, "fraction") == 0)
        return units_percent(value);
    if (strcmp(metric->unit, "ns") == 0 && value >= 0 && value < 0x1p63)
        return units_time((uint64_t)value);
    if (value >= 1000 && value < 0x1p63)
        return units_count((uint64_t)round(value));
    snprintf(text.text, sizeof text.text, "%.4g", value);
    return text;
}

/* The change in percent, or in points for a fraction. */
static void put_amount(const struct change *change, char *out, size_t size)
{
    double percent = 100 * (change->ratio - 1);
    if (strcmp(change->metric->unit, "fraction") == 0)
        snprintf(out, size, "%+.1fpt", 100 * change->difference);
    else if (isnan(percent))
        snprintf(out, size, change->difference == 0 ? "0%%" : "from 0");
    else
        snprintf(out, size, fabs(percent) < 1000 ? "%+.1f%%" : "%+.2g%%", percent);
}

struct unit_text compare_change_text(const struct change *change)
{
    static const char *const words[VERDICT_COUNT] = {
        [VERDICT_REGRESSED] = "worse ",
        [VERDICT_INCONCLUSIVE] = "? ",
        [VERDICT_IMPROVED] = "better ",
    };
    struct unit_text text = { "~" };
    char amount[16];
    if (change->verdict == VERDICT_NOT_COMPARABLE)
        snprintf(text.text, sizeof text.text, "n/c");
    if (!words[change->verdict])
        return text;
    put_amount(change, amount, sizeof amount);
    snprintf(text.text, sizeof text.text, "%s%s", words[change->verdict], amount);
    return text;
}

struct unit_text compare_p_text(const struct change *change)
{
    struct unit_text text = { "-" };
    double p = isnan(change->p_adjusted) ? change->p : change->p_adjusted;
    if (change->is_assessed && !isnan(p))
        snprintf(text.text, sizeof text.text, p < 0.0005 ? "<.001" : "%.3f", p);
    return text;
}

void compare_say_verdict(const struct comparison *c, char out[COMPARE_SENTENCE_SIZE])
{
    size_t regressed = 0;
    for (size_t i = 0; i < c->change_count; i++)
        regressed += c->changes[i].verdict == VERDICT_REGRESSED;
    if (!c->is_work_comparable && !c->options.is_forced)
        snprintf(out, COMPARE_SENTENCE_SIZE, "Not comparable: the builds did different work.");
    else if (c->options.gate_count > 0)
        snprintf(out, COMPARE_SENTENCE_SIZE, "%zu of %zu gates fired%s.", c->fired,
                 c->options.gate_count,
                 c->not_evaluated ? ", and some could not be evaluated" : "");
    else if (!c->is_assessed)
        snprintf(out, COMPARE_SENTENCE_SIZE, "Changes are shown; significance not assessed.");
    else
        snprintf(out, COMPARE_SENTENCE_SIZE, "%zu numbers of %zu regressed.", regressed,
                 c->change_count);
}

void compare_say_significance(const struct comparison *c, char out[COMPARE_SENTENCE_SIZE])
{
    size_t base = c->base->totals.run_count, now = c->now->totals.run_count;
    if (c->is_assessed)
        snprintf(out, COMPARE_SENTENCE_SIZE,
                 "p: %s two-sided Mann-Whitney test of %zu and %zu runs%s; significant at %.4g.",
                 base + now <= 20 ? "exact" : "normal approximation of the", base, now,
                 c->test_count ? ", after Holm where gated" : "", c->options.alpha);
    else
        snprintf(out, COMPARE_SENTENCE_SIZE,
                 "Significance not assessed: with %zu and %zu runs%s not even complete separation "
                 "reaches %.4g; %zu runs a side would be enough. Gates go by their limits alone.",
                 base, now, c->test_count ? " and so many gated numbers" : "", c->options.alpha,
                 c->runs_enough);
}

void compare_say_work(const struct comparison *c, char out[COMPARE_SENTENCE_SIZE])
{
    snprintf(
        out, COMPARE_SENTENCE_SIZE,
        "The program allocated %.15g times in the base and %.15g times in the new build (median "
        "of the runs)%s.",
        c->base_work, c->now_work, c->is_work_comparable ? "" : ": more than a factor of 2 apart");
}

void compare_say_gate(const struct comparison *c, size_t gate, char out[COMPARE_SENTENCE_SIZE])
{
    const struct gate_outcome *outcome = &c->outcomes[gate];
    const char *text = c->options.gates[gate].text;
    if (outcome->reason)
        snprintf(out, COMPARE_SENTENCE_SIZE, "could not be evaluated: %s (%s)", text,
                 outcome->reason);
    else if (outcome->tests > 1)
        snprintf(out, COMPARE_SENTENCE_SIZE, "%s: %s (in %zu of %zu)",
                 outcome->fired ? "FIRED" : "passed", text, outcome->fired, outcome->tests);
    else
        snprintf(out, COMPARE_SENTENCE_SIZE, "%s: %s", outcome->fired ? "FIRED" : "passed", text);
}
