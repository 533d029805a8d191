/*
 * vm.h -- one script engine, and a fresh realm in it for every request that could spoil one.
 *
 * The engine (JavaScriptCore) is the process's dearest part and is kept; the realm is what
 * user code can see and change, and is made anew, so that nothing of one request is
 * visible to the next.
 *
 * A second realm is kept, for requests that cannot leave anything behind: checks of syntax,
 * and expressions of which all are harmless (see harmless.h).  They cost a tenth of it.
 */
#ifndef TY_SANDBOX_VM_H
#define TY_SANDBOX_VM_H

#include <stddef.h>

struct vm;

struct zones;

/* The packages that web/ bundles, in the order in which the prelude names them. */
enum {
	VM_BUFFER,
	VM_CLONE,
	VM_CRYPTO,
	VM_IDNA,
	VM_JMESPATH,
	VM_TEXT,
	VM_URL,
	VM_PACKAGES,
};

/* Sources from the share folder; "" = there is none. */
struct vm_sources {
	const char *luxon;
	const char *packages[VM_PACKAGES];
};

/*
 * Start the engine; 'sources' are copied.  'zones' stay the caller's and
 * must outlive the engine.  Reads and sets the environment, opens files and takes memory: call it
 * before the jail closes.  NULL where the engine does not start or the prelude is broken.
 */
struct vm *vm_new(const struct vm_sources *sources, const struct zones *zones);

/*
 * Answer one request, a NUL-terminated text.  The answer is malloc'd with 'head' free bytes
 * before it; *ret_len counts the text alone.  Never NULL.
 */
char *vm_answer(struct vm *vm, const char *request, size_t head, size_t *ret_len);

/*
 * Answer a few requests of our own, so that the engine has looked up, opened and made what most
 * requests need: a zygote does it once for all its children.
 */
void vm_warm(struct vm *vm);

/* Between requests: make the next realm where this one was used, collect where the heap grew. */
void vm_prepare(struct vm *vm);

#endif
