/* Events of any kind: the header that each kind has in front of its payload. */
#include "tests/etl_builder_parts.h"

#include <assert.h>
#include <string.h>

/* Windows stores the first three parts of a GUID little-endian. */
const uint8_t etl_guid_heap[ETL_GUID_BYTES] = { 0xab, 0x62, 0x29, 0x22, 0x80, 0x61, 0x88, 0x4b,
                                                0xa8, 0x25, 0x34, 0x6b, 0x75, 0xf2, 0xa2, 0x4a };
const uint8_t etl_guid_page_fault[ETL_GUID_BYTES] = { 0xd3, 0xa8, 0x6f, 0x3d, 0x05, 0xfe,
                                                      0xd0, 0x11, 0x9d, 0xda, 0x00, 0xc0,
                                                      0x4f, 0xd7, 0xba, 0x7c };
const uint8_t etl_guid_process[ETL_GUID_BYTES] = { 0xd0, 0xa8, 0x6f, 0x3d, 0x05, 0xfe, 0xd0, 0x11,
                                                   0x9d, 0xda, 0x00, 0xc0, 0x4f, 0xd7, 0xba, 0x7c };
const uint8_t etl_guid_stack_walk[ETL_GUID_BYTES] = { 0x46, 0xfe, 0xf2, 0xde, 0xd6, 0x7b,
                                                      0x80, 0x4b, 0xbd, 0x94, 0xf5, 0x7f,
                                                      0xe2, 0x0d, 0x0c, 0xe3 };
const uint8_t etl_guid_image[ETL_GUID_BYTES] = { 0x1d, 0x5d, 0xb1, 0x2c, 0xc1, 0x5f, 0xd2, 0x11,
                                                 0xab, 0xe1, 0x00, 0xa0, 0xc9, 0x11, 0xf5, 0x18 };
const uint8_t etl_guid_image_id[ETL_GUID_BYTES] = {
    0xd7, 0x75, 0xe6, 0xb3, 0x54, 0x25, 0x18, 0x4f, 0x83, 0x0b, 0x27, 0x62, 0x73, 0x25, 0x60, 0xde
};
const uint8_t etl_guid_sys_config[ETL_GUID_BYTES] = { 0x91, 0xee, 0x79, 0x9b, 0xfd, 0xb5,
                                                      0xc0, 0x41, 0xa2, 0x43, 0x42, 0x48,
                                                      0xe2, 0x66, 0xe9, 0xd0 };
const uint8_t etl_guid_foreign[ETL_GUID_BYTES] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
                                                   0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };

enum {
    TRACE_HEADER = 0xc0,
    MESSAGE_HEADER = 0x90,
    EXTENDED_INFO = 1,
    ITEM_HEADER_BYTES = 8,
    PEBS_INDEX = 0x80,
    ERROR_BYTES = 0x50,
};

/* An event that is being put together. */
struct draft {
    uint8_t bytes[ETL_EVENT_MAX + 1];
    size_t size;
};

static void put(struct draft *draft, uint64_t value, size_t width)
{
    assert(draft->size + width <= ETL_EVENT_MAX);
    etl_poke(draft->bytes + draft->size, value, width);
    draft->size += width;
}

static void put_bytes(struct draft *draft, const void *data, size_t size)
{
    assert(draft->size + size <= ETL_EVENT_MAX);
    if (size > 0 && data)
        memcpy(draft->bytes + draft->size, data, size);
    else
        memset(draft->bytes + draft->size, 0, size);
    draft->size += size;
}

static const uint8_t *guid_of(const struct etl_event *event)
{
    if (event->guid)
        return event->guid;
    switch (event->group) {
    case ETL_GROUP_HEAP:
        return etl_guid_heap;
    case ETL_GROUP_PAGE_FAULT:
        return etl_guid_page_fault;
    case ETL_GROUP_PROCESS:
        return etl_guid_process;
    case ETL_GROUP_STACK_WALK:
        return etl_guid_stack_walk;
    case ETL_GROUP_IMAGE:
        return etl_guid_image;
    default:
        return etl_guid_foreign;
    }
}

/* The PMC counters and the PEBS index, which lie between header and payload. */
static void put_counters(struct draft *draft, const struct etl_event *event)
{
    if (event->has_pebs_index)
        put(draft, UINT64_C(0x5045425350454253), 8);
    for (uint8_t i = 0; i < event->counters; i++)
        put(draft, UINT64_C(0xc0c0c0c0c0c0c000) + i, 8);
}

/* Version, flags, kind, size (filled in later) and HookId: of SYSTEM, COMPACT and PERFINFO. */
static void put_hook(struct draft *draft, const struct etl_event *event)
{
    put(draft, event->version, 1);
    put(draft, (event->has_pebs_index ? PEBS_INDEX : 0u) | (event->counters & 7u), 1);
    put(draft, event->header, 1);
    put(draft, TRACE_HEADER, 1);
    put(draft, 0, 2);
    put(draft, event->opcode, 1);
    put(draft, event->group, 1);
}

static void put_thread(struct draft *draft, const struct etl_event *event)
{
    put(draft, event->tid, 4);
    put(draft, event->pid, 4);
}

/* SYSTEM_TRACE_HEADER; COMPACT is the same without its last two fields. */
static void put_system(struct draft *draft, const struct etl_event *event, bool is_compact)
{
    put_hook(draft, event);
    put_thread(draft, event);
    put(draft, event->ticks, 8);
    if (!is_compact)
        put(draft, UINT64_C(0x0000000300000002), 8); /* KernelTime, UserTime */
    put_counters(draft, event);
}

static void put_perfinfo(struct draft *draft, const struct etl_event *event)
{
    put_hook(draft, event);
    put(draft, event->ticks, 8);
    put_counters(draft, event);
}

/* EVENT_TRACE_HEADER, and EVENT_INSTANCE_GUID_HEADER with what it has more. */
static void put_full(struct draft *draft, const struct etl_event *event, bool is_instance)
{
    put(draft, 0, 2);
    put(draft, event->header, 1);
    put(draft, TRACE_HEADER, 1);
    put(draft, event->opcode, 1);
    put(draft, 0, 1); /* Level */
    put(draft, event->version, 2);
    put_thread(draft, event);
    put(draft, event->ticks, 8);
    put_bytes(draft, guid_of(event), ETL_GUID_BYTES);
    put(draft, UINT64_C(0x0000000300000002), 8); /* KernelTime, UserTime */
    if (is_instance) {
        put(draft, UINT64_C(0x0000000500000004), 8); /* InstanceId, ParentInstanceId */
        put_bytes(draft, etl_guid_foreign, ETL_GUID_BYTES);
    }
}

static void put_items(struct draft *draft, const struct etl_event *event)
{
    for (size_t i = 0; i < event->item_count; i++) {
        const struct etl_item *item = &event->items[i];
        size_t total = ITEM_HEADER_BYTES + etl_aligned(item->size);
        put(draft, total, 2);
        put(draft, item->type, 2);
        put(draft, i + 1 < event->item_count, 2); /* Linkage */
        put(draft, item->size, 2);
        put_bytes(draft, item->data, item->size);
        put_bytes(draft, NULL, etl_aligned(item->size) - item->size);
    }
}

/* EVENT_HEADER. */
static void put_event(struct draft *draft, const struct etl_event *event)
{
    put(draft, 0, 2);
    put(draft, event->header, 1);
    put(draft, TRACE_HEADER, 1);
    put(draft, event->item_count > 0 ? EXTENDED_INFO : 0, 2);
    put(draft, 0, 2); /* EventProperty */
    put_thread(draft, event);
    put(draft, event->ticks, 8);
    put_bytes(draft, guid_of(event), ETL_GUID_BYTES);
    put(draft, event->opcode + 1000u, 2); /* Id: not the opcode */
    put(draft, event->version, 1);
    put(draft, 11, 1); /* Channel */
    put(draft, 4, 1);  /* Level */
    put(draft, event->opcode, 1);
    put(draft, 9, 2);                            /* Task */
    put(draft, UINT64_C(0x8000000000000001), 8); /* Keyword */
    put(draft, 77, 8);                           /* ProcessorTime */
    put_bytes(draft, NULL, ETL_GUID_BYTES);      /* ActivityId */
    put_items(draft, event);
}

/* MESSAGE_TRACE_HEADER and what its options ask for, in this order. */
static void put_message(struct draft *draft, const struct etl_event *event)
{
    enum { SEQUENCE = 1, GUID = 2, COMPONENT = 4, TIME = 8, THREAD = 0x20 };
    uint16_t options = event->message_options;
    put(draft, 0, 2);
    put(draft, 0, 1);
    put(draft, MESSAGE_HEADER, 1);
    put(draft, event->opcode, 2); /* MessageNumber */
    put(draft, options, 2);
    if (options & SEQUENCE)
        put(draft, 1, 4);
    if (options & COMPONENT)
        put(draft, 2, 4);
    else if (options & GUID)
        put_bytes(draft, guid_of(event), ETL_GUID_BYTES);
    if (options & TIME)
        put(draft, event->ticks, 8);
    if (options & THREAD)
        put_thread(draft, event);
}

/* Its layout is documented nowhere; only that the size comes first, as in FULL. */
static void put_error(struct draft *draft)
{
    put(draft, 0, 2);
    put(draft, HEADER_ERROR, 1);
    put(draft, TRACE_HEADER, 1);
    put_bytes(draft, NULL, ERROR_BYTES - 4);
}

static void put_header(struct draft *draft, const struct etl_event *event)
{
    switch (event->header) {
    case HEADER_SYSTEM32:
    case HEADER_SYSTEM64:
        put_system(draft, event, false);
        break;
    case HEADER_COMPACT32:
    case HEADER_COMPACT64:
        put_system(draft, event, true);
        break;
    case HEADER_PERFINFO32:
    case HEADER_PERFINFO64:
        put_perfinfo(draft, event);
        break;
    case HEADER_INSTANCE32:
    case HEADER_INSTANCE64:
        put_full(draft, event, true);
        break;
    case HEADER_EVENT32:
    case HEADER_EVENT64:
        put_event(draft, event);
        break;
    case HEADER_MESSAGE:
        put_message(draft, event);
        break;
    case HEADER_ERROR:
        put_error(draft);
        break;
    default: /* a kind that there is not: as a test may want */
        put_full(draft, event, false);
        break;
    }
}

/* SYSTEM, COMPACT and PERFINFO have the size of the event at 4, the others at 0. */
static size_t place_of_size(uint8_t header)
{
    switch (header) {
    case HEADER_SYSTEM32:
    case HEADER_SYSTEM64:
    case HEADER_COMPACT32:
    case HEADER_COMPACT64:
    case HEADER_PERFINFO32:
    case HEADER_PERFINFO64:
        return 4;
    default:
        return 0;
    }
}

size_t etl_put(struct etl *etl, const struct etl_event *event)
{
    struct draft draft;
    draft.size = 0;
    put_header(&draft, event);
    put_bytes(&draft, event->payload, event->payload_size);
    etl_poke(draft.bytes + place_of_size(event->header), draft.size, 2);
    return etl_raw(etl, event->cpu, draft.bytes, draft.size);
}
