# Where the command and the package go: below an install prefix, or into a wheel.
#   FRUITS_COMMAND_DESTINATION FRUITS_PACKAGE_DESTINATION FRUITS_SHARE_DESTINATION FRUITS_COMMAND_RPATH FRUITS_MODULE_RPATH
#
# A wheel also carries the system's libraries that a machine without development packages lacks. libcurl, libcrypto and zlib stay the system's: they follow its security updates.

if(SKBUILD)
  set(FRUITS_COMMAND_DESTINATION "${SKBUILD_SCRIPTS_DIR}")
  set(FRUITS_PACKAGE_DESTINATION "fruits")
  set(FRUITS_SHARE_DESTINATION "${SKBUILD_DATA_DIR}/share")
  set(FRUITS_COMMAND_RPATH "$ORIGIN/../${FRUITS_SITE_PACKAGES}/fruits/libs")
  set(FRUITS_MODULE_RPATH "$ORIGIN/libs")
else()
  set(FRUITS_COMMAND_DESTINATION "${CMAKE_INSTALL_BINDIR}")
  set(FRUITS_PACKAGE_DESTINATION "${FRUITS_SITE_PACKAGES}/fruits")
  set(FRUITS_SHARE_DESTINATION "${CMAKE_INSTALL_DATADIR}")
  set(FRUITS_COMMAND_RPATH "$ORIGIN/../lib")
endif()

# The wheels' folders, so that nothing needs LD_LIBRARY_PATH where all lie in one site folder.
foreach(folder ${FRUITS_SDK_LIBRARY_DIRS})
  string(REGEX REPLACE "^.*/site-packages/" "" below "${folder}")
  list(APPEND FRUITS_COMMAND_RPATH "$ORIGIN/../${FRUITS_SITE_PACKAGES}/${below}")
  list(APPEND FRUITS_MODULE_RPATH "$ORIGIN/../${below}")
endforeach()
if(NOT SKBUILD) # then where this build found them: a library installed elsewhere works too
  list(APPEND FRUITS_COMMAND_RPATH ${FRUITS_SDK_LIBRARY_DIRS})
endif()

function(fruits_bundle_libraries program)
  install(CODE "
    file(GET_RUNTIME_DEPENDENCIES EXECUTABLES \"$<TARGET_FILE:${program}>\" RESOLVED_DEPENDENCIES_VAR found
         PRE_INCLUDE_REGEXES \"^lib(fmt|hwy|jpeg|sharpyuv|webp|webpdemux)[.]\" PRE_EXCLUDE_REGEXES \".*\")
    foreach(file IN LISTS found)
      get_filename_component(name \"\${file}\" NAME)
      file(REAL_PATH \"\${file}\" real)
      file(MAKE_DIRECTORY \"\${CMAKE_INSTALL_PREFIX}/fruits/libs\")
      file(COPY_FILE \"\${real}\" \"\${CMAKE_INSTALL_PREFIX}/fruits/libs/\${name}\")
    endforeach()" COMPONENT fruits)
endfunction()
