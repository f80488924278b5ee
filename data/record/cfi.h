/* How to get from a function to its caller: the call frame information of a module. */
#ifndef DATA_RECORD_CFI_H
#define DATA_RECORD_CFI_H

#include <stdbool.h>
#include <stdint.h>

/* The registers of x86-64 that a function gives back as it found them, and the stack pointer. */
enum saved_register { SAVED_BX, SAVED_BP, SAVED_12, SAVED_13, SAVED_14, SAVED_15, SAVED_COUNT };
enum { REGISTER_SP = SAVED_COUNT, REGISTER_COUNT };

enum frame_kind {
    FRAME_UNKNOWN = 0, /* no rule, or one that no compiler writes for a function that calls */
    FRAME_OUTERMOST,   /* nobody called it */
    FRAME_SIGNAL,      /* the interrupted registers lie at the stack pointer, as a ucontext_t */
    FRAME_CALLED,
};

/*
 * The caller's stack pointer (the CFA) is `cfa_register` + `cfa_offset`, or what is stored there;
 * the return address and the saved registers lie at an offset from it, or from this frame's rbp.
 */
struct frame_rule {
    uint8_t kind;
    uint8_t cfa_register; /* a saved_register, or REGISTER_SP */
    bool cfa_is_stored;
    uint8_t is_saved; /* bit r: saved_register r */
    uint8_t is_at_bp; /* bit r: its offset is from rbp, not from the CFA */
    bool is_plain;    /* the CFA is not stored, and all lies below it, 8-aligned to it */
    int32_t lowest_offset;
    int32_t cfa_offset;
    int32_t return_offset;
    int32_t saved_offset[SAVED_COUNT];
};

/*
 * The rule for the instruction at `pc`, by the .eh_frame_hdr at `header` of the module at [start,
 * end). Takes no lock, allocates nothing, reads nothing outside of the module. FRAME_UNKNOWN on
 * machines other than x86-64.
 *
 * Source: DWARF 5, 6.4; System V ABI AMD64, 3.6 and 3.7 (register numbers, .eh_frame); Linux
 * Standard Base 5, 10.6 (.eh_frame_hdr).
 */
void cfi_find_rule(uintptr_t pc, uintptr_t header, uintptr_t start, uintptr_t end,
                   struct frame_rule *rule);

#endif
