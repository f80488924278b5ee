/* What is wrong with a trace, as JSON. */
#include "reports/json_anomalies.h"

#include "decoder/error.h"

void json_put_anomalies(struct json_writer *json, const struct anomalies *anomalies)
{
    jsonw_key_begin(json, "anomalies", JSONW_ARRAY);
    for (int i = 0; i < ANOMALY_COUNT; i++) {
        if (anomalies->count[i] == 0)
            continue;
        jsonw_begin(json, JSONW_RECORD);
        jsonw_key_string(json, "name", anomaly_infos[i].name);
        jsonw_key_string(json, "severity", severity_name(anomaly_infos[i].severity));
        jsonw_key_u64(json, "count", anomalies->count[i]);
        jsonw_key_u64_or_null(json, "first_offset", anomalies->first_offset[i], ERROR_NO_OFFSET);
        jsonw_key_string(json, "meaning", anomaly_infos[i].meaning);
        jsonw_end(json);
    }
    jsonw_end(json);
}
