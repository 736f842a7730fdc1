# What is installed, and how others find it.
#   component fruits: bin/fruits and the Python package beside it
#   component devel:  libfruits, its headers, and fruitsConfig.cmake for find_package(fruits)
include(CMakePackageConfigHelpers)

install(TARGETS fruits_cli RUNTIME DESTINATION "${FRUITS_COMMAND_DESTINATION}" COMPONENT fruits)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/python/fruits/" DESTINATION "${FRUITS_PACKAGE_DESTINATION}" COMPONENT fruits
        PATTERN __pycache__ EXCLUDE)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/share/fruits" DESTINATION "${FRUITS_SHARE_DESTINATION}" COMPONENT fruits)
if(SKBUILD)
  fruits_bundle_libraries(fruits_cli)
  return()
endif()

# An instrumented library serves nobody outside this build.
if(FRUITS_SANITIZER)
  return()
endif()

add_library(fruits SHARED)
add_library(fruits::fruits ALIAS fruits)
fruits_use_rooms(fruits forecast)
target_include_directories(fruits PUBLIC "$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>"
                           "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
target_compile_features(fruits PUBLIC cxx_std_23)
# Only fruits:: is visible: what the library has inside must not meet another copy of it in the same process.
target_link_options(fruits PRIVATE "LINKER:--version-script=${CMAKE_SOURCE_DIR}/cmake/fruits.map" "LINKER:-z,defs")
set_target_properties(fruits PROPERTIES LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
                      LINK_DEPENDS "${CMAKE_SOURCE_DIR}/cmake/fruits.map")

set(config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/fruits")
install(TARGETS fruits EXPORT fruits LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT devel)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/include/fruits" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT devel)
install(EXPORT fruits NAMESPACE fruits:: FILE fruitsTargets.cmake DESTINATION ${config_dir} COMPONENT devel)
configure_package_config_file(
  "${CMAKE_SOURCE_DIR}/cmake/fruitsConfig.cmake.in" "${CMAKE_BINARY_DIR}/fruitsConfig.cmake"
  INSTALL_DESTINATION ${config_dir} NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/fruitsConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/fruitsConfig.cmake" "${CMAKE_BINARY_DIR}/fruitsConfigVersion.cmake"
        DESTINATION ${config_dir} COMPONENT devel)
