/* The seeds of the fuzz targets: made by the trace builder, so that none has to be kept. */
#include "decoder/event_header.h"
#include "decoder/image_event.h"
#include "tests/etl_compress.h"
#include "tests/fuzz/seeds_text.h"
#include "tests/fuzz/target.h"
#include "tests/stack_traces.h"
#include "tests/trace_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED_MAX = 1 << 16 };

void seed_give(struct seed_sink *sink, const void *data, size_t size)
{
    char name[64];
    snprintf(name, sizeof name, "%s_%02u", sink->group, sink->number++);
    sink->take(sink->context, name, data, size);
}

/* `front` is what the target reads before the data proper. */
static void give_behind(struct seed_sink *sink, const void *front, size_t front_bytes,
                        const void *data, size_t size)
{
    static uint8_t seed[SEED_MAX];
    if (front_bytes + size > sizeof seed)
        return;
    memcpy(seed, front, front_bytes);
    memcpy(seed + front_bytes, data, size);
    seed_give(sink, seed, front_bytes + size);
}

/* What tells one seed trace from the next. */
struct form {
    enum etl_compression compression;
    uint8_t header;
    uint32_t buffer_bytes;
    size_t rotated;
    uint32_t clock;
    bool is_sane, no_processor_index, is_open, has_stacks;
};

static const struct form forms[] = {
    { ETL_PLAIN, HEADER_SYSTEM64, 1024, 0, 1, true, false, false, false },
    { ETL_PLAIN, HEADER_SYSTEM32, 1024, 0, 2, true, true, false, false },
    { ETL_PLAIN, HEADER_COMPACT64, 4096, 0, 1, false, false, true, false },
    { ETL_PLAIN, HEADER_FULL64, 2048, 3, 1, false, false, false, false },
    { ETL_PLAIN, HEADER_INSTANCE32, 2048, 0, 3, false, false, false, false },
    { ETL_PLAIN, HEADER_EVENT64, 4096, 0, 1, false, false, false, false },
    { ETL_PLAIN, HEADER_EVENT32, 2048, 1, 1, false, true, true, false },
    { ETL_LZNT1, HEADER_SYSTEM64, 2048, 0, 1, true, false, false, false },
    { ETL_XPRESS, HEADER_SYSTEM64, 2048, 0, 1, false, false, false, false },
    { ETL_XPRESS_HUFFMAN, HEADER_FULL64, 4096, 0, 1, false, false, false, false },
    { ETL_PLAIN, HEADER_SYSTEM64, 1024, 0, 1, true, false, false, true },
    { ETL_PLAIN, HEADER_SYSTEM32, 2048, 0, 2, true, false, false, true },
    { ETL_PLAIN, HEADER_FULL64, 2048, 0, 1, false, false, false, true },
};
enum { FORM_COUNT = sizeof forms / sizeof forms[0] };

static bool is_32_bit(uint8_t header)
{
    return header == HEADER_SYSTEM32 || header == HEADER_INSTANCE32 || header == HEADER_EVENT32;
}

static void put_odd_events(struct etl *etl)
{
    static const struct etl_item items[] = { { 1, 16, NULL }, { 11, 13, NULL } };
    uint64_t ticks = etl_ticks(etl, 900 * MS);
    etl_process(etl, 900 * MS, ETL_PROCESS_DCEND, 100, 4, "a.exe", "a -x");
    etl_put(etl, &(struct etl_event){ .header = HEADER_EVENT64,
                                      .group = ETL_GROUP_HEAP,
                                      .opcode = 35,
                                      .version = 2,
                                      .ticks = ticks,
                                      .payload = "12345678",
                                      .payload_size = 8,
                                      .items = items,
                                      .item_count = 2 });
    etl_put(etl, &(struct etl_event){
                     .header = HEADER_MESSAGE, .message_options = 0x2b, .ticks = ticks });
    etl_put(etl, &(struct etl_event){ .header = HEADER_PERFINFO64, .counters = 2, .ticks = ticks });
    etl_foreign(etl, 900 * MS, 24);
    etl_filler(etl, 1, 16);
}

/* The events with modules of all kinds and stacks: mostly their own, and by key. */
static void put_stacks(struct etl *etl, const struct trace_random *trace, uint64_t seed)
{
    enum { KEYED = 4, KEY = 7 };
    static const uint64_t frames[] = { STACK_APP + 9 * STACK_PLACE_BYTES, STACK_BASE };
    static const uint8_t guid[ETL_GUID_BYTES] = "0123456789abcde";
    etl_as(etl, 0, trace->pids[0], 1);
    stack_trace_modules(etl);
    etl_volume(etl, 0, "\\Device\\HarddiskVolume1", "C:");
    etl_pdb(etl, 0, STACK_APP, trace->pids[0], guid, 1, "app.pdb");
    stack_trace_random(etl, trace, seed, 70, 3);
    for (size_t i = 0; i < KEYED && i < trace->count; i++) {
        const struct event *event = &trace->events[i];
        etl_as(etl, event->cpu, trace->pids[event->process], event->thread);
        etl_stack_key(etl, 900 * MS, ETL_KEY_USER, event->time_ns, KEY);
    }
    etl_stack_definition(etl, 900 * MS, ETL_STACK_RUNDOWN, KEY, frames, 2);
}

static uint8_t *make_trace(const struct form *form, uint64_t seed, size_t events, size_t *size)
{
    struct etl_options options = etl_defaults();
    options.cpu_count = 2;
    options.buffer_bytes = form->buffer_bytes;
    options.pointer_bytes = is_32_bit(form->header) ? 4 : 8;
    options.compression = form->compression;
    options.rotated = form->rotated;
    options.no_processor_index = form->no_processor_index;
    options.log.reserved_flags = form->clock;
    options.log.logger_name = "l";
    options.log.log_file_name = "f.etl";
    if (form->clock == 3)
        options.log.cpu_speed_mhz = 10;
    if (form->is_open)
        options.log.end_time = 0;
    struct etl *etl = etl_builder_new(&options);
    struct trace_random trace =
        trace_random_new(&(struct trace_random_options){ .seed = seed,
                                                         .events = events,
                                                         .cpus = 2,
                                                         .processes = 2,
                                                         .is_32_bit = is_32_bit(form->header),
                                                         .is_sane = form->is_sane });
    etl_under(etl, form->header);
    if (form->has_stacks)
        put_stacks(etl, &trace, seed);
    else
        trace_random_write(&trace, etl);
    trace_random_release(&trace);
    put_odd_events(etl);
    uint8_t *bytes = etl_finish(etl, size);
    etl_builder_free(etl);
    return bytes;
}

/* Small ones, which run fastest, and ones in which more can meet. */
static void pipeline_seeds(struct seed_sink *sink)
{
    static const size_t events[] = { 8, 60 };
    for (size_t i = 0; i < 2 * FORM_COUNT; i++) {
        size_t size;
        uint8_t *trace = make_trace(&forms[i / 2], 1 + i, events[i % 2], &size);
        seed_give(sink, trace, size);
        free(trace);
    }
}

static void buffer_seeds(struct seed_sink *sink)
{
    for (size_t i = 0; i < FORM_COUNT; i++) {
        uint8_t front[8] = { 0 };
        size_t size;
        uint8_t *trace = make_trace(&forms[i], 100 + i, 60, &size);
        etl_poke(front, forms[i].buffer_bytes, 4);
        etl_poke(front + 4, forms[i].compression, 2);
        front[7] = forms[i].compression != ETL_PLAIN;
        give_behind(sink, front, sizeof front, trace, size);
        free(trace);
    }
}

/* Events of an uncompressed trace: all of a buffer, then one by one. */
static void event_header_seeds(struct seed_sink *sink)
{
    for (size_t i = 0; i < FORM_COUNT; i++) {
        size_t size;
        uint8_t *trace = make_trace(&forms[i], 200 + i, 60, &size);
        size_t start = forms[i].buffer_bytes + ETL_BUFFER_HEADER_BYTES;
        if (forms[i].compression == ETL_PLAIN && size > start + 512)
            seed_give(sink, trace + start, 512);
        free(trace);
    }
}

/* Random bytes, which every layout can read, behind each opcode and version. */
static void payload_seeds(struct seed_sink *sink, uint8_t group, const uint8_t *opcodes,
                          size_t count)
{
    struct random random = random_new(7);
    for (size_t i = 0; i < count; i++) {
        uint8_t payload[96];
        for (size_t k = 0; k < sizeof payload; k++)
            payload[k] = k % 8 < 2 ? (uint8_t)random_next(&random) : 0;
        uint8_t version = (uint8_t)(i % 6);
        const uint8_t front[4] = { opcodes[i], version, (uint8_t)(2 + i % 2), group };
        give_behind(sink, front, sizeof front, payload, sizeof payload);
    }
}

static void heap_event_seeds(struct seed_sink *sink)
{
    static const uint8_t opcodes[] = { 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
                                       44, 45, 46, 47, 48, 49, 50, 51, 60, 61, 62, 63 };
    static const uint8_t ranges[] = { 0x64, 0x65, 0x66, 0x67, 0x68 };
    payload_seeds(sink, ETL_GROUP_HEAP, opcodes, sizeof opcodes);
    payload_seeds(sink, ETL_GROUP_PAGE_FAULT, ranges, sizeof ranges);
}

static void process_event_seeds(struct seed_sink *sink)
{
    static const uint8_t opcodes[] = { 1, 2, 3, 4, 39 };
    static const char payload[] = "\0\0\0\0\0\0\0\0\x64\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0"
                                  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0a.exe\0a\0 \0-\0x\0\0\0";
    payload_seeds(sink, ETL_GROUP_PROCESS, opcodes, sizeof opcodes);
    for (size_t i = 0; i < sizeof opcodes; i++) {
        const uint8_t front[4] = { opcodes[i], 4, 3, ETL_GROUP_PROCESS };
        give_behind(sink, front, sizeof front, payload, sizeof payload);
    }
}

static void stack_event_seeds(struct seed_sink *sink)
{
    static const uint8_t opcodes[] = { 32, 34, 35, 36, 37, 38 };
    payload_seeds(sink, GROUP_STACK_WALK, opcodes, sizeof opcodes);
}

static void image_event_seeds(struct seed_sink *sink)
{
    static const uint8_t opcodes[] = { 2, 3, 4, 10 };
    static const uint8_t pdb = IMAGE_ID_RSDS, volume = SYS_CONFIG_VOLUME;
    payload_seeds(sink, GROUP_IMAGE, opcodes, sizeof opcodes);
    payload_seeds(sink, 0xfe, &pdb, 1);
    payload_seeds(sink, 0xff, &volume, 1);
    payload_seeds(sink, ETL_GROUP_PROCESS, opcodes, sizeof opcodes);
}

static void compression_seeds(struct seed_sink *sink)
{
    static const enum etl_compression formats[] = { ETL_LZNT1, ETL_XPRESS, ETL_XPRESS_HUFFMAN };
    static const size_t lengths[] = { 0, 1, 40, 600, 5000, 20000 };
    for (size_t i = 0; i < 18; i++) {
        static uint8_t plain[20000];
        struct random random = random_new(i + 1);
        size_t length = lengths[i / 3], packed_size;
        for (size_t k = 0; k < length; k++) {
            bool is_copy = k > 16 && random_below(&random, 8) > 0;
            plain[k] = is_copy ? plain[k - 16] : (uint8_t)random_next(&random);
        }
        uint8_t *packed = etl_compress(formats[i % 3], plain, length, &packed_size);
        const uint8_t front[3] = { (uint8_t)(i % 3), (uint8_t)length, (uint8_t)(length >> 8) };
        give_behind(sink, front, sizeof front, packed, packed_size);
        free(packed);
    }
}

static void utf_seeds(struct seed_sink *sink)
{
    static const char *const names[] = { "program.exe", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
                                         "a\0b\0\x3d\xd8\0\xde", "\x80\xff\xc0\xaf\xed\xa0\x80" };
    static const size_t lengths[] = { 11, 9, 8, 7 };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const uint8_t room = (uint8_t)(5 * i + 3);
        give_behind(sink, &room, 1, names[i], lengths[i]);
    }
}

static void heaps_seeds(struct seed_sink *sink)
{
    enum { EVENT_BYTES = 11 };
    for (uint64_t seed = 1; seed <= 6; seed++) {
        uint8_t bytes[64 * EVENT_BYTES];
        struct random random = random_new(seed);
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)random_next(&random);
        seed_give(sink, bytes, sizeof bytes);
    }
}

void fuzz_seeds(const char *target,
                void (*take)(void *context, const char *name, const uint8_t *data, size_t size),
                void *context)
{
    static const struct {
        const char *target;
        void (*make)(struct seed_sink *sink);
    } makers[] = {
        { "pipeline", pipeline_seeds },
        { "heaps", heaps_seeds },
        { "buffers", buffer_seeds },
        { "event_header", event_header_seeds },
        { "heap_event", heap_event_seeds },
        { "process_event", process_event_seeds },
        { "compression", compression_seeds },
        { "utf", utf_seeds },
        { "stack_event", stack_event_seeds },
        { "image_event", image_event_seeds },
        { "gate", gate_seeds },
        { "options", options_seeds },
        { "names", names_seeds },
        { "saved", saved_seeds },
        { "archive", archive_seeds },
    };
    struct seed_sink sink = { .take = take, .context = context, .group = target };
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
        if (strcmp(makers[i].target, target) == 0)
            makers[i].make(&sink);
}
