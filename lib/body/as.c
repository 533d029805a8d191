/*
 * as.c -- the words by which an author says how a body is read.
 */
#include "body/body.h"

#include "base/str.h"

#include <string.h>

static const char *const as_names[TY_BODY_AS__COUNT] = {
	[TY_BODY_AS_AUTO] = "auto",	      [TY_BODY_AS_JSON] = "json",
	[TY_BODY_AS_FORM] = "form",	      [TY_BODY_AS_MULTIPART] = "multipart",
	[TY_BODY_AS_TEXT] = "text",	      [TY_BODY_AS_BYTES] = "bytes",
	[TY_BODY_AS_AUTO_FILE] = "auto_file",
};

const char *
ty_body_as_name(enum ty_body_as as)
{
	TY_ASSERT(as < TY_BODY_AS__COUNT);
	return as_names[as];
}

bool
ty_body_as_parse(const char *name, enum ty_body_as *ret_as)
{
	enum ty_body_as as = TY_BODY_AS_AUTO;

	if (ty_str_is_blank(name)) {
		*ret_as = as;
		return true;
	}
	for (; as < TY_BODY_AS__COUNT; as++) {
		if (strcmp(name, as_names[as]) == 0) {
			*ret_as = as;
			return true;
		}
	}
	return false;
}
