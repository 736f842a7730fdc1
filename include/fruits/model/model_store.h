// A folder of model bundles, one folder each, on a disk or in a bucket.
//
//   FRUITS_TRY(const ModelStore store, ModelStore::Open(storage, "s3://bucket/models", ""));
//   FRUITS_TRY(const Bundle bundle, store.Find("resnet50"));
//
// Only bundle.json is read; FetchBundle (fetched_model.h) brings what lies in a bucket to the disk. Errors of
// a store name it as the option --models. Threads: any. Nothing is cached.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/storage.h"
#include "fruits/model/bundle.h"

namespace fruits {

class ModelStore {
 public:
  // `store`: a folder (a relative one against `working_directory`, "" being the process's) or an s3://
  // address. `storage` must outlive it. kInvalidArgument: another kind of address.
  static Result<ModelStore> Open(Storage& storage, const std::string& store,
                                 const std::string& working_directory);

  std::string address() const;  // "/home/me/models", "s3://bucket/models"

  // By name; a broken bundle is an error in its place. A store that does not exist is empty.
  struct Listed {
    std::string name;
    Result<Bundle> bundle;
  };
  Result<std::vector<Listed>> List() const;
  // A name in the store, or a path or address of a bundle folder. kNotFound says what is there and how to get
  // this one.
  Result<Bundle> Find(const std::string& name_or_path) const;
  // Every file exists where the bundle lies and has its digest. kCorrupt names the file and both digests.
  Status Verify(const Bundle& bundle) const;

 private:
  ModelStore(Storage& storage, std::string working_directory, std::unique_ptr<Folder> folder)
      : storage_(&storage), working_directory_(std::move(working_directory)), folder_(std::move(folder)) {}
  std::unexpected<Error> NotInStore(const std::string& name) const;

  Storage* storage_;
  std::string working_directory_;
  std::unique_ptr<Folder> folder_;
};

// Where the store is, given --models (or ""), FRUITS_MODELS, XDG_CACHE_HOME and HOME as the caller read them:
// the first that is not empty of models_option, fruits_models, xdg_cache_home/fruits/models,
// home/.cache/fruits/models.
std::string DefaultStoreDirectory(const std::string& models_option, const std::string& fruits_models,
                                  const std::string& xdg_cache_home, const std::string& home);

}  // namespace fruits
