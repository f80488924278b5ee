/* --symbols: where symbol files are, and names for a result from them. */
#include "reports/cli/symbol_options.h"

#include "reports/cli/session.h"
#include "reports/escape.h"
#include "reports/symbols.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_SIZE = 1024 };

bool parse_symbols(const char *argument, void *target, struct error *err)
{
    struct symbol_folders *folders = target;
    struct stat status;
    int failure = stat(argument, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
    if (failure)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "--symbols needs a folder: '%.100s': %s", argument, strerror(failure));
    if (folders->count == SYMBOL_FOLDERS_MAX)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "more than %d folders of symbols",
                         SYMBOL_FOLDERS_MAX);
    folders->list[folders->count++] = argument;
    return true;
}

static void say(const char *text)
{
    char line[LINE_SIZE];
    escape_terminal(line, sizeof line, text, LINE_SIZE);
    fprintf(stderr, "heapfrag: %s\n", line);
}

static void say_outcome(const struct symbols_outcome *outcome)
{
    char text[LINE_SIZE];
    size_t shown =
        outcome->note_count < SYMBOLS_NOTES_MAX ? outcome->note_count : SYMBOLS_NOTES_MAX;
    for (size_t i = 0; i < shown; i++) {
        snprintf(text, sizeof text, "no names for %s", outcome->notes[i]);
        say(text);
    }
    if (outcome->note_count > shown)
        fprintf(stderr, "heapfrag: no names for %zu more modules\n", outcome->note_count - shown);
    if (outcome->modules_absent > 0) {
        snprintf(text, sizeof text, "no symbol files for %zu of %zu modules: %s%s",
                 outcome->modules_absent, outcome->modules, outcome->absent,
                 outcome->is_absent_cut ? ", …" : "");
        say(text);
    }
}

void name_stacks(const struct symbol_folders *folders, struct result *result, bool is_quiet)
{
    const struct symbols_request request = {
        .folders = folders->list,
        .folder_count = folders->count,
        .symbolizer = symbolizer_new(),
    };
    struct symbols_outcome outcome;
    struct error err = { 0 };
    if (folders->count == 0)
        return;
    if (!result->stacks.known) {
        if (!is_quiet)
            fputs("heapfrag: the trace has no call stacks that --symbols could name\n", stderr);
        return;
    }
    bool is_fine = symbols_add(&result->stacks, &request, &outcome, &err);
    if (!is_quiet)
        say_outcome(&outcome);
    if (!is_fine)
        complain(NULL, &err);
}
