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

/* A payload of pointer-sized fields, of which the heap is the first. */
static void start(struct etl *etl, uint64_t heap)
{
    etl->payload_size = 0;
    etl_payload_pointer(etl, heap);
}

static size_t put_heap_event(struct etl *etl, uint64_t time_ns, uint8_t opcode, uint8_t version)
{
    return etl_payload_send(etl, time_ns, ETL_GROUP_HEAP, opcode, version);
}

/* ---- The heap provider: phnt ntwmi.h, ETW_HEAP_EVENT_… ---- */

size_t etl_create(struct etl *etl, uint64_t time_ns, uint64_t heap, uint32_t flags,
                  uint64_t reserve_bytes, uint64_t commit_bytes)
{
    start(etl, heap);
    etl_payload_u32(etl, flags);
    etl_payload_pointer(etl, reserve_bytes);
    etl_payload_pointer(etl, commit_bytes);
    etl_payload_pointer(etl, 0); /* AllocatedSize */
    return put_heap_event(etl, time_ns, CREATE, VERSION_3);
}

size_t etl_alloc(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address, uint64_t size,
                 uint32_t source)
{
    start(etl, heap);
    etl_payload_pointer(etl, size);
    etl_payload_pointer(etl, address);
    etl_payload_u32(etl, source);
    return put_heap_event(etl, time_ns, ALLOC, VERSION_2);
}

size_t etl_realloc(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t new_address,
                   uint64_t old_address, uint64_t new_size, uint64_t old_size, uint32_t source)
{
    start(etl, heap);
    etl_payload_pointer(etl, new_address);
    etl_payload_pointer(etl, old_address);
    etl_payload_pointer(etl, new_size);
    etl_payload_pointer(etl, old_size);
    etl_payload_u32(etl, source);
    return put_heap_event(etl, time_ns, REALLOC, VERSION_2);
}

size_t etl_free(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address, uint32_t source)
{
    start(etl, heap);
    etl_payload_pointer(etl, address);
    etl_payload_u32(etl, source);
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
    etl_payload_pointer(etl, size);
    etl_payload_pointer(etl, address);
    etl_payload_pointer(etl, space.free_bytes);
    etl_payload_pointer(etl, space.committed_bytes);
    etl_payload_pointer(etl, space.reserved_bytes);
    etl_payload_u32(etl, 1);     /* NoOfUCRs */
    etl_payload_pointer(etl, 0); /* AllocatedSpace */
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
    etl_payload_pointer(etl, space.free_bytes);
    etl_payload_pointer(etl, space.committed_bytes);
    etl_payload_pointer(etl, space.reserved_bytes);
    etl_payload_u32(etl, 2); /* Flags */
    etl_payload_u32(etl, etl->pid);
    etl_payload_pointer(etl, large_uncommitted_bytes);
    etl_payload_u32(etl, 3);     /* FreeListLength */
    etl_payload_u32(etl, 1);     /* UCRLength */
    etl_payload_pointer(etl, 0); /* AllocatedSpace */
    return put_heap_event(etl, time_ns, SNAPSHOT, VERSION_3);
}

static size_t put_pages(struct etl *etl, uint64_t time_ns, uint8_t opcode, uint64_t heap,
                        uint64_t address, uint64_t size)
{
    start(etl, heap);
    etl_payload_pointer(etl, address);
    etl_payload_pointer(etl, size);
    etl_payload_u32(etl, 1); /* Caller */
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
    return etl_payload_send(etl, time_ns, ETL_GROUP_PAGE_FAULT, opcode, VERSION_2);
}

size_t etl_range_rundown(struct etl *etl, uint64_t time_ns, uint64_t heap, uint32_t flags,
                         uint32_t pid, const struct etl_range *ranges, size_t count)
{
    start(etl, heap);
    etl_payload_u32(etl, flags);
    etl_payload_u32(etl, pid);
    etl_payload_u32(etl, (uint32_t)count);
    etl_payload_u32(etl, 0); /* Reserved */
    for (size_t i = 0; i < count; i++) {
        etl_payload_pointer(etl, ranges[i].address);
        etl_payload_pointer(etl, ranges[i].size);
    }
    return put_range_event(etl, time_ns, RANGE_RUNDOWN);
}

size_t etl_range_create(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t first_bytes,
                        uint32_t flags)
{
    start(etl, heap);
    etl_payload_pointer(etl, first_bytes);
    etl_payload_u32(etl, flags);
    return put_range_event(etl, time_ns, RANGE_CREATE);
}

static size_t put_range(struct etl *etl, uint64_t time_ns, uint8_t opcode, uint64_t heap,
                        uint64_t address, uint64_t size)
{
    start(etl, heap);
    etl_payload_pointer(etl, address);
    etl_payload_pointer(etl, size);
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

/* TOKEN_USER, then S-1-5-18. */
static void put_local_system(struct etl *etl)
{
    static const uint8_t sid[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };
    etl_payload_pointer(etl, 0xe0001230);
    etl_payload_pointer(etl, 0);
    for (size_t i = 0; i < sizeof sid; i++)
        etl_payload_put(etl, sid[i], 1);
}

size_t etl_process(struct etl *etl, uint64_t time_ns, enum etl_process what, uint32_t pid,
                   uint32_t parent_pid, const char *image, const char *command_line)
{
    etl->payload_size = 0;
    etl_payload_pointer(etl, 0xe0004560); /* UniqueProcessKey */
    etl_payload_u32(etl, pid);
    etl_payload_u32(etl, parent_pid);
    etl_payload_u32(etl, 1);            /* SessionId */
    etl_payload_u32(etl, 0);            /* ExitStatus */
    etl_payload_pointer(etl, 0x1ad000); /* DirectoryTableBase */
    etl_payload_u32(etl, 0);            /* Flags */
    put_local_system(etl);
    for (size_t i = 0; i <= strlen(image); i++)
        etl_payload_put(etl, (uint8_t)image[i], 1);
    etl_payload_utf16(etl, command_line);
    etl_payload_utf16(etl, ""); /* PackageFullName */
    etl_payload_utf16(etl, ""); /* ApplicationId */
    return etl_payload_send(etl, time_ns, ETL_GROUP_PROCESS, (uint8_t)what, VERSION_4);
}

size_t etl_foreign(struct etl *etl, uint64_t time_ns, size_t size)
{
    enum { NOT_A_HEAP_RANGE = 1 };
    assert(size <= sizeof etl->payload);
    memset(etl->payload, 0x33, size);
    etl->payload_size = size;
    return etl_payload_send(etl, time_ns, ETL_GROUP_PERF_INFO, NOT_A_HEAP_RANGE, VERSION_2);
}
