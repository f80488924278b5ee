/*
 * The smallest EXE that names a PDB. llvm-symbolizer reads a PDB only through the EXE or DLL that
 * it belongs to, which people rarely keep; and with a true one it would look for the PDB by itself,
 * without checking that it is of the same build.
 */
#ifndef REPORTS_PE_STUB_H
#define REPORTS_PE_STUB_H

#include "decoder/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes such a file to a new temporary file (TMPDIR, or /tmp), whose name goes to `path`. It is
 * loaded at 0, so addresses in it are offsets in the module. The caller unlinks it. False with
 * ERROR_IO, ERROR_LIMIT for a path that is too long.
 */
bool pe_stub_write(char *path, size_t path_size, const char *pdb_path, uint16_t machine,
                   struct error *err);

#endif
