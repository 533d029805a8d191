/*
 * catalog.c -- the registry as the JSON that the API, tybooctl and the UI show.
 */
#include "node/registry.h"

#include "base/str.h"

#include <string.h>

/* A row of category.def or trigger.def. */
struct named {
	const char *name, *label;
};

static const struct named categories[TY_CATEGORY__COUNT] = {
#define X(symbol, name_, label_) [symbol] = { name_, label_ },
#include "node/category.def"
#undef X
};

static const struct named triggers[TY_TRIGGER__COUNT] = {
#define X(symbol, name_, label_, needs, start) [symbol] = { name_, label_ },
#include "node/trigger.def"
#undef X
};

const char *
ty_category_name(enum ty_category category)
{
	TY_ASSERT(category < TY_CATEGORY__COUNT);
	return categories[category].name;
}

const char *
ty_category_label(enum ty_category category)
{
	TY_ASSERT(category < TY_CATEGORY__COUNT);
	return categories[category].label;
}

const char *
ty_trigger_name(enum ty_trigger trigger)
{
	TY_ASSERT(trigger < TY_TRIGGER__COUNT);
	return triggers[trigger].name;
}

static void
catalog_set(json_t *object, const char *key, json_t *value)
{
	int failed = json_object_set_new(object, key, value);

	TY_ASSERT(!failed);
}

static json_t *
describe_table(const struct named *rows, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "name", rows[i].name, "label",
						      rows[i].label));
	return list;
}

json_t *
ty_categories_describe(void)
{
	return describe_table(categories, TY_CATEGORY__COUNT);
}

json_t *
ty_triggers_describe(void)
{
	return describe_table(triggers, TY_TRIGGER__COUNT);
}

json_t *
ty_ports_describe(const struct ty_port *ports)
{
	json_t *list = json_array();

	for (; ports != NULL && ports->name != NULL; ports++) {
		json_t *port = json_object();

		catalog_set(port, "name", json_string(ports->name));
		catalog_set(port, "label",
			    json_string(ports->label != NULL ? ports->label : ports->name));
		json_array_append_new(list, port);
	}
	return list;
}

/* The names of a set of triggers. */
static json_t *
describe_claims(unsigned claims)
{
	json_t *list = json_array();

	for (int i = 0; i < TY_TRIGGER__COUNT; i++)
		if ((claims & TY_CLAIM(i)) != 0)
			json_array_append_new(list, json_string(triggers[i].name));
	return list;
}

/* "a,b" as a list. */
static json_t *
describe_words(const char *words)
{
	json_t *list = json_array();

	for (size_t len; words != NULL && *words != '\0'; words += len + (words[len] == ',')) {
		len = strcspn(words, ",");
		json_array_append_new(list, json_stringn(words, len));
	}
	return list;
}

static json_t *
describe_notices(const struct ty_notice *notice)
{
	json_t *list = json_array();

	for (; notice != NULL && notice->text != NULL; notice++) {
		json_t *out = json_object();

		catalog_set(out, "text", json_string(notice->text));
		if (notice->hint != NULL)
			catalog_set(out, "hint", json_string(notice->hint));
		catalog_set(out, "beside", describe_claims(notice->beside));
		json_array_append_new(list, out);
	}
	return list;
}

/* A row without credential types of its own takes those of the definition. */
static json_t *
describe_params(const struct ty_node_def *def)
{
	json_t *list = ty_param_describe(def->params);

	for (size_t i = 0; def->params[i].name != NULL; i++)
		if (def->params[i].type == TY_PARAM_CREDENTIAL &&
		    def->params[i].credential_type == NULL)
			catalog_set(json_array_get(list, i), "credential_type",
				    json_string(def->credential_types));
	return list;
}

static json_t *
describe_def(const struct ty_node_def *def, const char *source, bool latest)
{
	json_t *out = json_object();

	catalog_set(out, "type", json_string(def->type));
	catalog_set(out, "version", json_integer(def->version));
	catalog_set(out, "latest", json_boolean(latest));
	catalog_set(out, "source", json_string(source));
	catalog_set(out, "category", json_string(ty_category_name(def->category)));
	catalog_set(out, "title", json_string(def->title != NULL ? def->title : def->type));
	catalog_set(out, "summary", json_string(def->summary != NULL ? def->summary : ""));
	if (def->icon != NULL)
		catalog_set(out, "icon", json_string(def->icon));
	catalog_set(out, "notices", describe_notices(def->notices));
	catalog_set(out, "inputs", ty_ports_describe(def->inputs));
	catalog_set(out, "outputs", ty_ports_describe(def->outputs));
	/* Name of the output that a node has more where on_error is "error_output". */
	catalog_set(out, "error_output", json_string("error"));
	catalog_set(out, "dynamic_outputs", json_boolean(def->outputs_for != NULL));
	catalog_set(out, "trigger", json_boolean(ty_node_is_trigger(def)));
	catalog_set(out, "triggers", describe_claims(def->triggers));
	catalog_set(out, "pure", json_boolean(def->flags & TY_NODE_PURE));
	catalog_set(out, "effect", json_boolean(def->flags & TY_NODE_EFFECT));
	catalog_set(out, "loop", json_boolean(def->flags & TY_NODE_LOOP));
	catalog_set(out, "credential_types", describe_words(def->credential_types));
	catalog_set(out, "params", describe_params(def));
	return out;
}

json_t *
ty_registry_describe(const struct ty_registry *registry)
{
	json_t *list = json_array();
	size_t count = ty_registry_count(registry);

	for (size_t i = 0; i < count; i++) {
		const struct ty_node_def *def = ty_registry_at(registry, i);
		bool latest = i + 1 == count ||
			      !ty_str_eq(ty_registry_at(registry, i + 1)->type, def->type);

		json_array_append_new(
			list, describe_def(def, ty_registry_source_at(registry, i), latest));
	}
	return list;
}
