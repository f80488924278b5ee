/* Makes the traces that tests damage and the ones that lie about names: make_hostile_traces FOLDER
 */
#include "tests/result_synthetic.h"
#include "tests/trace_random.h"

#include <stdio.h>
#include <stdlib.h>

static void save(const char *folder, const char *name, struct etl *etl)
{
    char path[4096];
    size_t size;
    uint8_t *trace = etl_finish(etl, &size);
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = length < 0 || (size_t)length >= sizeof path ? NULL : fopen(path, "wb");
    if (!file || fwrite(trace, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    free(trace);
    etl_builder_free(etl);
}

/* A few KiB, so that each byte of them can be damaged; of one CPU, so that events are in order. */
static void save_small(const char *folder, const char *name, enum etl_compression compression)
{
    struct etl_options options = etl_defaults();
    options.buffer_bytes = 1024;
    options.compression = compression;
    options.log.logger_name = "l";
    options.log.log_file_name = "f";
    struct etl *etl = etl_builder_new(&options);
    struct trace_random random =
        trace_random_new(&(struct trace_random_options){ .seed = 5, .events = 60, .processes = 1 });
    trace_random_write(&random, etl);
    trace_random_release(&random);
    save(folder, name, etl);
}

/* Processes whose names mean something to terminals, browsers, spreadsheets, gnuplot and shells. */
static void save_names(const char *folder)
{
    static const char *const names[] = {
        SYNTHETIC_HOSTILE_IMAGE,
        "=HYPERLINK(\"http://x\",\"y\").exe",
        "\"; system 'touch pwned'; #`touch pwned`$(touch pwned).exe",
        "../../../pwned/x.exe",
        "</script></svg><img src=x onerror=alert(1)>.exe",
        "{/=50 a}^2_b@c \\\\n %s%n.exe",
    };
    enum { NAMES = sizeof names / sizeof names[0] };
    struct etl_options options = etl_defaults();
    options.log.logger_name = names[0];
    options.log.log_file_name = names[3];
    struct etl *etl = etl_builder_new(&options);
    struct trace_random random = trace_random_new(&(struct trace_random_options){
        .seed = 9, .events = 600, .processes = NAMES, .is_sane = true });
    for (uint32_t i = 0; i < random.process_count; i++)
        etl_process(etl, 0, ETL_PROCESS_START, random.pids[i], 4, names[i % NAMES],
                    names[(i + 1) % NAMES]);
    trace_random_write(&random, etl);
    trace_random_release(&random);
    save(folder, "names.etl", etl);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: make_hostile_traces FOLDER\n", stderr);
        return 2;
    }
    save_small(argv[1], "small.etl", ETL_PLAIN);
    save_small(argv[1], "small-xpress.etl", ETL_XPRESS);
    save_names(argv[1]);
    return 0;
}
