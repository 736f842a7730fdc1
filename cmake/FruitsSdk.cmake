# The third-party libraries. OpenVINO, Arrow and OpenBLAS come from Python wheels of pinned
# versions, the rest from the system. Afterwards these targets exist:
#   fruits_sdk::openvino fruits_sdk::arrow fruits_sdk::openblas fruits_sdk::images fruits_sdk::crypto
#   fruits_sdk::curl

if(SKBUILD) # a wheel is being built, in an environment of its own
  find_package(Python 3.11 REQUIRED COMPONENTS Interpreter)
  set(FRUITS_PYTHON "${Python_EXECUTABLE}")
endif()
set(FRUITS_PYTHON "${CMAKE_SOURCE_DIR}/.venv/bin/python" CACHE FILEPATH
    "Interpreter that has the openvino, pyarrow and scipy-openblas32 wheels")
if(NOT EXISTS "${FRUITS_PYTHON}")
  message(FATAL_ERROR "FRUITS_PYTHON=${FRUITS_PYTHON} does not exist; run tools/setup.sh first")
endif()

# The folder of an installed Python package, found without importing it.
function(fruits_wheel_dir package variable)
  execute_process(
    COMMAND "${FRUITS_PYTHON}" -c
            "import importlib.util as u; print(u.find_spec('${package}').submodule_search_locations[0])"
    OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed ERROR_QUIET)
  if(failed)
    message(FATAL_ERROR "the wheel '${package}' is not installed for ${FRUITS_PYTHON}")
  endif()
  set(${variable} "${folder}" PARENT_SCOPE)
endfunction()

fruits_wheel_dir(openvino FRUITS_OPENVINO_DIR)
fruits_wheel_dir(pyarrow FRUITS_PYARROW_DIR)
fruits_wheel_dir(scipy_openblas32 FRUITS_OPENBLAS_DIR)

find_package(OpenVINO REQUIRED CONFIG COMPONENTS Runtime
             PATHS "${FRUITS_OPENVINO_DIR}/cmake" NO_DEFAULT_PATH)
add_library(fruits_sdk_openvino INTERFACE)
target_link_libraries(fruits_sdk_openvino INTERFACE openvino::runtime)
add_library(fruits_sdk::openvino ALIAS fruits_sdk_openvino)

# pyarrow ships headers and libraries but no CMake config.
set(FRUITS_ARROW_SOVERSION 2600)
add_library(fruits_sdk_arrow INTERFACE)
target_include_directories(fruits_sdk_arrow SYSTEM INTERFACE "${FRUITS_PYARROW_DIR}/include")
foreach(name arrow arrow_s3 parquet)
  set(file "${FRUITS_PYARROW_DIR}/lib${name}.so.${FRUITS_ARROW_SOVERSION}")
  if(NOT EXISTS "${file}")
    message(FATAL_ERROR "${file} is missing: pyarrow 26 is expected")
  endif()
  target_link_libraries(fruits_sdk_arrow INTERFACE "${file}")
endforeach()
add_library(fruits_sdk::arrow ALIAS fruits_sdk_arrow)

add_library(fruits_sdk_openblas INTERFACE)
target_include_directories(fruits_sdk_openblas SYSTEM INTERFACE "${FRUITS_OPENBLAS_DIR}/include")
target_compile_definitions(fruits_sdk_openblas INTERFACE BLAS_SYMBOL_PREFIX=scipy_)
target_link_libraries(fruits_sdk_openblas INTERFACE "${FRUITS_OPENBLAS_DIR}/lib/libscipy_openblas.so")
add_library(fruits_sdk::openblas ALIAS fruits_sdk_openblas)

find_package(PkgConfig REQUIRED)
pkg_check_modules(FRUITS_IMAGES REQUIRED IMPORTED_TARGET libjpeg libwebp libwebpdemux)
pkg_check_modules(FRUITS_HWY REQUIRED IMPORTED_TARGET libhwy)
add_library(fruits_sdk_images INTERFACE)
find_package(ZLIB REQUIRED)
target_link_libraries(fruits_sdk_images INTERFACE PkgConfig::FRUITS_IMAGES PkgConfig::FRUITS_HWY ZLIB::ZLIB)
add_library(fruits_sdk::images ALIAS fruits_sdk_images)

pkg_check_modules(FRUITS_CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
add_library(fruits_sdk_crypto INTERFACE)
target_link_libraries(fruits_sdk_crypto INTERFACE PkgConfig::FRUITS_CRYPTO)
add_library(fruits_sdk::crypto ALIAS fruits_sdk_crypto)

pkg_check_modules(FRUITS_CURL REQUIRED IMPORTED_TARGET libcurl)
add_library(fruits_sdk_curl INTERFACE)
target_link_libraries(fruits_sdk_curl INTERFACE PkgConfig::FRUITS_CURL)
add_library(fruits_sdk::curl ALIAS fruits_sdk_curl)

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)

set(FRUITS_SDK_LIBRARY_DIRS
    "${FRUITS_OPENVINO_DIR}/libs" "${FRUITS_PYARROW_DIR}" "${FRUITS_OPENBLAS_DIR}/lib")

# Where Python packages lie below an install prefix: lib/python3.11/site-packages.
execute_process(
  COMMAND "${FRUITS_PYTHON}" -c "import sysconfig as s; print(s.get_path('purelib', vars={'base': ''}).lstrip('/'))"
  OUTPUT_VARIABLE FRUITS_SITE_PACKAGES OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
