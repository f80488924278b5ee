/* The one file that -o names. */
#include "reports/cli/out_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool cannot_write(struct error *err)
{
    return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write: %s", strerror(errno));
}

bool out_file_begin(struct out_file *file, const char *path, struct error *err)
{
    static const char suffix[] = ".part";
    size_t size = strlen(path) + sizeof suffix;
    *file = (struct out_file){ .path = path, .part = malloc(size) };
    if (!file->part)
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a name");
    snprintf(file->part, size, "%s%s", path, suffix);
    file->out = fopen(file->part, "we");
    if (file->out)
        return true;
    cannot_write(err);
    free(file->part);
    return false;
}

bool out_file_end(struct out_file *file, bool is_good, struct error *err)
{
    bool is_closed = fclose(file->out) == 0;
    bool is_fine = is_good && is_closed && rename(file->part, file->path) == 0;
    if (!is_fine) {
        cannot_write(err); /* an error that is there already stays */
        unlink(file->part);
    }
    free(file->part);
    return is_fine;
}
