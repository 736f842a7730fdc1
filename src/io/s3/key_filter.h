// Which keys of one input are photos: the rules of catalog.h for files, carried over to keys.
//
//   const KeyFilter filter = KeyFilter::Below("photos/", name_globs);   // or Matching("photos/*/red*",
//   name_globs) list(filter.prefix()); filter.TakePhotos("s3://bucket/", page.entries, after, photos, found);
//
// Below a folder, a key is taken if its name (after the last '/'; empty where the key ends in one) matches a
// name glob and no folder of it, within the input, begins with a dot. A pattern is matched over whole keys; a
// key below a folder that matches is taken as below that folder. A key that ends in '/' and has no bytes is a
// folder's marker and never a photo. Threads: any, once made. Memory: its strings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fruits/io/listing.h"
#include "io/s3/client.h"

namespace fruits::io {

class KeyFilter {
 public:
  // `folder` is "" or ends in '/'. The name globs outlive the filter.
  static KeyFilter Below(std::string folder, const std::vector<std::string>& name_globs);
  // "**" at the end is the folder before it.
  static KeyFilter Matching(std::string pattern, const std::vector<std::string>& name_globs);

  // Takes nothing whose key begins with `folder` (it ends in '/'; empty: takes all).
  KeyFilter Without(std::string folder) &&;

  // All that can match begins with this.
  const std::string& prefix() const { return prefix_; }
  // False: nothing below this folder (it ends in '/') can match.
  bool Enters(std::string_view folder) const;
  // Appends what is taken of keys, those up to `after` left out, as photos below `root` ("s3://bucket/").
  // `found` is set when the input is seen to exist: anything at all below the folder, a match of the pattern.
  void TakePhotos(const std::string& root, std::vector<S3Entry>& entries, std::string_view after,
                  std::vector<ListedPhoto>& photos, bool& found) const;

 private:
  explicit KeyFilter(const std::vector<std::string>& name_globs) : name_globs_(&name_globs) {}
  bool IsExcluded(std::string_view key) const;
  bool NameMatches(std::string_view name) const;
  bool PatternTakesFolder(std::string_view folder, bool& found) const;

  const std::vector<std::string>* name_globs_;
  std::string prefix_;
  std::string pattern_;     // empty: everything below prefix_
  bool takes_keys_ = true;  // not only what lies below a match
  std::string excluded_{};  // empty: nothing
};

}  // namespace fruits::io
