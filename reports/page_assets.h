/* The style sheet and the script of a page; CMake makes them of page.css and page.js. */
#ifndef REPORTS_PAGE_ASSETS_H
#define REPORTS_PAGE_ASSETS_H

#include <stddef.h>

extern const unsigned char page_css[], page_js[];
extern const size_t page_css_size, page_js_size;

#endif
