/* Two builds as one table, a row a number of a heap, a process or all. */
#include "reports/compare_report.h"
#include "reports/compare_stacks.h"

#include "reports/csv.h"
#include "reports/escape.h"
#include "reports/reports.h"

#include <stdlib.h>
#include <string.h>

static void put_sample(FILE *out, const struct sample *sample)
{
    csv_put_u64(out, sample->count);
    csv_put_double(out, sample->median);
    csv_put_double(out, sample->low);
    csv_put_double(out, sample->high);
    csv_put_double(out, sample->raw);
}

static void put_change(FILE *out, const struct compared_scope *scope, const struct change *change)
{
    const struct match *match = scope->match;
    fputs(!match ? "all" : match->base_heap ? "heap" : "process", out);
    putc(',', out);
    escape_csv(out, match ? match->base_label : "");
    putc(',', out);
    escape_csv(out, match ? match->now_label : "");
    csv_put_name(out, match_rule_names[match ? match->rule : MATCH_WHOLE]);
    csv_put_name(out, change->metric->name);
    csv_put_name(out, change->metric->unit);
    csv_put_name(out, change->is_per_million ? "yes" : "no");
    put_sample(out, &change->base);
    put_sample(out, &change->now);
    csv_put_double(out, change->difference);
    csv_put_double(out, change->ratio);
    csv_put_double(out, change->shift);
    csv_put_double(out, change->shift_low);
    csv_put_double(out, change->shift_high);
    csv_put_double(out, change->p);
    csv_put_double(out, change->p_adjusted);
    csv_put_name(out, change->is_assessed ? "yes" : "no");
    csv_put_name(out, change->is_gated ? "yes" : "no");
    csv_put_name(out, verdict_names[change->verdict]);
    csv_put_name(out, change->reason ? change->reason : "");
    putc('\n', out);
}

bool compare_csv_write(const struct compare_report *report, FILE *out, struct error *err)
{
    const struct comparison *c = report->comparison;
    fputs("kind,base,new,rule,metric,unit,per_million_allocs,base_n,base_median,base_p25,base_p75,"
          "base_raw_median,new_n,new_median,new_p25,new_p75,new_raw_median,difference,ratio,shift,"
          "shift_low,shift_high,p,p_holm,assessed,gated,verdict,reason\n",
          out);
    for (size_t i = 0; i < c->change_count; i++)
        put_change(out, &c->scopes[c->changes[i].scope], &c->changes[i]);
    return report_end(out, err);
}

/* Outermost first with semicolons between, as flame graph tools fold stacks. NULL: no memory. */
static char *folded(const struct stack_match *match)
{
    char *text = NULL, name[PLACE_TEXT_SIZE];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = match->frame_count; out && i > 0; i--) {
        compare_frame_text(name, &match->frames[i - 1]);
        for (char *at = name; (at = strpbrk(at, ";\r\n"));)
            *at = ' ';
        fprintf(out, "%s%s", name, i > 1 ? ";" : "");
    }
    if (out && fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static bool put_stack(FILE *out, const struct stack_match *match, enum stack_weight weight,
                      struct error *err)
{
    char name[PLACE_TEXT_SIZE] = "", *frames = folded(match);
    if (!frames)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a stack");
    if (match->frame_count > 0)
        compare_frame_text(name, &match->frames[compare_culprit(match)]);
    fputs(stack_weight_names[weight], out);
    putc(',', out);
    escape_csv(out, match->image ? match->image : "");
    putc(',', out);
    escape_csv(out, name);
    csv_put_double(out, match->per_run[STACK_SIDE_BASE][weight]);
    csv_put_double(out, match->per_run[STACK_SIDE_NOW][weight]);
    csv_put_double(out, match->change[weight]);
    csv_put_u64(out, match->rows[STACK_SIDE_BASE]);
    csv_put_u64(out, match->rows[STACK_SIDE_NOW]);
    putc(',', out);
    escape_csv(out, frames);
    putc('\n', out);
    free(frames);
    return true;
}

static bool write_stacks(const struct stack_matching *matching, struct output_dir *dir,
                         struct error *err)
{
    struct output_file file;
    bool is_fine = true;
    if (!output_begin(&file, dir, "compare_stacks.csv", err))
        return false;
    fputs("weight,process,culprit,base_mean,new_mean,change,base_stacks,new_stacks,frames\n",
          file.out);
    for (int w = 0; w < STACK_WEIGHT_COUNT; w++)
        for (size_t i = 0; is_fine && i < matching->worst_count[w]; i++)
            is_fine = put_stack(file.out, &matching->list[matching->worst[w][i]],
                                (enum stack_weight)w, err);
    return output_end(&file, is_fine, err);
}

bool compare_csv_write_files(const struct compare_report *report, struct output_dir *dir,
                             struct error *err)
{
    struct output_file file;
    if (!output_begin(&file, dir, "compare.csv", err) ||
        !output_end(&file, compare_csv_write(report, file.out, err), err))
        return false;
    return !report->stacks->is_comparable || write_stacks(report->stacks, dir, err);
}
