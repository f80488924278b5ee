/* Loading libarchive: again and again, under a name that is none, and what is not libarchive. */
#include "decoder/libarchive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void what_is_loaded_is_what_the_tests_are_linked_with(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct libarchive library = { 0 };
        struct error err = { 0 };
        assert_true(libarchive_load(&library, &err));
        assert_int_equal(err.code, ERROR_NONE);
#define X(name) assert_true(library.name == name);
        LIBARCHIVE_FUNCTION_LIST(X)
#undef X
    }
}

static void expect_sentence(const char *soname, const char *reason)
{
    struct libarchive library = { 0 };
    struct error err = { 0 };
    assert_false(libarchive_load_as(&library, soname, &err));
    assert_int_equal(err.code, ERROR_IO);
    if (!strstr(err.message, "cannot load libarchive, which unpacks and packs") ||
        !strstr(err.message, "(Debian: libarchive") ||
        !strstr(err.message, "; a plain .etl file needs none): ") || !strstr(err.message, reason))
        fail_msg("'%s' does not say '%s'", err.message, reason);
}

static void a_library_that_is_missing_is_named_with_its_package(void **state)
{
    (void)state;
    expect_sentence("libarchive.so.none", "libarchive.so.none: cannot open shared object file");
}

static void a_library_that_lacks_a_function_is_refused(void **state)
{
    (void)state;
    expect_sentence("libm.so.6", "archive_entry_filetype");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_loaded_is_what_the_tests_are_linked_with),
        cmocka_unit_test(a_library_that_is_missing_is_named_with_its_package),
        cmocka_unit_test(a_library_that_lacks_a_function_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
