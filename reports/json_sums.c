/* What means and ratios were made of, as JSON. */
#include "reports/json_measures.h"
#include "reports/wide_text.h"

static void put_fixed_sum(struct json_writer *json, const char *key, i128 integral,
                          uint64_t span_ns)
{
    char text[WIDE_TEXT_SIZE];
    i128_text(text, integral);
    jsonw_key_begin(json, key, JSONW_RECORD);
    jsonw_key_string(json, "integral_fixed", text);
    jsonw_key_u64(json, "span_ns", span_ns);
    jsonw_end(json);
}

void json_sums(struct json_writer *json, const struct measure_sums *sums)
{
    char text[WIDE_TEXT_SIZE];
    jsonw_key_begin(json, "sums", JSONW_OBJECT);
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        jsonw_key_begin(json, level_names[i], JSONW_RECORD);
        u128_text(text, sums->level_integral[i]);
        jsonw_key_string(json, "integral", text);
        jsonw_key_u64(json, "span_ns", sums->level_span_ns[i]);
        jsonw_end(json);
    }
    for (size_t i = 0; i < RATIO_COUNT; i++)
        put_fixed_sum(json, ratio_names[i], sums->ratio_integral[i], sums->ratio_span_ns[i]);
    put_fixed_sum(json, "frag_touched", sums->frag_integral[0], sums->frag_span_ns[0]);
    put_fixed_sum(json, "frag_committed", sums->frag_integral[1], sums->frag_span_ns[1]);
    i128_text(text, sums->growth_ln);
    jsonw_key_string(json, "growth_ln_fixed", text);
    jsonw_key_u64(json, "growth_values", sums->growth_values);
    jsonw_key_u64(json, "grown_bytes", sums->grown_bytes);
    jsonw_key_u64(json, "grow_moved", sums->grow_moved);
    jsonw_key_u64(json, "shrink_moved", sums->shrink_moved);
    jsonw_end(json);
}
