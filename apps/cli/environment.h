// What the command takes from its surroundings: the library itself reads no environment.
#pragma once

#include <string>

namespace fruits::cli {

std::string Variable(const char* name);  // "" where it is not set
std::string WorkingDirectory();          // "" where it is gone
std::string StoreDirectory(const std::string& models_option);
inline constexpr const char* kModelsHelp = "the model store: a folder, or s3://bucket/folder";
inline constexpr const char* kModelsExpected = "a folder, or s3://bucket/folder";
std::string CacheDirectory();  // "" where there is no home
// The interpreter for `python -m fruits.cli`: FRUITS_PYTHON, else the one beside this binary; "" where there
// is none.
std::string PythonInterpreter();

}  // namespace fruits::cli
