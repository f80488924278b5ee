/* What an ELF file says of its build and of how it is laid out in memory. */
#include "reports/elf_id.h"

#include "reports/file_part.h"

#include <string.h>

enum { HEADER_BYTES = 64, SEGMENT_BYTES = 56, SEGMENTS_MAX = 512, SEGMENT_LOAD = 1 };
enum { SEGMENT_NOTE = 4, NOTE_HEADER = 12, NOTES_MAX = 64, NOTE_BUILD_ID = 3, PAGE = 4096 };

/* One program header, of either class of file. */
struct segment {
    uint32_t type;
    uint64_t offset, address, file_bytes, bytes;
};

static struct segment segment_of(const uint8_t *at, bool is_64)
{
    if (is_64)
        return (struct segment){ little32(at), little64(at + 8), little64(at + 16),
                                 little64(at + 32), little64(at + 40) };
    return (struct segment){ little32(at), little32(at + 4), little32(at + 8), little32(at + 16),
                             little32(at + 20) };
}

static uint64_t page_end(uint64_t address)
{
    return (address + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

/* What the loaded segments span, while they are gone through. */
struct extent {
    uint64_t low, file_end, end;
};

static void add_load(struct extent *extent, const struct segment *segment)
{
    const uint64_t most = UINT64_MAX - PAGE;
    uint64_t low = segment->address & ~(uint64_t)(PAGE - 1);
    if (segment->address > most || segment->bytes > most - segment->address ||
        segment->file_bytes > segment->bytes)
        return;
    uint64_t file_end = segment->file_bytes ? page_end(segment->address + segment->file_bytes) : 0;
    uint64_t end = page_end(segment->address + segment->bytes);
    extent->low = low < extent->low ? low : extent->low;
    extent->file_end = file_end > extent->file_end ? file_end : extent->file_end;
    extent->end = end > extent->end ? end : extent->end;
}

static uint64_t padded(uint32_t bytes)
{
    return ((uint64_t)bytes + 3) & ~UINT64_C(3);
}

static void find_build_id(int fd, const struct segment *segment, struct elf_id *out)
{
    uint64_t at = 0;
    for (size_t i = 0; i < NOTES_MAX && segment->file_bytes >= NOTE_HEADER &&
                       at <= segment->file_bytes - NOTE_HEADER;
         i++) {
        uint8_t note[NOTE_HEADER + 4];
        if (segment->offset > INT64_MAX || at > INT64_MAX ||
            !file_part_read(fd, segment->offset + at, note, sizeof note))
            return;
        uint32_t name_bytes = little32(note), bytes = little32(note + 4);
        bool is_build_id = little32(note + 8) == NOTE_BUILD_ID && name_bytes == 4 &&
                           memcmp(note + NOTE_HEADER, "GNU", 4) == 0;
        if (is_build_id && bytes > 0 && bytes <= ELF_BUILD_ID_MAX &&
            file_part_read(fd, segment->offset + at + sizeof note, out->build_id, bytes)) {
            out->build_id_bytes = bytes;
            return;
        }
        at += NOTE_HEADER + padded(name_bytes) + padded(bytes);
    }
}

bool elf_id_read(int fd, struct elf_id *out)
{
    uint8_t header[HEADER_BYTES] = { 0 };
    struct extent extent = { .low = UINT64_MAX };
    if (!file_part_read(fd, 0, header, HEADER_BYTES) || memcmp(header, "\177ELF", 4) != 0 ||
        header[5] != 1 || (header[4] != 1 && header[4] != 2))
        return false;
    bool is_64 = header[4] == 2;
    uint64_t segments = is_64 ? little64(header + 32) : little32(header + 28);
    uint16_t each = little16(header + (is_64 ? 54 : 42));
    uint16_t count = little16(header + (is_64 ? 56 : 44));
    size_t needed = is_64 ? SEGMENT_BYTES : 32;
    *out = (struct elf_id){ 0 };
    if (each < needed || count > SEGMENTS_MAX || segments > INT64_MAX)
        return false;
    for (uint16_t i = 0; i < count; i++) {
        uint8_t bytes[SEGMENT_BYTES];
        if (!file_part_read(fd, segments + (uint64_t)each * i, bytes, needed))
            return false;
        struct segment segment = segment_of(bytes, is_64);
        if (segment.type == SEGMENT_LOAD)
            add_load(&extent, &segment);
        else if (segment.type == SEGMENT_NOTE && out->build_id_bytes == 0)
            find_build_id(fd, &segment, out);
    }
    if (extent.low >= extent.end)
        return false;
    out->first_address = extent.low;
    out->span = extent.end - extent.low;
    out->file_span = extent.file_end > extent.low ? extent.file_end - extent.low : 0;
    return true;
}
