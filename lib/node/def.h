/*
 * def.h -- a node's definition: all that the programs know of it, said once.
 *
 * Catalog, forms, validator, publishing, engine and docs read this struct; none of them knows a
 * node by its type.  A definition is a constant of lib/nodes, or made at start from data: then
 * 'ctx' is what its functions work by, and it lives as long as the registry that has it.
 *
 * Change of the struct: count TY_NODE_ABI up.  The registry refuses a definition of another ABI or
 * size, because it was compiled with another struct than this one.
 */
#ifndef TY_NODE_DEF_H
#define TY_NODE_DEF_H

#include "base/defs.h"
#include "base/run_mode.h"
#include "json/json.h"
#include "param/param.h"
#include "param/row.h"

#define TY_NODE_ABI 4

enum ty_category {
#define X(symbol, name, label) symbol,
#include "node/category.def"
#undef X
	TY_CATEGORY__COUNT
};

enum ty_trigger {
#define X(symbol, name, label, needs, start) symbol,
#include "node/trigger.def"
#undef X
	TY_TRIGGER__COUNT
};

/* A set of triggers: TY_CLAIM(TY_TRIGGER_WEBHOOK) | TY_CLAIM(TY_TRIGGER_CALLED). */
#define TY_CLAIM(trigger) (1U << (trigger))

enum ty_node_flags {
	TY_NODE_PURE = 1 << 0,	  /* may be computed again */
	TY_NODE_EFFECT = 1 << 1,  /* calls of the node are journaled */
	TY_NODE_LOOP = 1 << 2,	  /* repeats a body, whose last edges lead back to the node */
	TY_NODE_IN_TURN = 1 << 3, /* pure, but waits or answers: no other step passes it */
	TY_NODE_ANSWERS = 1 << 4, /* gives the run's answer to whoever began it */
	TY_NODE_GATHERS =
		1 << 5, /* makes items of many, none of which is the one that it comes from */
};

/* The outputs of a loop: what came back from its body, and the items of one iteration. */
enum { TY_LOOP_DONE, TY_LOOP_BODY };

struct ty_port {
	const char *name; /* NULL ends the list */
	const char *label;
};

extern const struct ty_port ty_ports_none[]; /* {} */
extern const struct ty_port ty_ports_one[];  /* { "main" } */

/* A list made where it is used: .outputs = TY_PORTS({ "true", "True" }, { "false", "False" }). */
#define TY_PORTS(...)                                                                              \
	(const struct ty_port[])                                                                   \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			.name = NULL                                                               \
		}                                                                                  \
	}

/* A warning to the author before the first run, told when the workflow is validated. */
struct ty_notice {
	const char *text;    /* NULL ends the list */
	const char *hint;    /* the way out */
	unsigned beside;     /* told where a live trigger claims one of these; 0 = always */
	bool unless_awaited; /* ... and its caller waits for no node (awaits_answer) */
};

#define TY_NOTICES(...)                                                                            \
	(const struct ty_notice[])                                                                 \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			.text = NULL                                                               \
		}                                                                                  \
	}

struct ty_answer;

struct ty_node_def {
	/* First for ever, because they are read before the rest is known: TY_NODE_HEAD. */
	unsigned abi;
	size_t size;

	const char *type; /* "family.action"; never renamed */
	int version;	  /* 1, 2, ...; params may change between versions */
	/*
	 * Versions whose parameters it takes as its own, because a document may name one that is not
	 * here.  Older ones only where it says from which on (0 = none): what it changed, its author
	 * knows.  Newer ones up to the second (0 = any): what they added it does not know, so that
	 * the check of parameters refuses it, and an author who changes the meaning of one ends the
	 * range of the versions before.
	 */
	int takes_from, takes_to;
	enum ty_category category;
	const char *title;
	const char *summary;		 /* one line */
	const char *icon;		 /* a lucide icon name; NULL = by category */
	const struct ty_notice *notices; /* NULL = none */

	unsigned triggers;	      /* TY_CLAIM()s of what starts it; 0 = it is no trigger */
	const struct ty_port *inputs; /* a trigger has none */
	const struct ty_port *outputs;
	/* Outputs that depend on the parameters (core.switch): called at plan time with raw params;
	 * gives a list owned by 'arena'.  NULL = outputs. */
	const struct ty_port *(*outputs_for)(const struct ty_node_def *def, struct ty_arena *arena,
					     const json_t *params);

	const struct ty_param *params;
	size_t params_size;
	/* Types of the credentials that it accepts, "http_basic,http_bearer": of every CREDENTIAL row
	 * without types of its own.  NULL = none. */
	const char *credential_types;
	/* Checks raw params for what rows cannot say; reports through 'found'.  NULL = nothing. */
	void (*check)(const struct ty_node_def *def, const json_t *params,
		      ty_param_finding_fn found, void *found_ctx);
	/* Warns of what is legal and probably a slip; never in the way. */
	void (*advise)(const struct ty_node_def *def, const json_t *params,
		       ty_param_finding_fn found, void *found_ctx);

	/* Does it wait for a call at $execution.resumeUrl?  Called at plan time with raw params; NULL = never. */
	bool (*is_called)(const json_t *params);

	/* Does the caller of this trigger wait until a node answers?  From raw params.  NULL = never. */
	bool (*awaits_answer)(const json_t *params);

	unsigned flags;
	/* Do the calls of this effect only read, by its raw params?  Then steps that only read may begin
	 * before it has ended, and it before them.  NULL = never. */
	bool (*is_safe)(const struct ty_node_def *def, const json_t *params);
	/* Does this value that an effect's call for item 'i' got count as a failure?  Then a run that
	 * repeats the one which got it makes the call again.  NULL = none does. */
	bool (*is_failure)(struct ty_step *step, size_t i, const json_t *value);
	size_t state_size; /* bytes of ty_step_state; 0 = none */
	/* Data of a definition that is data, which its functions work by; those of a step get it by
	 * ty_step_ctx. */
	const void *ctx;
	/*
	 * exec or each, or both and whole.  'each' is called in order, once for each input item
	 * whose parameters could be made.  An error of it, or of a resume() for what it asked, is that
	 * item's alone: items that it had emitted for the item are taken back, the other items go on, and
	 * on_error says where the item goes.  Only for nodes with one input.
	 */
	enum ty_code (*exec)(struct ty_step *step, struct ty_err *err);
	enum ty_code (*each)(struct ty_step *step, size_t i, struct ty_err *err);
	/* Does exec count with these (raw) parameters?  For a node that has both; NULL else. */
	bool (*whole)(const struct ty_node_def *def, const json_t *params);
	/* NULL for a node that always finishes at once. */
	enum ty_code (*resume)(struct ty_step *step, const struct ty_answer *answer,
			       struct ty_err *err);
};

/* The first line of every definition. */
#define TY_NODE_HEAD .abi = TY_NODE_ABI, .size = sizeof(struct ty_node_def)

/* Does something start it?  'def' may be NULL, which nothing does. */
static inline bool
ty_node_is_trigger(const struct ty_node_def *def)
{
	return def != NULL && def->triggers != 0;
}

/* Starter of the node; the first of those where it claims several triggers, __COUNT where it claims none. */
enum ty_run_start ty_node_start(const struct ty_node_def *def);

/* Is it started by that?  'def' may be NULL. */
static inline bool
ty_node_claims(const struct ty_node_def *def, enum ty_trigger trigger)
{
	return def != NULL && (def->triggers & TY_CLAIM(trigger)) != 0;
}

#endif
