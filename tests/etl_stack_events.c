/* Events of call stacks and modules. */
#include "tests/etl_builder_parts.h"

#include <string.h>

enum { STACK_VERSION = 2, IMAGE_VERSION = 3, STACK_WALK = 32, PDB_IDENTITY = 36, VOLUME = 35 };

/* The kernel logs these without a thread, unless they stand under another kind of header. */
static uint8_t header_of_kernel(uint8_t header)
{
    switch (header) {
    case HEADER_SYSTEM32:
    case HEADER_COMPACT32:
        return HEADER_PERFINFO32;
    case HEADER_SYSTEM64:
    case HEADER_COMPACT64:
        return HEADER_PERFINFO64;
    default:
        return header;
    }
}

static size_t send(struct etl *etl, uint64_t time_ns, uint8_t group, uint8_t opcode,
                   uint8_t version)
{
    uint8_t header = etl->header;
    etl->header = header_of_kernel(header);
    size_t number = etl_payload_send(etl, time_ns, group, opcode, version);
    etl->header = header;
    return number;
}

/* What both a stack and the use of a key begin with: whose they are. */
static void begin_part(struct etl *etl, uint64_t event_ns)
{
    etl_payload_begin(etl);
    etl_payload_put(etl, etl_ticks(etl, event_ns), 8);
    etl_payload_u32(etl, etl->pid);
    etl_payload_u32(etl, etl->tid);
}

static void put_frames(struct etl *etl, const uint64_t *frames, size_t count)
{
    for (size_t i = 0; i < count; i++)
        etl_payload_pointer(etl, frames[i]);
}

size_t etl_stack_walk(struct etl *etl, uint64_t time_ns, uint64_t event_ns, const uint64_t *frames,
                      size_t count)
{
    begin_part(etl, event_ns);
    put_frames(etl, frames, count);
    return send(etl, time_ns, ETL_GROUP_STACK_WALK, STACK_WALK, STACK_VERSION);
}

size_t etl_stack_key(struct etl *etl, uint64_t time_ns, enum etl_stack_key what, uint64_t event_ns,
                     uint64_t key)
{
    begin_part(etl, event_ns);
    etl_payload_pointer(etl, key);
    return send(etl, time_ns, ETL_GROUP_STACK_WALK, (uint8_t)what, STACK_VERSION);
}

size_t etl_stack_definition(struct etl *etl, uint64_t time_ns, enum etl_stack_definition what,
                            uint64_t key, const uint64_t *frames, size_t count)
{
    etl_payload_begin(etl);
    etl_payload_pointer(etl, key);
    put_frames(etl, frames, count);
    return send(etl, time_ns, ETL_GROUP_STACK_WALK, (uint8_t)what, STACK_VERSION);
}

/* MOF Image_V3: Image_V2 with signature fields where that has reserved ones. */
size_t etl_image(struct etl *etl, uint64_t time_ns, enum etl_image_event what,
                 const struct etl_image *image)
{
    bool names_class = etl->header == HEADER_FULL32 || etl->header == HEADER_FULL64;
    etl_payload_begin(etl);
    etl_payload_pointer(etl, image->base);
    etl_payload_pointer(etl, image->size);
    etl_payload_u32(etl, image->pid ? image->pid : etl->pid);
    etl_payload_u32(etl, image->checksum);
    etl_payload_u32(etl, image->timestamp);
    etl_payload_u32(etl, 0x010c);          /* SignatureLevel, SignatureType, Reserved0 */
    etl_payload_pointer(etl, image->base); /* DefaultBase */
    for (int i = 0; i < 4; i++)
        etl_payload_u32(etl, 0);
    etl_payload_utf16(etl, image->path);
    return send(etl, time_ns,
                what == ETL_IMAGE_LOAD && !names_class ? ETL_GROUP_PROCESS : ETL_GROUP_IMAGE,
                (uint8_t)what, IMAGE_VERSION);
}

/* KernelTraceControl logs its events by GUID. */
static size_t send_full(struct etl *etl, uint64_t time_ns, const uint8_t *guid, uint8_t opcode)
{
    return etl_put(
        etl, &(struct etl_event){
                 .header = etl_payload_pointer_bytes(etl) == 4 ? HEADER_FULL32 : HEADER_FULL64,
                 .opcode = opcode,
                 .guid = guid,
                 .ticks = etl_ticks(etl, time_ns),
                 .cpu = etl->cpu,
                 .pid = etl->pid,
                 .tid = etl->tid,
                 .payload = etl->payload,
                 .payload_size = etl->payload_size,
             });
}

size_t etl_pdb(struct etl *etl, uint64_t time_ns, uint64_t base, uint32_t pid,
               const uint8_t guid[ETL_GUID_BYTES], uint32_t age, const char *name)
{
    etl_payload_begin(etl);
    etl_payload_pointer(etl, base);
    etl_payload_u32(etl, pid);
    etl_payload_bytes(etl, guid, ETL_GUID_BYTES);
    etl_payload_u32(etl, age);
    etl_payload_bytes(etl, name, strlen(name) + 1);
    return send_full(etl, time_ns, etl_guid_image_id, PDB_IDENTITY);
}

size_t etl_volume(struct etl *etl, uint64_t time_ns, const char *nt_path, const char *dos_path)
{
    etl_payload_begin(etl);
    etl_payload_utf16(etl, nt_path);
    etl_payload_utf16(etl, dos_path);
    return send_full(etl, time_ns, etl_guid_sys_config, VOLUME);
}
