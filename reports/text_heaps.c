/* Tables of the text report with a row a heap. */
#include "reports/names.h"
#include "reports/ranking.h"
#include "reports/text_sections.h"
#include "reports/verdict.h"

#include <inttypes.h>
#include <math.h>

enum { NAME_COLUMNS = 40, SHORT_NAME_COLUMNS = 26 };

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static void add_name(struct text_table *table, const struct ranked_heap *ranked, bool has_handle)
{
    char label[LABEL_SIZE];
    heap_label(label, (struct heap_name){ ranked->process, ranked->heap, has_handle },
               has_handle ? NAME_COLUMNS : SHORT_NAME_COLUMNS);
    text_table_add(table, label);
}

/* A whole number of a curve, "-" if the curve never had a value. */
static uint64_t level(const struct measures *m, enum level which, uint64_t value)
{
    return m->levels[which].known ? value : RESULT_UNKNOWN;
}

static void say_rest(const struct text_page *page, const struct ranking *ranking)
{
    if (ranking->all == ranking->count)
        return;
    text_say(page, "", "(%zu of %zu heaps; --top shows more)", ranking->count, ranking->all);
}

static void add_heap(struct text_table *table, const struct measures *m)
{
    const struct level_result *live = &m->levels[LEVEL_live_bytes];
    enum level held = m->basis_is_committed ? LEVEL_committed_bytes : LEVEL_touched_bytes;
    text_table_add_unit(table, units_bytes(level(m, LEVEL_live_bytes, live->peak)));
    text_table_add_unit(table, units_bytes(level(m, LEVEL_live_bytes, live->end)));
    text_table_add_unit(table, units_bytes(level(m, held, m->levels[held].peak)));
    text_table_add_unit(table, units_count(m->traffic.allocs));
}

bool text_heaps(const struct text_page *page, const struct result *result, size_t top,
                struct error *err)
{
    static const char *const titles[] = { "heap", "live peak", "at end", "footprint", "allocs" };
    struct ranking ranking;
    if (!ranking_make(&ranking, result, weight_live_peak, top, err))
        return false;
    text_heading(page, "Heaps");
    struct text_table table = text_table_of(titles, COUNT_OF(titles));
    for (size_t i = 0; i < ranking.count; i++) {
        add_name(&table, &ranking.heaps[i], true);
        add_heap(&table, &ranking.heaps[i].heap->measures);
    }
    if (ranking.all > 1) {
        text_table_add(&table, "all heaps");
        add_heap(&table, &result->totals);
    }
    text_table_end(&table, page);
    say_rest(page, &ranking);
    ranking_release(&ranking);
    return true;
}

static struct unit_text interval(struct rate rate)
{
    struct unit_text text = units_percent(NAN);
    if (!isnan(rate.value))
        snprintf(text.text, sizeof text.text, "%.0f-%.0f %%", 100 * rate.low, 100 * rate.high);
    return text;
}

static void add_reallocs(struct text_table *table, const struct realloc_result *r)
{
    text_table_add_unit(table, units_count(r->count));
    text_table_add_unit(table, units_percent(r->move_rate.value));
    text_table_add_unit(table, interval(r->move_rate));
    text_table_add_unit(table, units_ratio(r->growth.geomean));
    text_table_add_unit(table, units_bytes(r->copied_bytes));
}

static void put_realloc_summary(const struct text_page *page, const struct realloc_result *r)
{
    text_say(page, "",
             "%s reallocs: %s in place, %s moved (%s logged with their ALLOC and FREE, %s alone), "
             "%s failed. %s grew, %s shrank, %s kept their size.",
             units_count(r->count).text, units_count(r->in_place).text, units_count(r->moved).text,
             units_count(r->paired).text, units_count(r->standalone).text,
             units_count(r->failed).text, units_count(r->grow).text, units_count(r->shrink).text,
             units_count(r->same).text);
    text_say(page, "",
             "Moves copied up to %s, %s bytes for each byte gained; %s moves (up to %s) had room "
             "behind the block.",
             units_bytes(r->copied_bytes).text, units_ratio(r->copy_amplification).text,
             units_count(r->avoidable_moves).text, units_bytes(r->avoidable_bytes).text);
    text_say(
        page, "",
        "Blocks that were reallocated: %s. Of those that grew four times or more, %s grew by a "
        "factor, %s by a fixed step, %s irregularly.",
        units_count(r->chains.count).text, units_count(r->chains.geometric).text,
        units_count(r->chains.arithmetic).text, units_count(r->chains.irregular).text);
}

/* The blocks whose reallocs copied most, with what became of them. */
static void put_chains(const struct text_page *page, const struct chains_result *chains,
                       const struct stacks_result *stacks)
{
    enum { CHAINS_SHOWN = 5 };
    static const char *const titles[] = { "costliest blocks", "first", "last",
                                          "reallocs",         "moves", "copied",
                                          "lifetime" };
    if (chains->top_count == 0 || chains->top[0].copied_bytes == 0)
        return;
    putc('\n', page->out);
    struct text_table table = text_table_of(titles, COUNT_OF(titles));
    for (size_t i = 0; i < chains->top_count && i < CHAINS_SHOWN; i++) {
        const struct chain_result *chain = &chains->top[i];
        char address[24];
        bool has_life = chain->first_ns != RESULT_UNKNOWN && chain->last_ns != RESULT_UNKNOWN;
        snprintf(address, sizeof address, "0x%" PRIx64, chain->address);
        text_table_add(&table, address);
        text_table_add_unit(&table, units_bytes(chain->first_bytes));
        text_table_add_unit(&table, units_bytes(chain->last_bytes));
        text_table_add_unit(&table, units_count(chain->reallocs));
        text_table_add_unit(&table, units_count(chain->moves));
        text_table_add_unit(&table, units_bytes(chain->copied_bytes));
        text_table_add_unit(
            &table, units_time(has_life ? chain->last_ns - chain->first_ns : RESULT_UNKNOWN));
    }
    text_table_end(&table, page);
    for (size_t i = 0; i < chains->top_count && i < CHAINS_SHOWN; i++)
        text_chain_stacks(page, stacks, &chains->top[i]);
}

bool text_reallocs(const struct text_page *page, const struct result *result, size_t top,
                   struct error *err)
{
    static const char *const titles[] = { "heap", "reallocs", "moved", "95 %", "growth", "copied" };
    struct ranking ranking;
    if (!ranking_make(&ranking, result, weight_reallocs, top, err))
        return false;
    text_heading(page, "Reallocs");
    if (ranking.count == 0) {
        text_paragraph(page, "", "There are none.");
    } else {
        put_realloc_summary(page, &result->totals.realloc);
        putc('\n', page->out);
        struct text_table table = text_table_of(titles, COUNT_OF(titles));
        for (size_t i = 0; i < ranking.count; i++) {
            add_name(&table, &ranking.heaps[i], false);
            add_reallocs(&table, &ranking.heaps[i].heap->measures.realloc);
        }
        if (ranking.all > 1) {
            text_table_add(&table, "all heaps");
            add_reallocs(&table, &result->totals.realloc);
        }
        text_table_end(&table, page);
        say_rest(page, &ranking);
        put_chains(page, &result->totals.realloc.chains, &result->stacks);
    }
    ranking_release(&ranking);
    return true;
}

static void add_pages(struct text_table *table, const struct measures *m)
{
    const struct ratio_result *pages = &m->ratios[RATIO_page_fragmentation];
    const struct level_result *pinned = &m->levels[LEVEL_pinned_waste_bytes];
    text_table_add_unit(table, units_percent(pages->known ? pages->mean : NAN));
    text_table_add_unit(table, units_percent(pages->known ? pages->at_live_peak : NAN));
    text_table_add_unit(table, units_percent(pages->known ? pages->end : NAN));
    text_table_add_unit(table,
                        units_bytes(level(m, LEVEL_pinned_waste_bytes, pinned->at_live_peak)));
    text_table_add_unit(table, units_bytes(level(m, LEVEL_pinned_waste_bytes, pinned->end)));
}

/* Bytes an hour say nothing of a heap that lived for a second. */
static double creep_by_hour(const struct measures *m)
{
    const uint64_t ns_per_second = 1000000000;
    bool is_long = m->first_ns != RESULT_UNKNOWN &&
                   (m->last_ns - m->first_ns) / ns_per_second >= VERDICT_CREEP_SECONDS;
    return is_long ? m->creep_bytes_per_hour : NAN;
}

static void add_footprint(struct text_table *table, const struct measures *m)
{
    const struct ratio_result *commit = &m->ratios[RATIO_commit_waste];
    const struct ratio_result *external = &m->ratios[RATIO_external_free];
    text_table_add(table, m->basis_is_committed ? "commit" : "touch");
    text_table_add_unit(table, units_percent(m->frag_mean));
    text_table_add_unit(table, units_percent(m->frag_peak_to_peak));
    text_table_add_unit(table, units_percent(commit->known ? commit->end : NAN));
    text_table_add_unit(table, units_percent(external->known ? external->end : NAN));
    text_table_add_unit(table, units_mean_bytes(creep_by_hour(m)));
}

/* The gaps at the end, or, in a heap that is empty by then, at the live peak. */
static void add_gaps(struct text_table *table, const struct measures *m)
{
    bool is_at_end = m->gaps_at_end.known && m->gaps_at_end.count > 0;
    const struct gaps_result *gaps = is_at_end ? &m->gaps_at_end : &m->gaps_at_live_peak;
    text_table_add(table, is_at_end ? "end" : "live peak");
    text_table_add_unit(table, units_count(gaps->known ? gaps->count : RESULT_UNKNOWN));
    text_table_add_unit(table, units_bytes(gaps->known ? gaps->bytes : RESULT_UNKNOWN));
    text_table_add_unit(table, units_bytes(gaps->known ? gaps->largest : RESULT_UNKNOWN));
    text_table_add_unit(table, units_percent(gaps->known ? gaps->fragmentation : NAN));
}

/* A table with a row for each ranked heap, filled by `add`. */
static void put_table(const struct text_page *page, const struct ranking *ranking,
                      const char *const *titles, size_t title_count,
                      void (*add)(struct text_table *table, const struct measures *m))
{
    struct text_table table = text_table_of(titles, title_count);
    for (size_t i = 0; i < ranking->count; i++) {
        add_name(&table, &ranking->heaps[i], false);
        add(&table, &ranking->heaps[i].heap->measures);
    }
    text_table_end(&table, page);
}

bool text_fragmentation(const struct text_page *page, const struct result *result, size_t top,
                        struct error *err)
{
    static const char *const pages[] = { "holes in pages", "mean",        "at peak",
                                         "at end",         "pinned peak", "pinned end" };
    static const char *const held[] = {
        "footprint over live", "of", "mean", "peak/peak", "commit", "free", "creep/h"
    };
    static const char *const gaps[] = {
        "gaps between blocks", "at", "gaps", "bytes", "largest", "scattered"
    };
    struct ranking ranking;
    if (!ranking_make(&ranking, result, weight_waste_at_end, top, err))
        return false;
    text_heading(page, "Fragmentation");
    if (ranking.count == 0) {
        text_paragraph(page, "", "No heap had a live block.");
    } else {
        put_table(page, &ranking, pages, COUNT_OF(pages), add_pages);
        putc('\n', page->out);
        put_table(page, &ranking, held, COUNT_OF(held), add_footprint);
        putc('\n', page->out);
        put_table(page, &ranking, gaps, COUNT_OF(gaps), add_gaps);
        say_rest(page, &ranking);
    }
    ranking_release(&ranking);
    return true;
}
