/*
 * Writes ETL traces in memory: for tests, benchmarks and fuzz corpora.
 *
 *     struct etl *etl = etl_builder_new(NULL);
 *     etl_as(etl, 0, 100, 1); // CPU 0, process 100, thread 1
 *     etl_alloc(etl, 10 * US, HEAP, 0x20000, 100, ETL_MAINPATH);
 *     etl_free(etl, 20 * US, HEAP, 0x20000, ETL_MAINPATH);
 *     size_t size;
 *     uint8_t *trace = etl_finish(etl, &size);
 *
 * It is a reading of the format of its own, so nothing of the decoder but vocabulary is used here.
 * Each CPU keeps the order of the calls, whatever their times. Out of memory aborts.
 */
#ifndef TESTS_ETL_BUILDER_H
#define TESTS_ETL_BUILDER_H

#include "decoder/trace_info.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct etl;

enum { US = 1000, MS = 1000000 }; /* in the nanoseconds that all times here are given in */

/* The number in the State field of buffer 0 of a compressed trace. */
enum etl_compression { ETL_PLAIN = 0, ETL_LZNT1 = 2, ETL_XPRESS = 3, ETL_XPRESS_HUFFMAN = 4 };

/* WMI_BUFFER_HEADER: where things are, and the values that tests need (phnt ntwmi.h). */
enum {
    ETL_BUFFER_HEADER_BYTES = 0x48,
    ETL_AT_BUFFER_SIZE = 0x00,
    ETL_AT_SEQUENCE = 0x18,
    ETL_AT_PROCESSOR = 0x28,
    ETL_AT_STATE = 0x2c,
    ETL_AT_OFFSET = 0x30,
    ETL_AT_FLAGS = 0x34,
    ETL_AT_TYPE = 0x36,
};
enum etl_buffer_flag {
    ETL_FLUSH_MARKER = 0x01,
    ETL_EVENTS_LOST = 0x02,
    ETL_BUFFER_LOST = 0x04,
    ETL_PROC_INDEX = 0x20,
    ETL_COMPRESSED = 0x40,
};
enum etl_buffer_type {
    ETL_GENERIC = 0,
    ETL_RUNDOWN = 1,
    ETL_CTX_SWAP = 2,
    ETL_REFTIME = 3,
    ETL_HEADER = 4,
    ETL_BATCHED = 5,
    ETL_EMPTY_MARKER = 6,
    ETL_DBG_INFO = 7,
};

/* A field with this value is filled with what the trace turned out to be. */
#define ETL_COMPUTED UINT32_MAX

/* TRACE_LOGFILE_HEADER, all of it but the time zone, which is zero-filled. */
struct etl_log_header {
    uint32_t buffer_size; /* ETL_COMPUTED: etl_options.buffer_bytes */
    uint8_t major, minor, sub_version, sub_minor;
    uint32_t provider_version;
    uint32_t number_of_processors; /* ETL_COMPUTED: etl_options.cpu_count */
    uint64_t end_time;             /* FILETIME; 0: not closed */
    uint32_t timer_resolution, maximum_file_size;
    uint32_t log_file_mode;   /* the bit for compression is added where it is due */
    uint32_t buffers_written; /* ETL_COMPUTED: as many as there are */
    uint32_t start_buffers;
    uint32_t pointer_size; /* ETL_COMPUTED: etl_options.pointer_bytes */
    uint32_t events_lost;
    uint32_t cpu_speed_mhz;
    uint64_t boot_time, perf_freq, start_time;
    uint32_t reserved_flags; /* clock type */
    uint32_t buffers_lost;
    const char *logger_name, *log_file_name; /* 8-bit characters, widened to UTF-16 */
};

struct etl_options {
    uint32_t cpu_count;     /* CPUs above it get a stream all the same */
    uint32_t buffer_bytes;  /* of one buffer, uncompressed: a multiple of 8 */
    uint32_t pointer_bytes; /* 4 or 8: form of the log file header, and of events until etl_under */
    uint64_t start_ticks;   /* of the log file header event, which is time 0 */
    enum etl_compression compression;
    bool no_processor_index; /* CPU in the low byte, alignment in the high one (before Windows 8) */
    size_t rotated; /* so many buffers after buffer 0 move to the end, as in a circular file */
    struct etl_log_header log;
};

/* A closed 64-bit trace of one CPU with buffers of 64 KiB and a 10 MHz clock. */
struct etl_options etl_defaults(void);

/* Keeps a copy of `options`; its names must live until etl_finish. NULL: etl_defaults. */
struct etl *etl_builder_new(const struct etl_options *options);
void etl_builder_free(struct etl *etl); /* NULL is fine */

/*
 * Closes all buffers and gives the file: to be freed by the caller. After it, only the questions
 * below and etl_builder_free.
 */
uint8_t *etl_finish(struct etl *etl, size_t *size);

/* What the finished file holds. Events are numbered from 0 in order of the calls. */
size_t etl_event_count(const struct etl *etl);
size_t etl_buffer_count(const struct etl *etl);                   /* buffer 0 included */
uint64_t etl_buffer_offset(const struct etl *etl, size_t buffer); /* in file order */
uint64_t etl_event_offset(const struct etl *etl, size_t event);   /* of its buffer if compressed */
size_t etl_buffer_of_event(const struct etl *etl, size_t event);  /* number in file order */

/* Ticks of the event clock at `time_ns`, rounded down. */
uint64_t etl_ticks(const struct etl *etl, uint64_t time_ns);

/* Closes the current buffer of `cpu`, if it has events; the next event starts another. */
void etl_flush(struct etl *etl, uint32_t cpu);

/* Adds flags to the current buffer of `cpu`, which is started if need be. */
void etl_flag_buffer(struct etl *etl, uint32_t cpu, uint16_t flags);

/* A buffer of `cpu` without events. Types: enum etl_buffer_type. */
void etl_empty_buffer(struct etl *etl, uint32_t cpu, uint16_t type);

/* Puts filler (0xffffffff) that counts as used into the current buffer of `cpu` and closes it. */
void etl_filler(struct etl *etl, uint32_t cpu, size_t bytes);

/* Bytes that need not be an event, as they are, padded to 8. */
size_t etl_raw(struct etl *etl, uint32_t cpu, const void *data, size_t size);

/* As a CPU: buffer 0, behind the log file header event. */
#define ETL_BUFFER_0 UINT32_MAX

/* ---- Events of any kind ---- */

enum etl_group {
    ETL_GROUP_EVENT_TRACE = 0x00,
    ETL_GROUP_PAGE_FAULT = 0x02,
    ETL_GROUP_PROCESS = 0x03,
    ETL_GROUP_THREAD = 0x05,
    ETL_GROUP_PERF_INFO = 0x0f,
    ETL_GROUP_HEAP = 0x10,
    ETL_GROUP_IMAGE = 0x14,
    ETL_GROUP_STACK_WALK = 0x18,
};

enum { ETL_GUID_BYTES = 16, ETL_EVENT_MAX = 0xffff };

/* As in the file. */
extern const uint8_t etl_guid_heap[ETL_GUID_BYTES];
extern const uint8_t etl_guid_page_fault[ETL_GUID_BYTES];
extern const uint8_t etl_guid_process[ETL_GUID_BYTES];
extern const uint8_t etl_guid_stack_walk[ETL_GUID_BYTES];
extern const uint8_t etl_guid_image[ETL_GUID_BYTES];
extern const uint8_t etl_guid_image_id[ETL_GUID_BYTES];   /* of PDB identities */
extern const uint8_t etl_guid_sys_config[ETL_GUID_BYTES]; /* of volumes: SysConfigEx */
extern const uint8_t etl_guid_foreign[ETL_GUID_BYTES];    /* of no provider that there is */

/* An extended item of an EVENT header: type 1 related activity, 6 stack, 0xb schema, … */
struct etl_item {
    uint16_t type;
    uint16_t size;
    const void *data; /* NULL: zero bytes */
};

/* Fields that the kind of header does not have are ignored. */
struct etl_event {
    uint8_t header; /* enum header_kind */
    uint8_t group;  /* enum etl_group */
    uint8_t opcode;
    uint8_t version;
    const uint8_t *guid; /* FULL, INSTANCE, EVENT; NULL: that of the group */
    uint64_t ticks;
    uint32_t cpu, pid, tid;
    const void *payload;
    size_t payload_size;
    const struct etl_item *items; /* EVENT */
    size_t item_count;
    uint8_t counters;         /* SYSTEM, COMPACT, PERFINFO: so many (0 to 7) PMC counters */
    bool has_pebs_index;      /* SYSTEM, COMPACT, PERFINFO */
    uint16_t message_options; /* MESSAGE: 1 sequence, 2 GUID, 4 component, 8 time, 0x20 thread */
};

/* Returns the number of the event. */
size_t etl_put(struct etl *etl, const struct etl_event *event);

/* ---- Events of heaps and processes, in the newest version of their payload ---- */

/* Who the next events come from. At first: CPU 0, process 100, thread 1. */
void etl_as(struct etl *etl, uint32_t cpu, uint32_t pid, uint32_t tid);

/* The header (enum header_kind) of the next events, and so the width of their pointers. */
void etl_under(struct etl *etl, uint8_t header);

enum etl_source {
    ETL_LOOKASIDE = 1,
    ETL_LOWFRAG = 2,
    ETL_MAINPATH = 3,
    ETL_SLOWPATH = 4,
    ETL_INVALID = 5,
    ETL_SEGMENT_HEAP = 6,
};

size_t etl_create(struct etl *etl, uint64_t time_ns, uint64_t heap, uint32_t flags,
                  uint64_t reserve_bytes, uint64_t commit_bytes);
size_t etl_alloc(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address, uint64_t size,
                 uint32_t source);
size_t etl_realloc(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t new_address,
                   uint64_t old_address, uint64_t new_size, uint64_t old_size, uint32_t source);
size_t etl_free(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address,
                uint32_t source);
size_t etl_destroy(struct etl *etl, uint64_t time_ns, uint64_t heap);

/* What the heap manager holds after it. */
struct etl_space {
    uint64_t free_bytes, committed_bytes, reserved_bytes;
};
size_t etl_extend(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address, uint64_t size,
                  struct etl_space space);
size_t etl_contract(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address,
                    uint64_t size, struct etl_space space);
size_t etl_snapshot(struct etl *etl, uint64_t time_ns, uint64_t heap, struct etl_space space,
                    uint64_t large_uncommitted_bytes);
size_t etl_commit(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address,
                  uint64_t size);
size_t etl_decommit(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address,
                    uint64_t size);

/* 43 to 46: Lock, Unlock, Validate, Walk. */
size_t etl_heap_only(struct etl *etl, uint64_t time_ns, uint8_t opcode, uint64_t heap);

struct etl_range {
    uint64_t address, size;
};
/* Of process `pid`, whoever logs it. */
size_t etl_range_rundown(struct etl *etl, uint64_t time_ns, uint64_t heap, uint32_t flags,
                         uint32_t pid, const struct etl_range *ranges, size_t count);
size_t etl_range_create(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t first_bytes,
                        uint32_t flags);
size_t etl_range_reserve(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address,
                         uint64_t size);
size_t etl_range_release(struct etl *etl, uint64_t time_ns, uint64_t heap, uint64_t address,
                         uint64_t size);
size_t etl_range_destroy(struct etl *etl, uint64_t time_ns, uint64_t heap);

enum etl_process {
    ETL_PROCESS_START = 1,
    ETL_PROCESS_END = 2,
    ETL_PROCESS_DCSTART = 3,
    ETL_PROCESS_DCEND = 4,
    ETL_PROCESS_DEFUNCT = 39,
};
/* A process event, version 4, about `pid`. Command line: 8-bit characters, widened to UTF-16. */
size_t etl_process(struct etl *etl, uint64_t time_ns, enum etl_process what, uint32_t pid,
                   uint32_t parent_pid, const char *image, const char *command_line);

/*
 * ---- Stacks and modules ----
 *
 * Group events are under PERFINFO, as wide as the header that etl_under said (SYSTEM and COMPACT
 * stand for PERFINFO here, as in real traces, and FULL stays FULL with the GUID of the class). So a
 * 64-bit stack of a 32-bit heap event: etl_under(etl, HEADER_PERFINFO64).
 */

/*
 * The stack of what the process and thread of etl_as logged at `event_ns`, innermost frame first,
 * written at `time_ns` to the CPU of etl_as: a later etl_as may name another CPU.
 */
size_t etl_stack_walk(struct etl *etl, uint64_t time_ns, uint64_t event_ns, const uint64_t *frames,
                      size_t count);

/* The same by a key, which a later definition gives frames. */
enum etl_stack_key { ETL_KEY_KERNEL = 37, ETL_KEY_USER = 38 };
size_t etl_stack_key(struct etl *etl, uint64_t time_ns, enum etl_stack_key what, uint64_t event_ns,
                     uint64_t key);

/* Whether it is of the kernel's or the user's stack with that key, the last frame says. */
enum etl_stack_definition { ETL_STACK_CREATE = 34, ETL_STACK_DELETE = 35, ETL_STACK_RUNDOWN = 36 };
size_t etl_stack_definition(struct etl *etl, uint64_t time_ns, enum etl_stack_definition what,
                            uint64_t key, const uint64_t *frames, size_t count);

/* Version 3 of an image event. A zero-filled pid stands for that of etl_as. */
struct etl_image {
    uint64_t base, size;
    const char *path; /* 8-bit characters, widened to UTF-16 */
    uint32_t pid, checksum, timestamp;
};
enum etl_image_event {
    ETL_IMAGE_UNLOAD = 2,
    ETL_IMAGE_DCSTART = 3,
    ETL_IMAGE_DCEND = 4,
    ETL_IMAGE_LOAD = 10, /* of the group Process, unless it is under FULL */
};
size_t etl_image(struct etl *etl, uint64_t time_ns, enum etl_image_event what,
                 const struct etl_image *image);

/* Both under FULL64, or FULL32 if the header of etl_under is 32-bit. */
size_t etl_pdb(struct etl *etl, uint64_t time_ns, uint64_t base, uint32_t pid,
               const uint8_t guid[ETL_GUID_BYTES], uint32_t age, const char *name);
size_t etl_volume(struct etl *etl, uint64_t time_ns, const char *nt_path, const char *dos_path);

/* An event of a provider that heapfrag does not know, of `size` bytes of payload. */
size_t etl_foreign(struct etl *etl, uint64_t time_ns, size_t size);

/* Little-endian integers in a trace, for tests that damage one. */
void etl_poke(uint8_t *at, uint64_t value, size_t width);
uint64_t etl_peek(const uint8_t *at, size_t width);

#endif
