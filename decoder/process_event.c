/* Payloads of process events: who starts, ends, or is there. */
#include "decoder/process_event.h"

#include "decoder/bytes.h"
#include "decoder/utf.h"

#include <string.h>

enum { VERSION_NEWEST = 5 };

/*
 * The fields before the SID. Source: PerfView ProcessTraceData, snail-server process.hpp, sawbuck
 * kernel_log_types.h; checked on real events of versions 3 to 5. Version 5 only appends.
 */
static bool read_fixed(struct bytes *b, uint16_t version, size_t pointer_bytes,
                       struct process_event *out)
{
    if (version == 0) {
        out->pid = (uint32_t)bytes_pointer(b, pointer_bytes);
        out->parent_pid = (uint32_t)bytes_pointer(b, pointer_bytes);
        return !b->overrun;
    }
    bytes_take(b, pointer_bytes); /* UniqueProcessKey; PageDirectoryBase in version 1 */
    out->pid = bytes_u32(b);
    out->parent_pid = bytes_u32(b);
    bytes_take(b, 4 + 4); /* SessionId, ExitStatus */
    if (version >= 3)
        bytes_take(b, pointer_bytes); /* DirectoryTableBase */
    if (version >= 4)
        bytes_take(b, 4); /* Flags */
    return !b->overrun;
}

/* Whether a SID starts there: revision 1 and at most 15 authorities, all of them there. */
static bool is_sid(const struct bytes *b, size_t at)
{
    enum { SID_HEADER = 8, SID_AUTHORITIES_MAX = 15 };
    return b->left >= at + SID_HEADER && b->at[at] == 1 && b->at[at + 1] <= SID_AUTHORITIES_MAX &&
           b->left >= at + SID_HEADER + 4u * b->at[at + 1];
}

/*
 * A TOKEN_USER of two pointers and a SID; or one zero dword where there is no user (PerfView
 * TraceEvent.cs SkipSID). sawbuck's traces have a SID behind a TOKEN_USER of zeros, so a zero dword
 * alone does not decide.
 */
static void skip_sid(struct bytes *b, size_t pointer_bytes)
{
    size_t token_user = 2 * pointer_bytes;
    if (is_sid(b, token_user))
        bytes_take(b, token_user + 8 + 4u * b->at[token_user + 1]);
    else if (b->left >= 4 && load_u32(b->at) == 0)
        bytes_take(b, 4);
    else
        b->overrun = true;
}

static void read_names(struct bytes *b, uint16_t version, struct process_event *out)
{
    if (b->overrun || b->left == 0)
        return;
    utf8_from_8bit(b->at, b->left, out->image, sizeof out->image);
    const uint8_t *nul = memchr(b->at, 0, b->left);
    if (!nul || version < 2)
        return;
    bytes_take(b, (size_t)(nul - b->at) + 1);
    utf8_from_utf16(b->at, b->left, out->command_line, sizeof out->command_line);
}

bool process_event_decode(const struct event_header *header, struct process_event *out,
                          bool *is_known)
{
    struct bytes b = bytes_over(header->payload, header->payload_bytes);
    out->image[0] = '\0';
    out->command_line[0] = '\0';
    *is_known = header->version <= VERSION_NEWEST;
    if (!read_fixed(&b, header->version, header->pointer_bytes, out))
        return false;
    skip_sid(&b, header->pointer_bytes);
    read_names(&b, header->version, out);
    return true;
}
