/* Small text files that users write. */
#include "reports/cli/text_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 1024 };

static char *trim(char *line)
{
    static const char blanks[] = " \t\r\n";
    line += strspn(line, blanks);
    size_t length = strlen(line);
    while (length > 0 && strchr(blanks, line[length - 1]))
        length--;
    line[length] = '\0';
    return line;
}

static bool read_lines(FILE *in, const char *path,
                       bool (*take)(char *line, void *target, struct error *err), void *target,
                       struct error *err)
{
    char line[LINE_SIZE];
    for (unsigned long number = 1; fgets(line, sizeof line, in); number++) {
        struct error reason = { 0 };
        if (!strchr(line, '\n') && !feof(in))
            return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET, "%.80s: line %lu is too long", path,
                             number);
        char *text = trim(line);
        if (*text != '\0' && *text != '#' && !take(text, target, &reason))
            return error_set(err, reason.code, ERROR_NO_OFFSET, "%.60s, line %lu: %.160s", path,
                             number, reason.message);
    }
    return !ferror(in) || error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot read '%.100s': %s",
                                    path, strerror(errno));
}

bool text_file_read(const char *path, bool (*take)(char *line, void *target, struct error *err),
                    void *target, struct error *err)
{
    FILE *in = fopen(path, "re");
    if (!in)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot open '%.100s': %s", path,
                         strerror(errno));
    bool is_fine = read_lines(in, path, take, target, err);
    fclose(in);
    return is_fine;
}
