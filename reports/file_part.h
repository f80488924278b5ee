/* Pieces of a file that is not trusted, each asked for by its place. */
#ifndef REPORTS_FILE_PART_H
#define REPORTS_FILE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Opens a regular file; -1 for anything else, and nothing is ever waited for. */
int file_part_open(const char *path);

/* Reads exactly `size` bytes from `offset` on. False: the file is shorter, or cannot be read. */
bool file_part_read(int fd, uint64_t offset, void *out, size_t size);

/* Little-endian numbers, as PE, PDB and the ELF files of x86 and ARM have them. */
static inline uint16_t little16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t little32(const uint8_t *at)
{
    return (uint32_t)little16(at) | (uint32_t)little16(at + 2) << 16;
}

static inline uint64_t little64(const uint8_t *at)
{
    return (uint64_t)little32(at) | (uint64_t)little32(at + 4) << 32;
}

#endif
