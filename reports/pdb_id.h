/* What a PDB file says of the build it belongs to. */
#ifndef REPORTS_PDB_ID_H
#define REPORTS_PDB_ID_H

#include <stdbool.h>
#include <stdint.h>

struct pdb_id {
    uint8_t guid[16]; /* as it lies in the file, which is as it lies in an event */
    uint32_t info_age;
    uint32_t age; /* of the DBI stream: the one a linker writes into the EXE; info_age if none */
    uint16_t machine; /* IMAGE_FILE_MACHINE_*; 0: not told */
};

/*
 * Reads the identity of the file. False: it is no PDB of version 7, or a damaged one.
 * Source: the MSF layout and the PDB and DBI streams as LLVM documents them (docs/PDB/MsfFile,
 * PdbStream, DbiStream).
 */
bool pdb_id_read(int fd, struct pdb_id *out);

#endif
