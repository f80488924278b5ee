/* An editor with three heaps that go wrong in three ways, and a 32-bit helper. */
#include "tests/sample_story.h"

#include "tests/trace_random.h"

enum {
    EDITOR = 4120,
    HELPER = 5216,
    EXPLORER = 2044,
    UI_THREAD = 4124,
    WORKER_A = 4140,
    WORKER_B = 4144,
    HELPER_THREAD = 5220,
};

static const uint64_t process_heap = 0x1c000270000;  /* #1: from before the trace */
static const uint64_t cache_heap = 0x1c000a00000;    /* #2: pages kept by one block each */
static const uint64_t document_heap = 0x1c001400000; /* #3: destroyed with its blocks */
static const uint64_t helper_heap = 0xa50000;

enum { PAGE = 4096, KIB = 1024, MIB = 1024 * 1024 };
enum { SLOTS = 48, SLOT_BYTES = 128 };

struct story {
    struct etl *etl;
    struct random random;
    uint64_t now_ns;
    bool is_live[SLOTS]; /* the small blocks of ordinary_work */
};

struct etl_options sample_options(void)
{
    struct etl_options options = etl_defaults();
    options.cpu_count = 4;
    options.buffer_bytes = 8 * KIB;
    options.log.major = 10;
    options.log.minor = 0;
    options.log.provider_version = 19045;
    options.log.end_time = options.log.start_time + 3000000; /* 0.3 s */
    options.log.logger_name = "HeapSession";
    options.log.log_file_name = "C:\\traces\\editor.etl";
    return options;
}

/* Lets time pass: some microseconds, never the same number. */
static uint64_t later(struct story *story)
{
    story->now_ns += 2 * US + random_next(&story->random) % (40 * US) / 100 * 100;
    return story->now_ns;
}

static void ui(struct story *story)
{
    etl_as(story->etl, 0, EDITOR, UI_THREAD);
}

static void worker_a(struct story *story)
{
    etl_as(story->etl, 1, EDITOR, WORKER_A);
}

static void worker_b(struct story *story)
{
    etl_as(story->etl, 2, EDITOR, WORKER_B);
}

/* A realloc that moves, as Windows logs it: ALLOC, FREE and REALLOC, a few ticks apart. */
static void move(struct story *story, uint64_t heap, struct etl_range to, struct etl_range from,
                 uint32_t source)
{
    uint64_t now_ns = later(story);
    etl_alloc(story->etl, now_ns, heap, to.address, to.size, source);
    etl_free(story->etl, now_ns + 3400, heap, from.address, source);
    etl_realloc(story->etl, now_ns + 3800, heap, to.address, from.address, to.size, from.size,
                source);
    story->now_ns = now_ns + 3800;
}

/* The editor ran before the trace did: its heap is unknown but for what the rundown says of it. */
static void open_trace(struct story *story)
{
    struct etl *etl = story->etl;
    etl_as(etl, 3, 4, 8);
    etl_process(etl, later(story), ETL_PROCESS_DCSTART, EXPLORER, 1, "explorer.exe",
                "C:\\Windows\\explorer.exe");
    etl_process(etl, later(story), ETL_PROCESS_DCSTART, EDITOR, EXPLORER, "editor.exe",
                "\"C:\\Program Files\\Editor\\editor.exe\" letter.txt");
    ui(story);
    etl_snapshot(etl, later(story), process_heap, (struct etl_space){ 96 * KIB, MIB, 2 * MIB }, 0);
    etl_foreign(etl, later(story), 40);
    /* Blocks from before: two are freed, one is seen for the first time when it grows in place. */
    etl_free(etl, later(story), process_heap, process_heap + 0x1480, ETL_LOWFRAG);
    etl_free(etl, later(story), process_heap, process_heap + 0x1510, ETL_MAINPATH);
    etl_realloc(etl, later(story), process_heap, process_heap + 0x2000, process_heap + 0x2000, 900,
                700, ETL_MAINPATH);
}

/* Small strings and nodes that come and go, on three threads. */
static void ordinary_work(struct story *story, unsigned rounds)
{
    static void (*const threads[])(struct story *) = { ui, worker_a, worker_b };
    for (unsigned i = 0; i < rounds; i++) {
        uint64_t dice = random_next(&story->random);
        unsigned slot = (unsigned)(dice % SLOTS);
        uint64_t address = process_heap + 0x8000 + (uint64_t)slot * SLOT_BYTES;
        threads[dice / SLOTS % 3](story);
        if (story->is_live[slot])
            etl_free(story->etl, later(story), process_heap, address, ETL_LOWFRAG);
        else
            etl_alloc(story->etl, later(story), process_heap, address, 8 + dice / 256 % 112,
                      ETL_LOWFRAG);
        story->is_live[slot] = !story->is_live[slot];
    }
}

/* The undo log: 64 KiB that grow by 16 bytes a keystroke, and move each time but every eighth. */
static void grow_undo_log(struct story *story)
{
    enum { STEPS = 176, STEP = 16, FIRST = 64 * KIB };
    struct etl_range log = { process_heap + 0x40000, FIRST };
    ui(story);
    etl_alloc(story->etl, later(story), process_heap, log.address, log.size, ETL_MAINPATH);
    for (unsigned i = 1; i <= STEPS; i++) {
        struct etl_range grown = { log.address, log.size + STEP };
        if (i % 8 == 0) {
            etl_realloc(story->etl, later(story), process_heap, grown.address, log.address,
                        grown.size, log.size, ETL_MAINPATH);
        } else {
            grown.address =
                process_heap + (log.address == process_heap + 0x40000 ? 0x60000 : 0x40000);
            move(story, process_heap, grown, log, ETL_MAINPATH);
        }
        log = grown;
    }
}

/* Lines of text double from 64 bytes to 16 KiB, as a vector does. */
static void grow_lines(struct story *story)
{
    enum { LINES = 6, LAST = 16 * KIB };
    worker_a(story);
    for (unsigned i = 0; i < LINES; i++) {
        struct etl_range line = { process_heap + 0x90000 + i * 0x10000, 64 };
        etl_alloc(story->etl, later(story), process_heap, line.address, line.size, ETL_LOWFRAG);
        while (line.size < LAST) {
            struct etl_range grown = { line.address + line.size + 64, 2 * line.size };
            move(story, process_heap, grown, line,
                 grown.size > 8 * KIB ? ETL_MAINPATH : ETL_LOWFRAG);
            line = grown;
        }
        if (i % 2 == 0)
            etl_free(story->etl, later(story), process_heap, line.address, ETL_MAINPATH);
    }
}

/* A move loses the old address to another thread before the REALLOC itself is logged. */
static void race(struct story *story)
{
    struct etl *etl = story->etl;
    const uint64_t old = process_heap + 0x7000, moved = process_heap + 0x7400;
    worker_a(story);
    etl_alloc(etl, later(story), process_heap, old, 150, ETL_LOWFRAG);
    uint64_t now_ns = later(story);
    etl_alloc(etl, now_ns, process_heap, moved, 300, ETL_LOWFRAG);
    etl_free(etl, now_ns + 1000, process_heap, old, ETL_LOWFRAG);
    worker_b(story);
    etl_alloc(etl, now_ns + 1500, process_heap, old, 64, ETL_LOWFRAG);
    worker_a(story);
    etl_realloc(etl, now_ns + 2000, process_heap, moved, old, 300, 150, ETL_LOWFRAG);
    story->now_ns = now_ns + 2000;
}

/* 320 images of almost a page go, and of each page a name of 64 bytes stays and keeps it. */
static void fill_and_empty_cache(struct story *story)
{
    enum { PAGES = 320, IMAGE = 3968, NAME = 64 };
    struct etl *etl = story->etl;
    const uint64_t first = cache_heap + 0x10000;
    worker_b(story);
    etl_create(etl, later(story), cache_heap, 2, 2 * MIB, 64 * KIB);
    etl_range_create(etl, later(story), cache_heap, 2 * MIB, 2);
    for (unsigned i = 0; i < PAGES; i++) {
        uint64_t page = first + (uint64_t)i * PAGE;
        if (i % 64 == 0) {
            uint64_t committed = 64 * KIB + (uint64_t)(i + 64) * PAGE;
            etl_extend(etl, later(story), cache_heap, page, 64 * PAGE,
                       (struct etl_space){ 64 * PAGE, committed, 2 * MIB });
        }
        etl_alloc(etl, later(story), cache_heap, page + 16, IMAGE, ETL_MAINPATH);
        etl_alloc(etl, later(story), cache_heap, page + 16 + IMAGE, NAME, ETL_LOWFRAG);
    }
    story->now_ns += 200 * MS;
    ui(story);
    for (unsigned i = 0; i < PAGES; i++)
        etl_free(etl, later(story), cache_heap, first + (uint64_t)i * PAGE + 16, ETL_MAINPATH);
    /* It gives back the first 64 KiB, where nothing ever was. */
    etl_contract(etl, later(story), cache_heap, cache_heap, 64 * KIB,
                 (struct etl_space){ PAGES * (uint64_t)IMAGE, PAGES * (uint64_t)PAGE, 2 * MIB });
}

/* A document is opened in a heap of its own; closing it destroys the heap with what is in it. */
static void open_and_close_document(struct story *story)
{
    enum { PARAGRAPHS = 80, PARAGRAPH = 20000 };
    struct etl *etl = story->etl;
    worker_a(story);
    etl_create(etl, later(story), document_heap, 1, 4 * MIB, 0);
    for (unsigned i = 0; i < PARAGRAPHS; i++) {
        uint64_t address = document_heap + 0x1000 + (uint64_t)i * 0x5000;
        etl_commit(etl, later(story), document_heap, address, 0x5000);
        etl_alloc(etl, later(story), document_heap, address, PARAGRAPH, ETL_SLOWPATH);
    }
    for (unsigned i = 0; i < 16; i++) {
        uint64_t address = document_heap + 0x1000 + (uint64_t)i * 0x5000;
        etl_free(etl, later(story), document_heap, address, ETL_SLOWPATH);
        etl_decommit(etl, later(story), document_heap, address, 0x5000);
    }
    story->now_ns += 50 * MS;
    etl_destroy(etl, later(story), document_heap);
}

/* A 32-bit process on the same machine: moves logged by the REALLOC alone, one allocation fails. */
static void run_helper(struct story *story)
{
    struct etl *etl = story->etl;
    etl_as(etl, 3, 4, 8);
    etl_process(etl, later(story), ETL_PROCESS_START, HELPER, EDITOR, "helper.exe",
                "helper.exe --spell en");
    etl_as(etl, 3, HELPER, HELPER_THREAD);
    etl_under(etl, HEADER_SYSTEM32);
    etl_create(etl, later(story), helper_heap, 2, MIB, 64 * KIB);
    for (uint32_t i = 0; i < 120; i++)
        etl_alloc(etl, later(story), helper_heap, helper_heap + 0x800 + i * 0x98, 24 + i,
                  i % 3 ? ETL_LOWFRAG : ETL_LOOKASIDE);
    struct etl_range words = { helper_heap + 0x10000, 512 };
    etl_alloc(etl, later(story), helper_heap, words.address, words.size, ETL_MAINPATH);
    while (words.size < 32 * KIB) {
        struct etl_range grown = { words.address + words.size + 8, words.size + words.size / 2 };
        etl_realloc(etl, later(story), helper_heap, grown.address, words.address, grown.size,
                    words.size, ETL_MAINPATH);
        words = grown;
    }
    etl_alloc(etl, later(story), helper_heap, 0, 0x70000000, ETL_SLOWPATH);
    for (uint32_t i = 0; i < 120; i += 2)
        etl_free(etl, later(story), helper_heap, helper_heap + 0x800 + i * 0x98, ETL_LOWFRAG);
    etl_as(etl, 3, 4, 8);
    etl_under(etl, HEADER_SYSTEM64);
    etl_process(etl, later(story), ETL_PROCESS_END, HELPER, EDITOR, "helper.exe",
                "helper.exe --spell en");
}

struct etl *sample_story(const struct etl_options *options)
{
    struct story story = { .etl = etl_builder_new(options), .random = random_new(1) };
    open_trace(&story);
    ordinary_work(&story, 150);
    fill_and_empty_cache(&story);
    open_and_close_document(&story);
    grow_lines(&story);
    run_helper(&story);
    race(&story);
    grow_undo_log(&story);
    ordinary_work(&story, 150);
    ui(&story);
    etl_snapshot(story.etl, later(&story), process_heap,
                 (struct etl_space){ 300 * KIB, MIB + 512 * KIB, 2 * MIB }, 256 * KIB);
    return story.etl;
}
