/*
 * The modules (EXE and DLL files) that the processes of a trace had loaded, each with the time for
 * which it lay where it lay: addresses are used again.
 */
#ifndef DECODER_IMAGES_H
#define DECODER_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct images;

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
 * after it, and before it at last. SIZE_MAX: none ever did. Only when the trace has been read.
 */
size_t images_find(const struct images *images, uint32_t process, uint64_t address,
                   uint64_t time_ns);

#endif
