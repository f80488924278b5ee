/* The directory a report is written to: each file under a temporary name first, then in place. */
#include "reports/output.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_empty(int fd, bool *out)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* closedir closes it */
    DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (!listing) {
        if (copy >= 0)
            close(copy);
        return false;
    }
    const struct dirent *entry;
    *out = true;
    while ((entry = readdir(listing)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            *out = false;
    closedir(listing);
    return true;
}

bool output_dir_open(struct output_dir *dir, const char *path, bool force, struct error *err)
{
    bool empty = true;
    *dir = (struct output_dir){ .path = path, .fd = -1 };
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot make the directory '%s': %s", path,
                         strerror(errno));
    dir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir->fd < 0 || !is_empty(dir->fd, &empty)) {
        error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot open the directory '%s': %s", path,
                  strerror(errno));
        output_dir_close(dir);
        return false;
    }
    if (!empty && !force) {
        output_dir_close(dir);
        return error_set(err, ERROR_USAGE, ERROR_NO_OFFSET,
                         "the directory '%s' is not empty (--force writes into it)", path);
    }
    return true;
}

void output_dir_close(struct output_dir *dir)
{
    if (dir->fd >= 0)
        close(dir->fd);
    dir->fd = -1;
}

static bool cannot_write(const struct output_file *file, struct error *err)
{
    return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write '%s/%s': %s", file->dir->path,
                     file->name, strerror(errno));
}

bool output_begin(struct output_file *file, struct output_dir *dir, const char *name,
                  struct error *err)
{
    assert(strlen(name) + 8 < OUTPUT_NAME_SIZE);
    *file = (struct output_file){ .dir = dir };
    snprintf(file->name, sizeof file->name, "%s", name);
    snprintf(file->temporary_name, sizeof file->temporary_name, ".%.56s.part", name);
    unlinkat(dir->fd, file->temporary_name, 0); /* of a run that was killed */
    int fd = openat(dir->fd, file->temporary_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    file->out = fd < 0 ? NULL : fdopen(fd, "w");
    if (file->out) {
        /* One thread writes it; stdio cannot know that, once there was a second in the process. */
        __fsetlocking(file->out, FSETLOCKING_BYCALLER);
        return true;
    }
    cannot_write(file, err);
    if (fd >= 0) {
        close(fd);
        unlinkat(dir->fd, file->temporary_name, 0);
    }
    return false;
}

bool output_end(struct output_file *file, bool is_good, struct error *err)
{
    struct output_dir *dir = file->dir;
    bool is_written = !ferror(file->out);
    is_written = fclose(file->out) == 0 && is_written;
    file->out = NULL;
    if (is_good && is_written &&
        renameat(dir->fd, file->temporary_name, dir->fd, file->name) == 0) {
        if (dir->file_count < OUTPUT_FILES_MAX)
            memcpy(dir->files[dir->file_count], file->name, sizeof file->name);
        dir->file_count++;
        return true;
    }
    if (is_good)
        cannot_write(file, err);
    unlinkat(dir->fd, file->temporary_name, 0);
    return false;
}
