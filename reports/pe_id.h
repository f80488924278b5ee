/* What an EXE or DLL file says of its build. */
#ifndef REPORTS_PE_ID_H
#define REPORTS_PE_ID_H

#include <stdbool.h>
#include <stdint.h>

enum { PE_PDB_NAME_SIZE = 260 };

struct pe_id {
    uint32_t timestamp, checksum;
    uint32_t image_bytes;       /* SizeOfImage: what the file takes up once it is loaded */
    uint16_t machine;           /* IMAGE_FILE_MACHINE_* */
    bool has_pdb;               /* it names a symbol file: the rest tells which */
    char pdb[PE_PDB_NAME_SIZE]; /* as the linker wrote it: a path, hostile, perhaps cut */
    uint8_t guid[16];
    uint32_t age;
};

/*
 * Reads the identity of the file. False: it is no PE file, or a damaged one. Source: Microsoft's
 * "PE Format"; the RSDS record as LLVM's CodeView.h has it.
 */
bool pe_id_read(int fd, struct pe_id *out);

#endif
