/* A timeline made coarse enough for a picture: min, max and last survive, sums add up. */
#ifndef REPORTS_TIMELINE_POINTS_H
#define REPORTS_TIMELINE_POINTS_H

#include "analyzer/result.h"

/* About the columns of pixels of a picture's plot; result.json and timeline.csv keep every row. */
enum { TIMELINE_POINTS_WIDE = 384, TIMELINE_POINTS = 256 };

struct timeline_points {
    const struct timeline_result *timeline;
    size_t next;       /* row */
    uint64_t width_ns; /* of a point: whole intervals of the timeline */
};

/* At most `most` points. Borrows the timeline. */
struct timeline_points timeline_points_over(const struct timeline_result *timeline, size_t most);

/* The next point: rows of one width, taken together. False at the end. */
bool timeline_points_next(struct timeline_points *points, struct timeline_row *out);

/* The time from the first row's start to the last row's end; false without rows. */
bool timeline_span(const struct timeline_result *timeline, uint64_t *from_ns, uint64_t *to_ns);

#endif
