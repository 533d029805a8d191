/*
 * services.c -- the table of services.
 */
#include "base/str.h"
#include "service/service.h"

static const struct ty_service *const services[] = {
	&ty_service_crypto, &ty_service_file,  &ty_service_http,     &ty_service_parse,
	&ty_service_split,  &ty_service_state, &ty_service_workflow,
};

const struct ty_service *
ty_service_find(const char *name)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(services); i++) {
		if (ty_str_eq(services[i]->name, name))
			return services[i];
	}
	return NULL;
}
