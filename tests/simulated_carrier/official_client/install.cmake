# Installs the official client library for its test, outside the source tree:
#   cmake -D FOLDER=build/official_client -P install.cmake
# Does nothing when what the lock file names is already there.
if(NOT FOLDER)
  message(FATAL_ERROR "say where: cmake -D FOLDER=build/official_client -P install.cmake")
endif()
file(SHA256 ${CMAKE_CURRENT_LIST_DIR}/package-lock.json wanted)
if(EXISTS ${FOLDER}/installed)
  file(READ ${FOLDER}/installed there)
  if(there STREQUAL wanted)
    return()
  endif()
endif()
find_program(NPM npm)
if(NOT NPM)
  message(FATAL_ERROR "npm is missing: the carrier's official client library can't be installed "
                      "(scripts/packages --tests installs it)")
endif()
file(MAKE_DIRECTORY ${FOLDER})
file(COPY ${CMAKE_CURRENT_LIST_DIR}/package.json ${CMAKE_CURRENT_LIST_DIR}/package-lock.json
     DESTINATION ${FOLDER})
execute_process(COMMAND ${NPM} ci --no-audit --no-fund --ignore-scripts
                WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "npm could not install the carrier's official client library")
endif()
file(WRITE ${FOLDER}/installed ${wanted})
