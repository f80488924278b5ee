/* Call stacks that got worse, in the page about two builds. */
#include "reports/compare_stacks.h"

#include "reports/escape.h"

enum {
    COLUMNS = 160,
    SAFE_SIZE = 4 * COLUMNS + 1,
    FRAMES_SHOWN = 40,
    ROWS_SHOWN = 25, /* by each weight: compare.json and compare_stacks.csv have more */
};

static void put_text(FILE *out, const char *text)
{
    char safe[SAFE_SIZE];
    escape_terminal(safe, sizeof safe, text, COLUMNS);
    escape_html(out, safe);
}

static void put_name(FILE *out, const struct stack_match_frame *frame)
{
    char name[PLACE_TEXT_SIZE];
    compare_frame_text(name, frame);
    put_text(out, name);
}

static void put_stack(FILE *out, const struct stack_match *match)
{
    size_t culprit = compare_culprit(match);
    if (match->frame_count == 0) {
        fputs("(no stack)", out);
        return;
    }
    fputs("<details><summary>", out);
    put_name(out, &match->frames[culprit]);
    fputs("</summary><ol>\n", out);
    for (size_t i = 0; i < match->frame_count && i < FRAMES_SHOWN; i++) {
        fputs(i == culprit ? "<li><strong>" : "<li>", out);
        put_name(out, &match->frames[i]);
        fputs(i == culprit ? "</strong>\n" : "\n", out);
    }
    fputs("</ol>", out);
    if (match->frame_count > FRAMES_SHOWN)
        fprintf(out, "… %zu more", match->frame_count - FRAMES_SHOWN);
    fputs("</details>", out);
}

static void put_table(const struct stack_matching *matching, enum stack_weight weight, FILE *out)
{
    fprintf(out,
            "<div class=\"scroll\"><table class=\"stacks\"><caption>More %s</caption>\n"
            "<tr><th>stack</th><th>base</th><th>new</th><th>change</th><th>process</th></tr>\n",
            compare_stack_title(weight));
    for (size_t i = 0; i < matching->worst_count[weight] && i < ROWS_SHOWN; i++) {
        const struct stack_match *match = &matching->list[matching->worst[weight][i]];
        fputs("<tr><td>", out);
        put_stack(out, match);
        fprintf(out, "</td><td>%s</td><td>%s</td><td class=\"worse\">%s</td><td>",
                compare_stack_mean(match, STACK_SIDE_BASE, weight).text,
                compare_stack_mean(match, STACK_SIDE_NOW, weight).text,
                compare_stack_change(match, weight).text);
        put_text(out, match->image ? match->image : "unnamed");
        fputs("</td></tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

void compare_stacks_html(const struct stack_matching *matching, FILE *out)
{
    const char *sentence = compare_stacks_sentence(matching);
    bool is_any = false;
    if (!sentence)
        return;
    fprintf(out, "<section id=\"stacks\"><h2>Call stacks that got worse</h2>\n<p>%s</p>\n",
            sentence);
    for (int w = 0; matching->is_comparable && w < STACK_WEIGHT_COUNT; w++) {
        if (matching->worst_count[w] > 0)
            put_table(matching, (enum stack_weight)w, out);
        is_any = is_any || matching->worst_count[w] > 0;
    }
    if (matching->is_comparable && !is_any)
        fputs("<p>None did.</p>\n", out);
    fputs("</section>\n", out);
}
