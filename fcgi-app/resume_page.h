/*
 * resume_page.h -- the page of a wait: plain HTML, no script, and a policy that lets nothing else in.
 */
#ifndef TY_APP_RESUME_PAGE_H
#define TY_APP_RESUME_PAGE_H

#include "api.h"
#include "publish/wait_call.h"

/* Does the caller read pages?  Programs get JSON. */
bool resume_wants_page(const struct ty_http_request *request);

/*
 * The form, or the button, of a wait that is open.  'sent' (what was filled in before) and 'findings'
 * (what is wrong with it: [{ "path", "message" }]) are borrowed; NULL = none.
 */
enum ty_code resume_page_form(struct ty_api_call *call, int status, const struct ty_wait_page *page,
			      const json_t *sent, const json_t *findings);

/* Answer with a page: 'text' below the title, 'answer' below that; both may be NULL. */
enum ty_code resume_page_text(struct ty_api_call *call, int status, const char *title,
			      const char *text, const json_t *answer);

#endif
