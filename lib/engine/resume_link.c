/*
 * resume_link.c -- the address that ends a wait: which wait a step's $execution.resumeUrl is of.
 *
 * It is known before the wait is reached, so that a mail before it can carry it: its token is made
 * of run, frame and node by whoever runs the engine (ops->resume_link), and so is the same in every
 * attempt.  A step's is that of the nearest wait that it leads to, or of its own node, in its frame
 * or one around it.  There is none for a wait in the body of a loop that is not begun.
 *
 * Memory: the plan has the place; links are the step's.
 */
#include "engine/private.h"

/* ---- which wait ---- */

static bool
is_linked(const struct plan_node *pn)
{
	const struct ty_node_def *def = pn->node->def;

	return def != NULL && def->is_called != NULL && !pn->node->disabled &&
	       def->is_called(pn->node->params);
}

/* Does the loop at 'loop' (SIZE_MAX: none) have node 'pn' in its body, at any depth? */
static bool
loop_is_around(const struct ty_plan *plan, size_t loop, const struct plan_node *pn)
{
	size_t at = pn->loop;

	while (at != loop && at != SIZE_MAX)
		at = plan->nodes[at].loop;
	return at == loop;
}

/* Have the wait at 'found' where it is nearer, unless it lies in a loop that is not around 'pn'. */
static void
nearer(const struct ty_plan *plan, const struct plan_node *pn, size_t found)
{
	struct plan_node *node = &plan->nodes[pn->place];

	if (found < node->linked && loop_is_around(plan, plan->nodes[found].loop, pn))
		node->linked = found;
}

/*
 * Places are topological and a body lies behind its loop, so that one walk from the end has the
 * answer of all that is behind a node; what is behind a loop is behind its body, too.
 */
void
resume_link_plan(struct ty_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		plan->nodes[i].linked = is_linked(&plan->nodes[i]) ? i : SIZE_MAX;
	for (size_t i = plan->count; i-- > 0;) {
		const struct plan_node *to = &plan->nodes[i];

		for (size_t e = 0; to->linked != SIZE_MAX && e < to->in_count; e++)
			nearer(plan, &plan->nodes[plan->place[to->in[e]->from->index]], to->linked);
	}
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_node *pn = &plan->nodes[i];

		if (pn->loop != SIZE_MAX && plan->nodes[pn->loop].linked != SIZE_MAX)
			nearer(plan, pn, plan->nodes[pn->loop].linked);
	}
}

/* ---- its address ---- */

bool
resume_link(struct ty_step *step, size_t place, struct ty_resume_link *ret_link)
{
	struct ty_run *run = step->run;
	const struct plan_node *pn = &run->plan->nodes[place];
	const struct frame *frame = step->frame;

	if (run->ops->resume_link == NULL)
		return false;
	/* The loop's own step is in the frame around it, the step of an iteration in its frame. */
	while (frame->loop != pn->loop)
		frame = frame->parent;
	return run->ops->resume_link(run->ctx, run, step->arena,
				     frame->path != NULL ? frame->path : "", pn->node->id,
				     ret_link);
}

const json_t *
resume_link_execution(struct ty_step *step)
{
	struct ty_run *run = step->run;
	struct ty_resume_link link;

	if (step->plan->linked == SIZE_MAX)
		return run->execution;
	if (step->execution != NULL)
		return step->execution;
	step->execution = run->execution;
	if (resume_link(step, step->plan->linked, &link)) {
		step->execution = ty_json_own(step->arena, json_copy(run->execution));
		json_object_set_new(step->execution, "resumeUrl", json_string(link.url));
		/* One address serves as both, because the page is a form where the wait declares one. */
		json_object_set_new(step->execution, "resumeFormUrl", json_string(link.url));
	}
	return step->execution;
}

enum ty_code
resume_link_wait(struct ty_step *step, struct request *r, struct ty_err *err)
{
	struct ty_resume_link link;

	if (!resume_link(step, step->plan->place, &link)) {
		ty_err_set(err, TY_E_UNAVAILABLE, "there is no address to call for this wait");
		return ty_err_hint(err, "Give tyboo-run the master key (master_key_file): tokens "
					"are made with it.");
	}
	r->is_linked = true;
	r->token_hash = ty_arena_strdup(step->arena, link.token_hash);
	return TY_OK;
}
