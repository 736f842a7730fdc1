// The photos of a run, in their one order: byte order of the whole raw path over all inputs, each path once.
//
//   auto catalog = ListCatalog({.inputs = {"photos/"}});
//   for (std::size_t i = 0; i < catalog->size(); ++i) ReadFile(catalog->RawPath(i), buffer);
//
// Threads: reads are safe together. Memory: at most 100 bytes a photo for paths of usual length: folders are
// stored once, a photo is its file name, its ETag and 32 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/label_rule.h"

namespace fruits {

struct CatalogOptions {
  // Files, folders (recursive), globs ("a/*/b*.jpg"; "**" crosses folders); at least one. An input that
  // exists is never taken for a glob. A file that a glob finds is taken as it is, a folder is listed.
  std::vector<std::string> inputs{};
  // A file found in a folder is taken if its name matches one of these (case-insensitive); a '*' never
  // matches a leading dot, so hidden files stay out unless named, and hidden folders are not entered unless a
  // glob names them. Empty: *.jpg *.jpeg *.png *.webp. Files named as inputs are taken as they are.
  std::vector<std::string> globs{};
  std::size_t limit = 0;            // the first N in order; 0: all
  std::size_t sample = 0;           // of those, N spread evenly; 0: all (only Storage::List)
  std::string working_directory{};  // for relative inputs; empty: the process's
  // Raw path of a folder that is not looked into ("/data/out", "s3://bucket/out"), such as the one that
  // results go to; empty: none. What only lies there is not found by a glob either.
  std::string excluded{};
};

// What the listing met that is not a photo and not silent: an unreadable folder, a broken link.
struct ListingProblem {
  std::string path;  // URI
  std::string reason;
};

// A photo as a listing gives it.
struct ListedPhoto {
  std::string raw{};  // "/data/Apple/1.jpg", "s3://bucket/key" (the key as it is), "/data/x.tar!/Apple/1.jpg"
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;
  std::string etag{};
};

class Catalog {
 public:
  std::size_t size() const { return rows_.size(); }
  std::string RawPath(std::size_t i) const;  // "/data/Apple/1.jpg", "s3://bucket/Apple/1.jpg"
  std::string Path(std::size_t i) const;     // "file:///data/Apple/1.jpg"
  std::uint64_t size_bytes(std::size_t i) const { return rows_[i].size_bytes; }
  std::int64_t mtime_ns(std::size_t i) const { return rows_[i].mtime_ns; }
  std::string_view etag(std::size_t i) const;  // "" for files and on gs://
  const std::vector<ListingProblem>& problems() const { return problems_; }
  std::size_t memory_bytes() const;

  // A row behind all others, which it must follow in order: kInvalidArgument otherwise (a listing that breaks
  // its promise must not become a doubled row).
  Status Append(const ListedPhoto& photo);
  // After the last row: what the listing met, and spare memory goes.
  void Complete(std::vector<ListingProblem> problems);

 private:
  friend class CatalogBuilder;
  struct Row {
    std::uint32_t folder = 0;  // index into folders_
    std::uint32_t name_length : 24 = 0;
    std::uint32_t etag_length : 8 = 0;  // it follows the name
    std::uint64_t name_offset = 0;      // into names_
    std::uint64_t size_bytes = 0;
    std::int64_t mtime_ns = 0;
  };
  std::vector<std::string> folders_;  // raw, with the trailing '/'
  std::string names_;
  std::vector<Row> rows_;
  std::vector<ListingProblem> problems_;
};

// The name globs of the options, or those of photos. Threads: any.
const std::vector<std::string>& NameGlobs(const CatalogOptions& options);
Status CheckNameGlobs(const std::vector<std::string>& globs);  // kInvalidArgument: one that no name can match

// Local inputs as a whole, without looking into archives: what Storage::List() is made of.
// Follows links to files and folders; a folder reached again through a link on its own way down is not
// entered a second time (so loops end), and a photo reached by one raw path twice is one row. kNotFound: an
// input does not exist (named); kInvalidArgument: no inputs, a bad glob; kIo: an input itself is unreadable.
// Unreadable folders below become problems(). Nothing found is not an error here.
Result<Catalog> ListCatalog(const CatalogOptions& options, std::stop_token stop = {});

}  // namespace fruits
