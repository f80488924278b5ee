/* What a PDB file says of the build it belongs to. */
#include "reports/pdb_id.h"

#include "reports/file_part.h"

#include <string.h>

enum { SUPERBLOCK_SIZE = 56, MAGIC_SIZE = 32 };
enum { STREAM_INFO = 1, STREAM_DBI = 3, STREAMS_NEEDED = 4 };
enum { INFO_SIZE = 28, DBI_SIZE = 64 };
#define NO_STREAM UINT32_MAX

/* An MSF file: streams made of blocks, which a directory lists, which is a stream itself. */
struct msf {
    int fd;
    uint32_t block_bytes, directory_bytes, directory_map; /* the last: a block with block numbers */
    uint32_t sizes[STREAMS_NEEDED];                       /* bytes; NO_STREAM */
    uint32_t count;                                       /* streams */
};

static uint32_t blocks_of(const struct msf *msf, uint32_t bytes)
{
    if (bytes == NO_STREAM)
        return 0;
    return bytes / msf->block_bytes + (bytes % msf->block_bytes != 0);
}

static bool read_number(const struct msf *msf, uint64_t offset, uint32_t *out)
{
    uint8_t bytes[4];
    if (!file_part_read(msf->fd, offset, bytes, sizeof bytes))
        return false;
    *out = little32(bytes);
    return true;
}

/* The directory's number at `index`; it is aligned, so it lies in one block. */
static bool read_directory(const struct msf *msf, uint64_t index, uint32_t *out)
{
    uint64_t at = 4 * index;
    uint32_t block;
    if (at + 4 > msf->directory_bytes)
        return false;
    uint64_t map = (uint64_t)msf->directory_map * msf->block_bytes + 4 * (at / msf->block_bytes);
    return read_number(msf, map, &block) &&
           read_number(msf, (uint64_t)block * msf->block_bytes + at % msf->block_bytes, out);
}

static bool read_superblock(struct msf *msf)
{
    static const char magic[MAGIC_SIZE] = "Microsoft C/C++ MSF 7.00\r\n\x1a"
                                          "DS\0\0"; /* with the NUL of the literal: 32 bytes */
    uint8_t bytes[SUPERBLOCK_SIZE];
    if (!file_part_read(msf->fd, 0, bytes, sizeof bytes) || memcmp(bytes, magic, MAGIC_SIZE) != 0)
        return false;
    msf->block_bytes = little32(bytes + 32);
    msf->directory_bytes = little32(bytes + 44);
    msf->directory_map = little32(bytes + 52);
    bool is_power = msf->block_bytes && (msf->block_bytes & (msf->block_bytes - 1)) == 0;
    return is_power && msf->block_bytes >= 512 && msf->block_bytes <= 1 << 16 &&
           read_directory(msf, 0, &msf->count) && msf->count > STREAM_INFO;
}

/* The first bytes of a stream, which all lie in its first block. */
static bool read_stream(const struct msf *msf, size_t stream, uint8_t *out, size_t size)
{
    uint64_t index = 1 + (uint64_t)msf->count;
    uint32_t block;
    if (stream >= msf->count || msf->sizes[stream] == NO_STREAM || msf->sizes[stream] < size)
        return false;
    for (size_t i = 0; i < stream; i++)
        index += blocks_of(msf, msf->sizes[i]);
    return read_directory(msf, index, &block) &&
           file_part_read(msf->fd, (uint64_t)block * msf->block_bytes, out, size);
}

bool pdb_id_read(int fd, struct pdb_id *out)
{
    struct msf msf = { .fd = fd };
    uint8_t info[INFO_SIZE], dbi[DBI_SIZE];
    if (!read_superblock(&msf))
        return false;
    for (uint32_t i = 0; i < STREAMS_NEEDED && i < msf.count; i++)
        if (!read_directory(&msf, 1 + i, &msf.sizes[i]))
            return false;
    if (!read_stream(&msf, STREAM_INFO, info, sizeof info))
        return false;
    *out = (struct pdb_id){ .info_age = little32(info + 8), .age = little32(info + 8) };
    memcpy(out->guid, info + 12, sizeof out->guid);
    if (read_stream(&msf, STREAM_DBI, dbi, sizeof dbi)) {
        out->age = little32(dbi + 8);
        out->machine = little16(dbi + 58);
    }
    return true;
}
