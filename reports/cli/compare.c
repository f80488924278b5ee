/* heapfrag compare: whether another build is worse. */
#include "reports/cli/commands.h"
#include "reports/cli/cores.h"
#include "reports/cli/gate_text.h"
#include "reports/cli/input.h"
#include "reports/cli/session.h"
#include "reports/cli/take_in.h"
#include "reports/cli/text_file.h"

#include "reports/compare_report.h"
#include "reports/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GATES_MAX = 256, MAP_MAX = 1024 };
enum { STACKS_LISTED = 100 }; /* by each weight: what grew less nobody reads */

/* Paths of one build; there cannot be more than words on the command line. */
struct paths {
    const char **list;
    size_t count;
};

/* What the command line asks for. */
struct request {
    struct paths base, now;
    struct gate gates[GATES_MAX];
    size_t gate_count;
    struct match_pair map[MAP_MAX]; /* owned */
    size_t map_count;
    double alpha;
    const char *format_name, *out_dir;
    size_t top;
    bool needs_significance, is_forced;
    struct symbol_folders symbols;
    struct input_options input;
    const struct compare_format *format;
};

static bool parse_path(const char *argument, void *target, struct error *err)
{
    struct paths *paths = target;
    (void)err;
    paths->list[paths->count++] = argument;
    return true;
}

static bool parse_gate(const char *argument, void *target, struct error *err)
{
    struct request *request = target;
    if (request->gate_count == GATES_MAX)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "more than %d gates", GATES_MAX);
    return gate_read(argument, &request->gates[request->gate_count++], err);
}

static bool take_gate(char *line, void *target, struct error *err)
{
    return parse_gate(line, target, err);
}

static bool parse_gates_file(const char *argument, void *target, struct error *err)
{
    return text_file_read(argument, take_gate, target, err);
}

/* "app.exe #2 = app.exe #3": labels as reports show them. */
static bool take_pair(char *line, void *target, struct error *err)
{
    static const char between[] = " = ";
    struct request *request = target;
    char *second = strstr(line, between);
    if (!second || request->map_count == MAP_MAX)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         second ? "the map is too long"
                                : "a line of a map is written 'app.exe #1 = app.exe #2'");
    *second = '\0';
    struct match_pair *pair = &request->map[request->map_count++];
    pair->base = strdup(line);
    pair->now = strdup(second + strlen(between));
    return (pair->base && pair->now) ||
           error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for the map");
}

static bool parse_map_file(const char *argument, void *target, struct error *err)
{
    return text_file_read(argument, take_pair, target, err);
}

static bool check(void *command, const struct operands *operands, struct error *err)
{
    enum { FORMATS_MAX = 8 };
    struct request *request = command;
    const char *names[FORMATS_MAX];
    size_t count = 0;
    (void)operands;
    request->format = &compare_formats[0];
    if (request->base.count == 0 || request->now.count == 0)
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET, "--base and --new both need a trace");
    for (size_t i = 0; request->format_name && i < compare_format_count && i < FORMATS_MAX; i++) {
        names[count++] = compare_formats[i].name;
        if (strcmp(request->format_name, compare_formats[i].name) == 0) {
            request->format = &compare_formats[i];
            return true;
        }
    }
    return !request->format_name || unknown_word("format", request->format_name, names, count, err);
}

static bool write_dir(const struct request *request, const struct compare_report *report,
                      struct output_dir *dir, struct error *err)
{
    bool is_fine = true;
    for (size_t i = 0; is_fine && i < compare_format_count; i++) {
        const struct compare_format *format = &compare_formats[i];
        struct output_file file;
        if (request->format_name ? format != request->format : i == 0)
            continue;
        if (format->write_files)
            is_fine = format->write_files(report, dir, err);
        else
            is_fine = output_begin(&file, dir, format->file_name, err) &&
                      output_end(&file, format->write(report, file.out, err), err);
    }
    return is_fine;
}

/* All that was read of a build. */
struct build {
    struct merged merged;
    struct input_run run;
};

/* Both builds. */
struct builds {
    struct build list[STACK_SIDES];
    struct stack_matching stacks;
};

static bool write_report(const struct request *request, const struct comparison *comparison,
                         const struct builds *builds, struct output_dir *dir, struct error *err)
{
    const char *no_color = getenv("NO_COLOR"); /* https://no-color.org */
    struct compare_report report = { .comparison = comparison,
                                     .stacks = &builds->stacks,
                                     .top = request->top };
    struct compare_run *runs[] = { &report.base_run, &report.now_run };
    for (size_t i = 0; i < 2; i++)
        if (builds->list[i].run.is_there)
            *runs[i] =
                (struct compare_run){ &builds->list[i].run.result, builds->list[i].run.among };
    if (!request->out_dir || !request->format_name) {
        report.is_colored = !(no_color && no_color[0]) && isatty(STDOUT_FILENO);
        if (!request->format->write(&report, stdout, err))
            return false;
        report.is_colored = false;
    }
    return !request->out_dir || write_dir(request, &report, dir, err);
}

/* What cannot be said outweighs what was found: a pipeline must not take half an answer for one. */
static int status_of_comparison(const struct request *request, const struct comparison *comparison)
{
    if (!comparison->is_work_comparable && !request->is_forced) {
        fputs("heapfrag: not comparable: the builds did different work (--force compares them)\n",
              stderr);
        return STATUS_NOT_COMPARABLE;
    }
    if (comparison->not_evaluated > 0) {
        fprintf(stderr, "heapfrag: %zu %s could not be evaluated\n", comparison->not_evaluated,
                comparison->not_evaluated == 1 ? "gate" : "gates");
        return STATUS_NOT_COMPARABLE;
    }
    if (request->needs_significance && !comparison->is_assessed) {
        fprintf(stderr, "heapfrag: significance could not be assessed: %zu runs a side would do\n",
                comparison->runs_enough);
        return STATUS_NOT_COMPARABLE;
    }
    return comparison->fired > 0 ? STATUS_GATE : STATUS_OK;
}

static int compare(const struct command_line *line, const struct request *request,
                   const struct builds *builds)
{
    struct error err = { 0 };
    struct comparison comparison;
    struct output_dir dir = { .fd = -1 };
    const struct comparison_options options = {
        .alpha = request->alpha,
        .is_forced = request->is_forced,
        .gates = request->gates,
        .gate_count = request->gate_count,
        .map = request->map,
        .map_count = request->map_count,
    };
    if (!compare_builds(&builds->list[0].merged, &builds->list[1].merged, &options, &comparison,
                        &err))
        return err.code == ERROR_USAGE ? complain_usage(line, &err) : complain(NULL, &err);
    int status;
    if ((request->out_dir && !output_dir_open(&dir, request->out_dir, request->is_forced, &err)) ||
        !write_report(request, &comparison, builds, &dir, &err))
        status = err.code == ERROR_USAGE ? complain_usage(line, &err) : complain(NULL, &err);
    else
        status = status_of_comparison(request, &comparison);
    output_dir_close(&dir);
    comparison_release(&comparison);
    return status;
}

/* Only a page has charts, and only they need more of a run than its numbers. */
static bool wants_charts(const struct request *request)
{
    return request->format->has_charts || (request->out_dir && !request->format_name);
}

static void release(struct builds *builds)
{
    for (size_t i = 0; i < STACK_SIDES; i++) {
        merged_release(&builds->list[i].merged);
        result_release(&builds->list[i].run.result);
    }
    stack_matching_release(&builds->stacks);
    free(builds);
}

static int read_and_compare(const struct command_line *line, const struct request *request)
{
    const struct paths *sides[] = { &request->base, &request->now };
    struct builds *builds = calloc(1, sizeof *builds); /* a run is large for a stack */
    struct error err = { 0 };
    int status = builds ? STATUS_OK : STATUS_INPUT;
    bool is_fine = builds != NULL;
    if (!is_fine)
        fputs("heapfrag: no memory\n", stderr);
    for (size_t i = 0; i < STACK_SIDES && is_fine; i++) {
        struct input_options input = request->input;
        input.stacks = &builds->stacks;
        input.side = (enum stack_side)i;
        is_fine =
            input_read_with_run(sides[i]->list, sides[i]->count, &input, &builds->list[i].merged,
                                wants_charts(request) ? &builds->list[i].run : NULL, &status);
    }
    if (is_fine && !stack_matching_finish(&builds->stacks, STACKS_LISTED, &err))
        status = complain(NULL, &err);
    else if (is_fine)
        status = compare(line, request, builds);
    if (builds)
        release(builds);
    return status;
}

static bool takes_word(const struct command_line *line, const char *option)
{
    if (strncmp(option, "--", 2) != 0)
        return option[0] == '-' && option[1] != '\0' && option[2] == '\0' &&
               strchr("ofn", option[1]) != NULL;
    for (size_t i = 0; i < line->option_count; i++)
        if (strcmp(line->options[i].name, option + 2) == 0)
            return line->options[i].argument != NULL;
    return false;
}

/*
 * Repeats --base and --new before each further path that follows them, so that "--base A B" says
 * what
 * "--base A --base B" does. `out` has room for twice the words.
 */
static int repeat_options(const struct command_line *line, int argc, char **argv, char **out)
{
    char *side = NULL;
    int count = 0;
    out[count++] = argv[0];
    for (int i = 1; i < argc; i++) {
        bool is_option = argv[i][0] == '-' && argv[i][1] != '\0';
        bool is_side = strcmp(argv[i], "--base") == 0 || strcmp(argv[i], "--new") == 0;
        if (!is_option && side)
            out[count++] = side;
        if (is_option)
            side = is_side ? argv[i] : NULL;
        out[count++] = argv[i];
        if (is_option && i + 1 < argc && takes_word(line, argv[i]))
            out[count++] = argv[++i];
    }
    return count;
}

static int read_and_run(const struct command_line *line, int argc, char **argv, char **words,
                        struct request *request)
{
    struct operands operands;
    int status;
    int count = repeat_options(line, argc, argv, words);
    return begin_command(line, count, words, &operands, &status) ? read_and_compare(line, request)
                                                                 : status;
}

static int run(int argc, char **argv, char **words, struct request *request)
{
    const struct option_spec options[] = {
        { "base", '\0', "FILES", "traces or saved results of the build to compare with", parse_path,
          &request->base },
        { "new", '\0', "FILES", "those of the build in question", parse_path, &request->now },
        { "fail-if", '\0', "GATE", "exit 1 if so: 'move_rate>+5pt', 'live_bytes.peak>+5%,+1MiB'",
          parse_gate, request },
        { "gates", '\0', "FILE", "gates from a file, one a line", parse_gates_file, request },
        { "map", '\0', "FILE", "what is what: lines like 'a.exe #1 = b.exe #2'", parse_map_file,
          request },
        { "alpha", '\0', "P", "a change is significant below it (0.05)", parse_fraction,
          &request->alpha },
        { "require-significance", '\0', NULL, "exit 4 if there are too few runs to assess it",
          parse_flag, &request->needs_significance },
        { "force", '\0', NULL, "compare unequal work; write into a folder in use", parse_flag,
          &request->is_forced },
        { "format", 'f', "NAME", "text (the default), json, csv or html", parse_text,
          &request->format_name },
        { "out", 'o', "DIR", "write compare.json, .csv, .html and charts there", parse_text,
          &request->out_dir },
        { "top", 'n', "N", "heaps and processes shown (10; charts: up to 6)", parse_count,
          &request->top },
        SYMBOLS_OPTION(&request->symbols),
        MAX_MEMORY_OPTION(&request->input),
        MAX_SPOOL_OPTION(&request->input.intake),
        THREADS_OPTION(&request->input.threads),
        { "quiet", 'q', NULL, "no progress", parse_flag, &request->input.is_quiet },
    };
    const struct command_line line = {
        .command = "compare",
        .usage = "--base A… --new B… [--fail-if GATE]… [options]",
        .summary = "Says whether the heaps of another build are worse, and fails if gates say so.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .check = check,
        .request = request,
    };
    return read_and_run(&line, argc, argv, words, request);
}

int command_compare(int argc, char **argv)
{
    static const double alpha_default = 0.05;
    int status = STATUS_INPUT;
    size_t room = 2 * (size_t)argc + 1;
    struct request *request = calloc(1, sizeof *request);
    char **words = calloc(room, sizeof *words);
    const char **paths = calloc(2 * room, sizeof *paths);
    if (request && words && paths) {
        request->alpha = alpha_default;
        request->input.symbols = &request->symbols;
        request->input.when_stopped = "nothing was compared";
        request->base.list = paths;
        request->now.list = paths + room;
        status = run(argc, argv, words, request);
        for (size_t i = 0; i < request->map_count; i++) {
            free((char *)request->map[i].base);
            free((char *)request->map[i].now);
        }
    } else {
        fputs("heapfrag: no memory\n", stderr);
    }
    free(paths);
    free(words);
    free(request);
    return status;
}
