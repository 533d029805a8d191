# cmake -DMODULES=node_modules -DWEB=web -DTO=DIR -P share.cmake: what the sandbox reads, beside the
# build.  Without "npm ci" in static/ there is none: the tests that need it say so.
set(luxon ${MODULES}/luxon/build/global/luxon.min.js)
if(NOT EXISTS ${luxon})
	return()
endif()
file(MAKE_DIRECTORY ${TO})
file(COPY ${luxon} DESTINATION ${TO})

# A node_modules of before these packages is as none.
if(NOT EXISTS ${MODULES}/whatwg-url OR NOT EXISTS ${MODULES}/@exodus/bytes OR NOT EXISTS ${MODULES}/jmespath)
	return()
endif()

# Bundled anew where one of their sources, or the lock file, is newer.
file(GLOB sources ${WEB}/*.mjs)
list(APPEND sources ${MODULES}/.package-lock.json)
set(is_new FALSE)
foreach(source IN LISTS sources)
	if(NOT EXISTS ${TO}/web/url.js OR ${source} IS_NEWER_THAN ${TO}/web/url.js)
		set(is_new TRUE)
	endif()
endforeach()
if(is_new)
	execute_process(COMMAND node ${WEB}/build.mjs ${MODULES} ${TO}/web COMMAND_ERROR_IS_FATAL ANY)
endif()
