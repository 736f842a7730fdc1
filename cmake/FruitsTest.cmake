# fruits_test(ROOM): fruits_<ROOM>_test from tests/cpp/<ROOM>/*_test.cc, found by ctest one test each.
find_package(GTest REQUIRED)
include(GoogleTest)

function(fruits_test room)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/cpp/${room}/*.cc"
       "${CMAKE_SOURCE_DIR}/tests/cpp/${room}/*/*.cc")
  if(NOT sources)
    return()
  endif()
  set(target fruits_${room}_test)
  add_executable(${target} ${sources})
  fruits_use_rooms(${target} ${room})
  target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/tests/cpp")
  target_compile_definitions(${target} PRIVATE FRUITS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE GTest::gtest_main GTest::gmock)
  gtest_discover_tests(${target} TEST_PREFIX "${room}." DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 LABELS cpp)
endfunction()
