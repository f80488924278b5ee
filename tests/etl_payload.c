/* Payloads: put together field by field, and sent as an event of who etl_as said. */
#include "tests/etl_builder_parts.h"

#include <assert.h>
#include <string.h>

void etl_as(struct etl *etl, uint32_t cpu, uint32_t pid, uint32_t tid)
{
    etl->cpu = cpu;
    etl->pid = pid;
    etl->tid = tid;
}

void etl_under(struct etl *etl, uint8_t header)
{
    etl->header = header;
}

void etl_payload_begin(struct etl *etl)
{
    etl->payload_size = 0;
}

void etl_payload_put(struct etl *etl, uint64_t value, size_t width)
{
    assert(etl->payload_size + width <= sizeof etl->payload);
    etl_poke(etl->payload + etl->payload_size, value, width);
    etl->payload_size += width;
}

void etl_payload_u32(struct etl *etl, uint32_t value)
{
    etl_payload_put(etl, value, 4);
}

void etl_payload_bytes(struct etl *etl, const void *data, size_t size)
{
    assert(etl->payload_size + size <= sizeof etl->payload);
    memcpy(etl->payload + etl->payload_size, data, size);
    etl->payload_size += size;
}

/* MESSAGE and ERROR do not say; they get the pointers of the session. */
size_t etl_payload_pointer_bytes(const struct etl *etl)
{
    switch (etl->header) {
    case HEADER_SYSTEM32:
    case HEADER_COMPACT32:
    case HEADER_PERFINFO32:
    case HEADER_FULL32:
    case HEADER_INSTANCE32:
    case HEADER_EVENT32:
        return 4;
    case HEADER_MESSAGE:
    case HEADER_ERROR:
        return etl->options.pointer_bytes;
    default:
        return 8;
    }
}

void etl_payload_pointer(struct etl *etl, uint64_t value)
{
    size_t width = etl_payload_pointer_bytes(etl);
    assert(width == 8 || value <= UINT32_MAX);
    etl_payload_put(etl, value, width);
}

void etl_payload_utf16(struct etl *etl, const char *text)
{
    for (; *text; text++)
        etl_payload_put(etl, (uint8_t)*text, 2);
    etl_payload_put(etl, 0, 2);
}

size_t etl_payload_send(struct etl *etl, uint64_t time_ns, uint8_t group, uint8_t opcode,
                        uint8_t version)
{
    return etl_put(etl, &(struct etl_event){
                            .header = etl->header,
                            .group = group,
                            .opcode = opcode,
                            .version = version,
                            .ticks = etl_ticks(etl, time_ns),
                            .cpu = etl->cpu,
                            .pid = etl->pid,
                            .tid = etl->tid,
                            .payload = etl->payload,
                            .payload_size = etl->payload_size,
                        });
}
