/*
 * The files below the folders that a user names for symbols, by file name. Names from a trace are
 * only ever looked up here: no path of a trace is opened.
 */
#ifndef REPORTS_SYMBOL_FOLDER_H
#define REPORTS_SYMBOL_FOLDER_H

#include "decoder/error.h"
#include "reports/module_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than any symbol store of one product has, and some hundred MB of names. */
enum { SYMBOL_FILES_MAX = 1 << 20 };

struct symbol_file {
    char *path;
    bool is_known; /* `file` has been read */
    struct module_file file;
    struct symbol_file *next; /* of the same name, in order of folders and of path */
};

struct symbol_folder;

/*
 * Goes through the folders, at any depth, following links to files but not to folders. NULL with
 * ERROR_IO when one of them cannot be read, ERROR_LIMIT beyond `files_max` files in all,
 * ERROR_NO_MEMORY.
 */
struct symbol_folder *symbol_folder_open(const char *const *paths, size_t count, size_t files_max,
                                         struct error *err);
void symbol_folder_close(struct symbol_folder *folder); /* NULL is fine */

/*
 * The files of that name, in any case of ASCII letters, as Windows has it; NULL: there is none. The
 * caller may read what they are, with symbol_file_look.
 */
struct symbol_file *symbol_folder_find(struct symbol_folder *folder, const char *name);

/*
 * The files that lie by the build id of a program or library, of which the first bytes are `build`:
 * as .build-id/ab/cdef….debug or abcdef…/debuginfo. The file may say otherwise of itself.
 */
enum { SYMBOL_BUILD_BYTES = 16 };
struct symbol_file *symbol_folder_find_build(struct symbol_folder *folder,
                                             const uint8_t build[SYMBOL_BUILD_BYTES]);

/* What the file is; looked at once. */
const struct module_file *symbol_file_look(struct symbol_file *file);

#endif
