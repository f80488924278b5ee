/* A file that may hold the symbols of a module, and whether it does. */
#ifndef REPORTS_MODULE_FILE_H
#define REPORTS_MODULE_FILE_H

#include "analyzer/result.h"
#include "reports/elf_id.h"
#include "reports/pdb_id.h"
#include "reports/pe_id.h"

#include <stdbool.h>

enum module_file_kind { MODULE_FILE_OTHER, MODULE_FILE_PDB, MODULE_FILE_PE, MODULE_FILE_ELF };

struct module_file {
    enum module_file_kind kind; /* decides which of these there is */
    union {
        struct pdb_id pdb;
        struct pe_id pe;
        struct elf_id elf;
    };
};

/* Looks what the file at `path` is; whatever cannot be read or is damaged is MODULE_FILE_OTHER. */
struct module_file module_file_read(const char *path);

/* The symbol file that a build of a module wants. */
struct pdb_wanted {
    const char *name; /* without folders; NULL: it is not known which */
    uint8_t guid[16];
    uint32_t age;
};

/* What the trace says of it. The name is part of the module. */
struct pdb_wanted module_pdb(const struct stack_module *module);
/* What the module's EXE or DLL file says of it; that name is part of `pe`. */
struct pdb_wanted pe_pdb(const struct pe_id *pe);

bool pdb_is_wanted(const struct pdb_id *pdb, const struct pdb_wanted *wanted);

/* Whether it is the very EXE or DLL: time stamp, size, and check sum if both tell it. */
bool pe_is_module(const struct pe_id *pe, const struct stack_module *module);

/*
 * Whether it is the Linux program or library of a recorded trace, or its debug data: by build id if
 * both tell it (its first 16 bytes stand where Windows has the GUID of the PDB), else by the space
 * it takes up.
 */
bool elf_is_module(const struct elf_id *elf, const struct stack_module *module);

/* What stands behind the last slash or backslash of a path. */
const char *path_base_name(const char *path);

#endif
