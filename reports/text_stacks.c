/* Call stacks in the text report: who allocates, copies, pins. */
#include "reports/text_sections.h"

#include "reports/culprit.h"
#include "reports/escape.h"
#include "reports/names.h"
#include "reports/stack_rank.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { CALLERS_SHOWN = 6, INDENT = 5, LINE_SIZE = 4 * TEXT_COLUMNS + 1 };

static void put_line(const struct text_page *page, const char *text)
{
    char line[LINE_SIZE];
    escape_terminal(line, sizeof line, text, TEXT_COLUMNS - INDENT);
    fprintf(page->out, "%*s%s\n", INDENT, "", line);
}

static double share_of(uint64_t amount, uint64_t total)
{
    return total > 0 ? (double)amount / (double)total : NAN;
}

/* "app.exe (100): allocs 12, allocated 1.20 KiB, reallocs 5, …": what is not 0. */
static void put_figures(const struct text_page *page, const struct result *result,
                        const struct stack_row *row)
{
    const struct stack_counts *c = &row->counts;
    const struct {
        uint64_t amount;
        const char *what;
        bool is_bytes;
    } figures[] = {
        { c->allocs, "allocs", false },
        { c->alloc_bytes, "allocated", true },
        { c->live_bytes_at_peak, "live at the peak", true },
        { c->live_bytes_at_end, "live at the end", true },
        { c->reallocs, "reallocs", false },
        { c->moved, "moved", false },
        { c->copied_bytes, "copied", true },
        { c->avoidable_bytes, "of it with room behind", true },
        { c->pinned_pages_at_end, "pinned pages at the end", false },
        { c->pinned_waste_at_end, "pinned waste at the end", true },
        { c->arithmetic, "blocks grown by a fixed step", false },
        { c->blockers, "in the way of moves", false },
    };
    char label[LABEL_SIZE], text[TEXT_SAY_MAX + 1];
    heap_label(label, (struct heap_name){ &result->processes[row->process], NULL, false },
               LABEL_COLUMNS);
    size_t length = (size_t)snprintf(text, sizeof text, "%s", label);
    const char *separator = ": ";
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        if (figures[i].amount == 0)
            continue;
        struct unit_text amount =
            figures[i].is_bytes ? units_bytes(figures[i].amount) : units_count(figures[i].amount);
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s %s", separator,
                                   figures[i].what, amount.text);
        separator = ", ";
    }
    if (!isnan(row->growth_p50))
        snprintf(text + length, sizeof text - length, ", growth (median) %s",
                 units_ratio(row->growth_p50).text);
    char lead[INDENT + 1];
    snprintf(lead, sizeof lead, "%*s", INDENT, "");
    text_paragraph(page, lead, text);
}

/* One place, after what says how it belongs to the stack. */
static void put_place(const struct text_page *page, const struct stacks_result *stacks,
                      const char *lead, struct place place)
{
    char name[PLACE_TEXT_SIZE], text[PLACE_TEXT_SIZE + 32];
    place_long_text(name, stacks, place);
    snprintf(text, sizeof text, "%s%s", lead, name);
    put_line(page, text);
}

/* Who called the culprit; in the middle of a deep stack is what tells least. */
static void put_callers(const struct text_page *page, const struct stacks_result *stacks,
                        const struct stack_row *row, size_t culprit)
{
    char text[48];
    size_t callers = place_count(stacks, row) - culprit - 1;
    size_t cut = callers > CALLERS_SHOWN ? callers - (CALLERS_SHOWN - 1) : 0;
    size_t cut_from = culprit + 1 + CALLERS_SHOWN / 2;
    struct place_walk walk = { .row = row };
    struct place place;
    for (size_t at = 0; place_next(stacks, &walk, &place); at++) {
        if (at <= culprit || (at > cut_from && at < cut_from + cut))
            continue;
        if (cut > 0 && at == cut_from) {
            snprintf(text, sizeof text, "… %zu more", cut);
            put_line(page, text);
            continue;
        }
        put_place(page, stacks, "from ", place);
    }
}

/* What the culprit called: of the allocator's own frames one is enough. */
static void put_callee(const struct text_page *page, const struct stacks_result *stacks,
                       const struct stack_row *row, size_t culprit)
{
    struct place_walk walk = { .row = row };
    struct place place;
    size_t at = 0;
    while (at < culprit && place_next(stacks, &walk, &place))
        at++;
    char name[PLACE_TEXT_SIZE], cut[LINE_SIZE], text[LINE_SIZE + 48], deeper[32] = "";
    if (culprit == 0)
        return;
    if (culprit > 1)
        snprintf(deeper, sizeof deeper, ", %zu deeper", culprit - 1);
    place_text(name, stacks, place);
    escape_terminal(cut, sizeof cut, name, TEXT_COLUMNS - INDENT - 8 - strlen(deeper));
    snprintf(text, sizeof text, "through %s%s", cut, deeper);
    put_line(page, text);
}

static void put_stack(const struct text_page *page, const struct result *result, uint32_t index,
                      const char *lead)
{
    const struct stacks_result *stacks = &result->stacks;
    const struct stack_row *row = &stacks->rows[index];
    char name[PLACE_TEXT_SIZE], line[LINE_SIZE], sum[SUM_TEXT_SIZE];
    struct place place;
    size_t culprit = 0;
    bool has_frames = culprit_of(stacks, row, &place, &culprit);
    if (has_frames)
        place_long_text(name, stacks, place);
    else
        snprintf(name, sizeof name, "(%s)", stack_sum_text(sum, row));
    escape_terminal(line, sizeof line, name, TEXT_COLUMNS - strlen(lead));
    fprintf(page->out, "%s%s\n", lead, line);
    put_figures(page, result, row);
    if (!has_frames)
        return;
    put_callee(page, stacks, row, culprit);
    put_callers(page, stacks, row, culprit);
}

static bool put_ranking(const struct text_page *page, const struct result *result,
                        enum stack_rank weight, size_t top, struct error *err)
{
    struct stack_ranking ranking;
    if (!stack_ranking_make(&ranking, &result->stacks, weight, top, err))
        return false;
    if (ranking.count > 0) {
        putc('\n', page->out);
        text_say(page, "", "Most %s (%zu of %zu stacks with any of %s):", stack_ranks[weight].title,
                 ranking.count, ranking.all, stack_rank_text(weight, ranking.total).text);
    }
    for (size_t i = 0; i < ranking.count; i++) {
        char lead[96];
        uint64_t amount = stack_rank_amount(&result->stacks.rows[ranking.rows[i]], weight);
        snprintf(lead, sizeof lead, "%3zu. %s (%s)  ", i + 1, stack_rank_text(weight, amount).text,
                 units_percent(share_of(amount, ranking.total)).text);
        put_stack(page, result, ranking.rows[i], lead);
    }
    stack_ranking_release(&ranking);
    return true;
}

bool text_stacks(const struct text_page *page, const struct result *result, size_t top,
                 struct error *err)
{
    static const enum stack_rank weights[] = { STACK_RANK_copied_bytes,
                                               STACK_RANK_pinned_waste_at_end,
                                               STACK_RANK_live_bytes_at_peak };
    const struct stacks_result *stacks = &result->stacks;
    if (!stacks->known)
        return true;
    text_heading(page, "Call stacks");
    text_paragraph(page, "",
                   "Each begins with the first function, from the allocation outwards, that is "
                   "neither allocator nor runtime; then its numbers, what it called, who called "
                   "it.");
    if (!stacks->has_names)
        text_paragraph(page, "",
                       "There are no names here: --symbols DIR gets those of functions and lines "
                       "from the PDB files, or ELF files with debug data, in DIR.");
    bool is_fine = true;
    for (size_t i = 0; is_fine && i < sizeof weights / sizeof weights[0]; i++)
        is_fine = put_ranking(page, result, weights[i], top, err);
    return is_fine;
}

void text_stack_share(const struct text_page *page, const struct stacks_result *stacks)
{
    uint64_t events = stacks->events_with + stacks->events_without;
    char undefined[80] = "";
    if (!stacks->known)
        return;
    if (stacks->undefined > 0)
        snprintf(undefined, sizeof undefined, "; of %s the trace does not have the frames",
                 units_count(stacks->undefined).text);
    text_say(page, "", "%s of %s ALLOC and REALLOC events have a call stack%s.",
             units_percent(share_of(stacks->events_with, events)).text, units_count(events).text,
             undefined);
}

static void say_chain_stack(const struct text_page *page, const struct stacks_result *stacks,
                            uint32_t stack, const char *lead)
{
    char name[PLACE_TEXT_SIZE], line[LINE_SIZE];
    struct place place;
    if (stack >= stacks->row_count || !culprit_of(stacks, &stacks->rows[stack], &place, NULL))
        return;
    place_long_text(name, stacks, place);
    escape_terminal(line, sizeof line, name, TEXT_COLUMNS - strlen(lead));
    fprintf(page->out, "%s%s\n", lead, line);
}

void text_chain_stacks(const struct text_page *page, const struct stacks_result *stacks,
                       const struct chain_result *chain)
{
    char lead[64];
    if (!stacks->known)
        return;
    int length = snprintf(lead, sizeof lead, "0x%" PRIx64 " ", chain->address);
    snprintf(lead + length, sizeof lead - (size_t)length, "begun by    ");
    say_chain_stack(page, stacks, chain->first_stack, lead);
    snprintf(lead, sizeof lead, "%*s%s", length, "", "costliest by ");
    say_chain_stack(page, stacks, chain->costliest_stack, lead);
}
