/* Names and source lines for the frames of call stacks, from symbol files that a user has. */
#ifndef REPORTS_SYMBOLS_H
#define REPORTS_SYMBOLS_H

#include "analyzer/result.h"
#include "decoder/error.h"
#include "reports/symbolizer.h"

#include <stdbool.h>
#include <stddef.h>

enum { SYMBOLS_NOTES_MAX = 8, SYMBOLS_NOTE_SIZE = 400 };

struct symbols_request {
    const char *const *folders; /* the caller's */
    size_t folder_count;
    struct symbolizer symbolizer; /* symbolizer_new() */
};

/* What came of it, for people. Text from the trace in it is not made safe for a terminal. */
struct symbols_outcome {
    size_t modules, modules_named; /* that frames lie in, and of which at least one got a name */
    size_t modules_absent;         /* no file below the folders has their name */
    char absent[160];              /* the first of them: "ntdll.dll, kernel32.dll" */
    bool is_absent_cut;            /* not all of them are in it */
    size_t note_count;             /* beyond SYMBOLS_NOTES_MAX they are only counted */
    char notes[SYMBOLS_NOTES_MAX][SYMBOLS_NOTE_SIZE]; /* "app.dll: sym/app.pdb is of another …" */
};

/*
 * Fills the names of the frames, as far as a file below the folders is of the very build that the
 * trace has, and sets has_names. Only such files are used: names of another build would be wrong
 * ones. A return address is asked about one byte before it, where the call is. A frame that has
 * names keeps them.
 *
 * False with ERROR_IO when a folder cannot be read or llvm-symbolizer not be started, ERROR_LIMIT
 * or ERROR_NO_MEMORY; names that were found by then stay.
 */
bool symbols_add(struct stacks_result *stacks, const struct symbols_request *request,
                 struct symbols_outcome *outcome, struct error *err);

#endif
