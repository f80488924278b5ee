/* The entry of a function in the call frame information of its module. */
#ifndef DATA_RECORD_CFI_ENTRY_H
#define DATA_RECORD_CFI_ENTRY_H

#include "data/record/cursor.h"

/* What an entry (FDE) and what it has in common with others (CIE) tell. */
struct entry {
    uintptr_t start, size; /* of the code */
    uint64_t code_align;
    int64_t data_align;
    uint8_t encoding;
    bool has_data;
    bool is_signal;
    struct cursor common_program;
    struct cursor program;
};

/* The entry of the function at `pc`, as cfi_find_rule; `entry` is zero-filled. False: none. */
bool cfi_find_entry(uintptr_t pc, uintptr_t header, uintptr_t start, uintptr_t end,
                    struct entry *entry);

#endif
