/* The folder charts are drawn in: under a temporary name, so that a reader never sees half of it.
 */
#include "reports/chart_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char part_name[] = ".charts.part", final_name[] = "charts";

static bool is_file(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Removes a folder of ours and the files in it; it has no folders. */
static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (is_file(entry))
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    rmdir(path);
}

static bool begin_temporary(struct chart_folder *folder, struct error *err)
{
    const char *parent = getenv("TMPDIR");
    int length =
        snprintf(folder->path, sizeof folder->path, "%s/heapfrag-XXXXXX", parent ? parent : "/tmp");
    if (length < 0 || (size_t)length >= sizeof folder->path || !mkdtemp(folder->path))
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET,
                         "cannot make a temporary folder for the charts: %s", strerror(errno));
    return true;
}

bool chart_folder_begin(struct chart_folder *folder, const struct output_dir *dir,
                        struct error *err)
{
    *folder = (struct chart_folder){ .dir = dir };
    if (!dir)
        return begin_temporary(folder, err);
    int length = snprintf(folder->path, sizeof folder->path, "%s/%s", dir->path, part_name);
    if (length < 0 || (size_t)length >= sizeof folder->path)
        return error_set(err, ERROR_LIMIT, ERROR_NO_OFFSET, "the path of the charts is too long");
    remove_folder(folder->path); /* of a run that was killed */
    if (mkdirat(dir->fd, part_name, 0777) != 0)
        return error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot make the folder '%.200s': %s",
                         folder->path, strerror(errno));
    return true;
}

/* Moves every file of `from` to the folder `to`. */
static bool move_files(DIR *from, int to)
{
    bool is_moved = true;
    for (struct dirent *entry; is_moved && (entry = readdir(from));)
        if (is_file(entry))
            is_moved = renameat(dirfd(from), entry->d_name, to, entry->d_name) == 0;
    return is_moved;
}

static bool put_in_place(const struct chart_folder *folder, struct error *err)
{
    int parent = folder->dir->fd;
    bool is_there = mkdirat(parent, final_name, 0777) == 0 || errno == EEXIST;
    int to = is_there ? openat(parent, final_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    DIR *from = to >= 0 ? opendir(folder->path) : NULL;
    bool is_moved = from && move_files(from, to);
    if (!is_moved)
        error_set(err, ERROR_IO, ERROR_NO_OFFSET, "cannot write the charts into '%.200s/%s': %s",
                  folder->dir->path, final_name, strerror(errno));
    if (from)
        closedir(from);
    if (to >= 0)
        close(to);
    return is_moved;
}

bool chart_folder_end(struct chart_folder *folder, bool is_good, struct error *err)
{
    bool is_placed = is_good && (!folder->dir || put_in_place(folder, err));
    remove_folder(folder->path);
    *folder = (struct chart_folder){ 0 };
    return is_placed;
}
