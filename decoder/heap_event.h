/* Payloads of heap events and heap ranges. */
#ifndef DECODER_HEAP_EVENT_H
#define DECODER_HEAP_EVENT_H

#include "decoder/event.h"
#include "decoder/event_header.h"

#include <stdbool.h>

/* What came out of a payload. */
enum heap_found {
    HEAP_NOT,       /* the event is of another provider */
    HEAP_DECODED,   /* all fields of `out` but time_ns, file_offset, process and cpu are set */
    HEAP_TOO_SHORT, /* shorter than its kind and version need, or no process owns it */
};

/*
 * Decodes a payload of the heap provider (group 0x10) or of a heap range (group 2, types 0x64 to
 * 0x68). A longer payload than known is fine: later versions append. `*pid` is the owner: of the
 * header, or of the payload where that names one. `*is_known` says whether the version is one the
 * sources tell of; another one is read by the newest layout that fits.
 */
enum heap_found heap_event_decode(const struct event_header *header, struct event *out,
                                  uint32_t *pid, bool *is_known);

static inline bool is_heap_event(const struct event_header *header)
{
    return header->group == GROUP_HEAP ||
           (header->group == GROUP_PAGE_FAULT && header->opcode >= 0x64 && header->opcode <= 0x68);
}

#endif
