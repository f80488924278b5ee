/* Call stacks that got worse, as reports of two builds show them. */
#ifndef REPORTS_COMPARE_STACKS_H
#define REPORTS_COMPARE_STACKS_H

#include "analyzer/stack_match.h"
#include "reports/stack_names.h"
#include "reports/stack_rank.h"
#include "reports/text_page.h"

#include <stdio.h>

/* How stacks are matched, or why nothing can be said of them; NULL: neither build has any. */
const char *compare_stacks_sentence(const struct stack_matching *matching);

/* "app.exe!grow", "app.exe" without a function, "?" in no known module. Hostile. */
void compare_frame_text(char out[PLACE_TEXT_SIZE], const struct stack_match_frame *frame);

/* The index of the frame to blame, as culprit.h has it; 0 without frames. */
size_t compare_culprit(const struct stack_match *match);

/* "+1.50 MiB"; and "12.0 KiB", of one side, or "none" if that has no such stack. */
struct unit_text compare_stack_change(const struct stack_match *match, enum stack_weight weight);
struct unit_text compare_stack_mean(const struct stack_match *match, enum stack_side side,
                                    enum stack_weight weight);

/* "copied by moves" */
const char *compare_stack_title(enum stack_weight weight);

/* The sections of the text and of the page; nothing when neither build has stacks. */
void compare_stacks_text(const struct text_page *page, const struct stack_matching *matching,
                         size_t top);
void compare_stacks_html(const struct stack_matching *matching, FILE *out);

#endif
