/* The sections of the text report, each a function. */
#ifndef REPORTS_TEXT_SECTIONS_H
#define REPORTS_TEXT_SECTIONS_H

#include "reports/reports.h"
#include "reports/text_page.h"

/* text_trace.c: what was traced, and how far it can be trusted */
void text_title(const struct text_page *page, const struct result *result);
void text_warnings(const struct text_page *page, const struct result *result);
/* False with ERROR_NO_MEMORY */
bool text_verdict(const struct text_page *page, const struct result *result, struct error *err);
void text_trace_quality(const struct text_page *page, const struct result *result);

/* text_heaps.c: tables with a row a heap. False with ERROR_NO_MEMORY */
bool text_heaps(const struct text_page *page, const struct result *result, size_t top,
                struct error *err);
bool text_reallocs(const struct text_page *page, const struct result *result, size_t top,
                   struct error *err);
bool text_fragmentation(const struct text_page *page, const struct result *result, size_t top,
                        struct error *err);

/* text_stacks.c: who allocates, copies and pins. False with ERROR_NO_MEMORY */
bool text_stacks(const struct text_page *page, const struct result *result, size_t top,
                 struct error *err);
/* How many events have a stack; nothing for a trace without. */
void text_stack_share(const struct text_page *page, const struct stacks_result *stacks);
/* Lines about one block: who began it, who moved it at the highest cost. */
void text_chain_stacks(const struct text_page *page, const struct stacks_result *stacks,
                       const struct chain_result *chain);

/* text_traffic.c: what the whole trace allocated */
void text_sources(const struct text_page *page, const struct measures *totals);
void text_sizes(const struct text_page *page, const struct measures *totals);
void text_lifetimes(const struct text_page *page, const struct measures *totals);

/* text_method.c: how the numbers are made */
void text_method(const struct text_page *page);

#endif
