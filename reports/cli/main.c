/* heapfrag: reads Windows heap traces; says how heaps fragment and what reallocs cost. */
#include "reports/cli/commands.h"
#include "reports/cli/huge_pages.h"
#include "reports/cli/options.h"
#include "reports/cli/session.h"
#include "reports/cli/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    const char *arguments;
    const char *summary;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "report", "TRACE [-o DIR]", "how heaps fragment, and what reallocs cost", command_report },
    { "compare", "--base A… --new B…", "whether another build is worse, with gates",
      command_compare },
    { "merge", "RESULT.json… -o OUT", "the results of many traces as one", command_merge },
    { "export", "TRACE -f FORMAT -o FILE", "stacks for flame graphs and pprof, counters",
      command_export },
    { "info", "TRACE", "what is in a trace: clock, losses, events", command_info },
    { "events", "TRACE", "the heap events of a trace, one a line", command_events },
    { "record", "[-o OUT.etl] -- COMMAND", "make a trace of a program on Linux", command_record },
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void put_help(FILE *out)
{
    fputs("usage: heapfrag COMMAND …\n\n"
          "Reads Windows heap traces (ETW .etl files).\n\ncommands:\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-7s %-24s  %s\n", commands[i].name, commands[i].arguments,
                commands[i].summary);
    fputs("\n'heapfrag COMMAND --help' explains a command; heapfrag --version says which\n"
          "this is. Exit status: 0 fine, 1 a gate fired, 2 usage, 3 input unreadable or\n"
          "stopped early, 4 not comparable, 70 internal error.\n",
          out);
}

static int unknown_command(const char *name)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    const char *nearest = nearest_word(name, names, COMMAND_COUNT);
    fprintf(stderr, "heapfrag: unknown command '%.40s'", name);
    if (nearest)
        fprintf(stderr, "; did you mean '%s'?", nearest);
    fputs("\n('heapfrag --help' lists the commands)\n", stderr);
    return STATUS_USAGE;
}

/* What a stream could not write shows at the latest when it is flushed. */
static int finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (status == STATUS_OK) {
        fprintf(stderr, "heapfrag: cannot write to standard output: %s\n", strerror(errno));
        status = STATUS_INPUT;
    }
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        put_help(stderr);
        return STATUS_USAGE;
    }
    if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "help") == 0) {
        ignore_refused_writes();
        put_help(stdout);
        return finish(STATUS_OK);
    }
    if (strcmp(argv[1], "--version") == 0) {
        ignore_refused_writes();
        puts("heapfrag " HEAPFRAG_VERSION);
        return finish(STATUS_OK);
    }
    use_huge_pages();
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return finish(commands[i].run(argc - 1, argv + 1));
    return unknown_command(argv[1]);
}
