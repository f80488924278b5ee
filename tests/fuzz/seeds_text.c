/* The seeds of targets that take no trace: saved results, words, archives, names. */
#include "tests/fuzz/seeds_text.h"

#include "reports/merged_json.h"
#include "reports/reports.h"
#include "reports/result_reader.h"
#include "tests/fuzz/target.h"
#include "tests/result_fixture.h"
#include "tests/result_stacks.h"
#include "tests/result_synthetic.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

static void give_word(struct seed_sink *sink, const char *word)
{
    seed_give(sink, word, strlen(word));
}

void gate_seeds(struct seed_sink *sink)
{
    static const char *const gates[] = {
        "move_rate>+5pt",
        "live_bytes.peak>+5%,+1MiB",
        "growth.geomean<-10%",
        "heap[#1].copied_bytes>+10%",
        "heap[*].page_fragmentation.end>+2pt",
        "process[app.exe].heap[#2].count>+20%",
        "lifetime.p50<-1.5ms,-3%",
    };
    for (size_t i = 0; i < sizeof gates / sizeof gates[0]; i++)
        give_word(sink, gates[i]);
}

void options_seeds(struct seed_sink *sink)
{
    static const char *const words[] = { "1.5s",    "250ms", "18446744073709551615",
                                         "64KiB",   "8G",    "#2",
                                         "0x10000", "0.05" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        give_word(sink, words[i]);
}

void names_seeds(struct seed_sink *sink)
{
    static const char *const names[] = {
        SYNTHETIC_HOSTILE_IMAGE,         FIXTURE_HOSTILE_NAME,       "=1+1\"x\",y\n",
        "</title><img src=x onerror=y>", "' onload='x' \" style=\"", "../../x",
    };
    for (size_t i = 0; i < 4 * (sizeof names / sizeof names[0]); i++) {
        static const uint8_t formats[] = { 0, 1, 2, 255 };
        uint8_t seed[512];
        const char *name = names[i / 4];
        size_t size = strlen(name) + 1;
        seed[0] = formats[i % 4];
        memcpy(seed + 1, name, size);
        memcpy(seed + 1 + size, name, size);
        seed_give(sink, seed, 1 + 2 * size);
    }
}

static bool is_result(const uint8_t *text, size_t size)
{
    struct merged merged = { 0 };
    struct error err;
    bool is_read =
        result_read((const char *)text, size, &(struct result_sums){ .merged = &merged }, &err);
    merged_release(&merged);
    return is_read;
}

/* Gives JSON without the space between its words, and what of it the reader needs. */
static void give_json(struct seed_sink *sink, char *text, size_t size)
{
    size_t kept = 0;
    bool is_string = false;
    for (size_t i = 0; i < size; i++) {
        is_string ^= text[i] == '"' && (i == 0 || text[i - 1] != '\\');
        if (is_string || (text[i] != ' ' && text[i] != '\n'))
            text[kept++] = text[i];
    }
    seed_give(sink, text, kept);
    enum { SMALL = 1 << 14 }; /* it is read once for each of its values */
    if (kept < SMALL)
        seed_give(sink, text, fuzz_shrink_json((uint8_t *)text, kept, is_result));
}

static void give_result(struct seed_sink *sink, const struct result *result)
{
    char *text = NULL;
    size_t size = 0;
    struct error err = { 0 };
    const struct report report = { .build = result };
    FILE *out = open_memstream(&text, &size);
    if (out && report_json_write(&report, out, &err) && fflush(out) == 0)
        give_json(sink, text, size);
    if (out)
        fclose(out);
    free(text);
}

/* What `merge` makes of the same result once and twice. */
static void give_merged(struct seed_sink *sink, const struct result *result)
{
    struct merged merged = { 0 };
    struct error err = { 0 };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    bool is_fine = out && merged_add_result(&merged, result, &err);
    if (is_fine && sink->number % 2)
        is_fine = merged_add_result(&merged, result, &err);
    if (is_fine) {
        merged_finish(&merged);
        if (merged_json_write(&merged, out, &err) && fflush(out) == 0)
            give_json(sink, text, size);
    }
    if (out)
        fclose(out);
    free(text);
    merged_release(&merged);
}

static void make_stacked(struct result *out)
{
    fixture_empty(out);
    add_many_stacks(out, 2, true);
}

void saved_seeds(struct seed_sink *sink)
{
    static void (*const fixtures[])(struct result * out) = { fixture_empty, fixture_e1,
                                                             fixture_rich, make_stacked };
    for (size_t i = 0; i < sizeof fixtures / sizeof fixtures[0]; i++) {
        struct result result;
        fixtures[i](&result);
        give_result(sink, &result);
        give_merged(sink, &result);
        give_merged(sink, &result);
        result_release(&result);
    }
}

static void put_member(struct archive *archive, const char *name, const char *data, size_t size)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, (la_int64_t)size);
    archive_write_header(archive, entry);
    archive_write_data(archive, data, size);
    archive_entry_free(entry);
}

void archive_seeds(struct seed_sink *sink)
{
    static const struct {
        int format, filter;
        size_t members;
    } forms[] = {
        { ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, 1 },
        { ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_ZSTD, 1 },
        { ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_XZ, 1 },
        { ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, 1 },
        { ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, 3 },
        { ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, 0 },
    };
    static const char *const names[] = { "a/t.etl", "../u.etl", "readme.txt" };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        static char packed[1 << 16];
        static char plain[400];
        size_t size = 0;
        for (size_t k = 0; k < sizeof plain; k++)
            plain[k] = (char)(k * k >> 5);
        struct archive *archive = archive_write_new();
        archive_write_set_format(archive, forms[i].format);
        archive_write_add_filter(archive, forms[i].filter);
        archive_write_set_bytes_per_block(archive, 0);
        archive_write_open_memory(archive, packed + 1, sizeof packed - 1, &size);
        for (size_t k = 0; k < forms[i].members; k++)
            put_member(archive, names[k], plain, sizeof plain / (k + 1));
        archive_write_close(archive);
        archive_write_free(archive);
        packed[0] = (char)(forms[i].members > 1);
        seed_give(sink, packed, 1 + size);
    }
}
