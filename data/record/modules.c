/* The modules of this process, as _dl_find_object has them. */
#include "data/record/modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

enum { MODULES_MAX = 1024 };

static struct known {
    struct module module;
    bool is_told;
} known[MODULES_MAX];
static size_t count;

void modules_reset(void)
{
    count = 0;
}

bool modules_find(uintptr_t pc, struct module *module)
{
#if __GLIBC_PREREQ(2, 35)
    struct dl_find_object found;
    if (_dl_find_object((void *)pc, &found) != 0)
        return false;
    *module = (struct module){
        .start = (uintptr_t)found.dlfo_map_start,
        .end = (uintptr_t)found.dlfo_map_end,
        .loaded_as = found.dlfo_link_map,
        .eh_frame_header = (uintptr_t)found.dlfo_eh_frame,
    };
    return true;
#else
    (void)pc, (void)module;
    return false;
#endif
}

static struct known *find_known(uintptr_t start)
{
    for (size_t i = 0; i < count; i++)
        if (known[i].module.start == start)
            return &known[i];
    return NULL;
}

static struct known *add(const struct module *module)
{
    if (count == MODULES_MAX)
        return NULL;
    known[count] = (struct known){ .module = *module };
    return &known[count++];
}

bool modules_tell(uintptr_t start)
{
    struct known *one = find_known(start);
    struct module module;
    if (!one) {
        if (!modules_find(start, &module) || module.start != start)
            module = (struct module){ .start = start };
        one = add(&module);
    }
    bool was_told = one && one->is_told;
    if (one)
        one->is_told = true;
    return !was_told;
}

bool modules_is_new(const struct module *module)
{
    return !find_known(module->start) && add(module);
}

bool modules_take_unloaded(struct module *module)
{
    for (size_t i = 0; i < count; i++) {
        struct module now;
        if (!known[i].module.loaded_as ||
            (modules_find(known[i].module.start, &now) &&
             now.loaded_as == known[i].module.loaded_as && now.end == known[i].module.end))
            continue;
        *module = known[i].module;
        known[i] = known[--count];
        return true;
    }
    return false;
}

/* ---- the build id ---- */

/* A note's name and its content are padded to 4 bytes. */
static size_t padded(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

static bool find_build_id(const char *notes, size_t size, uint8_t build_id[BUILD_ID_BYTES])
{
    static const char gnu[4] = "GNU";
    ElfW(Nhdr) note;
    while (size >= sizeof note) {
        memcpy(&note, notes, sizeof note);
        size_t name = padded(note.n_namesz), content = padded(note.n_descsz);
        if (name > size - sizeof note || content > size - sizeof note - name)
            return false;
        const char *at = notes + sizeof note;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof gnu &&
            memcmp(at, gnu, sizeof gnu) == 0 && note.n_descsz > 0) {
            memset(build_id, 0, BUILD_ID_BYTES);
            memcpy(build_id, at + name,
                   note.n_descsz < BUILD_ID_BYTES ? note.n_descsz : BUILD_ID_BYTES);
            return true;
        }
        notes = at + name + content;
        size -= sizeof note + name + content;
    }
    return false;
}

/* Whether a segment that can be read holds all of `part`: then it is there. */
static bool is_readable(const ElfW(Phdr) * segments, size_t segment_count, const ElfW(Phdr) * part)
{
    for (const ElfW(Phdr) *one = segments; one < segments + segment_count; one++)
        if (one->p_type == PT_LOAD && one->p_flags & PF_R && part->p_vaddr >= one->p_vaddr &&
            part->p_vaddr - one->p_vaddr <= one->p_memsz &&
            part->p_memsz <= one->p_memsz - (part->p_vaddr - one->p_vaddr))
            return true;
    return false;
}

bool modules_build_id(uintptr_t start, uint8_t build_id[BUILD_ID_BYTES])
{
    enum { FIRST_PAGE = 4096 }; /* what has its segments elsewhere may not have them in memory */
    struct module module;
    if (!modules_find(start, &module) || module.start != start)
        return false;
    const ElfW(Ehdr) *file = (const void *)start;
    if (memcmp(file->e_ident, ELFMAG, SELFMAG) != 0 || file->e_phentsize != sizeof(ElfW(Phdr)) ||
        file->e_phoff > FIRST_PAGE ||
        file->e_phnum > (FIRST_PAGE - file->e_phoff) / sizeof(ElfW(Phdr)))
        return false;
    const ElfW(Phdr) *segments = (const void *)(start + file->e_phoff);
    uintptr_t bias = ((const struct link_map *)module.loaded_as)->l_addr;
    for (size_t i = 0; i < file->e_phnum; i++)
        if (segments[i].p_type == PT_NOTE && is_readable(segments, file->e_phnum, &segments[i]) &&
            find_build_id((const char *)(bias + segments[i].p_vaddr), segments[i].p_memsz,
                          build_id))
            return true;
    return false;
}
