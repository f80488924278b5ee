/* The one file that -o names. */
#define _DEFAULT_SOURCE /* realpath without a buffer of PATH_MAX */
#include "reports/cli/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool cannot_write(struct error *err)
{
    return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write: %s", strerror(errno));
}

/* Devices, pipes (to which /dev/stdout may lead, by no path), and links that lead nowhere yet. */
static bool is_written_in_place(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0)
        return !S_ISREG(status.st_mode);
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

static bool name_files(struct out_file *file, const char *path)
{
    static const char suffix[] = ".part";
    if (is_written_in_place(path)) {
        file->path = strdup(path);
        return file->path;
    }
    file->path = realpath(path, NULL);
    if (!file->path && errno != ENOMEM) /* it is not there yet, or open will say what is wrong */
        file->path = strdup(path);
    size_t size = file->path ? strlen(file->path) + sizeof suffix : 0;
    file->part = file->path ? malloc(size) : NULL;
    if (file->part)
        snprintf(file->part, size, "%s%s", file->path, suffix);
    return file->part;
}

static FILE *open_part(const char *path)
{
    unlink(path); /* of a run that was killed */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (fd >= 0 && !out)
        close(fd);
    return out;
}

static void forget_names(struct out_file *file)
{
    free(file->part);
    free(file->path);
}

bool out_file_begin(struct out_file *file, const char *path, struct error *err)
{
    *file = (struct out_file){ 0 };
    if (!name_files(file, path)) {
        forget_names(file);
        return error_set(err, ERROR_NO_MEMORY, ERROR_NO_OFFSET, "no memory for a name");
    }
    file->out = file->part ? open_part(file->part) : fopen(file->path, "we");
    if (file->out)
        return true;
    cannot_write(err);
    forget_names(file);
    return false;
}

bool out_file_end(struct out_file *file, bool is_good, struct error *err)
{
    bool is_written = !ferror(file->out);
    is_written = fclose(file->out) == 0 && is_written;
    bool is_fine = is_good && is_written && (!file->part || rename(file->part, file->path) == 0);
    if (!is_fine) {
        cannot_write(err); /* an error that is there already stays */
        if (file->part)
            unlink(file->part);
    }
    forget_names(file);
    return is_fine;
}
