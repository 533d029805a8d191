/*
 * data.pdf -- the text of an item's PDF document, by poppler in the jail of tyboo-pdf.
 *
 * Invariants:
 *   (1) Every item made is made from the item whose file it was; the files are left out, and the file itself is the
 *       same in the step before.
 *   (2) A document without text, which may be pictures of pages, goes well and is told by a notice: it is no empty
 *       answer in silence.
 *   (3) The password is a credential's, which request and record name and do not have, or comes with the item.
 */
#include "base/err.h"
#include "base/limits.h"
#include "json/json.h"
#include "nodes/nodes.h"
#include "nodes/parsing.h"

struct pdf_params {
	const char *file, *give, *layout, *credential, *password;
	int64_t from, to, timeout_ms;
};

static const struct ty_choice pdf_gives[] = {
	{ "text", "One item: the text, whole and by page" },
	{ "pages", "An item for each page" },
	{ "info", "Number of pages, title and author alone" },
	{ NULL, NULL },
};

static const struct ty_choice pdf_layouts[] = {
	{ "reading", "As it is read: columns one after the other" },
	{ "physical", "As on the page: columns side by side" },
	{ "raw", "As in the file" },
	{ NULL, NULL },
};

/* Numbers of pages: more than any document has. */
#define PAGE_MAX 1000000

static enum ty_code pdf_each(struct ty_step *step, size_t i, struct ty_err *err);
static enum ty_code pdf_resume(struct ty_step *step, const struct ty_answer *answer,
			       struct ty_err *err);

const struct ty_node_def ty_node_data_pdf = {
	TY_NODE_HEAD,
	.type = "data.pdf",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "PDF",
	.summary = "Read the text of a PDF document",
	.icon = "file-text",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_STRING(struct pdf_params, file, 200, "File of the item", .def = "data",
			      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
			      .help = "Its name in binary."),
		TY_ROW_WORD(struct pdf_params, give, pdf_gives, "Give", .def = "text"),
		TY_ROW_INT(struct pdf_params, from, 1, PAGE_MAX, "First page",
			   .flags = TY_PARAM_EXPR, .def = "1", .show_when = "give!=info"),
		TY_ROW_INT(struct pdf_params, to, 0, PAGE_MAX, "Last page", .flags = TY_PARAM_EXPR,
			   .def = "0", .show_when = "give!=info",
			   .help = "0: that of the document."),
		TY_ROW_WORD(struct pdf_params, layout, pdf_layouts, "Layout", .def = "reading",
			    .show_when = "give!=info"),
		TY_ROW_CREDENTIAL(struct pdf_params, credential, "Password",
				  .credential_type = "crypto_secret",
				  .help = "Of a document that opens with one alone."),
		TY_ROW_STRING(struct pdf_params, password, 500, "Password of the item",
			      .flags = TY_PARAM_SECRET | TY_PARAM_EXPR | TY_PARAM_ADVANCED,
			      .def = "", .placeholder = "={{ $json.password }}",
			      .help = "Where each document has another. A password that is the "
				      "same for all is a credential."),
		NODE_PARSE_TIME_ROW(struct pdf_params)),
	.params_size = sizeof(struct pdf_params),
	.credential_types = "crypto_secret",
	.flags = TY_NODE_EFFECT,
	.is_safe = node_parse_reads,
	.each = pdf_each,
	.resume = pdf_resume,
};

static enum ty_code
pdf_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct pdf_params *p = ty_step_params(step, i);
	const json_t *file = node_parse_file(step, i, p->file, err);
	struct node_parse ask = { .tool = "pdf", .timeout_ms = p->timeout_ms };

	if (file == NULL)
		return err->code;
	ask.files = json_pack("[O]", file);
	ask.options = json_pack("{s:s, s:I, s:I, s:s}", "give", p->give, "from",
				(json_int_t)p->from, "to", (json_int_t)p->to, "layout", p->layout);
	ask.password = p->password;
	ask.credential = p->credential;
	return node_parse_call(step, &ask, err);
}

/* Tell what the items do not say by themselves. */
static void
pdf_tell(struct ty_step *step, const json_t *items)
{
	const char *complaint =
		ty_json_str(ty_json_obj(json_array_get(items, 0), "json"), "complaint", NULL);
	bool has_text = false;
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)items, i, item)
	{
		const char *text = ty_json_str(ty_json_obj(item, "json"), "text", NULL);

		has_text = has_text || text == NULL || text[0] != '\0';
	}
	if (!has_text && json_array_size(items) > 0)
		ty_step_notice(step, "no_text",
			       "The pages have no text: they may be scans, pictures of text that "
			       "this node does not recognise.");
	if (complaint != NULL)
		ty_step_notice(step, "damaged",
			       "The PDF is damaged or unusual, and text may be missing: %.160s",
			       complaint);
}

static enum ty_code
pdf_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const json_t *items = node_parse_items(step, answer, err);
	json_t *item;
	size_t i;

	if (items == NULL)
		return err->code;
	pdf_tell(step, items);
	json_array_foreach((json_t *)items, i, item)
	{
		json_t *json = json_copy(json_object_get(item, "json"));

		json_object_del(json, "complaint");
		if (ty_step_emit(step, 0, json, answer->item, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}
