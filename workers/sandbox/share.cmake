# cmake -DFROM=luxon.min.js -DTO=DIR -P share.cmake: what the sandbox reads, beside the build.
# Without "npm ci" in static/ there is none: the tests that need it say so.
if(EXISTS ${FROM})
	file(MAKE_DIRECTORY ${TO})
	file(COPY ${FROM} DESTINATION ${TO})
endif()
