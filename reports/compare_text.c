/* Two builds as text for people, the verdict first. */
#include "reports/compare_report.h"
#include "reports/compare_stacks.h"

#include "reports/escape.h"
#include "reports/reports.h"
#include "reports/text_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "1.50 MiB ±2%": half the distance of the quartiles, where there are several runs. */
static void add_sample(struct text_table *table, const struct metric *metric,
                       const struct sample *sample)
{
    char cell[64];
    double spread = (sample->high - sample->low) / 2 / fabs(sample->median);
    struct unit_text value = compare_value_text(metric, sample->median);
    snprintf(cell, sizeof cell, "%s", value.text);
    if (sample->count > 1 && isfinite(spread) && spread < 10)
        snprintf(cell, sizeof cell, "%s ±%.0f%%", value.text, 100 * spread);
    text_table_add(table, cell);
}

static void add_row(struct text_table *table, const struct change *change)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s", change->metric->name, change->is_per_million ? " /M" : "");
    text_table_add(table, name);
    add_sample(table, change->metric, &change->base);
    add_sample(table, change->metric, &change->now);
    text_table_add_unit(table, compare_change_text(change));
    text_table_add_unit(table, compare_p_text(change));
}

static void add_geomean(struct text_table *table, double geomean)
{
    char cell[32] = "-";
    if (!isnan(geomean))
        snprintf(cell, sizeof cell, "%+.1f%%", 100 * (geomean - 1));
    text_table_add(table, "geometric mean");
    text_table_add(table, "");
    text_table_add(table, "");
    text_table_add(table, cell);
    text_table_add(table, "");
}

static void put_rows(const struct text_page *page, const struct comparison *comparison,
                     size_t scope, const struct compare_rows *rows)
{
    static const char *const titles[] = { "", "base", "new", "change", "p" };
    struct text_table table = text_table_of(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; i < rows->count; i++)
        add_row(&table, rows->list[i]);
    add_geomean(&table, comparison_geomean(comparison, scope));
    text_table_end(&table, page);
    if (rows->hidden > 0)
        text_say(page, "  ", "%zu more differ: --format csv lists them all.", rows->hidden);
    if (rows->is_over)
        text_paragraph(page, "  ", compare_over_sentence);
}

static void put_scope_title(const struct text_page *page, const struct comparison *comparison,
                            size_t scope)
{
    char title[160], label[240];
    const struct match *match = comparison->scopes[scope].match;
    escape_terminal(label, sizeof label, compared_label(&comparison->scopes[scope]), 48);
    if (!match)
        snprintf(title, sizeof title, "All heaps");
    else if (match->rule == MATCH_SIZES)
        snprintf(title, sizeof title, "%.100s (weak: sizes %.0f %% alike)", label,
                 100 * match->similarity);
    else
        snprintf(title, sizeof title, "%.120s (by %s)", label, match_rule_names[match->rule]);
    text_heading(page, title);
}

/* A scope and how much of it got worse, for showing the worst first. */
struct scope_weight {
    size_t scope, regressed;
};

static int most_regressed_first(const void *a, const void *b)
{
    const struct scope_weight *x = a, *y = b;
    if (x->regressed != y->regressed)
        return x->regressed > y->regressed ? -1 : 1;
    return (x->scope > y->scope) - (x->scope < y->scope);
}

static bool put_scope(const struct text_page *page, const struct comparison *comparison,
                      size_t scope, struct error *err)
{
    struct compare_rows rows;
    if (!compare_rows_make(comparison, scope, &rows, err))
        return false;
    if (rows.count > 0) {
        put_scope_title(page, comparison, scope);
        put_rows(page, comparison, scope, &rows);
    }
    compare_rows_release(&rows);
    return true;
}

static bool put_scopes(const struct text_page *page, const struct comparison *c, size_t top,
                       struct error *err)
{
    struct scope_weight *order = calloc(c->scope_count, sizeof *order);
    size_t count = 0;
    if (!order)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a list of heaps");
    bool is_fine = put_scope(page, c, 0, err);
    for (size_t i = 1; is_fine && i < c->scope_count; i++) {
        struct compare_rows rows;
        is_fine = compare_rows_make(c, i, &rows, err);
        if (is_fine && rows.count > 0 && compare_scope_is_shown(c, i))
            order[count++] = (struct scope_weight){ i, rows.regressed };
        compare_rows_release(&rows);
    }
    qsort(order, count, sizeof *order, most_regressed_first);
    for (size_t i = 0; is_fine && i < count && i < top; i++)
        is_fine = put_scope(page, c, order[i].scope, err);
    if (is_fine && count > top)
        text_say(page, "", "%zu more heaps and processes changed: --top shows more.", count - top);
    free(order);
    return is_fine;
}

static void put_unmatched(const struct text_page *page, const struct comparison *c, size_t top)
{
    size_t count = 0;
    for (size_t i = 0; i < c->matching.count; i++) {
        const struct match *match = &c->matching.list[i];
        char label[240];
        if (match->base_label && match->now_label)
            continue;
        if (count == 0)
            text_heading(page, "Only in one build");
        if (count++ >= top)
            continue;
        escape_terminal(label, sizeof label,
                        match->base_label ? match->base_label : match->now_label, 48);
        text_say(page, "  ", "%s build: %s", match->base_label ? "base" : "new", label);
    }
    if (count > top)
        text_say(page, "  ", "and %zu more", count - top);
    if (count > 0)
        text_say(page, "  ", "They count in the totals. A map (--map) can pair them.");
}

static void put_head(const struct text_page *page, const struct comparison *c)
{
    char sentence[COMPARE_SENTENCE_SIZE], shown[4 * COMPARE_SENTENCE_SIZE];
    size_t base = c->base->totals.run_count, now = c->now->totals.run_count;
    text_say(page, "", "heapfrag compare: %zu base %s, %zu new", base, base == 1 ? "run" : "runs",
             now);
    compare_say_verdict(c, sentence);
    text_heading(page, "Verdict");
    text_paragraph(page, "  ", sentence);
    for (size_t i = 0; i < c->options.gate_count; i++) {
        compare_say_gate(c, i, sentence);
        escape_terminal(shown, sizeof shown, sentence, COMPARE_SENTENCE_SIZE);
        text_paragraph(page, "  ", shown);
    }
    if (c->has_loss)
        text_alarm(page, compare_loss_sentence);
    compare_say_work(c, sentence);
    if (c->is_work_comparable)
        text_paragraph(page, "  ", sentence);
    else
        text_alarm(page, sentence);
    compare_say_significance(c, sentence);
    text_paragraph(page, "  ", sentence);
}

enum { STACKS_SHOWN = 5 }; /* by each weight, each with who called it */

bool compare_text_write(const struct compare_report *report, FILE *out, struct error *err)
{
    const struct comparison *c = report->comparison;
    const struct text_page page = { .out = out, .is_colored = report->is_colored };
    size_t top = report->top ? report->top : REPORT_TOP_DEFAULT;
    put_head(&page, c);
    if (!put_scopes(&page, c, top, err))
        return false;
    compare_stacks_text(&page, report->stacks, top < STACKS_SHOWN ? top : STACKS_SHOWN);
    put_unmatched(&page, c, top);
    text_heading(&page, "Method");
    text_paragraph(&page, "  ", compare_matching_sentence);
    text_say(&page, "  ",
             "%s ± is half the distance of the quartiles. ~: no clear change; ?: not "
             "assessed; n/c: not comparable.",
             compare_volume_sentence);
    return report_end(out, err);
}
