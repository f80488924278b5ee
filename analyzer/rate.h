/* A share of trials, with how far it can be trusted. */
#ifndef ANALYZER_RATE_H
#define ANALYZER_RATE_H

#include "analyzer/result.h"

/* `hits` of `trials` with the 95 % Wilson interval; all NAN when there was no trial. */
struct rate rate_of(uint64_t hits, uint64_t trials);

#endif
