/* The smallest EXE that names a PDB. */
#define _DEFAULT_SOURCE /* realpath without a buffer of PATH_MAX */
#include "reports/pe_stub.h"

#include "decoder/intake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Offsets in the file; Microsoft's "PE Format" names the fields. */
enum {
    DOS_NEW_HEADER = 0x3c,
    COFF = 0x40 + 4,
    OPTIONAL = COFF + 20,
    DIRECTORY_DEBUG = OPTIONAL + 112 + 6 * 8,
    OPTIONAL_END = OPTIONAL + 112 + 16 * 8,
    SECTION = OPTIONAL_END,
    DEBUG = 0x200, /* the section's bytes: one debug entry, then what it leads to */
    CODEVIEW = DEBUG + 28,
    PDB_NAME = CODEVIEW + 24,
    STUB_SIZE = 0x1400,
    SECTION_ADDRESS = 0x1000, /* of DEBUG, once it is loaded */
    MACHINE_AMD64 = 0x8664,
};

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value);
    put16(at + 2, value >> 16);
}

static void fill_headers(uint8_t *stub, uint16_t machine)
{
    put16(stub, 0x5a4d); /* "MZ" */
    put32(stub + DOS_NEW_HEADER, COFF - 4);
    put32(stub + COFF - 4, 0x4550); /* "PE", NUL, NUL */
    put16(stub + COFF, machine ? machine : MACHINE_AMD64);
    put16(stub + COFF + 2, 1); /* sections */
    put16(stub + COFF + 16, OPTIONAL_END - OPTIONAL);
    put16(stub + OPTIONAL, 0x20b);                            /* PE32+ */
    put32(stub + OPTIONAL + 32, 0x1000);                      /* SectionAlignment */
    put32(stub + OPTIONAL + 36, 0x200);                       /* FileAlignment */
    put32(stub + OPTIONAL + 56, SECTION_ADDRESS + STUB_SIZE); /* SizeOfImage */
    put32(stub + OPTIONAL + 60, DEBUG);                       /* SizeOfHeaders */
    put32(stub + OPTIONAL + 108, 16);                         /* directories */
    put32(stub + DIRECTORY_DEBUG, SECTION_ADDRESS);
    put32(stub + DIRECTORY_DEBUG + 4, CODEVIEW - DEBUG);
}

static void fill_section(uint8_t *stub)
{
    static const char name[8] = ".rdata";
    memcpy(stub + SECTION, name, sizeof name);
    put32(stub + SECTION + 8, STUB_SIZE - DEBUG); /* VirtualSize */
    put32(stub + SECTION + 12, SECTION_ADDRESS);
    put32(stub + SECTION + 16, STUB_SIZE - DEBUG); /* SizeOfRawData */
    put32(stub + SECTION + 20, DEBUG);             /* PointerToRawData */
    put32(stub + SECTION + 36, 0x40000040);        /* initialized data, readable */
}

static void fill_debug(uint8_t *stub, const char *pdb_path, size_t path_bytes)
{
    put32(stub + DEBUG + 12, 2); /* IMAGE_DEBUG_TYPE_CODEVIEW */
    put32(stub + DEBUG + 16, (uint32_t)(PDB_NAME - CODEVIEW + path_bytes));
    put32(stub + DEBUG + 20, SECTION_ADDRESS + CODEVIEW - DEBUG);
    put32(stub + DEBUG + 24, CODEVIEW);
    put32(stub + CODEVIEW, 0x53445352); /* "RSDS" */
    memcpy(stub + PDB_NAME, pdb_path, path_bytes);
}

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, bytes, size);
        if (put < 0 && errno != EINTR)
            return false;
        bytes += put > 0 ? put : 0;
        size -= put > 0 ? (size_t)put : 0;
    }
    return true;
}

static bool write_temporary(char *path, size_t path_size, const uint8_t *stub, struct error *err)
{
    const char *parent = intake_folder();
    int length = snprintf(path, path_size, "%s/heapfrag-XXXXXX", parent);
    int fd = length > 0 && (size_t)length < path_size ? mkstemp(path) : -1;
    if (fd < 0)
        return error_set_system(err, errno, "make a temporary file in", parent);
    bool is_fine = write_all(fd, stub, STUB_SIZE);
    int failure = errno;
    is_fine = close(fd) == 0 && is_fine;
    if (is_fine)
        return true;
    unlink(path);
    return error_set_system(err, failure, "write the temporary file", path);
}

bool pe_stub_write(char *path, size_t path_size, const char *pdb_path, uint16_t machine,
                   struct error *err)
{
    uint8_t stub[STUB_SIZE] = { 0 };
    char *whole = realpath(pdb_path, NULL); /* the stub lies in another folder */
    size_t path_bytes = whole ? strlen(whole) + 1 : 0;
    bool is_fine = whole != NULL;
    if (!whole)
        error_set_system(err, errno, "find", pdb_path);
    else if (path_bytes > STUB_SIZE - PDB_NAME)
        is_fine = error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET, "the path of a PDB is too long");
    if (is_fine) {
        fill_headers(stub, machine);
        fill_section(stub);
        fill_debug(stub, whole, path_bytes);
        is_fine = write_temporary(path, path_size, stub, err);
    }
    free(whole);
    return is_fine;
}
