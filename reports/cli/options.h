/* The command line of one command: options by a table, operands, help and hints. */
#ifndef REPORTS_CLI_OPTIONS_H
#define REPORTS_CLI_OPTIONS_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One option. `parse` takes its argument (NULL for a flag); false fills `err`. */
struct option_spec {
    const char *name;     /* without the dashes */
    char letter;          /* '\0': none */
    const char *argument; /* its name in the help; NULL: a flag */
    const char *help;     /* words; wrapped when printed */
    bool (*parse)(const char *argument, void *target, struct error *err);
    void *target;
};

struct operands;

struct command_line {
    const char *command; /* "report" */
    const char *usage;   /* "TRACE [-o DIR] …" */
    const char *summary; /* a sentence or two; wrapped when printed */
    const struct option_spec *options;
    size_t option_count;
    size_t operands_min, operands_max;
    /* What the parsers cannot see: false fills `err` with ERROR_USAGE. NULL: nothing. */
    bool (*check)(void *request, const struct operands *operands, struct error *err);
    void *request;
};

enum { OPERANDS_MAX = 16384 }; /* `merge` takes the results of a fleet */
struct operands {
    size_t count;
    bool wants_help;                /* -h or --help was there: the rest was not looked at */
    const char *list[OPERANDS_MAX]; /* set up to `count`: of the rest not a page is touched */
};

/*
 * Reads argv[1 …]. Options may stand before and behind operands, as --name VALUE, --name=VALUE,
 * -n VALUE, -nVALUE and -abc; "--" ends them; "-" and "-!…" are operands. False with ERROR_USAGE,
 * and a message that names the option that was perhaps meant.
 */
bool command_line_read(const struct command_line *line, int argc, char **argv,
                       struct operands *operands, struct error *err);

/* What --help prints: lines of at most 80 columns. */
void command_line_help(const struct command_line *line, FILE *out);

/* Parsers for `parse`. */
bool parse_flag(const char *argument, void *target, struct error *err);     /* bool */
bool parse_text(const char *argument, void *target, struct error *err);     /* const char * */
bool parse_fraction(const char *argument, void *target, struct error *err); /* double, 0 to 1 */
bool parse_count(const char *argument, void *target, struct error *err);    /* size_t, above 0 */
/* uint64_t bytes, above 0: "4096", "64K", "64KiB" or "8G"; K, M, G and T are powers of 1024. */
bool parse_bytes(const char *argument, void *target, struct error *err);
/* uint64_t ns: "1.5s", "250ms", "10us", "12345ns" or "12345". Exact; finer than 1 ns is refused. */
bool parse_time(const char *argument, void *target, struct error *err);
/* struct heap_choice: "#2", "0x10000" or "65536". */
struct heap_choice {
    uint64_t handle;  /* 0: any */
    uint32_t ordinal; /* 0: any */
};
bool parse_heap(const char *argument, void *target, struct error *err);

/*
 * Which of `count` words `word` was perhaps meant to be, or NULL when none is near: at most a third
 * of its letters changed, left out, added or swapped.
 */
const char *nearest_word(const char *word, const char *const *words, size_t count);

/* Always false, with "unknown WHAT 'WORD'", and which of `words` was perhaps meant. */
bool unknown_word(const char *what, const char *word, const char *const *words, size_t count,
                  struct error *err);

#endif
