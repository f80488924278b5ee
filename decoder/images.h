/*
 * The modules (EXE and DLL files) that the processes of a trace had loaded, each with the time for
 * which it lay where it lay: addresses are used again.
 */
#ifndef DECODER_IMAGES_H
#define DECODER_IMAGES_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct images;

/*
 * A module at one place, from when it was first there to when it was last: it may have been away in
 * between, but nothing else that the trace tells of lay there.
 */
struct image {
    uint64_t base, size; /* bytes of address space [base, base + size) */
    uint32_t process;    /* index in struct processes; the kernel's own belong to all */
    uint64_t load_ns;    /* 0: before the trace, or unknown */
    uint64_t unload_ns;  /* UINT64_MAX: not in the trace */
    char *path;          /* UTF-8, hostile; of a volume with a known letter: C:\…; never NULL */
    uint32_t checksum, timestamp; /* of the PE header; 0: not told */
    char *pdb;                    /* name of the symbol file, UTF-8, hostile; NULL: not told */
    uint8_t pdb_guid[16];         /* as it lies in the event */
    uint32_t pdb_age;
};

size_t images_count(const struct images *images);
const struct image *images_at(const struct images *images, size_t index);

/*
 * The module that held `address` of a process at `time_ns`; if none did, the one that did next
 * after it, and before it at last; modules of the process come before the kernel's. SIZE_MAX: none
 * ever did. Only when the trace has been read. Takes O(log² n) steps, but sorts the modules first
 * when the trace was not read to its end, or no heap event of it has a stack.
 */
size_t images_find(const struct images *images, uint32_t process, uint64_t address,
                   uint64_t time_ns);

/* The rest is for the decoder, which owns the only struct images. */

/* Real traces of a whole machine have some 10 000; what comes after them is left out. */
enum { IMAGES_MAX = 1 << 18, IMAGE_TEXT_BYTES_MAX = 128 << 20 };

struct images *images_new(struct error *err); /* NULL is ERROR_NO_MEMORY */
void images_free(struct images *images);      /* NULL is fine */

/* What an event tells of a module. */
struct image_facts {
    uint32_t process;
    bool is_kernel; /* it belongs to all processes */
    uint64_t base, size;
    uint32_t checksum, timestamp;
    const char *path; /* of NT, or with the letter of a volume */
};

enum image_happening {
    IMAGE_LOADED,
    IMAGE_UNLOADED,
    IMAGE_SEEN, /* is there, since an unknown time */
};

/*
 * The functions below are false on ERROR_NO_MEMORY. `*is_kept` is false when a limit makes the
 * images stay without what the event tells.
 */
bool images_note(struct images *images, enum image_happening what, const struct image_facts *facts,
                 uint64_t time_ns, bool *is_kept, struct error *err);

/* The symbol file of the module at `base`, which may be told of before or after it. */
struct pdb_facts {
    uint32_t process;
    bool is_kernel;
    uint64_t base;
    const uint8_t *guid; /* 16 bytes */
    uint32_t age;
    const char *name;
};
bool images_note_pdb(struct images *images, const struct pdb_facts *facts, bool *is_kept,
                     struct error *err);

/* What the kernel calls `nt_path` is `dos_path`: for modules that came before, too. */
bool images_note_volume(struct images *images, const char *nt_path, const char *dos_path,
                        struct error *err);

/* Sorts the modules for images_find. */
bool images_finish(const struct images *images, struct error *err);

/* All modules of a process go with it. */
void images_end_process(struct images *images, uint32_t process, uint64_t time_ns);

/*
 * Goes up whenever an address of the process may have got another meaning: a module lies where
 * another one has lain. So equal frames at equal generations are in the same modules.
 */
uint32_t images_generation(const struct images *images, uint32_t process);

#endif
