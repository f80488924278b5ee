/* The files below the folders that a user names for symbols, by file name. */
#define _DEFAULT_SOURCE /* fts.h */
#include "reports/symbol_folder.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

enum { NAME_SIZE = 256 }; /* of a file, with its NUL; NAME_MAX is 255 */

/* All files of one name. */
struct name_entry {
    struct symbol_file *first, *last;
    UT_hash_handle hh;
    char name[]; /* in lower case */
};

struct symbol_folder {
    struct name_entry *names;
    size_t count, count_max; /* files */
};

/* False: it is longer than any file's name. */
static bool fold(char out[NAME_SIZE], const char *name)
{
    size_t length = strlen(name);
    if (length >= NAME_SIZE)
        return false;
    for (size_t i = 0; i <= length; i++)
        out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    return true;
}

static struct name_entry *find_entry(const struct symbol_folder *folder, const char *folded)
{
    struct name_entry *entry;
    HASH_FIND_STR(folder->names, folded, entry);
    return entry;
}

static struct name_entry *add_entry(struct symbol_folder *folder, const char *folded)
{
    size_t size = strlen(folded) + 1;
    struct name_entry *entry = calloc(1, sizeof *entry + size);
    if (!entry)
        return NULL;
    memcpy(entry->name, folded, size);
    HASH_ADD_STR(folder->names, name, entry);
    if (entry->hh.tbl)
        return entry;
    free(entry);
    return NULL;
}

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory to look for symbols");
}

/* Files of a build stand under this name too, which no file has. */
enum { BUILD_NAME_SIZE = 2 + 2 * SYMBOL_BUILD_BYTES };

static void build_name(char out[BUILD_NAME_SIZE], const uint8_t build[SYMBOL_BUILD_BYTES])
{
    out[0] = '/';
    for (size_t i = 0; i < SYMBOL_BUILD_BYTES; i++)
        snprintf(out + 1 + 2 * i, 3, "%02x", build[i]);
}

/*
 * The name by build of what lies as .build-id/ab/cdef….debug, as distributions have it, or as
 * abcdef…/debuginfo, as debuginfod keeps it. False: it lies otherwise.
 */
static bool build_name_of_path(char out[BUILD_NAME_SIZE], const char *folder, const char *name)
{
    static const char digits[] = "0123456789abcdef";
    char both[2 * NAME_SIZE];
    bool is_kept = strcmp(name, "debuginfo") == 0 || strcmp(name, "executable") == 0;
    size_t length = strspn(folder, digits), enough = BUILD_NAME_SIZE - 2;
    if (folder[length] != '\0' || length >= NAME_SIZE || (!is_kept && length != 2))
        return false;
    snprintf(both, sizeof both, "%s%s", folder, is_kept ? "" : name);
    length = strspn(both, digits);
    bool is_id = both[length] == '\0' || strcmp(both + length, ".debug") == 0;
    if (!is_id || length < enough)
        return false;
    snprintf(out, BUILD_NAME_SIZE, "/%.*s", (int)enough, both);
    return true;
}

static bool add_file(struct symbol_folder *folder, const char *folded, const char *path,
                     struct error *err)
{
    struct name_entry *entry = find_entry(folder, folded);
    if (!entry)
        entry = add_entry(folder, folded);
    struct symbol_file *file = entry ? calloc(1, sizeof *file) : NULL;
    if (!file)
        return no_memory(err);
    if (entry->last)
        entry->last->next = file;
    else
        entry->first = file;
    entry->last = file;
    file->path = strdup(path);
    return file->path || no_memory(err);
}

static bool add_found(struct symbol_folder *folder, const FTSENT *found, struct error *err)
{
    char folded[NAME_SIZE], build[BUILD_NAME_SIZE];
    const char *above = found->fts_parent ? found->fts_parent->fts_name : "";
    bool has_name = fold(folded, found->fts_name);
    bool has_build = build_name_of_path(build, above, found->fts_name);
    if ((has_name || has_build) && folder->count++ == folder->count_max)
        return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET,
                         "the folders of --symbols have more than %zu files; name a smaller one",
                         folder->count_max);
    return (!has_name || add_file(folder, folded, found->fts_path, err)) &&
           (!has_build || add_file(folder, build, found->fts_path, err));
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* What cannot be read below a folder is passed over; the folder itself must be one. */
static bool add_folder(struct symbol_folder *folder, const char *path, struct error *err)
{
    char *const roots[] = { (char *)path, NULL };
    bool is_fine = true;
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    if (!walk)
        return no_memory(err);
    for (FTSENT *found; is_fine && (errno = 0, found = fts_read(walk));) {
        bool is_root = found->fts_level == FTS_ROOTLEVEL;
        if (is_root && found->fts_info != FTS_D && found->fts_info != FTS_DP)
            is_fine = error_set_system(err, found->fts_errno ? found->fts_errno : ENOTDIR,
                                       "read the folder", path);
        else if (found->fts_info == FTS_F || found->fts_info == FTS_SL)
            is_fine = add_found(folder, found, err);
    }
    fts_close(walk);
    return is_fine;
}

struct symbol_folder *symbol_folder_open(const char *const *paths, size_t count, size_t files_max,
                                         struct error *err)
{
    struct symbol_folder *folder = calloc(1, sizeof *folder);
    bool is_fine = folder || no_memory(err);
    if (folder)
        folder->count_max = files_max;
    for (size_t i = 0; is_fine && i < count; i++)
        is_fine = add_folder(folder, paths[i], err);
    if (is_fine)
        return folder;
    symbol_folder_close(folder);
    return NULL;
}

void symbol_folder_close(struct symbol_folder *folder)
{
    struct name_entry *entry, *next_entry;
    if (!folder)
        return;
    HASH_ITER (hh, folder->names, entry, next_entry) {
        for (struct symbol_file *file = entry->first, *next; file; file = next) {
            next = file->next;
            free(file->path);
            free(file);
        }
        HASH_DEL(folder->names, entry);
        free(entry);
    }
    free(folder);
}

struct symbol_file *symbol_folder_find(struct symbol_folder *folder, const char *name)
{
    char folded[NAME_SIZE];
    const struct name_entry *entry = fold(folded, name) ? find_entry(folder, folded) : NULL;
    return entry ? entry->first : NULL;
}

struct symbol_file *symbol_folder_find_build(struct symbol_folder *folder,
                                             const uint8_t build[SYMBOL_BUILD_BYTES])
{
    char name[BUILD_NAME_SIZE];
    build_name(name, build);
    const struct name_entry *entry = find_entry(folder, name);
    return entry ? entry->first : NULL;
}

const struct module_file *symbol_file_look(struct symbol_file *file)
{
    if (!file->is_known)
        file->file = module_file_read(file->path);
    file->is_known = true;
    return &file->file;
}
