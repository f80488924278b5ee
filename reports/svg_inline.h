/* gnuplot's SVG made fit to stand in a page: small, without ids that clash, without a background.
 */
#ifndef REPORTS_SVG_INLINE_H
#define REPORTS_SVG_INLINE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes of the `size` bytes at `svg`, which gnuplot wrote, the inside of an <svg> element: a string
 * that is the caller's to free. Every id in it begins with `prefix`, a name of our own; the shapes
 * of points ("gpDot", "gpPt0", …) are left out, as one svg_point_shapes serves the page. NULL: it
 * is not whole, or there is no memory.
 */
char *svg_inline(const char *svg, size_t size, const char *prefix);

/* The definitions of point shapes that gnuplot begins every picture with. */
extern const char svg_point_shapes[];

#endif
