/* What is wrong with a trace, as JSON. */
#ifndef REPORTS_JSON_ANOMALIES_H
#define REPORTS_JSON_ANOMALIES_H

#include "decoder/anomaly.h"
#include "reports/json_writer.h"

/* The member "anomalies" of the open object: a record for each that was met. */
void json_put_anomalies(struct json_writer *json, const struct anomalies *anomalies);

#endif
