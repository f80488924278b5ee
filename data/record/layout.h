/* The structs of an .etl file, as far as a recording is made of them. */
#ifndef DATA_RECORD_LAYOUT_H
#define DATA_RECORD_LAYOUT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Source of all layouts: phnt ntwmi.h (WMI_BUFFER_HEADER, SYSTEM_TRACE_HEADER, ETW_HEAP_EVENT_…),
 * Geoff Chappell's pages on TRACE_LOGFILE_HEADER, PerfView KernelTraceEventParser.cs (Process and
 * Image payloads). Little-endian, 64-bit; every event starts 8-aligned, so the structs are in step
 * with the file without packing, and end in the padding that the file has there too.
 *
 * While a program is being recorded, several processes map the same file. What they share is in
 * fields that the format has anyway: `buffers_written` is the next free buffer of the file,
 * `processor_count` the next part (a part is what one process wrote between its start or its exec
 * and its end), `events_lost` counts for all. So the file can be read at any time.
 */
_Static_assert(sizeof(void *) == 8, "the recorder writes 64-bit events");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "an .etl file is little-endian");

enum {
    BUFFER_BYTES = 65536,
    PROCESSOR_LIMIT = 0x800, /* ETW_PROCESSOR_INDEX_MASK is 0x7FF */
    CLOCK_HZ = 1000000000,   /* CLOCK_MONOTONIC, in nanoseconds */
    RECORDED_HEAP = 0x10000, /* the handle of the one heap of a process */
    RECORDED_SOURCE = 100,   /* no Source of Windows: the allocator does not tell its path */
    FILLER = 0xFF,           /* every byte behind the last event of a buffer */
};

enum { /* buffer flags and types */
       FLAG_FLUSH_MARKER = 0x01,
       FLAG_PROCESSOR_INDEX = 0x20,
       TYPE_GENERIC = 0,
       TYPE_HEADER = 4,
};

enum { /* HookId: group << 8 | type */
       HOOK_LOG_FILE_HEADER = 0x0000,
       HOOK_PROCESS_START = 0x0301,
       HOOK_PROCESS_END = 0x0302,
       HOOK_IMAGE_LOAD = 0x030A,
       HOOK_HEAP_CREATE = 0x1020,
       HOOK_HEAP_ALLOC = 0x1021,
       HOOK_HEAP_REALLOC = 0x1022,
       HOOK_HEAP_FREE = 0x1024,
       HOOK_IMAGE_UNLOAD = 0x1402,
       HOOK_STACK_WALK = 0x1820,
};

enum {
    RECORDED_FRAMES_MAX = 192, /* as many as Windows records (MOF Stack192) */
    OPCODE_PDB_IDENTITY = 36,
};

struct buffer_header {
    uint32_t buffer_bytes;
    uint32_t saved_offset;
    uint32_t current_offset;
    int32_t reference_count;
    uint64_t time; /* of the flush, and of the exit in a part's last buffer; 0: still filling */
    uint64_t sequence;
    uint64_t clock;
    uint16_t processor;
    uint16_t logger;
    uint32_t state;
    _Atomic uint32_t filled; /* bytes, this header included; behind it nothing is valid */
    uint16_t flags;
    uint16_t type;
    uint32_t part; /* of the recorder: here the format keeps pointers that mean nothing in a file */
    uint32_t stack_limit; /* of the first buffer: frames of each stack; 0: no stacks */
    uint32_t unused[2];
};
_Static_assert(sizeof(struct buffer_header) == 0x48, "WMI_BUFFER_HEADER");
_Static_assert(offsetof(struct buffer_header, filled) == 0x30, "WMI_BUFFER_HEADER.Offset");

struct event_header {
    uint32_t marker; /* SYSTEM64 and the event's version */
    uint16_t bytes;  /* header and payload, without the padding to 8 */
    uint16_t hook;
    uint32_t thread;
    uint32_t process;
    uint64_t time;
    uint64_t cpu_time;
};
_Static_assert(sizeof(struct event_header) == 0x20, "SYSTEM_TRACE_HEADER");

/* SYSTEM64, as the high half says, of this version. */
#define EVENT_MARKER(version) (UINT32_C(0xC0020000) | (version))

/* PERFINFO64, which has no ids; the time of the event that the stack belongs to is in the payload.
 */
struct stack_event {
    uint32_t marker;
    uint16_t bytes;
    uint16_t hook;
    uint64_t time;
    uint64_t event_time;
    uint32_t process;
    uint32_t thread;
    uint64_t frames[RECORDED_FRAMES_MAX]; /* as many as there are */
};
_Static_assert(offsetof(struct stack_event, event_time) == offsetof(struct event_header, time),
               "both times are one, so any event's is found at one place");

#define STACK_MARKER UINT32_C(0xC0110002) /* PERFINFO64, version 2 */

/* FULL_HEADER64 and the payload of KernelTraceControl's symbol file identity; the name follows. */
struct identity_event {
    uint16_t bytes;
    uint16_t marker; /* the type in the low byte */
    uint8_t opcode;
    uint8_t level;
    uint16_t version;
    uint32_t thread;
    uint32_t process;
    uint64_t time;
    uint8_t provider[16];
    uint64_t cpu_time;
    uint64_t base; /* the payload, packed: an age of 4 bytes and the name come after the id */
    uint32_t image_process;
    uint8_t id[16];
    uint32_t age;
    char name[256];
};
_Static_assert(offsetof(struct identity_event, base) == 0x30, "EVENT_TRACE_HEADER");
_Static_assert(offsetof(struct identity_event, name) == 0x30 + 32, "no padding in the payload");

#define IDENTITY_MARKER 0xC014

struct log_file_header {
    uint32_t buffer_bytes;
    uint8_t os_major, os_minor, layout_major, layout_minor;
    uint32_t os_build;
    _Atomic uint32_t processor_count;
    uint64_t end_filetime; /* 0: not closed */
    uint32_t timer_resolution;
    uint32_t maximum_file_size;
    uint32_t mode;
    _Atomic uint32_t buffers_written;
    uint32_t start_buffers;
    uint32_t pointer_bytes;
    _Atomic uint32_t events_lost;
    uint32_t cpu_mhz;
    uint64_t pointers[2];
    uint8_t time_zone[0xAC + 4]; /* all 0 is UTC */
    uint64_t boot_filetime;
    uint64_t clock_hz;
    uint64_t start_filetime;
    uint32_t clock_type; /* 1: performance counter */
    uint32_t buffers_lost;
};
_Static_assert(sizeof(struct log_file_header) == 0x118, "TRACE_LOGFILE_HEADER");
_Static_assert(offsetof(struct log_file_header, boot_filetime) == 0xF8, "TRACE_LOGFILE_HEADER");

/* The first bytes of the file. Two strings follow: name of the logger, name of the file. */
struct file_head {
    struct buffer_header buffer;
    struct event_header event;
    struct log_file_header log;
};

struct create_event { /* version 2: no sizes, for malloc has none to tell */
    struct event_header header;
    uint64_t heap;
    uint32_t flags;
    uint32_t padding;
};

struct alloc_event {
    struct event_header header;
    uint64_t heap;
    uint64_t size;
    uint64_t address;
    uint32_t source;
    uint32_t padding;
};

struct free_event {
    struct event_header header;
    uint64_t heap;
    uint64_t address;
    uint32_t source;
    uint32_t padding;
};

struct realloc_event {
    struct event_header header;
    uint64_t heap;
    uint64_t address;
    uint64_t old_address;
    uint64_t size;
    uint64_t old_size;
    uint32_t source;
    uint32_t padding;
};

/* Version 3. A u32 of 0 (no SID), the 8-bit image name and the UTF-16 command line follow. */
struct process_payload {
    uint64_t unique_key;
    uint32_t process;
    uint32_t parent;
    uint32_t session;
    int32_t exit_status;
    uint64_t directory_table;
};

/* Version 2. The UTF-16 path follows. */
struct image_payload {
    uint64_t base;
    uint64_t bytes;
    uint32_t process;
    uint32_t checksum;
    uint32_t timestamp;
    uint32_t reserved;
    uint64_t default_base;
    uint32_t reserved_too[4];
};
_Static_assert(sizeof(struct image_payload) == 56, "Image v2: the name is at 3 * 8 + 32");

/* The size of an event of any of these headers. */
static inline uint32_t event_bytes(const struct event_header *event)
{
    return event->marker >> 16 == IDENTITY_MARKER ? event->marker & 0xFFFF : event->bytes;
}

/* An event's place in its buffer, padding included. */
static inline uint32_t event_stride(uint32_t bytes)
{
    return (bytes + 7) & ~UINT32_C(7);
}

#endif
