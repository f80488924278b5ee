/* Programs with symbols, built for a test. */
#include "tests/symbol_programs.h"

#include "tests/temporary_folder.h"

#include <inttypes.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>

extern char **environ;

static const char source[] =
    "namespace shop { struct basket { __attribute__((noinline)) int grow(int n); };\n"
    "static inline __attribute__((always_inline)) int deep(int n)\n"
    "{ volatile int x = n; return x * 3; }\n"
    "int basket::grow(int n) { return deep(n) + 1; } }\n"
    "extern \"C\" int run() { shop::basket b; return b.grow(4); }\n"
    "#ifndef _WIN32\nint main() { return run(); }\n#endif\n";

int shell(const char *format, ...)
{
    char command[8192];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && (size_t)length < sizeof command);
    char *const words[] = { (char *)"/bin/sh", (char *)"-c", command, NULL };
    pid_t child;
    int status;
    assert_int_equal(posix_spawn(&child, words[0], NULL, NULL, words, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void write_source(const char *folder)
{
    FILE *out = temporary_folder_open(folder, "shop.cc", "w");
    fputs(source, out);
    fclose(out);
}

bool build_elf_program(const char *folder, const char *name, const char *flags,
                       struct grow_range *grow)
{
    if (shell("command -v clang nm llvm-symbolizer >/dev/null") != 0)
        return false;
    write_source(folder);
    assert_int_equal(shell("cd '%s' && clang -g -O1 %s shop.cc -o '%s'", folder, flags, name), 0);
    assert_int_equal(shell("cd '%s' && nm -S '%s' | grep growEi >grow.txt", folder, name), 0);
    uint64_t size;
    char *text = temporary_folder_read(folder, "grow.txt");
    assert_int_equal(sscanf(text, "%" SCNx64 " %" SCNx64, &grow->first, &size), 2);
    grow->end = grow->first + size;
    free(text);
    return true;
}

bool build_windows_program(const char *folder, const char *name, bool has_dwarf)
{
    if (shell("command -v clang lld-link llvm-symbolizer >/dev/null") != 0)
        return false;
    write_source(folder);
    assert_int_equal(
        shell("cd '%s' && clang --target=x86_64-%s -O1 -c shop.cc -o shop.obj && "
              "lld-link shop.obj /debug%s /nodefaultlib /entry:run "
              "/subsystem:console /out:%s.exe %s%s%s",
              folder, has_dwarf ? "w64-windows-gnu -g" : "pc-windows-msvc -g -gcodeview",
              has_dwarf ? ":dwarf" : "", name, has_dwarf ? "" : "/pdb:", has_dwarf ? "" : name,
              has_dwarf ? "" : ".pdb"),
        0);
    return true;
}
