/* A file that may hold the symbols of a module, and whether it does. */
#include "reports/module_file.h"

#include "reports/file_part.h"

#include <string.h>
#include <unistd.h>

struct module_file module_file_read(const char *path)
{
    struct module_file file = { .kind = MODULE_FILE_OTHER };
    int fd = file_part_open(path);
    if (fd < 0)
        return file;
    if (pdb_id_read(fd, &file.pdb))
        file.kind = MODULE_FILE_PDB;
    else if (pe_id_read(fd, &file.pe))
        file.kind = MODULE_FILE_PE;
    else if (elf_id_read(fd, &file.elf))
        file.kind = MODULE_FILE_ELF;
    close(fd);
    return file;
}

const char *path_base_name(const char *path)
{
    const char *base = path;
    for (const char *at = path; *at; at++)
        if (*at == '/' || *at == '\\')
            base = at + 1;
    return base;
}

struct pdb_wanted module_pdb(const struct stack_module *module)
{
    struct pdb_wanted wanted = { .age = module->pdb_age };
    memcpy(wanted.guid, module->pdb_guid, sizeof wanted.guid);
    wanted.name = module->pdb ? path_base_name(module->pdb) : NULL;
    return wanted;
}

struct pdb_wanted pe_pdb(const struct pe_id *pe)
{
    struct pdb_wanted wanted = { .age = pe->age };
    memcpy(wanted.guid, pe->guid, sizeof wanted.guid);
    wanted.name = pe->has_pdb ? path_base_name(pe->pdb) : NULL;
    return wanted;
}

/* Tools that change a PDB raise one of its ages and leave the other. */
bool pdb_is_wanted(const struct pdb_id *pdb, const struct pdb_wanted *wanted)
{
    return memcmp(pdb->guid, wanted->guid, sizeof pdb->guid) == 0 &&
           (pdb->age == wanted->age || pdb->info_age == wanted->age);
}

bool pe_is_module(const struct pe_id *pe, const struct stack_module *module)
{
    bool is_sum_fine =
        pe->checksum == 0 || module->checksum == 0 || pe->checksum == module->checksum;
    return is_sum_fine && module->timestamp != 0 && pe->timestamp == module->timestamp &&
           pe->image_bytes == module->size;
}

bool elf_is_module(const struct elf_id *elf, const struct stack_module *module)
{
    static const uint8_t none[16];
    uint8_t id[sizeof none] = { 0 };
    memcpy(id, elf->build_id, elf->build_id_bytes < sizeof id ? elf->build_id_bytes : sizeof id);
    if (module->timestamp != 0)
        return false;
    if (elf->build_id_bytes > 0 && memcmp(module->pdb_guid, none, sizeof none) != 0)
        return memcmp(module->pdb_guid, id, sizeof id) == 0;
    return module->size >= elf->file_span && module->size <= elf->span;
}
