/* Names of frames: from the right files only, through llvm-symbolizer or what poses as it. */
#include "reports/symbols.h"

#include "reports/elf_id.h"
#include "reports/file_part.h"
#include "reports/module_file.h"
#include "tests/symbol_programs.h"
#include "tests/temporary_folder.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAMES = 64 };

/* One module, and a frame for each of some addresses in a row. */
struct story {
    struct stack_module module;
    struct stack_frame frames[FRAMES];
    struct stacks_result stacks;
    struct symbols_outcome outcome;
};

static void begin_story(struct story *story, const char *path, uint64_t size, uint64_t first_offset)
{
    *story = (struct story){ .module = { .path = (char *)path, .size = size } };
    for (size_t i = 0; i < FRAMES; i++)
        story->frames[i] = (struct stack_frame){ .offset = first_offset + i };
    story->stacks = (struct stacks_result){ .known = true,
                                            .modules = &story->module,
                                            .module_count = 1,
                                            .frames = story->frames,
                                            .frame_count = FRAMES };
}

static void end_story(struct story *story)
{
    for (size_t i = 0; i < FRAMES; i++) {
        struct symbol_answer answer = { story->frames[i].names, story->frames[i].name_count };
        symbol_answer_release(&answer);
    }
}

/* Names by `program` (NULL: the true one) from `folder`; the error that came of it. */
static struct error name_frames(struct story *story, const char *folder, const char *program,
                                unsigned silence_ms)
{
    struct error err = { 0 };
    struct symbols_request request = { .folders = &folder,
                                       .folder_count = 1,
                                       .symbolizer = symbolizer_new() };
    request.symbolizer.program = program;
    request.symbolizer.silence_ms = silence_ms;
    bool is_fine = symbols_add(&story->stacks, &request, &story->outcome, &err);
    assert_int_equal(is_fine, err.code == ERROR_NONE);
    assert_true(story->stacks.has_names);
    return err;
}

static size_t count_named(const struct story *story)
{
    size_t named = 0;
    for (size_t i = 0; i < FRAMES; i++)
        named += story->frames[i].name_count > 0;
    return named;
}

/* A frame in what was inlined: both functions, the inner one first, each with file and line. */
static const struct stack_frame *find_inlined(const struct story *story)
{
    for (size_t i = 0; i < FRAMES; i++)
        if (story->frames[i].name_count == 2)
            return &story->frames[i];
    fail_msg("%s", "no frame has an inlined function");
    return NULL;
}

static void assert_grow_is_named(const struct story *story)
{
    const struct stack_frame *frame = find_inlined(story);
    assert_int_equal(strncmp(frame->names[0].function, "shop::deep", 10), 0);
    assert_string_equal(frame->names[1].function, "shop::basket::grow(int)");
    assert_string_equal(path_base_name(frame->names[0].file), "shop.cc");
    assert_int_equal(frame->names[0].line, 3);
    assert_int_equal(frame->names[1].line, 4);
    assert_int_equal(story->outcome.modules_named, 1);
}

static void assert_noted(const struct story *story, const char *text)
{
    if (story->outcome.note_count != 1 || !strstr(story->outcome.notes[0], text))
        fail_msg("%zu notes, the first: %s", story->outcome.note_count, story->outcome.notes[0]);
    assert_int_equal(count_named(story), 0);
    assert_int_equal(story->outcome.modules_named, 0);
}

static struct module_file look(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return module_file_read(path);
}

static char *work;

static int make_folder(void **state)
{
    (void)state;
    work = temporary_folder_new();
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    shell("rm -rf '%s'/*", work);
    temporary_folder_free(work);
    return 0;
}

/* At a fixed place or at any: the module begins where its first segment does. */
static void elf_programs_are_named_by_offset(void **state)
{
    (void)state;
    static const struct {
        const char *flags;
        uint64_t first_address;
    } cases[] = { { "-pie -fPIE", 0 }, { "-no-pie", 0x400000 } };
    for (size_t i = 0; i < 2; i++) {
        struct grow_range grow;
        struct story story;
        if (!build_elf_program(work, "shop", cases[i].flags, &grow))
            skip();
        struct module_file file = look(work, "shop");
        assert_int_equal(file.kind, MODULE_FILE_ELF);
        assert_int_equal(file.elf.first_address, cases[i].first_address);
        begin_story(&story, "/usr/bin/shop", file.elf.file_span,
                    grow.first - cases[i].first_address);
        assert_int_equal(name_frames(&story, work, NULL, 0).code, ERROR_NONE);
        assert_grow_is_named(&story);
        end_story(&story);
    }
}

static void a_return_address_is_asked_one_byte_before(void **state)
{
    (void)state;
    struct grow_range grow;
    struct story story;
    if (!build_elf_program(work, "shop", "-pie -fPIE", &grow))
        skip();
    begin_story(&story, "shop", look(work, "shop").elf.span, grow.end);
    story.frames[0].is_return = true;
    story.frames[1] = (struct stack_frame){ .offset = grow.end };
    assert_int_equal(name_frames(&story, work, NULL, 0).code, ERROR_NONE);
    assert_string_equal(story.frames[0].names[0].function, "shop::basket::grow(int)");
    assert_true(story.frames[1].name_count == 0 ||
                strcmp(story.frames[1].names[0].function, "shop::basket::grow(int)") != 0);
    end_story(&story);
}

static void an_elf_file_of_another_build_is_refused(void **state)
{
    (void)state;
    struct grow_range grow;
    struct story story;
    if (!build_elf_program(work, "shop", "-pie -fPIE -Wl,--build-id", &grow))
        skip();
    struct module_file file = look(work, "shop");
    assert_int_equal(file.elf.build_id_bytes, 20);
    begin_story(&story, "shop", file.elf.span + 4096, grow.first);
    assert_int_equal(name_frames(&story, work, NULL, 0).code, ERROR_NONE);
    assert_noted(&story, "is of another build");
    begin_story(&story, "shop", file.elf.span, grow.first);
    memcpy(story.module.pdb_guid, file.elf.build_id, 16);
    story.module.pdb_guid[3] ^= 1;
    assert_int_equal(name_frames(&story, work, NULL, 0).code, ERROR_NONE);
    assert_noted(&story, "is of another build");
    story.module.pdb_guid[3] ^= 1;
    assert_int_equal(name_frames(&story, work, NULL, 0).code, ERROR_NONE);
    assert_grow_is_named(&story);
    end_story(&story);
}

/* Where the text of the built EXE lies, and what identifies it. */
static void begin_windows_story(struct story *story, const struct pe_id *pe)
{
    begin_story(story, "C:\\shop\\SHOP.exe", pe->image_bytes, 0x1000);
    story->module.timestamp = pe->timestamp;
    story->module.checksum = pe->checksum;
}

static void tell_pdb(struct story *story, const struct pe_id *pe)
{
    story->module.pdb = (char *)"D:\\build\\Shop.PDB";
    memcpy(story->module.pdb_guid, pe->guid, sizeof pe->guid);
    story->module.pdb_age = pe->age;
}

static void pdb_and_exe_agree_on_their_build(void **state)
{
    (void)state;
    if (!build_windows_program(work, "shop", false))
        skip();
    struct module_file pe = look(work, "shop.exe"), pdb = look(work, "shop.pdb");
    assert_int_equal(pe.kind, MODULE_FILE_PE);
    assert_int_equal(pdb.kind, MODULE_FILE_PDB);
    assert_string_equal(path_base_name(pe.pe.pdb), "shop.pdb");
    assert_memory_equal(pe.pe.guid, pdb.pdb.guid, 16);
    assert_int_equal(pe.pe.age, pdb.pdb.age);
    assert_int_equal(pdb.pdb.machine, 0x8664);
    assert_int_equal(pe.pe.machine, 0x8664);
}

static void a_pdb_in_a_symbol_store_needs_no_exe(void **state)
{
    (void)state;
    struct story story;
    char store[512];
    if (!build_windows_program(work, "shop", false))
        skip();
    struct pe_id pe = look(work, "shop.exe").pe;
    snprintf(store, sizeof store, "%s/store", work);
    assert_int_equal(
        shell("mkdir -p '%s/shop.pdb/0123AB1' '%s/shop.pdb/4567CD1' && mv '%s/shop.pdb' "
              "'%s/shop.pdb/4567CD1' && echo no PDB >'%s/shop.pdb/0123AB1/shop.pdb'",
              store, store, work, store, store),
        0);
    begin_windows_story(&story, &pe);
    tell_pdb(&story, &pe);
    assert_int_equal(name_frames(&story, store, NULL, 0).code, ERROR_NONE);
    assert_grow_is_named(&story);
    end_story(&story);
}

static void an_exe_leads_to_its_pdb(void **state)
{
    (void)state;
    struct story story;
    if (!build_windows_program(work, "shop", false))
        skip();
    struct pe_id pe = look(work, "shop.exe").pe;
    begin_windows_story(&story, &pe);
    assert_int_equal(name_frames(&story, work, NULL, 0).code, ERROR_NONE);
    assert_grow_is_named(&story);
    end_story(&story);
    assert_int_equal(shell("rm '%s/shop.pdb'", work), 0);
    begin_windows_story(&story, &pe);
    assert_int_equal(name_frames(&story, work, NULL, 0).code, ERROR_NONE);
    assert_noted(&story, "but not the PDB");
}

static void an_exe_with_dwarf_needs_no_pdb(void **state)
{
    (void)state;
    struct story story;
    if (!build_windows_program(work, "shop", true))
        skip();
    struct pe_id pe = look(work, "shop.exe").pe;
    assert_false(pe.has_pdb);
    begin_windows_story(&story, &pe);
    assert_int_equal(name_frames(&story, work, NULL, 0).code, ERROR_NONE);
    assert_grow_is_named(&story);
    end_story(&story);
    begin_windows_story(&story, &pe);
    story.module.timestamp++;
    assert_int_equal(name_frames(&story, work, NULL, 0).code, ERROR_NONE);
    assert_noted(&story, "shop.exe is of another build");
}

static void a_pdb_of_another_build_is_refused(void **state)
{
    (void)state;
    struct story story;
    if (!build_windows_program(work, "shop", false))
        skip();
    struct pe_id pe = look(work, "shop.exe").pe;
    assert_int_equal(shell("rm '%s/shop.exe'", work), 0);
    for (size_t i = 0; i < 2; i++) {
        begin_windows_story(&story, &pe);
        tell_pdb(&story, &pe);
        story.module.pdb_guid[15] ^= (uint8_t)(i == 0);
        story.module.pdb_age += (uint32_t)i;
        assert_int_equal(name_frames(&story, work, NULL, 0).code, ERROR_NONE);
        assert_noted(&story, "shop.pdb is of another build");
    }
    begin_windows_story(&story, &pe);
    assert_int_equal(name_frames(&story, work, NULL, 0).code, ERROR_NONE);
    assert_noted(&story, "does not tell");
}

static void a_path_in_a_trace_is_never_opened(void **state)
{
    (void)state;
    static const char *const paths[] = { "/bin/sh", "../../../bin/sh", "..", "", "a\\..\\.." };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct story story;
        begin_story(&story, paths[i], UINT64_MAX, 0);
        story.module.pdb = (char *)paths[i];
        assert_int_equal(name_frames(&story, work, "/bin/false", 0).code, ERROR_NONE);
        assert_int_equal(story.outcome.modules_absent, 1);
        assert_int_equal(story.outcome.note_count, 0);
    }
}

/* Every beginning of each file, and each with some bytes changed, is read without harm. */
static void damaged_files_are_none(void **state)
{
    (void)state;
    static const char *const names[] = { "shop.exe", "shop.pdb", "shop" };
    enum { HEAD = 4096, CHANGES = 400 };
    struct grow_range grow;
    uint64_t seed = 1;
    if (!build_windows_program(work, "shop", false) ||
        !build_elf_program(work, "shop", "-pie -fPIE -Wl,--build-id", &grow))
        skip();
    for (size_t n = 0; n < 3; n++) {
        static uint8_t bytes[1 << 20];
        char path[512];
        FILE *in = temporary_folder_open(work, names[n], "r");
        size_t size = fread(bytes, 1, sizeof bytes, in);
        fclose(in);
        for (size_t i = 0; i < CHANGES; i++) {
            static uint8_t changed[1 << 20];
            memcpy(changed, bytes, size);
            for (size_t c = 0; c < i % 4; c++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                changed[(seed >> 33) % (size < HEAD ? size : HEAD)] = (uint8_t)(seed >> 20);
            }
            FILE *out = temporary_folder_open(work, "changed", "w");
            fwrite(changed, 1, i % 2 && i < size ? i : size, out);
            fclose(out);
            struct module_file file = look(work, "changed");
            assert_true(i % 4 != 1 || i >= 64 || file.kind == MODULE_FILE_OTHER);
        }
        snprintf(path, sizeof path, "%s/none", work);
        assert_int_equal(module_file_read(path).kind, MODULE_FILE_OTHER);
    }
    assert_int_equal(module_file_read(work).kind, MODULE_FILE_OTHER);
    assert_int_equal(module_file_read("/dev/zero").kind, MODULE_FILE_OTHER);
}

/* A guest that behaves badly costs what it did not answer, and nothing else. */
static void a_broken_symbolizer_does_no_harm(void **state)
{
    (void)state;
    static const char good[] = "echo '{\"Address\":\"0x0\",\"Symbol\":[{\"FunctionName\":\"f\","
                               "\"FileName\":\"a.c\",\"Line\":7}]}'";
    static const struct {
        const char *script, *note;
        bool answers_first;
    } cases[] = {
        { "exit 1", "ended before", false },
        { "kill -SEGV $$", "ended before", false },
        { "echo nonsense; cat", "make no sense", false },
        { "echo '[]'; cat", "make no sense", false },
        { "echo '{\"Address\":\"0x77\",\"Symbol\":[]}'; cat", "make no sense", false },
        { "exec sleep 100", "took too long", false },
        { "GOOD", "ended before", true },
        { "GOOD; echo '{'; cat", "make no sense", true },
        { "GOOD; exec sleep 100", "took too long", true },
        { "exec tr '\\0' x </dev/zero", "make no sense", false },
    };
    struct grow_range grow;
    char path[512];
    if (!build_elf_program(work, "shop", "-no-pie", &grow))
        skip();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct story story;
        const char *rest = strstr(cases[i].script, "GOOD");
        FILE *out = temporary_folder_open(work, "guest", "w");
        fprintf(out, "#!/bin/sh\n%s%s\n", rest ? good : "", rest ? rest + 4 : cases[i].script);
        fclose(out);
        snprintf(path, sizeof path, "%s/guest", work);
        assert_int_equal(chmod(path, 0700), 0);
        begin_story(&story, "shop", look(work, "shop").elf.file_span, 0);
        for (size_t f = 0; f < FRAMES; f++)
            story.frames[f].offset += f ? 1000 : 0;
        /* What it is asked is a virtual address; what it answers in the script is 0. */
        struct symbolizer symbolizer = symbolizer_new();
        symbolizer.program = path;
        symbolizer.silence_ms = 300;
        struct symbol_answer answers[2] = { { 0 } };
        struct error err = { 0 };
        const uint64_t addresses[] = { 0, 4 };
        const struct symbolizer_run run = { .object = "shop", .addresses = addresses, .count = 2 };
        assert_int_not_equal(symbolizer_ask(&symbolizer, &run, answers, &err), SYMBOLIZER_ANSWERED);
        if (!strstr(err.message, cases[i].note))
            fail_msg("%s: %s", cases[i].script, err.message);
        assert_int_equal(answers[0].count, cases[i].answers_first);
        assert_int_equal(answers[1].count, 0);
        symbol_answer_release(&answers[0]);
        assert_int_equal(name_frames(&story, work, path, 300).code, ERROR_NONE);
        assert_noted(&story, "");
        end_story(&story);
    }
}

static void a_missing_symbolizer_is_an_error_with_a_name(void **state)
{
    (void)state;
    struct grow_range grow;
    struct story story;
    if (!build_elf_program(work, "shop", "-no-pie", &grow))
        skip();
    begin_story(&story, "shop", look(work, "shop").elf.file_span, 0);
    struct error err = name_frames(&story, work, "no-such-symbolizer", 0);
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.message, "no-such-symbolizer"));
}

static void a_folder_that_is_none_is_an_error(void **state)
{
    (void)state;
    struct story story;
    struct error err = { 0 };
    const char *folders[] = { work, "/dev/null" };
    const struct symbols_request request = { folders, 2, symbolizer_new() };
    begin_story(&story, "a", 1, 0);
    assert_false(symbols_add(&story.stacks, &request, &story.outcome, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_non_null(strstr(err.message, "/dev/null"));
}

#define IN_A_FOLDER(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(elf_programs_are_named_by_offset),
        IN_A_FOLDER(a_return_address_is_asked_one_byte_before),
        IN_A_FOLDER(an_elf_file_of_another_build_is_refused),
        IN_A_FOLDER(pdb_and_exe_agree_on_their_build),
        IN_A_FOLDER(a_pdb_in_a_symbol_store_needs_no_exe),
        IN_A_FOLDER(an_exe_leads_to_its_pdb),
        IN_A_FOLDER(an_exe_with_dwarf_needs_no_pdb),
        IN_A_FOLDER(a_pdb_of_another_build_is_refused),
        IN_A_FOLDER(a_path_in_a_trace_is_never_opened),
        IN_A_FOLDER(damaged_files_are_none),
        IN_A_FOLDER(a_broken_symbolizer_does_no_harm),
        IN_A_FOLDER(a_missing_symbolizer_is_an_error_with_a_name),
        IN_A_FOLDER(a_folder_that_is_none_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
