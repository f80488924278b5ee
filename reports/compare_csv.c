/* Two builds as one table, a row a number of a heap, a process or all. */
#include "reports/compare_report.h"

#include "reports/csv.h"
#include "reports/escape.h"
#include "reports/reports.h"

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
