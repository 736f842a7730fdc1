# fruits_room(NAME USES rooms... LINKS targets...): the OBJECT library fruits_<NAME> from src/<NAME>/*.cc.
# One set of objects feeds libfruits, the command and the tests.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(FRUITS_CCACHE ccache)
if(FRUITS_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${FRUITS_CCACHE}")
endif()

set(CMAKE_BUILD_RPATH "${FRUITS_SDK_LIBRARY_DIRS}")
set(CMAKE_INSTALL_RPATH "${FRUITS_COMMAND_RPATH}")

add_library(fruits_flags INTERFACE)
target_compile_options(fruits_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  # False alarm of g++ 12 on string concatenation (GCC bug 105651) and on values inside std::expected.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-maybe-uninitialized>)
# So that what is built here runs with an older C++ library (in every build: then a wheel's objects are those that were
# tested).
target_compile_options(fruits_flags INTERFACE
  "$<$<CXX_COMPILER_ID:GNU>:SHELL:-include ${CMAKE_SOURCE_DIR}/cmake/older_libstdcxx.h>")
# Half of a compilation is parsing these. The sanitizer presets do it once a target; the others see each file's own
# includes, so that none is missing there.
set(FRUITS_PARSED_ONCE)
if(FRUITS_SANITIZER)
  if(FRUITS_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros
        "${FRUITS_CCACHE}")
  endif()
  set(FRUITS_PARSED_ONCE <algorithm> <chrono> <expected> <filesystem> <functional> <map> <memory> <span> <string>
      <thread> <vector> <fmt/format.h>)
  target_compile_options(fruits_flags INTERFACE -fsanitize=${FRUITS_SANITIZER}
                         -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(fruits_flags INTERFACE -fsanitize=${FRUITS_SANITIZER})
endif()

function(fruits_room name)
  cmake_parse_arguments(ARG "" "" "USES;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc" "${CMAKE_CURRENT_SOURCE_DIR}/*/*.cc")
  add_library(fruits_${name} OBJECT ${sources})
  target_include_directories(fruits_${name} PUBLIC "${CMAKE_SOURCE_DIR}/include"
                             PRIVATE "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(fruits_${name} PRIVATE fruits_flags ${ARG_LINKS})
  target_precompile_headers(fruits_${name} PRIVATE ${FRUITS_PARSED_ONCE})
  set(below ${name})
  foreach(room ${ARG_USES})
    get_property(its_below GLOBAL PROPERTY FRUITS_${room}_ROOMS)
    list(APPEND below ${its_below})
  endforeach()
  list(REMOVE_DUPLICATES below)
  set_property(GLOBAL PROPERTY FRUITS_${name}_ROOMS ${below})
  set_property(GLOBAL PROPERTY FRUITS_${name}_LINKS ${ARG_LINKS})
  set_property(GLOBAL APPEND PROPERTY FRUITS_ROOMS ${name})
endfunction()

# fruits_use_rooms(TARGET rooms...): links a program to the objects of these rooms, of the rooms they
# use, and to what all of them need.
function(fruits_use_rooms target)
  set(all)
  foreach(room ${ARGN})
    get_property(below GLOBAL PROPERTY FRUITS_${room}_ROOMS)
    list(APPEND all ${below})
  endforeach()
  list(REMOVE_DUPLICATES all)
  foreach(room ${all})
    get_property(links GLOBAL PROPERTY FRUITS_${room}_LINKS)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:fruits_${room}>)
    target_link_libraries(${target} PRIVATE ${links})
  endforeach()
  target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}/include")
  target_link_libraries(${target} PRIVATE fruits_flags)
endfunction()
