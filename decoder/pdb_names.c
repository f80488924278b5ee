/* Symbol files of modules that have not been told of yet. */
#include "decoder/pdb_names.h"

#include <search.h>
#include <stdlib.h>

static int compare_names(const void *left, const void *right)
{
    const struct pdb_name *a = left;
    const struct pdb_name *b = right;
    if (a->space != b->space)
        return a->space < b->space ? -1 : 1;
    return (a->base > b->base) - (a->base < b->base);
}

void pdb_names_release(struct pdb_names *names)
{
    while (names->root) {
        struct pdb_name *name = *(struct pdb_name **)names->root;
        tdelete(name, &names->root, compare_names);
        free(name->name);
        free(name);
    }
    *names = (struct pdb_names){ 0 };
}

bool pdb_names_has(const struct pdb_names *names, uint32_t space, uint64_t base)
{
    const struct pdb_name like = { .space = space, .base = base };
    return tfind(&like, &names->root, compare_names);
}

bool pdb_names_add(struct pdb_names *names, const struct pdb_name *name)
{
    struct pdb_name *copy = malloc(sizeof *copy);
    if (!copy)
        return false;
    *copy = *name;
    if (!tsearch(copy, &names->root, compare_names)) {
        free(copy);
        return false;
    }
    names->count++;
    return true;
}

struct pdb_name *pdb_names_take(struct pdb_names *names, uint32_t space, uint64_t base)
{
    const struct pdb_name like = { .space = space, .base = base };
    struct pdb_name *const *found = tfind(&like, &names->root, compare_names);
    if (!found)
        return NULL;
    struct pdb_name *name = *found;
    tdelete(name, &names->root, compare_names);
    names->count--;
    return name;
}
