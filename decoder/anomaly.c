/* What is wrong with a trace: counted by name, never thrown. */
#include "decoder/anomaly.h"

const struct anomaly_info anomaly_infos[ANOMALY_COUNT] = {
#define X(name, severity, meaning) { #name, SEVERITY_##severity, meaning },
    ANOMALY_LIST(X)
#undef X
};

const char *severity_name(enum severity severity)
{
    static const char *const names[] = {
        [SEVERITY_NOTE] = "note",
        [SEVERITY_SUSPECT] = "suspect",
        [SEVERITY_DATA_LOSS] = "data_loss",
    };
    return names[severity];
}

void anomalies_add(struct anomalies *sum, const struct anomalies *more)
{
    for (int i = 0; i < ANOMALY_COUNT; i++) {
        if (sum->count[i] > 0 && more->count[i] > 0 && more->first_offset[i] < sum->first_offset[i])
            sum->first_offset[i] = more->first_offset[i];
        anomaly_add(sum, (enum anomaly)i, more->count[i], more->first_offset[i]);
    }
}

enum severity anomalies_worst(const struct anomalies *a)
{
    enum severity worst = SEVERITY_NOTE;
    for (int i = 0; i < ANOMALY_COUNT; i++)
        if (a->count[i] > 0 && anomaly_infos[i].severity > worst)
            worst = anomaly_infos[i].severity;
    return worst;
}
