/* Which file to ask about a module, and how. */
#include "reports/symbol_target.h"

#include "reports/pe_stub.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NAME_SIZE = 256 };

/* Files are gone through in the folders' order; the first of the right build is it. */
struct search {
    struct symbol_folder *folder;
    const struct stack_module *module;
    struct symbol_target *out;
    const struct symbol_file *other; /* of the name, but of another build */
    const struct symbol_file *lone;  /* the EXE or DLL itself, whose PDB is not there */
};

static enum symbol_target_state fail_on(const char *path, struct error *err)
{
    error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET, "the path is too long: %.200s", path);
    return SYMBOL_TARGET_FAILED;
}

static enum symbol_target_state take(struct search *search, const struct symbol_file *file,
                                     struct error *err)
{
    struct symbol_target *out = search->out;
    out->behind = file->path;
    int length = snprintf(out->object, sizeof out->object, "%s", file->path);
    return length >= 0 && (size_t)length < sizeof out->object ? SYMBOL_TARGET_FOUND
                                                              : fail_on(file->path, err);
}

/* The PDB that is wanted, through an EXE made for it. */
static enum symbol_target_state find_pdb(struct search *search, const struct pdb_wanted *wanted,
                                         struct error *err)
{
    struct symbol_target *out = search->out;
    struct symbol_file *file = symbol_folder_find(search->folder, wanted->name);
    for (; file; file = file->next) {
        const struct module_file *look = symbol_file_look(file);
        if (look->kind != MODULE_FILE_PDB)
            continue;
        if (pdb_is_wanted(&look->pdb, wanted)) {
            out->behind = file->path;
            out->is_temporary =
                pe_stub_write(out->object, sizeof out->object, file->path, look->pdb.machine, err);
            return out->is_temporary ? SYMBOL_TARGET_FOUND : SYMBOL_TARGET_FAILED;
        }
        search->other = file;
    }
    return SYMBOL_TARGET_NO_FILE;
}

static enum symbol_target_state try_pe(struct search *search, const struct symbol_file *file,
                                       const struct pe_id *pe, struct error *err)
{
    if (!pe_is_module(pe, search->module)) {
        search->other = file;
        return SYMBOL_TARGET_NO_FILE;
    }
    const struct pdb_wanted wanted = pe_pdb(pe);
    if (wanted.name) {
        search->lone = file;
        return find_pdb(search, &wanted, err);
    }
    search->out->is_relative = search->out->needs_line = true;
    return take(search, file, err);
}

static enum symbol_target_state try_elf(struct search *search, const struct symbol_file *file,
                                        const struct elf_id *elf, struct error *err)
{
    if (!elf_is_module(elf, search->module)) {
        search->other = file;
        return SYMBOL_TARGET_NO_FILE;
    }
    search->out->addend = elf->first_address;
    return take(search, file, err);
}

/* Of some files, the program or library itself, or what has its debug data. */
static enum symbol_target_state find_module(struct search *search, struct symbol_file *file,
                                            struct error *err)
{
    enum symbol_target_state state = SYMBOL_TARGET_NO_FILE;
    for (; file && state == SYMBOL_TARGET_NO_FILE; file = file->next) {
        const struct module_file *look = symbol_file_look(file);
        if (look->kind == MODULE_FILE_PE)
            state = try_pe(search, file, &look->pe, err);
        else if (look->kind == MODULE_FILE_ELF)
            state = try_elf(search, file, &look->elf, err);
    }
    return state;
}

/* "app.dll" with another ending; false: it is too long for a file's name. */
static bool name_with(char out[NAME_SIZE], const char *name, bool keeps_ending, const char *ending)
{
    const char *dot = keeps_ending ? NULL : strrchr(name, '.');
    size_t length = dot ? (size_t)(dot - name) : strlen(name);
    if (length >= NAME_SIZE)
        return false;
    int whole = snprintf(out, NAME_SIZE, "%.*s%s", (int)length, name, ending);
    return whole >= 0 && whole < NAME_SIZE;
}

static enum symbol_target_state why_not(struct search *search, const char *base)
{
    char name[NAME_SIZE];
    const struct symbol_file *untold = NULL;
    if (!search->module->pdb && name_with(name, base, false, ".pdb"))
        untold = symbol_folder_find(search->folder, name);
    const struct symbol_file *shown = search->other  ? search->other
                                      : search->lone ? search->lone
                                                     : untold;
    search->out->behind = shown ? shown->path : NULL;
    return search->other  ? SYMBOL_TARGET_OTHER_BUILD
           : search->lone ? SYMBOL_TARGET_NO_PDB
           : untold       ? SYMBOL_TARGET_UNTOLD
                          : SYMBOL_TARGET_NO_FILE;
}

enum symbol_target_state symbol_target_find(struct symbol_folder *folder,
                                            const struct stack_module *module,
                                            struct symbol_target *out, struct error *err)
{
    struct search search = { .folder = folder, .module = module, .out = out };
    const char *base = path_base_name(module->path);
    const struct pdb_wanted wanted = module_pdb(module);
    char name[NAME_SIZE];
    enum symbol_target_state state = SYMBOL_TARGET_NO_FILE;
    *out = (struct symbol_target){ 0 };
    if (wanted.name)
        state = find_pdb(&search, &wanted, err);
    /* A stripped program has its own name: what may have debug data comes first. */
    if (state == SYMBOL_TARGET_NO_FILE)
        state = find_module(&search, symbol_folder_find_build(folder, module->pdb_guid), err);
    if (state == SYMBOL_TARGET_NO_FILE && name_with(name, base, true, ".debug"))
        state = find_module(&search, symbol_folder_find(folder, name), err);
    if (state == SYMBOL_TARGET_NO_FILE)
        state = find_module(&search, symbol_folder_find(folder, base), err);
    return state == SYMBOL_TARGET_NO_FILE ? why_not(&search, base) : state;
}

void symbol_target_release(struct symbol_target *target)
{
    if (target->is_temporary)
        unlink(target->object);
    *target = (struct symbol_target){ 0 };
}
