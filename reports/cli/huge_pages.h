/* Where the allocator takes memory from: huge pages. */
#ifndef REPORTS_CLI_HUGE_PAGES_H
#define REPORTS_CLI_HUGE_PAGES_H

/*
 * Has the allocator take the next 64 MB from huge pages, if it and the system know how. A page
 * fault costs half a microsecond, in a virtual machine up to 20, and a run has thousands. To be
 * called before other threads begin, and before anything large is allocated.
 */
void use_huge_pages(void);

#endif
