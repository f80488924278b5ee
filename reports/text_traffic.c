/* What the whole trace allocated: by allocator path, by size, by lifetime. */
#include "reports/names.h"
#include "reports/text_sections.h"

#include <math.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

void text_sources(const struct text_page *page, const struct measures *totals)
{
    static const char *const titles[] = { "source",   "allocs", "bytes",  "frees",
                                          "reallocs", "moved",  "growth", "copied" };
    text_heading(page, "Sources");
    if (totals->source_count == 0) {
        text_paragraph(page, "", "Nothing was allocated or freed.");
        return;
    }
    struct text_table table = text_table_of(titles, COUNT_OF(titles));
    for (size_t i = 0; i < totals->source_count; i++) {
        const struct source_result *source = &totals->sources[i];
        char name[SOURCE_NAME_SIZE];
        source_name(name, source);
        text_table_add(&table, name);
        text_table_add_unit(&table, units_count(source->allocs));
        text_table_add_unit(&table, units_bytes(source->alloc_bytes));
        text_table_add_unit(&table, units_count(source->frees));
        text_table_add_unit(&table, units_count(source->reallocs));
        text_table_add_unit(&table, units_percent(source->move_rate.value));
        text_table_add_unit(&table, units_ratio(source->growth_p50));
        text_table_add_unit(&table, units_bytes(source->copied_bytes));
    }
    text_table_end(&table, page);
}

/* How many classes outweigh class `i`: by what is live at the peak, then by what was allocated. */
static size_t rank_of(const struct measures *totals, size_t i)
{
    const struct size_result *own = &totals->sizes[i];
    size_t rank = 0;
    for (size_t j = 0; j < totals->size_count; j++) {
        const struct size_result *other = &totals->sizes[j];
        if (other->live_bytes_at_peak != own->live_bytes_at_peak)
            rank += other->live_bytes_at_peak > own->live_bytes_at_peak;
        else if (other->bytes != own->bytes)
            rank += other->bytes > own->bytes;
        else
            rank += j < i;
    }
    return rank;
}

void text_sizes(const struct text_page *page, const struct measures *totals)
{
    enum { SIZES_SHOWN = 12 }; /* there are at most some 250 classes, so ranking them is cheap */
    static const char *const titles[] = { "size", "allocs", "bytes", "live at peak",
                                          "bytes at peak" };
    text_heading(page, "Sizes and lifetimes");
    struct text_table table = text_table_of(titles, COUNT_OF(titles));
    for (size_t i = 0; i < totals->size_count; i++) {
        const struct size_result *size = &totals->sizes[i];
        char range[64];
        if (rank_of(totals, i) >= SIZES_SHOWN)
            continue;
        snprintf(range, sizeof range, "%s up to %s", units_bytes(size->low).text,
                 units_bytes(size->high).text);
        text_table_add(&table, range);
        text_table_add_unit(&table, units_count(size->allocs));
        text_table_add_unit(&table, units_bytes(size->bytes));
        text_table_add_unit(&table, units_count(size->live_at_peak));
        text_table_add_unit(&table, units_bytes(size->live_bytes_at_peak));
    }
    text_table_end(&table, page);
    if (totals->size_count > SIZES_SHOWN) {
        text_say(page, "", "(the %d of %zu classes with most bytes at the live peak)", SIZES_SHOWN,
                 totals->size_count);
    }
}

/* The end of the class that the block at `share` of all, shortest life first, lies in. */
static uint64_t lifetime_below(const uint64_t *classes, uint64_t all, double share)
{
    double seen = 0;
    for (size_t i = 0; i < LIFETIME_CLASSES; i++) {
        seen += (double)classes[i];
        if (seen >= share * (double)all)
            return i + 1 < LIFETIME_CLASSES ? power_class_low(i + 1) : RESULT_UNKNOWN;
    }
    return RESULT_UNKNOWN;
}

void text_lifetimes(const struct text_page *page, const struct measures *totals)
{
    uint64_t all = 0;
    for (size_t i = 0; i < LIFETIME_CLASSES; i++)
        all += totals->lifetimes[i];
    putc('\n', page->out);
    if (all > 0) {
        text_say(page, "",
                 "Blocks freed: %s. Half of them lived under %s, 90 %% under %s, 99 %% under %s.",
                 units_count(all).text,
                 units_time(lifetime_below(totals->lifetimes, all, 0.5)).text,
                 units_time(lifetime_below(totals->lifetimes, all, 0.9)).text,
                 units_time(lifetime_below(totals->lifetimes, all, 0.99)).text);
    }
    text_say(
        page, "",
        "Blocks live at the end: %s. Blocks freed by their thread before it allocated again: %s.",
        units_count(totals->censored).text, units_count(totals->traffic.temporary).text);
}
