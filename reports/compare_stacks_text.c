/* Call stacks that got worse, in the text about two builds. */
#include "reports/compare_stacks.h"

#include "reports/escape.h"

#include <string.h>

enum { INDENT = 5, CALLERS_SHOWN = 4, LINE_SIZE = 4 * TEXT_COLUMNS + 1 };

static void put_line(const struct text_page *page, const char *lead, const char *text)
{
    char line[LINE_SIZE];
    size_t columns = strlen(lead);
    escape_terminal(line, sizeof line, text, columns < TEXT_COLUMNS ? TEXT_COLUMNS - columns : 1);
    fprintf(page->out, "%s%s\n", lead, line);
}

static void put_match(const struct text_page *page, const struct stack_match *match,
                      enum stack_weight weight, size_t number)
{
    char lead[96], name[PLACE_TEXT_SIZE] = "(no stack)";
    size_t culprit = compare_culprit(match);
    if (match->frame_count > 0)
        compare_frame_text(name, &match->frames[culprit]);
    snprintf(lead, sizeof lead, "%3zu. %s  ", number, compare_stack_change(match, weight).text);
    put_line(page, lead, name);
    snprintf(lead, sizeof lead, "%*sbase %s, new %s, in ", INDENT, "",
             compare_stack_mean(match, STACK_SIDE_BASE, weight).text,
             compare_stack_mean(match, STACK_SIDE_NOW, weight).text);
    put_line(page, lead, match->image ? match->image : "unnamed");
    size_t callers = match->frame_count > culprit ? match->frame_count - culprit - 1 : 0;
    for (size_t i = 1; i <= callers && i <= CALLERS_SHOWN; i++) {
        compare_frame_text(name, &match->frames[culprit + i]);
        put_line(page, "     from ", name);
    }
    if (callers > CALLERS_SHOWN)
        fprintf(page->out, "%*s… %zu more\n", INDENT, "", callers - CALLERS_SHOWN);
}

void compare_stacks_text(const struct text_page *page, const struct stack_matching *matching,
                         size_t top)
{
    const char *sentence = compare_stacks_sentence(matching);
    bool is_any = false;
    if (!sentence)
        return;
    text_heading(page, "Call stacks that got worse");
    text_paragraph(page, "", sentence);
    for (int w = 0; matching->is_comparable && w < STACK_WEIGHT_COUNT; w++) {
        size_t count = matching->worst_count[w];
        if (count > 0)
            fprintf(page->out, "\nMore %s:\n", compare_stack_title((enum stack_weight)w));
        for (size_t i = 0; i < count && i < top; i++)
            put_match(page, &matching->list[matching->worst[w][i]], (enum stack_weight)w, i + 1);
        is_any = is_any || count > 0;
    }
    if (matching->is_comparable && !is_any)
        text_paragraph(page, "", "None did.");
}
