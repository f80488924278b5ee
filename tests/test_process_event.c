/* Tests of decoder/process_event.h: all versions of the payload, and payloads that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder/process_event.h"

#include <stdlib.h>
#include <string.h>

enum { PID = 4321, PARENT = 765, PAYLOAD_MAX = 256 };
enum user { USER_NONE, USER_SID, USER_SID_AFTER_ZEROS };

static void append(uint8_t *payload, size_t *size, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        payload[(*size)++] = (uint8_t)(value >> (8 * i));
}

static void append_user(uint8_t *payload, size_t *size, enum user user, size_t pointer_bytes)
{
    if (user == USER_NONE) {
        append(payload, size, 0, 4);
        return;
    }
    append(payload, size, user == USER_SID ? 0xffffa801 : 0, pointer_bytes);
    append(payload, size, 0, pointer_bytes);
    append(payload, size, 0x0201, 2); /* revision 1, two authorities */
    append(payload, size, 0, 6);
    append(payload, size, 32, 4);
    append(payload, size, 544, 4);
}

/* `*fixed_bytes` is where the user starts. */
static size_t make_payload(uint16_t version, size_t pointer_bytes, enum user user, uint8_t *payload,
                           size_t *fixed_bytes)
{
    size_t size = 0;
    if (version == 0) {
        append(payload, &size, PID, pointer_bytes);
        append(payload, &size, PARENT, pointer_bytes);
    } else {
        append(payload, &size, 0xdeadbeef, pointer_bytes);
        append(payload, &size, PID, 4);
        append(payload, &size, PARENT, 4);
        append(payload, &size, 1, 4);
        append(payload, &size, 259, 4);
        append(payload, &size, 0x1000, version >= 3 ? pointer_bytes : 0);
        append(payload, &size, 0, version >= 4 ? 4 : 0);
    }
    *fixed_bytes = size;
    append_user(payload, &size, user, pointer_bytes);
    memcpy(payload + size, "a\xe9.exe", 7);
    size += 7;
    for (const char *c = "a -x"; version >= 2 && *c; c++)
        append(payload, &size, (uint8_t)*c, 2);
    append(payload, &size, 0, version >= 2 ? 2 : 0);
    append(payload, &size, 0, version >= 5 ? 8 : 0);
    return size;
}

static bool decode(uint16_t version, size_t pointer_bytes, const uint8_t *payload, size_t size,
                   struct process_event *out, bool *is_known)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, payload, size);
    struct event_header header = { .payload = copy,
                                   .payload_bytes = size,
                                   .version = version,
                                   .pointer_bytes = (uint8_t)pointer_bytes };
    memset(out, 0xee, sizeof *out);
    bool is_decoded = process_event_decode(&header, out, is_known);
    free(copy);
    return is_decoded;
}

static void decodes_every_version(void **state)
{
    (void)state;
    static struct process_event event;
    for (uint16_t version = 0; version <= 6; version++) {
        for (size_t pointer_bytes = 4; pointer_bytes <= 8; pointer_bytes += 4) {
            for (int user = USER_NONE; user <= USER_SID_AFTER_ZEROS; user++) {
                uint8_t payload[PAYLOAD_MAX];
                size_t fixed_bytes;
                bool is_known;
                size_t size =
                    make_payload(version, pointer_bytes, (enum user)user, payload, &fixed_bytes);
                assert_true(decode(version, pointer_bytes, payload, size, &event, &is_known));
                assert_int_equal(is_known, version <= 5);
                assert_int_equal(event.pid, PID);
                assert_int_equal(event.parent_pid, PARENT);
                assert_string_equal(event.image, "a\xc3\xa9.exe");
                assert_string_equal(event.command_line, version >= 2 ? "a -x" : "");
            }
        }
    }
}

static void a_payload_cut_after_its_fixed_fields_has_no_names(void **state)
{
    (void)state;
    static struct process_event event;
    for (uint16_t version = 0; version <= 5; version++) {
        for (size_t pointer_bytes = 4; pointer_bytes <= 8; pointer_bytes += 4) {
            uint8_t payload[PAYLOAD_MAX];
            size_t fixed_bytes;
            bool is_known;
            size_t whole = make_payload(version, pointer_bytes, USER_SID, payload, &fixed_bytes);
            for (size_t size = 0; size < whole; size++) {
                bool is_decoded = decode(version, pointer_bytes, payload, size, &event, &is_known);
                assert_int_equal(is_decoded, size >= fixed_bytes);
                if (!is_decoded)
                    continue;
                assert_int_equal(event.pid, PID);
                assert_true(strlen(event.image) <= strlen("a\xc3\xa9.exe"));
                assert_true(strncmp(event.command_line, "a -x", strlen(event.command_line)) == 0);
            }
        }
    }
}

static void a_user_that_makes_no_sense_leaves_no_names(void **state)
{
    (void)state;
    static struct process_event event;
    uint8_t payload[PAYLOAD_MAX];
    size_t fixed_bytes;
    bool is_known;
    size_t size = make_payload(3, 8, USER_SID, payload, &fixed_bytes);
    payload[fixed_bytes + 16 + 1] = 15; /* authorities, more than there are */
    assert_true(decode(3, 8, payload, size, &event, &is_known));
    assert_string_equal(event.image, "");
    assert_string_equal(event.command_line, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_every_version),
        cmocka_unit_test(a_payload_cut_after_its_fixed_fields_has_no_names),
        cmocka_unit_test(a_user_that_makes_no_sense_leaves_no_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
