/* What an ELF file says of its build and of how it is laid out in memory. */
#ifndef REPORTS_ELF_ID_H
#define REPORTS_ELF_ID_H

#include <stdbool.h>
#include <stdint.h>

enum { ELF_BUILD_ID_MAX = 64 };

struct elf_id {
    /*
     * The virtual address of what is mapped first: 0 in what can lie anywhere, 0x400000 in a
     * program linked to a fixed place. An offset in the module plus this is the address that the
     * file's symbols have.
     */
    uint64_t first_address;
    /*
     * Bytes of address space from the first page to the end of the last page that comes from the
     * file, and to the end of all. A file with only debug data keeps the second.
     */
    uint64_t file_span, span;
    uint8_t build_id[ELF_BUILD_ID_MAX];
    uint32_t build_id_bytes; /* 0: it has none */
};

/*
 * Reads the identity of a little-endian file. False: it is none, or a damaged one, or maps nothing.
 * Source: the System V ABI, "Program Header"; the GNU build id as ld(1) --build-id describes it.
 */
bool elf_id_read(int fd, struct elf_id *out);

#endif
