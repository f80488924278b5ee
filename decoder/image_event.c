/* Payloads of events about modules, their symbol files, and the names of volumes. */
#include "decoder/image_event.h"

#include "decoder/bytes.h"
#include "decoder/utf.h"

#include <string.h>

enum { VERSION_NEWEST = 3 };

/* Version 3 has signature fields where version 2 has reserved ones. */
static void read_since_version_2(struct bytes *b, size_t pointer_bytes, struct image_event *out)
{
    out->checksum = bytes_u32(b);
    out->timestamp = bytes_u32(b);
    bytes_take(b, 4 + pointer_bytes + 4 * 4); /* reserved, DefaultBase, reserved */
}

bool image_event_decode(const struct event_header *header, struct image_event *out, bool *is_known)
{
    struct bytes b = bytes_over(header->payload, header->payload_bytes);
    size_t pointer_bytes = header->pointer_bytes;
    uint16_t version = header->version;
    *is_known = version <= VERSION_NEWEST;
    out->base = bytes_pointer(&b, pointer_bytes);
    out->size = version == 0 ? bytes_u32(&b) : bytes_pointer(&b, pointer_bytes);
    out->pid = version == 0 ? header->pid : bytes_u32(&b);
    out->checksum = out->timestamp = 0;
    if (version >= 2)
        read_since_version_2(&b, pointer_bytes, out);
    utf8_from_utf16(b.at, b.left, out->path, sizeof out->path);
    return !b.overrun && out->size > 0 && (version > 0 || header->has_owner);
}

bool pdb_event_decode(const struct event_header *header, struct pdb_event *out)
{
    struct bytes b = bytes_over(header->payload, header->payload_bytes);
    out->base = bytes_pointer(&b, header->pointer_bytes);
    out->pid = bytes_u32(&b);
    const uint8_t *guid = bytes_take(&b, GUID_BYTES);
    out->age = bytes_u32(&b);
    if (b.overrun)
        return false;
    memcpy(out->guid, guid, GUID_BYTES);
    utf8_from_8bit(b.at, b.left, out->name, sizeof out->name);
    return true;
}

/* Steps behind the NUL of a UTF-16 text; false when it has none. */
static bool skip_utf16(struct bytes *b)
{
    while (b->left >= 2)
        if (bytes_u16(b) == 0)
            return true;
    return false;
}

bool volume_event_decode(const struct event_header *header, struct volume_event *out)
{
    struct bytes b = bytes_over(header->payload, header->payload_bytes);
    utf8_from_utf16(b.at, b.left, out->nt_path, sizeof out->nt_path);
    if (!skip_utf16(&b) || b.left < 2)
        return false;
    utf8_from_utf16(b.at, b.left, out->dos_path, sizeof out->dos_path);
    return true;
}
