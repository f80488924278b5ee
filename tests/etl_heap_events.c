/* Events of heaps, heap ranges and processes, in the newest version of their payload. */
#include "tests/etl_builder_parts.h"

#include <assert.h>
#include <string.h>

enum {
    CREATE = 32,
    ALLOC = 33,
    REALLOC = 34,
    DESTROY = 35,
    FREE = 36,
    EXTEND = 37,
    SNAPSHOT = 38,
    CONTRACT = 42,
    COMMIT = 51,
    DECOMMIT = 52,
};
enum {
    RANGE_RUNDOWN = 0x64,
    RANGE_CREATE = 0x65,
    RANGE_RESERVE = 0x66,
    RANGE_RELEASE = 0x67,
    RANGE_DESTROY = 0x68,
};
enum { VERSION_2 = 2, VERSION_3 = 3, VERSION_4 = 4 };

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

/* ---- Payloads ---- */

static void put(struct etl *etl, uint64_t value, size_t width)
{
    assert(etl->payload_size + width <= sizeof etl->payload);
    etl_poke(etl->payload + etl->payload_size, value, width);
    etl->payload_size += width;
}

/* MESSAGE and ERROR do not say; they get the pointers of the session. */
static size_t pointer_bytes(const struct etl *etl)
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

static void put_pointer(struct etl *etl, uint64_t value)
{
    size_t width = pointer_bytes(etl);
    assert(width == 8 || value <= UINT32_MAX);
    put(etl, value, width);
}

static void put_u32(struct etl *etl, uint32_t value)
{
    put(etl, value, 4);
}

/* A payload of pointer-sized fields, of which the heap is the first. */
static void start(struct etl *etl, uint64_t heap)
{
    etl->payload_size = 0;
    put_pointer(etl, heap);
}

static size_t put_event(struct etl *etl, uint64_t time_ns, uint8_t group, uint8_t opcode,
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

static size_t put_heap_event(struct etl *etl, uint64_t time_ns, uint8_t opcode, uint8_t version)
{
    return put_event(etl, time_ns, ETL_GROUP_HEAP, opcode, version);
}

/* ---- The heap provider: phnt ntwmi.h, ETW_HEAP_EVENT_… ---- */

size_t etl_create(struct etl *etl, uint64_t time_ns, uint64_t heap, uint32_t flags,
                  uint64_t reserve_bytes, uint64_t commit_bytes)
{
    start(etl, heap);
    put_u32(etl, flags);
    put_pointer(etl, reserve_bytes);
    put_pointer(etl, commit_bytes);
    put_pointer(etl, 0); /* AllocatedSize */
    return put_heap_event(etl, time_ns, CREATE, VERSION_3);
}

size_t etl_alloc(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address, uint64_t size,
                 uint32_t source)
{
    start(etl, heap);
    put_pointer(etl, size);
    put_pointer(etl, address);
    put_u32(etl, source);
    return put_heap_event(etl, time_ns, ALLOC, VERSION_2);
}

size_t etl_realloc(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t new_address,
                   uint64_t old_address, uint64_t new_size, uint64_t old_size, uint32_t source)
{
    start(etl, heap);
    put_pointer(etl, new_address);
    put_pointer(etl, old_address);
    put_pointer(etl, new_size);
    put_pointer(etl, old_size);
    put_u32(etl, source);
    return put_heap_event(etl, time_ns, REALLOC, VERSION_2);
}

size_t etl_free(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address, uint32_t source)
{
    start(etl, heap);
    put_pointer(etl, address);
    put_u32(etl, source);
    return put_heap_event(etl, time_ns, FREE, VERSION_2);
}

size_t etl_destroy(struct etl *etl, uint64_t time_ns, uint64_t heap)
{
    start(etl, heap);
    return put_heap_event(etl, time_ns, DESTROY, VERSION_2);
}

static size_t put_growth(struct etl *etl, uint64_t time_ns, uint8_t opcode, uint64_t heap,
                         uint64_t address, uint64_t size, struct etl_space space)
{
    start(etl, heap);
    put_pointer(etl, size);
    put_pointer(etl, address);
    put_pointer(etl, space.free_bytes);
    put_pointer(etl, space.committed_bytes);
    put_pointer(etl, space.reserved_bytes);
    put_u32(etl, 1);     /* NoOfUCRs */
    put_pointer(etl, 0); /* AllocatedSpace */
    return put_heap_event(etl, time_ns, opcode, VERSION_3);
}

size_t etl_extend(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address, uint64_t size,
                  struct etl_space space)
{
    return put_growth(etl, time_ns, EXTEND, heap, address, size, space);
}

size_t etl_contract(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address,
                    uint64_t size, struct etl_space space)
{
    return put_growth(etl, time_ns, CONTRACT, heap, address, size, space);
}

size_t etl_snapshot(struct etl *etl, uint64_t time_ns, uint64_t heap, struct etl_space space,
                    uint64_t large_uncommitted_bytes)
{
    start(etl, heap);
    put_pointer(etl, space.free_bytes);
    put_pointer(etl, space.committed_bytes);
    put_pointer(etl, space.reserved_bytes);
    put_u32(etl, 2); /* Flags */
    put_u32(etl, etl->pid);
    put_pointer(etl, large_uncommitted_bytes);
    put_u32(etl, 3);     /* FreeListLength */
    put_u32(etl, 1);     /* UCRLength */
    put_pointer(etl, 0); /* AllocatedSpace */
    return put_heap_event(etl, time_ns, SNAPSHOT, VERSION_3);
}

static size_t put_pages(struct etl *etl, uint64_t time_ns, uint8_t opcode, uint64_t heap,
                        uint64_t address, uint64_t size)
{
    start(etl, heap);
    put_pointer(etl, address);
    put_pointer(etl, size);
    put_u32(etl, 1); /* Caller */
    return put_heap_event(etl, time_ns, opcode, VERSION_2);
}

size_t etl_commit(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address, uint64_t size)
{
    return put_pages(etl, time_ns, COMMIT, heap, address, size);
}

size_t etl_decommit(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address,
                    uint64_t size)
{
    return put_pages(etl, time_ns, DECOMMIT, heap, address, size);
}

size_t etl_heap_only(struct etl *etl, uint64_t time_ns, uint8_t opcode, uint64_t heap)
{
    start(etl, heap);
    return put_heap_event(etl, time_ns, opcode, VERSION_2);
}

/* ---- Heap ranges: group PageFault, phnt ntwmi.h PERFINFO_HEAPRANGE… ---- */

static size_t put_range_event(struct etl *etl, uint64_t time_ns, uint8_t opcode)
{
    return put_event(etl, time_ns, ETL_GROUP_PAGE_FAULT, opcode, VERSION_2);
}

size_t etl_range_rundown(struct etl *etl, uint64_t time_ns, uint64_t heap, uint32_t flags,
                         uint32_t pid, const struct etl_range *ranges, size_t count)
{
    start(etl, heap);
    put_u32(etl, flags);
    put_u32(etl, pid);
    put_u32(etl, (uint32_t)count);
    put_u32(etl, 0); /* Reserved */
    for (size_t i = 0; i < count; i++) {
        put_pointer(etl, ranges[i].address);
        put_pointer(etl, ranges[i].size);
    }
    return put_range_event(etl, time_ns, RANGE_RUNDOWN);
}

size_t etl_range_create(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t first_bytes,
                        uint32_t flags)
{
    start(etl, heap);
    put_pointer(etl, first_bytes);
    put_u32(etl, flags);
    return put_range_event(etl, time_ns, RANGE_CREATE);
}

static size_t put_range(struct etl *etl, uint64_t time_ns, uint8_t opcode, uint64_t heap,
                        uint64_t address, uint64_t size)
{
    start(etl, heap);
    put_pointer(etl, address);
    put_pointer(etl, size);
    return put_range_event(etl, time_ns, opcode);
}

size_t etl_range_reserve(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address,
                         uint64_t size)
{
    return put_range(etl, time_ns, RANGE_RESERVE, heap, address, size);
}

size_t etl_range_release(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address,
                         uint64_t size)
{
    return put_range(etl, time_ns, RANGE_RELEASE, heap, address, size);
}

size_t etl_range_destroy(struct etl *etl, uint64_t time_ns, uint64_t heap)
{
    start(etl, heap);
    return put_range_event(etl, time_ns, RANGE_DESTROY);
}

/* ---- Processes: MOF Process_V4_TypeGroup1 ---- */

static void put_utf16(struct etl *etl, const char *text)
{
    for (; *text; text++)
        put(etl, (uint8_t)*text, 2);
    put(etl, 0, 2);
}

/* TOKEN_USER, then S-1-5-18. */
static void put_local_system(struct etl *etl)
{
    static const uint8_t sid[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };
    put_pointer(etl, 0xe0001230);
    put_pointer(etl, 0);
    for (size_t i = 0; i < sizeof sid; i++)
        put(etl, sid[i], 1);
}

size_t etl_process(struct etl *etl, uint64_t time_ns, enum etl_process what, uint32_t pid,
                   uint32_t parent_pid, const char *image, const char *command_line)
{
    etl->payload_size = 0;
    put_pointer(etl, 0xe0004560); /* UniqueProcessKey */
    put_u32(etl, pid);
    put_u32(etl, parent_pid);
    put_u32(etl, 1);            /* SessionId */
    put_u32(etl, 0);            /* ExitStatus */
    put_pointer(etl, 0x1ad000); /* DirectoryTableBase */
    put_u32(etl, 0);            /* Flags */
    put_local_system(etl);
    for (size_t i = 0; i <= strlen(image); i++)
        put(etl, (uint8_t)image[i], 1);
    put_utf16(etl, command_line);
    put_utf16(etl, ""); /* PackageFullName */
    put_utf16(etl, ""); /* ApplicationId */
    return put_event(etl, time_ns, ETL_GROUP_PROCESS, (uint8_t)what, VERSION_4);
}

size_t etl_foreign(struct etl *etl, uint64_t time_ns, size_t size)
{
    enum { NOT_A_HEAP_RANGE = 1 };
    assert(size <= sizeof etl->payload);
    memset(etl->payload, 0x33, size);
    etl->payload_size = size;
    return put_event(etl, time_ns, ETL_GROUP_PERF_INFO, NOT_A_HEAP_RANGE, VERSION_2);
}
