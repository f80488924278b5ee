/* Symbol files of modules that have not been told of yet: the two may come in any order. */
#ifndef DECODER_PDB_NAMES_H
#define DECODER_PDB_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-filled is empty. */
struct pdb_names {
    void *root; /* of tsearch: balanced, whatever addresses a trace chooses */
    size_t count;
};

struct pdb_name {
    uint32_t space; /* address space, and base of the module in it */
    uint64_t base;
    char *name; /* owned by the tree, then by who takes it */
    uint8_t guid[16];
    uint32_t age;
};

void pdb_names_release(struct pdb_names *names);

bool pdb_names_has(const struct pdb_names *names, uint32_t space, uint64_t base);

/* The module must not have one. False, and then `name->name` stays the caller's: no memory. */
bool pdb_names_add(struct pdb_names *names, const struct pdb_name *name);

/* To be freed by the caller; NULL when there is none. */
struct pdb_name *pdb_names_take(struct pdb_names *names, uint32_t space, uint64_t base);

#endif
