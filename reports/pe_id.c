/* What an EXE or DLL file says of its build. */
#include "reports/pe_id.h"

#include "reports/file_part.h"

#include <string.h>

enum { SIGNATURE_AND_COFF = 24, OPTIONAL_MIN = 96, DIRECTORIES_MAX = 16, DIRECTORY_DEBUG = 6 };
enum { SECTION_BYTES = 40, SECTIONS_MAX = 96, DEBUG_ENTRY_BYTES = 28, DEBUG_ENTRIES_MAX = 16 };
enum { DEBUG_TYPE_CODEVIEW = 2, RSDS_BYTES = 24 };

/* Where the parts of the file lie. */
struct layout {
    int fd;
    uint64_t sections; /* file offset */
    uint32_t section_count;
    uint32_t debug_address, debug_bytes; /* of the debug directory */
};

/* Where in the file an address of the loaded image comes from. */
static bool find_offset(const struct layout *layout, uint32_t address, uint64_t *offset)
{
    for (uint32_t i = 0; i < layout->section_count && i < SECTIONS_MAX; i++) {
        uint8_t section[SECTION_BYTES];
        if (!file_part_read(layout->fd, layout->sections + (uint64_t)SECTION_BYTES * i, section,
                            sizeof section))
            return false;
        uint32_t start = little32(section + 12), bytes = little32(section + 16);
        if (address >= start && address - start < bytes) {
            *offset = (uint64_t)little32(section + 20) + (address - start);
            return true;
        }
    }
    return false;
}

static bool read_codeview(int fd, uint64_t offset, uint32_t bytes, struct pe_id *out)
{
    uint8_t record[RSDS_BYTES];
    if (bytes <= RSDS_BYTES || !file_part_read(fd, offset, record, sizeof record) ||
        memcmp(record, "RSDS", 4) != 0)
        return false;
    memcpy(out->guid, record + 4, sizeof out->guid);
    out->age = little32(record + 20);
    uint32_t name_bytes = bytes - RSDS_BYTES;
    if (name_bytes > sizeof out->pdb - 1)
        name_bytes = sizeof out->pdb - 1;
    if (!file_part_read(fd, offset + RSDS_BYTES, out->pdb, name_bytes))
        return false;
    out->pdb[name_bytes] = '\0';
    return out->pdb[0] != '\0';
}

static void find_pdb(const struct layout *layout, struct pe_id *out)
{
    uint64_t directory;
    if (layout->debug_bytes == 0 || !find_offset(layout, layout->debug_address, &directory))
        return;
    for (uint32_t i = 0; i < layout->debug_bytes / DEBUG_ENTRY_BYTES && i < DEBUG_ENTRIES_MAX;
         i++) {
        uint8_t entry[DEBUG_ENTRY_BYTES];
        uint64_t at = directory + (uint64_t)DEBUG_ENTRY_BYTES * i;
        if (!file_part_read(layout->fd, at, entry, sizeof entry))
            return;
        if (little32(entry + 12) == DEBUG_TYPE_CODEVIEW &&
            read_codeview(layout->fd, little32(entry + 24), little32(entry + 16), out)) {
            out->has_pdb = true;
            return;
        }
    }
}

bool pe_id_read(int fd, struct pe_id *out)
{
    uint8_t dos[64], coff[SIGNATURE_AND_COFF], optional[112 + 8 * DIRECTORIES_MAX];
    if (!file_part_read(fd, 0, dos, sizeof dos) || memcmp(dos, "MZ", 2) != 0)
        return false;
    uint64_t start = little32(dos + 0x3c);
    if (!file_part_read(fd, start, coff, sizeof coff) || memcmp(coff, "PE\0\0", 4) != 0)
        return false;
    uint16_t optional_bytes = little16(coff + 20);
    size_t held = optional_bytes < sizeof optional ? optional_bytes : sizeof optional;
    if (held < OPTIONAL_MIN || !file_part_read(fd, start + sizeof coff, optional, held))
        return false;
    *out = (struct pe_id){
        .machine = little16(coff + 4),
        .timestamp = little32(coff + 8),
        .image_bytes = little32(optional + 56),
        .checksum = little32(optional + 64),
    };
    struct layout layout = {
        .fd = fd,
        .sections = start + sizeof coff + optional_bytes,
        .section_count = little16(coff + 6),
    };
    size_t directories = little16(optional) == 0x20b ? 112 : 96; /* PE32+, PE32 */
    size_t debug = directories + (size_t)8 * DIRECTORY_DEBUG;
    if (debug + 8 <= held && little32(optional + directories - 4) > DIRECTORY_DEBUG) {
        layout.debug_address = little32(optional + debug);
        layout.debug_bytes = little32(optional + debug + 4);
    }
    find_pdb(&layout, out);
    return true;
}
