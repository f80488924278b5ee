/* How the numbers of the text report are made, a line each. */
#include "reports/text_sections.h"

#include <inttypes.h>

static const struct {
    const char *name, *formula;
} method[] = {
    { "live", "sum of the sizes that the program asked for, of blocks not yet freed" },
    { "footprint", "committed bytes where the heap reports them, else touched pages x 4096" },
    { "holes in pages", "1 - live bytes / (4096 x pages with a live byte)" },
    { "pinned", "4096 - live bytes, over pages that exactly one block overlaps" },
    { "footprint over live", "mean: footprint / live - 1 over time; peak/peak: of the two peaks" },
    { "commit", "1 - live / committed, at the end" },
    { "free", "free / committed, as the heap reports them, at the end" },
    { "creep", "Theil-Sen slope of footprint - live, second half of a life of a minute or more" },
    { "gaps", "free runs between neighbouring blocks; cut where 64 KiB hold no block" },
    { "scattered", "1 - largest gap / all gaps" },
    { "moved", "moved / (moved + in place), with its 95 % Wilson interval" },
    { "growth", "geometric mean of new / old size, over all successful reallocs" },
    { "copied", "sum of the smaller of old and new size over moves: an upper bound" },
    { "room behind", "the next block starts at least the growth + 16 bytes behind: a bound" },
    { "lifetime", "from the first allocation through all reallocs to the free" },
};

void text_method(const struct text_page *page)
{
    text_heading(page, "Method");
    for (size_t i = 0; i < sizeof method / sizeof method[0]; i++) {
        char lead[32];
        snprintf(lead, sizeof lead, "%-21s", method[i].name);
        text_paragraph(page, lead, method[i].formula);
    }
}
