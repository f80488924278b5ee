/* A flame graph as a picture in a page. */
#include "reports/flame_svg.h"

#include "reports/culprit.h"
#include "reports/escape.h"
#include "reports/names.h"

#include <ctype.h>
#include <inttypes.h>

enum { BOX_HEIGHT = 18, HUES = 12, NAME_COLUMNS = 160, TEXT_COLUMNS_MAX = 60 };
enum { NAME_SIZE = 4 * NAME_COLUMNS + 1 };
static const double text_width_min = 0.02; /* of the whole: narrower ones hold no letter */

/* FNV-1a over the name in lower case: a module has the same colour in every report. */
static unsigned hue_of(const char *module)
{
    uint32_t hash = 2166136261u;
    for (; *module; module++)
        hash = (hash ^ (uint32_t)tolower((unsigned char)*module)) * 16777619u;
    return hash % HUES;
}

static void put_class(const struct flame_box *box, const struct stacks_result *stacks, FILE *out)
{
    const char *module = box->kind == FLAME_PLACE ? place_module(stacks, box->place) : NULL;
    if (module && place_role(stacks, box->place) == PLACE_PROGRAM)
        fprintf(out, "m%u", hue_of(module));
    else
        fputs("grey", out);
}

/* Safe for a terminal, and cut; still to be escaped for the page. */
static void name_box(const struct flame_box *box, const struct result *result, char out[NAME_SIZE])
{
    char text[PLACE_TEXT_SIZE] = "all";
    switch (box->kind) {
    case FLAME_ROOT:
        break;
    case FLAME_PROCESS:
        heap_label(out, (struct heap_name){ &result->processes[box->process], NULL, false },
                   LABEL_COLUMNS);
        return;
    case FLAME_PLACE:
        place_text(text, &result->stacks, box->place);
        break;
    case FLAME_NO_STACK:
        snprintf(text, sizeof text, "(no stack)");
        break;
    case FLAME_OTHERS:
        snprintf(text, sizeof text, "(%" PRIu64 " more)", box->others);
        break;
    }
    escape_terminal(out, NAME_SIZE, text, NAME_COLUMNS);
}

struct unit_text flame_weight_text(enum stack_rank weight, double amount)
{
    return stack_rank_text(weight, amount < 0x1p64 ? (uint64_t)amount : UINT64_MAX - 1);
}

static void put_box(const struct flame_box *box, const struct result *result,
                    enum stack_rank weight, FILE *out)
{
    char name[NAME_SIZE], cut[NAME_SIZE];
    name_box(box, result, name);
    fprintf(out, "<svg x=\"%.3f%%\" y=\"%zu\" width=\"%.3f%%\" height=\"%d\" class=\"",
            100 * box->x, box->depth * BOX_HEIGHT, 100 * box->width, BOX_HEIGHT);
    put_class(box, &result->stacks, out);
    fputs("\"><title>", out);
    escape_html(out, name);
    fprintf(out, "\n%s, %s</title><rect width=\"100%%\" height=\"100%%\"/>",
            flame_weight_text(weight, box->weight).text, units_percent(box->width).text);
    if (box->width >= text_width_min) {
        escape_terminal(cut, sizeof cut, name, TEXT_COLUMNS_MAX);
        fputs("<text x=\"3\" y=\"13\">", out);
        escape_html(out, cut);
        fputs("</text>", out);
    }
    fputs("</svg>\n", out);
}

void flame_svg_put(const struct flame *flame, const struct result *result, enum stack_rank weight,
                   const char *id, FILE *out)
{
    fprintf(out,
            "<svg role=\"img\" class=\"flame-graph\" id=\"%s\" width=\"100%%\" height=\"%zu\" "
            "aria-labelledby=\"%s-t\" aria-describedby=\"%s-d\">\n"
            "<title id=\"%s-t\">Flame graph: %s</title>\n"
            "<desc id=\"%s-d\">Boxes are functions, as wide as what they and those beneath them, "
            "which they call, answer for. The table of stacks says the same.</desc>\n",
            id, flame->depth * BOX_HEIGHT, id, id, id, stack_ranks[weight].title, id);
    for (size_t i = 0; i < flame->count; i++)
        put_box(&flame->boxes[i], result, weight, out);
    fputs("</svg>\n", out);
}
