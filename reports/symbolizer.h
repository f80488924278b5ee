/* llvm-symbolizer as a guest: started without a shell, asked through a socket, with time limits. */
#ifndef REPORTS_SYMBOLIZER_H
#define REPORTS_SYMBOLIZER_H

#include "decoder/error.h"
#include "reports/symbol_answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /*
     * The first answer takes as long as the symbols of the module take to load: for the largest
     * programs there are, some ten seconds. After that they come at once.
     */
    SYMBOLIZER_SILENCE_SECONDS = 60,
    SYMBOLIZER_SECONDS = 600,      /* for all modules of a trace; who waits longer has left */
    SYMBOLIZER_LINE_MAX = 1 << 20, /* bytes of one answer; with inlined templates, some KB */
};

/* Bytes of all answers: some million frames with long names. */
#define SYMBOLIZER_BYTES_MAX (UINT64_C(512) << 20)

/* What all runs share. */
struct symbolizer {
    const char *program; /* NULL: llvm-symbolizer on PATH */
    unsigned silence_ms; /* 0: SYMBOLIZER_SILENCE_SECONDS */
    uint64_t left_ms;    /* of the time of all runs; they take it away */
    uint64_t left_bytes; /* of the answers of all runs; they take them away */
};

struct symbolizer symbolizer_new(void);

/* One run: addresses in one file. */
struct symbolizer_run {
    const char *object;
    bool is_relative; /* addresses are offsets from where the file wants to be loaded */
    bool needs_line;  /* as of symbol_answer_read */
    const uint64_t *addresses;
    size_t count;
};

enum symbolizer_end {
    SYMBOLIZER_ANSWERED,
    SYMBOLIZER_ABSENT,    /* it could not be started */
    SYMBOLIZER_STUCK,     /* time was up, and it was ended */
    SYMBOLIZER_BROKEN,    /* it ended too early, or its answers made no sense */
    SYMBOLIZER_NO_MEMORY, /* for its answers, or they passed left_bytes */
};

/*
 * Fills `answers`, `run->count` of them, with what could be learned; the caller releases each of
 * them. What was answered before an end that is not SYMBOLIZER_ANSWERED stays, and `err` says why.
 */
enum symbolizer_end symbolizer_ask(struct symbolizer *symbolizer, const struct symbolizer_run *run,
                                   struct symbol_answer *answers, struct error *err);

#endif
