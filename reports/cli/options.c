/* The command line of one command: options by a table, operands, help and hints. */
#include "reports/cli/options.h"

#include "reports/text_page.h"

#include <string.h>

enum { WORD_MAX = 48 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * How many letters to change, leave out, add or swap with their neighbour (optimal alignment); any
 * number from `enough` on where it is no less than that.
 */
static size_t distance(const char *a, const char *b, size_t enough)
{
    size_t costs[WORD_MAX + 1][WORD_MAX + 1];
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > WORD_MAX || b_length > WORD_MAX)
        return WORD_MAX;
    for (size_t i = 0; i <= a_length; i++)
        costs[i][0] = i;
    for (size_t j = 0; j <= b_length; j++)
        costs[0][j] = j;
    size_t least_before = 0;
    for (size_t i = 1; i <= a_length; i++) {
        size_t least = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t change = costs[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            costs[i][j] = smaller(change, smaller(costs[i - 1][j], costs[i][j - 1]) + 1);
            bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (is_swap)
                costs[i][j] = smaller(costs[i][j], costs[i - 2][j - 2] + 1);
            least = smaller(least, costs[i][j]);
        }
        /* No row is cheaper than the cheaper of the two before it. */
        if (least >= enough && least_before >= enough)
            return enough;
        least_before = least;
    }
    return costs[a_length][b_length];
}

const char *nearest_word(const char *word, const char *const *words, size_t count)
{
    const char *nearest = NULL;
    size_t length = strlen(word);
    size_t least = length / 3 + 1;
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(words[i]);
        size_t cost = length > other ? length - other : other - length; /* at least */
        if (cost < least)
            cost = distance(word, words[i], least);
        if (cost < least) {
            least = cost;
            nearest = words[i];
        }
    }
    return nearest;
}

bool unknown_word(const char *what, const char *word, const char *const *words, size_t count,
                  struct error *err)
{
    const char *nearest = nearest_word(word, words, count);
    return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "unknown %s '%.40s'%s%s%s", what, word,
                     nearest ? "; did you mean '" : "", nearest ? nearest : "",
                     nearest ? "'?" : "");
}

static const struct option_spec *find_long(const struct command_line *line, const char *name,
                                           size_t length)
{
    for (size_t i = 0; i < line->option_count; i++)
        if (strlen(line->options[i].name) == length &&
            strncmp(line->options[i].name, name, length) == 0)
            return &line->options[i];
    return NULL;
}

static const struct option_spec *find_letter(const struct command_line *line, char letter)
{
    for (size_t i = 0; i < line->option_count; i++)
        if (line->options[i].letter == letter)
            return &line->options[i];
    return NULL;
}

static bool unknown_option(const struct command_line *line, const char *name, size_t length,
                           struct error *err)
{
    enum { OPTIONS_MAX = 32 };
    const char *names[OPTIONS_MAX];
    char word[WORD_MAX + 1];
    size_t count = smaller(line->option_count, OPTIONS_MAX);
    for (size_t i = 0; i < count; i++)
        names[i] = line->options[i].name;
    snprintf(word, sizeof word, "%.*s", (int)smaller(length, WORD_MAX), name);
    const char *nearest = nearest_word(word, names, count);
    if (nearest)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "unknown option '--%s'; did you mean '--%s'?", word, nearest);
    return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "unknown option '--%s'", word);
}

/* An argument list while it is read. */
struct reader {
    const struct command_line *line;
    int argc, at;
    char **argv;
};

static bool apply(struct reader *reader, const struct option_spec *option, const char *attached,
                  struct error *err)
{
    const char *argument = attached;
    if (option->argument && !argument) {
        if (reader->at + 1 >= reader->argc)
            return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "option '--%s' needs %s",
                             option->name, option->argument);
        argument = reader->argv[++reader->at];
    }
    return option->parse(argument, option->target, err);
}

static bool read_long(struct reader *reader, const char *text, struct error *err)
{
    size_t length = strcspn(text, "=");
    const char *attached = text[length] == '=' ? text + length + 1 : NULL;
    const struct option_spec *option = find_long(reader->line, text, length);
    if (!option)
        return unknown_option(reader->line, text, length, err);
    if (attached && !option->argument)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "option '--%s' takes no value",
                         option->name);
    return apply(reader, option, attached, err);
}

static bool read_letters(struct reader *reader, const char *letters, struct error *err)
{
    for (; *letters; letters++) {
        const struct option_spec *option = find_letter(reader->line, *letters);
        if (!option)
            return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "unknown option '-%.1s'", letters);
        if (option->argument)
            return apply(reader, option, letters[1] ? letters + 1 : NULL, err);
        if (!apply(reader, option, NULL, err))
            return false;
    }
    return true;
}

static bool add_operand(struct operands *operands, const char *text, struct error *err)
{
    if (operands->count == OPERANDS_MAX)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "more than %d operands", OPERANDS_MAX);
    operands->list[operands->count++] = text;
    return true;
}

bool command_line_read(const struct command_line *line, int argc, char **argv,
                       struct operands *operands, struct error *err)
{
    struct reader reader = { .line = line, .argc = argc, .at = 1, .argv = argv };
    bool is_past_options = false;
    operands->count = 0;
    operands->wants_help = false;
    for (; reader.at < argc; reader.at++) {
        const char *text = argv[reader.at];
        bool is_fine;
        bool is_stdin = text[0] == '-' && (text[1] == '\0' || text[1] == '!');
        if (is_past_options || text[0] != '-' || is_stdin) {
            is_fine = add_operand(operands, text, err);
        } else if (strcmp(text, "--") == 0) {
            is_past_options = is_fine = true;
        } else if (strcmp(text, "-h") == 0 || strcmp(text, "--help") == 0) {
            operands->wants_help = true;
            return true;
        } else {
            is_fine = text[1] == '-' ? read_long(&reader, text + 2, err)
                                     : read_letters(&reader, text + 1, err);
        }
        if (!is_fine)
            return false;
    }
    if (operands->count < line->operands_min)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "no trace was named");
    if (operands->count > line->operands_max)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "one operand too many: '%.60s'",
                         operands->list[line->operands_max]);
    return true;
}

enum { HELP_INDENT = 29 };

static void put_option(const struct text_page *page, const struct option_spec *option)
{
    char left[2 * WORD_MAX], lead[HELP_INDENT + 1], letter[] = "   ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c,", option->letter);
    snprintf(left, sizeof left, "  %s --%s%s%s", letter, option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    bool fits = strlen(left) < HELP_INDENT;
    if (!fits)
        fprintf(page->out, "%s\n", left);
    snprintf(lead, sizeof lead, "%-*.*s", HELP_INDENT, HELP_INDENT, fits ? left : "");
    text_paragraph(page, lead, option->help);
}

void command_line_help(const struct command_line *line, FILE *out)
{
    const struct text_page page = { .out = out };
    const struct option_spec help = { .name = "help", .letter = 'h', .help = "print this" };
    fprintf(out, "usage: heapfrag %s %s\n\n", line->command, line->usage);
    text_paragraph(&page, "", line->summary);
    fputs("\noptions:\n", out);
    for (size_t i = 0; i < line->option_count; i++)
        put_option(&page, &line->options[i]);
    put_option(&page, &help);
}
