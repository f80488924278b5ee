/* The encoders of the trace builder against libfwnt, which knows nothing of them. */
#include "tests/etl_compress.h"

#include <libfwnt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* libfwnt (20181227) refuses longer runs under XPRESS, though the format has no limit. */
enum { LIBFWNT_RUN_MAX = 32772 };

static int decompress(enum etl_compression format, const uint8_t *data, size_t size, uint8_t *out,
                      size_t *out_size)
{
    switch (format) {
    case ETL_LZNT1:
        return libfwnt_lznt1_decompress(data, size, out, out_size, NULL);
    case ETL_XPRESS:
        return libfwnt_lzxpress_decompress(data, size, out, out_size, NULL);
    default:
        return libfwnt_lzxpress_huffman_decompress(data, size, out, out_size, NULL);
    }
}

static void check_round_trip(enum etl_compression format, const uint8_t *data, size_t size)
{
    size_t packed_size;
    uint8_t *packed = etl_compress(format, data, size, &packed_size);
    size_t out_size = size;
    uint8_t *out = malloc(size);
    assert_non_null(out);
    assert_int_equal(decompress(format, packed, packed_size, out, &out_size), 1);
    assert_int_equal(out_size, size);
    assert_memory_equal(out, data, size);
    free(out);
    free(packed);
}

/* No two alike nearby; one long run; records that differ in some bytes, as events do. */
enum texture { NOISE, RUN, RECORDS, TEXTURES };

static uint8_t byte_of(unsigned texture, size_t at)
{
    uint32_t mixed = (uint32_t)(at * 2654435761u);
    switch (texture) {
    case NOISE:
        return (uint8_t)(mixed >> 24 ^ mixed >> 13);
    case RUN:
        return 7;
    default:
        return at % 56 < 12 ? (uint8_t)(mixed >> 24) : (uint8_t)(at % 56);
    }
}

static void every_format_is_read_back_by_libfwnt(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1,    2,    3,    4,     12,    31,    32,    33,
                                    63,   64,   100,  255,   256,   300,   4095,  4096,
                                    4097, 8192, 9000, 65463, 65535, 65536, 65537, 140000 };
    static const enum etl_compression formats[] = { ETL_LZNT1, ETL_XPRESS, ETL_XPRESS_HUFFMAN };
    uint8_t *data = malloc(140000);
    assert_non_null(data);
    for (unsigned texture = 0; texture < TEXTURES; texture++) {
        for (size_t i = 0; i < 140000; i++)
            data[i] = byte_of(texture, i);
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
            for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++)
                if (texture != RUN || formats[f] != ETL_XPRESS || sizes[s] <= LIBFWNT_RUN_MAX)
                    check_round_trip(formats[f], data, sizes[s]);
    }
    free(data);
}

static void what_repeats_gets_smaller(void **state)
{
    (void)state;
    uint8_t *data = malloc(65464);
    assert_non_null(data);
    for (size_t i = 0; i < 65464; i++)
        data[i] = byte_of(RECORDS, i);
    for (int format = ETL_LZNT1; format <= ETL_XPRESS_HUFFMAN; format++) {
        size_t size;
        free(etl_compress((enum etl_compression)format, data, 65464, &size));
        assert_true(size < 65464 * 2 / 3);
    }
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_is_read_back_by_libfwnt),
        cmocka_unit_test(what_repeats_gets_smaller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
