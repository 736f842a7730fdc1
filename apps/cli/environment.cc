#include "environment.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "fruits/model/model_store.h"

namespace fruits::cli {

namespace fs = std::filesystem;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string WorkingDirectory() {
  std::error_code error;
  const fs::path path = fs::current_path(error);
  return error ? "" : path.string();
}

std::string StoreDirectory(const std::string& models_option) {
  return DefaultStoreDirectory(models_option, Variable("FRUITS_MODELS"), Variable("XDG_CACHE_HOME"),
                               Variable("HOME"));
}

std::string CacheDirectory() {
  // The XDG specification has a relative path ignored.
  if (const std::string cache = Variable("XDG_CACHE_HOME"); cache.starts_with('/')) return cache + "/fruits";
  if (const std::string home = Variable("HOME"); home.starts_with('/')) return home + "/.cache/fruits";
  return "";
}

std::string PythonInterpreter() {
  if (const std::string named = Variable("FRUITS_PYTHON"); !named.empty()) return named;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) return "";
  for (const char* name : {"python3", "python"}) {
    const fs::path beside = self.parent_path() / name;
    if (access(beside.c_str(), X_OK) == 0) return beside.string();
  }
  return "";
}

}  // namespace fruits::cli
