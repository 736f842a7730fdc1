// A folder of model bundles, one folder each.
// Threads: any; holds only its path. Nothing is cached.
#pragma once

#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/model/bundle.h"

namespace fruits {

class ModelStore {
 public:
  explicit ModelStore(std::string directory) : directory_(std::move(directory)) {}
  const std::string& directory() const { return directory_; }
  // By name; a broken bundle is an error in its place. A store that does not exist is empty.
  struct Listed {
    std::string name;
    Result<Bundle> bundle;
  };
  std::vector<Listed> List() const;
  // A name in the store, or a path to a bundle folder. kNotFound says what is there and how to get this one.
  Result<Bundle> Find(const std::string& name_or_path) const;

 private:
  std::string directory_;
};

// Where the store is, given --models (or ""), FRUITS_MODELS, XDG_CACHE_HOME and HOME as the caller read them:
// the first that is not empty of models_option, fruits_models, xdg_cache_home/fruits/models,
// home/.cache/fruits/models.
std::string DefaultStoreDirectory(const std::string& models_option, const std::string& fruits_models,
                                  const std::string& xdg_cache_home, const std::string& home);

}  // namespace fruits
