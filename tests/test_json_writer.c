/* The JSON writer: form, numbers, strings that may hold anything. */
#include "tests/report_testing.h"

#include "reports/json_writer.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct document {
    struct json_writer json;
    char *text;
    size_t size;
};

static void begin(struct document *document)
{
    document->text = NULL;
    FILE *out = open_memstream(&document->text, &document->size);
    assert_non_null(out);
    document->json = jsonw_over(out);
}

static void assert_ends_as(struct document *document, const char *expected)
{
    fclose(document->json.text.out);
    assert_string_equal(document->text, expected);
    free(document->text);
}

static void rows_stay_on_one_line_in_an_indented_document(void **state)
{
    (void)state;
    struct document d;
    begin(&d);
    jsonw_begin(&d.json, JSONW_OBJECT);
    jsonw_key_begin(&d.json, "empty", JSONW_ARRAY);
    jsonw_end(&d.json);
    jsonw_key_begin(&d.json, "rows", JSONW_ARRAY);
    for (uint64_t i = 0; i < 2; i++) {
        jsonw_begin(&d.json, JSONW_ROW);
        jsonw_u64(&d.json, i);
        jsonw_begin(&d.json, JSONW_OBJECT); /* in a row everything is on its line */
        jsonw_key_bool(&d.json, "b", true);
        jsonw_key_null(&d.json, "n");
        jsonw_end(&d.json);
        jsonw_end(&d.json);
    }
    jsonw_end(&d.json);
    jsonw_key_address(&d.json, "at", 0x1c0);
    jsonw_key_text_begin(&d.json, "a \"b\"", JSONW_RECORD);
    jsonw_end(&d.json);
    jsonw_end(&d.json);
    assert_ends_as(&d, "{\n  \"empty\": [],\n  \"rows\": [\n"
                       "    [0, {\"b\": true, \"n\": null}],\n"
                       "    [1, {\"b\": true, \"n\": null}]\n  ],\n"
                       "  \"at\": \"0x1c0\",\n  \"a \\\"b\\\"\": {}\n}\n");
}

static void numbers_are_exact_and_what_is_none_is_null(void **state)
{
    (void)state;
    struct document d;
    begin(&d);
    jsonw_begin(&d.json, JSONW_ROW);
    jsonw_u64(&d.json, UINT64_MAX);
    jsonw_double(&d.json, 0.1);
    jsonw_double(&d.json, 1e300);
    jsonw_double(&d.json, 5);
    jsonw_double(&d.json, NAN);
    jsonw_double(&d.json, -HUGE_VAL);
    jsonw_string(&d.json, NULL);
    jsonw_end(&d.json);
    assert_ends_as(&d, "[18446744073709551615, 0.1, 1e+300, 5, null, null, null]\n");
}

static void strings_mean_the_same_and_deceive_nobody(void **state)
{
    (void)state;
    struct document d;
    begin(&d);
    jsonw_begin(&d.json, JSONW_ROW);
    jsonw_string(&d.json, "\x1b[0m\n\"\\/\x7f\xc2\x85\xe2\x80\xae\xf3\xa0\x80\xa0\xff\xd0\xb6");
    jsonw_end(&d.json);
    assert_ends_as(&d, "[\"\\u001b[0m\\u000a\\\"\\\\/\\u007f\\u0085\\u202e\\udb40\\udc20"
                       "\xef\xbf\xbd\xd0\xb6\"]\n");
}

static void every_byte_makes_a_string_that_reads_back(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        char text[4] = { 'a', (char)byte, 'z', '\0' };
        struct document d;
        begin(&d);
        jsonw_begin(&d.json, JSONW_ROW);
        jsonw_string(&d.json, text);
        jsonw_end(&d.json);
        fclose(d.json.text.out);
        json_t *root = json_loads(d.text, JSON_REJECT_DUPLICATES, NULL);
        const char *back = json_string_value(json_array_get(root, 0));
        assert_non_null(back);
        assert_string_equal(back, byte < 0x80 ? text : "a\xef\xbf\xbdz");
        json_decref(root);
        free(d.text);
    }
}

static void base64_is_padded(void **state)
{
    (void)state;
    static const char *const expected[] = { "",         "Zg==",     "Zm8=",    "Zm9v",
                                            "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
    for (size_t size = 0; size <= 6; size++) { /* RFC 4648 section 10 */
        uint8_t *bytes = malloc(size + (size == 0));
        assert_non_null(bytes);
        memcpy(bytes, "foobar", size);
        struct document d;
        char text[32];
        begin(&d);
        jsonw_begin(&d.json, JSONW_ROW);
        jsonw_base64(&d.json, bytes, size);
        jsonw_end(&d.json);
        snprintf(text, sizeof text, "[\"%s\"]\n", expected[size]);
        assert_ends_as(&d, text);
        free(bytes);
    }
}

/* One of each, in a document that is deep in its containers. */
static void put_members(struct json_writer *json)
{
    jsonw_begin(json, JSONW_OBJECT);
    jsonw_key_begin(json, "lines", JSONW_ARRAY);
    jsonw_u64(json, UINT64_MAX);
    jsonw_double(json, -1.0 / 3);
    jsonw_bool(json, false);
    jsonw_null(json);
    jsonw_address(json, UINT64_MAX);
    jsonw_string(json, "\xf3\xa0\x80\xa0\"\xd0\xb6");
    jsonw_base64(json, (const uint8_t *)"foob", 4);
    jsonw_begin(json, JSONW_RECORD);
    jsonw_key_text_begin(json, "\n", JSONW_ROW);
    jsonw_end(json);
    jsonw_end(json);
    jsonw_end(json);
    jsonw_key_double(json, "one_more", 0.5);
    jsonw_end(json);
}

static char *members_behind(size_t blanks)
{
    struct document d;
    char *text = malloc(blanks + 1);
    assert_non_null(text);
    memset(text, ' ', blanks);
    text[blanks] = '\0';
    begin(&d);
    jsonw_begin(&d.json, JSONW_ARRAY);
    jsonw_string(&d.json, text);
    put_members(&d.json);
    jsonw_end(&d.json);
    fclose(d.json.text.out);
    free(text);
    return d.text;
}

/* The buffer is full at each byte of it once. */
static void a_long_document_is_like_a_short_one(void **state)
{
    (void)state;
    enum { START_SIZE = sizeof "[\n  \"" - 1 };
    char *brief = members_behind(0);
    size_t size = strlen(brief);
    for (size_t before = TEXT_BUFFER_SIZE - size; before <= TEXT_BUFFER_SIZE; before++) {
        char *text = members_behind(before);
        assert_int_equal(strlen(text), before + size);
        assert_int_equal(strspn(text + START_SIZE, " "), before);
        assert_memory_equal(text, brief, START_SIZE);
        assert_string_equal(text + START_SIZE + before, brief + START_SIZE);
        free(text);
    }
    free(brief);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stay_on_one_line_in_an_indented_document),
        cmocka_unit_test(numbers_are_exact_and_what_is_none_is_null),
        cmocka_unit_test(strings_mean_the_same_and_deceive_nobody),
        cmocka_unit_test(every_byte_makes_a_string_that_reads_back),
        cmocka_unit_test(base64_is_padded),
        cmocka_unit_test(a_long_document_is_like_a_short_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
