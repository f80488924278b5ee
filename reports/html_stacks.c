/* The section of a page about call stacks: a flame graph for each weight, a table of the greatest.
 */
#include "reports/html_stacks.h"

#include "reports/culprit.h"
#include "reports/escape.h"
#include "reports/flame_svg.h"
#include "reports/html_cells.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* What is drawn and ranked by, in this order. */
static const enum stack_rank weights[] = { STACK_RANK_copied_bytes, STACK_RANK_pinned_waste_at_end,
                                           STACK_RANK_live_bytes_at_peak, STACK_RANK_alloc_bytes };
enum { WEIGHTS = sizeof weights / sizeof weights[0] };
enum {
    ROWS_A_WEIGHT = 25, /* of the table; result.json and stacks.csv have more */
    PLACES_SHOWN = 40,  /* of a stack; more are cut in the middle */
    PLACE_COLUMNS = 160,
    PLACE_SIZE = 4 * PLACE_COLUMNS + 1,
};

static void put_share(const struct stacks_result *stacks, FILE *out)
{
    uint64_t events = stacks->events_with + stacks->events_without;
    double share = events > 0 ? (double)stacks->events_with / (double)events : NAN;
    fprintf(out, "<p>%s of %s ALLOC and REALLOC events have a stack", units_percent(share).text,
            units_count(events).text);
    if (stacks->undefined > 0)
        fprintf(out, "; of %s the trace does not have the frames",
                units_count(stacks->undefined).text);
    fputs(".</p>\n", out);
    if (!stacks->has_names)
        fputs("<p>There are no names here: <code>--symbols DIR</code> gets those of functions and "
              "lines from the PDB files, or ELF files with debug data, in DIR.</p>\n",
              out);
}

static bool put_flame(const struct result *result, enum stack_rank weight, bool *is_open, FILE *out,
                      struct error *err)
{
    struct flame flame;
    char id[64];
    if (!flame_make(&flame, result, weight, err)) {
        flame_release(&flame);
        return false;
    }
    if (flame.count > 0) {
        snprintf(id, sizeof id, "flame-%s", stack_ranks[weight].key);
        fprintf(out, "<details class=\"flame\"%s><summary><h3>Flame graph: %s, %s</h3></summary>\n",
                *is_open ? "" : " open", stack_ranks[weight].title,
                flame_weight_text(weight, flame.boxes[0].weight).text);
        fprintf(out,
                "<p class=\"flame-tools\" hidden><label>Find: <input type=\"search\" "
                "data-flame=\"%s\" placeholder=\"function or module\"></label> "
                "<button type=\"button\">Whole</button> <span role=\"status\"></span></p>\n",
                id);
        flame_svg_put(&flame, result, weight, id, out);
        fputs("</details>\n", out);
        *is_open = true;
    }
    flame_release(&flame);
    return true;
}

void html_put_place(const struct stacks_result *stacks, struct place place, FILE *out)
{
    char text[PLACE_TEXT_SIZE], cut[PLACE_SIZE];
    place_long_text(text, stacks, place);
    escape_terminal(cut, sizeof cut, text, PLACE_COLUMNS);
    escape_html(out, cut);
}

static void put_places(const struct stacks_result *stacks, const struct stack_row *row,
                       size_t culprit, FILE *out)
{
    size_t count = place_count(stacks, row);
    size_t cut = count > PLACES_SHOWN ? count - (PLACES_SHOWN - 1) : 0;
    const size_t cut_from = PLACES_SHOWN / 2;
    struct place_walk walk = { .row = row };
    struct place place;
    fputs("<ol>\n", out);
    for (size_t at = 0; place_next(stacks, &walk, &place); at++) {
        if (cut > 0 && at >= cut_from && at < cut_from + cut) {
            if (at == cut_from)
                fprintf(out, "<li>… %zu more\n", cut);
            continue;
        }
        if (cut > 0 && at == cut_from + cut)
            fprintf(out, "<li value=\"%zu\">", at + 1);
        else
            fputs("<li>", out);
        fputs(at == culprit ? "<strong>" : "", out);
        html_put_place(stacks, place, out);
        fputs(at == culprit ? "</strong>\n" : "\n", out);
    }
    fputs("</ol>", out);
}

static void put_row(const struct result *result, uint32_t index, FILE *out)
{
    const struct stacks_result *stacks = &result->stacks;
    const struct stack_row *row = &stacks->rows[index];
    const struct stack_counts *c = &row->counts;
    char sum[SUM_TEXT_SIZE];
    struct place place;
    size_t culprit = 0;
    fputs("<tr><th scope=\"row\">", out);
    if (culprit_of(stacks, row, &place, &culprit)) {
        fputs("<details><summary>", out);
        html_put_place(stacks, place, out);
        fputs("</summary>", out);
        put_places(stacks, row, culprit, out);
        fputs("</details>", out);
    } else {
        fprintf(out, "(%s)", stack_sum_text(sum, row));
    }
    fputs("</th>", out);
    html_put_bytes(out, c->copied_bytes);
    html_put_bytes(out, c->pinned_waste_at_end);
    html_put_bytes(out, c->live_bytes_at_peak);
    html_put_bytes(out, c->live_bytes_at_end);
    html_put_bytes(out, c->alloc_bytes);
    html_put_count(out, c->allocs);
    html_put_count(out, c->reallocs);
    html_put_count(out, c->moved);
    html_put_number(out, units_ratio(row->growth_p50), row->growth_p50);
    html_put_count(out, c->blockers);
    fputs("<td>", out);
    html_put_heap_name(&result->processes[row->process], NULL, out);
    fputs("</td></tr>\n", out);
}

/* The greatest by each weight, each once; in order of the first weight that has them. */
static bool put_table(const struct result *result, FILE *out, struct error *err)
{
    static const char *const heads[] = {
        "Stack",        "Copied",     "Pinned waste, end",
        "Live at peak", "Live, end",  "Allocated",
        "Allocs",       "Reallocs",   "Moved",
        "Growth, p50",  "In the way", "Process",
        NULL,
    };
    bool *is_shown = calloc(result->stacks.row_count + 1, sizeof *is_shown);
    bool is_fine = is_shown != NULL;
    if (!is_fine)
        error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a table of stacks");
    fputs("<p><label>Filter: <input type=\"search\" data-filter=\"stack-rows\" "
          "placeholder=\"function or module\"></label> <span role=\"status\" "
          "data-count=\"stack-rows\"></span></p>\n<div id=\"stack-rows\">\n",
          out);
    html_begin_table(out, "Stacks that matter most", heads, -1);
    for (size_t i = 0; is_fine && i < WEIGHTS; i++) {
        struct stack_ranking ranking;
        is_fine = stack_ranking_make(&ranking, &result->stacks, weights[i], ROWS_A_WEIGHT, err);
        for (size_t r = 0; is_fine && r < ranking.count; r++) {
            if (!is_shown[ranking.rows[r]])
                put_row(result, ranking.rows[r], out);
            is_shown[ranking.rows[r]] = true;
        }
        stack_ranking_release(&ranking);
    }
    html_end_table(out, 0);
    fputs("</div>\n", out);
    free(is_shown);
    return is_fine;
}

bool html_put_stacks(const struct result *result, FILE *out, struct error *err)
{
    bool is_fine = true, is_open = false;
    if (!result->stacks.known)
        return true;
    fputs("<section id=\"stacks\" aria-labelledby=\"stacks-t\">\n"
          "<h2 id=\"stacks-t\">Call stacks</h2>\n",
          out);
    put_share(&result->stacks, out);
    for (size_t i = 0; is_fine && i < WEIGHTS; i++)
        is_fine = put_flame(result, weights[i], &is_open, out, err);
    fputs(
        "<p class=\"none\">Callers stand above what they call. Each module has a colour; "
        "allocator, runtime and what has no module are grey. A click widens a box.</p>\n"
        "<p>Up to 25 stacks by each of what is drawn; result.json and stacks.csv have more. A row "
        "opens: its name is the first function, from the allocation outwards, that is neither "
        "allocator nor runtime.</p>\n",
        out);
    is_fine = is_fine && put_table(result, out, err);
    fputs("</section>\n", out);
    return is_fine;
}
