/* Payloads of heap events and heap ranges. */
#ifndef DECODER_HEAP_EVENT_H
#define DECODER_HEAP_EVENT_H

#include "decoder/event.h"
#include "decoder/event_header.h"

#include <stdbool.h>
#include <stddef.h>

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

enum { HEAP_FORM_FIELDS = 4 };

/*
 * How to read the heap events that start with the same 8 bytes, so that they have one header, kind,
 * version and size: what heap_event.c knows of them, made ready. Of a field that is narrower than 8
 * bytes, the bytes behind it are read too and dropped, as is all of one that they do not have:
 * events of several kinds follow one another in no order, and a branch here would be guessed wrong
 * half of the time.
 */
struct heap_form {
    uint64_t first_bytes; /* those 8 */
    uint64_t keep_heap;
    uint64_t keep[HEAP_FORM_FIELDS]; /* of address, size, and the first two of the union */
    uint32_t keep_number;            /* of source or flags, 4 bytes */
    uint16_t reach; /* bytes that heap_form_read needs, from the event's first: its size, or more */
    uint8_t ticks_at; /* from there too, as are the next */
    uint8_t heap_at;
    uint8_t at[HEAP_FORM_FIELDS];
    uint8_t number_at;
    uint8_t kind;
    uint8_t has;
};

/*
 * The form of an event that heap_form_read decodes as heap_event_decode would: under a header of
 * FAMILY_GROUP, of a known version, with the owner of its header, and without reserved_bytes.
 * False: another one.
 */
bool heap_form_of(const struct event_header *header, struct heap_form *form);

/* Sets what the event at `start` and its form tell. All `reach` bytes are there. */
static inline void heap_form_read(const struct heap_form *form, const uint8_t *start,
                                  struct event *out)
{
    out->heap = load_u64(start + form->heap_at) & form->keep_heap;
    out->address = load_u64(start + form->at[0]) & form->keep[0];
    out->size = load_u64(start + form->at[1]) & form->keep[1];
    out->free_bytes = load_u64(start + form->at[2]) & form->keep[2];
    out->committed_bytes = load_u64(start + form->at[3]) & form->keep[3];
    out->reserved_bytes = 0;
    out->large_uncommitted_bytes = 0;
    out->source = load_u32(start + form->number_at) & form->keep_number;
    out->kind = form->kind;
    out->has = form->has;
}

static inline bool is_heap_event(const struct event_header *header)
{
    return header->group == GROUP_HEAP ||
           (header->group == GROUP_PAGE_FAULT && header->opcode >= 0x64 && header->opcode <= 0x68);
}

#endif
