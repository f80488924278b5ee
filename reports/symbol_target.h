/* Which file to ask about a module, and how. */
#ifndef REPORTS_SYMBOL_TARGET_H
#define REPORTS_SYMBOL_TARGET_H

#include "analyzer/result.h"
#include "decoder/error.h"
#include "reports/symbol_folder.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

enum symbol_target_state {
    SYMBOL_TARGET_FOUND,
    SYMBOL_TARGET_NO_FILE, /* nothing has its name */
    SYMBOL_TARGET_NO_PDB,  /* its EXE or DLL is there, but not the PDB that this names */
    SYMBOL_TARGET_OTHER_BUILD,
    SYMBOL_TARGET_UNTOLD, /* a PDB has its name, but the trace does not tell which build it wants */
    SYMBOL_TARGET_FAILED, /* `err` says why */
};

struct symbol_target {
    char object[PATH_MAX];
    bool is_temporary;  /* symbol_target_release unlinks it */
    bool is_relative;   /* addresses are from where the file wants to be loaded */
    bool needs_line;    /* as of symbol_answer_read */
    uint64_t addend;    /* to an offset in the module */
    const char *behind; /* the file that was meant, for messages; the folder's */
};

/* Finds the file for `module`, and makes what is needed to ask about it. */
enum symbol_target_state symbol_target_find(struct symbol_folder *folder,
                                            const struct stack_module *module,
                                            struct symbol_target *out, struct error *err);
void symbol_target_release(struct symbol_target *target);

#endif
