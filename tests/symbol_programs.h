/* Programs with symbols, built for a test: what llvm-symbolizer is asked about. */
#ifndef TESTS_SYMBOL_PROGRAMS_H
#define TESTS_SYMBOL_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Their source has shop::basket::grow(int), which has shop::deep(int) inlined. Each returns false
 * when the tools for it are not installed, and fails the test when they are and refuse.
 */

/* FOLDER/NAME, an ELF program, with `flags` for the compiler. Where its grow begins and ends. */
struct grow_range {
    uint64_t first, end; /* as the file has them: virtual addresses */
};
bool build_elf_program(const char *folder, const char *name, const char *flags,
                       struct grow_range *grow);

/* FOLDER/NAME.exe for Windows, with FOLDER/NAME.pdb, or with DWARF in it as mingw has it. */
bool build_windows_program(const char *folder, const char *name, bool has_dwarf);

/* Runs a command of the shell; its exit status. The text is made as by printf. */
int shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
